package support

import (
	"errors"
	"sync"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

// rightAgain is after which time something is tried again for which the key lacked a right.
const rightAgain = time.Hour

// What is done of which each may need a right of its own.
const (
	doTicket    = "ticket"
	doRequester = "requester"
	doPosts     = "posts"
	doComments  = "comments"
	doComment   = "comment"
	doFields    = "fields"
	doPriority  = "priority"
	doOpen      = "open"
)

// lacksRight is the right that the key lacks; "" when an error tells of something else, and when
// it tells that the key itself is not accepted.
func lacksRight(err error) string {
	var e *device.Error
	if errors.As(err, &e) && e.Kind == device.Unauthorized {
		return e.Code
	}
	return ""
}

// missingRights are the refusals for want of a right: what was refused is not tried on each ticket.
type missingRights struct {
	mu sync.Mutex
	by map[string]refusal
}

type refusal struct {
	err error
	at  time.Time // steady
}

func (r *missingRights) refused(what string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if no, ok := r.by[what]; ok && time.Since(no.at) < rightAgain {
		return no.err
	}
	return nil
}

func (r *missingRights) note(what string, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if lacksRight(err) == "" {
		delete(r.by, what)
		return
	}
	if r.by == nil {
		r.by = map[string]refusal{}
	}
	r.by[what] = refusal{err, time.Now()}
}

func (r *missingRights) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	clear(r.by)
}

// allowed asks the helpdesk for something unless that was refused lately for want of a right: then
// it answers that refusal.
func allowed[T any](c *Clerk, what string, ask func() (T, error)) (T, error) {
	if err := c.rights.refused(what); err != nil {
		var none T
		return none, err
	}
	got, err := ask()
	c.rights.note(what, err)
	return got, err
}

// without tells whether an error is the want of a right, notes it in the ticket's history, and has the
// ticket taken up again: the other steps need not wait for it.
func (w *work) without(err error) bool {
	right := lacksRight(err)
	if right == "" {
		return false
	}
	w.denied = true
	w.note(gateway.TicketNoRight, gateway.Args{"right": right})
	return true
}
