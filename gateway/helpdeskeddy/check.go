package helpdeskeddy

import (
	"context"
	"errors"
	"net/url"
	"regexp"
	"strings"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

// needed are the rights without which the main job cannot be done. Fields are needed
// only by shops that have them written.
var needed = map[string]bool{rightTickets: true, rightUsers: true, rightDictionaries: true, rightComments: true, rightComment: true}

// trial is a Test on its way.
type trial struct {
	c   *Client
	ctx context.Context
	out gateway.HelpdeskTest
	// broken is the failure that ended it.
	broken error
	// keyless counts the answers that do not accept the key; wrong, that it is the key.
	keyless int
	wrong   bool
}

// Test tries the address, the key and each right of the service employee, in at most
// eight requests, and never in a loop: none of them is repeated. While the account is
// banned or spared nothing is asked.
//
// A wrong key and a missing right may answer alike (no body of a missing right is
// known): when the first two questions are both refused it is the key.
//
// That the answers show other people's API keys is no fault, but should this box be
// stolen it opens everything: then keys_of_others is RightExcess.
func (c *Client) Test(ctx context.Context, comment gateway.TicketID) (gateway.HelpdeskTest, error) {
	t := &trial{c: c, ctx: ctx}
	for _, name := range []string{rightTickets, rightDictionaries, rightUsers, rightFields, rightComments, rightComment, rightKeys} {
		t.out.Rights = append(t.out.Rights, gateway.HelpdeskRight{Name: name, Needed: needed[name], State: gateway.RightUntried})
	}
	t.run(comment)
	state, cause := t.verdict()
	t.out.HelpdeskStatus = c.Status()
	if state != t.out.State {
		t.out.Until = time.Time{}
	}
	t.out.State, t.out.Cause = state, cause
	if ctx.Err() != nil {
		return t.out, &device.Error{Kind: device.Unavailable, Op: "helpdeskeddy: try the account", Err: ctx.Err()}
	}
	return t.out, nil
}

// run asks one question after another until one fails for a reason that is not a
// right's.
func (t *trial) run(at gateway.TicketID) {
	c := t.c
	tickets, first := call{op: "helpdeskeddy: try tickets", path: "/tickets/", right: rightTickets, lane: interactive}, ticketBody{}
	rows, pages, err := page[ticketBody](t.ctx, c, tickets, 1)
	if t.note(rightTickets, err) {
		return
	}
	t.out.Tickets = max(int(pages.Total), len(rows))
	if len(rows) > 0 {
		first = rows[0]
	}
	_, err = c.dictionary(t.ctx, "/priorities/", rightDictionaries, interactive)
	over := t.note(rightDictionaries, err)
	if t.wrong = t.keyless == 2; over || t.wrong {
		return
	}
	users := call{op: "helpdeskeddy: try users", path: "/users/", query: url.Values{"search": {c.email}}, right: rightUsers, lane: interactive}
	found, _, err := page[userBody](t.ctx, c, users, 1)
	if t.note(rightUsers, err) {
		return
	}
	for _, b := range found {
		if strings.EqualFold(string(b.Email), c.email) {
			t.out.Me = b.requester()
		}
	}
	if err == nil && t.keys(int64(first.User)) {
		return
	}
	_, _, err = page[fieldBody](t.ctx, c, call{op: "helpdeskeddy: try ticket fields", path: "/custom_fields/", right: rightFields, lane: interactive}, 1)
	if t.note(rightFields, err) {
		return
	}
	look := at
	if look <= 0 {
		look = gateway.TicketID(first.ID)
	}
	if look <= 0 {
		return // an account without tickets
	}
	_, _, err = page[postBody](t.ctx, c, call{op: "helpdeskeddy: try comments", path: ticketPath(look) + "/comments/", right: rightComments, lane: interactive}, 1)
	if t.note(rightComments, err) || at <= 0 {
		return
	}
	t.comment(at)
}

// shownKey is an api_key that is not empty. The value is not taken out of the body.
var shownKey = regexp.MustCompile(`"api_key"\s*:\s*("[^"]|[1-9])`)

// keys looks whether another user's answer shows his key. It tells whether the trial
// is over.
func (t *trial) keys(other int64) bool {
	if other <= 0 || other == t.out.Me.ID {
		return false
	}
	shown := false
	_, err := t.c.requester(t.ctx, "helpdeskeddy: try a user", other, interactive, func(body []byte) { shown = shownKey.Match(body) })
	switch {
	case err == nil && shown:
		t.set(rightKeys, gateway.RightExcess, "the answers show the API keys of other people")
	case err == nil:
		t.set(rightKeys, gateway.RightMissing, "")
	case !ofARight(err):
		return t.fail(err)
	}
	return false
}

// comment writes one for employees and takes it away again.
func (t *trial) comment(at gateway.TicketID) {
	words := t.c.lang.pick("Проверка связи: этот комментарий видят только сотрудники, он сейчас исчезнет.", "A trial of the connection: only employees see this comment, and it goes away at once.")
	b, stays, err := t.c.addComment(t.ctx, at, asHTML(words), interactive)
	t.out.Left = stays
	if t.note(rightComment, err) || err != nil {
		return
	}
	if err := t.c.dropComment(t.ctx, at, int64(b.ID)); err != nil && device.KindOf(err) != device.NotFound {
		t.out.Left = true
	}
}

func (t *trial) set(name string, state gateway.RightState, cause string) {
	for i := range t.out.Rights {
		if t.out.Rights[i].Name == name {
			t.out.Rights[i].State, t.out.Rights[i].Cause = state, cause
		}
	}
}

func (t *trial) right(name string) gateway.HelpdeskRight {
	for _, r := range t.out.Rights {
		if r.Name == name {
			return r
		}
	}
	return gateway.HelpdeskRight{}
}

// ofARight tells a failure that says something of one right from one that says
// something of the connection.
func ofARight(err error) bool {
	switch device.KindOf(err) {
	case device.Unauthorized, device.NotFound, device.Refused:
		return true
	}
	return false
}

// note puts down what came of a question. It tells whether the trial is over.
func (t *trial) note(name string, err error) bool {
	switch {
	case err == nil:
		t.set(name, gateway.RightThere, "")
	case device.KindOf(err) == device.NotFound && (name == rightComments || name == rightComment):
		t.set(name, gateway.RightUntried, err.Error()) // the ticket is not there
	case ofARight(err):
		if device.KindOf(err) == device.Unauthorized && codeOf(err) == "" {
			t.keyless++
		}
		t.set(name, gateway.RightMissing, err.Error())
	default:
		t.set(name, gateway.RightUntried, err.Error())
		return t.fail(err)
	}
	return false
}

func (t *trial) fail(err error) bool {
	t.broken = err
	return true
}

// verdict is the state that a page explains.
func (t *trial) verdict() (gateway.HelpdeskState, string) {
	if t.broken != nil {
		cause := t.broken.Error()
		var e *device.Error
		switch errors.As(t.broken, &e); {
		case e == nil:
			return gateway.HelpdeskUnreachable, cause
		case e.Kind == device.RateLimited && e.Code == codeBan:
			return gateway.HelpdeskBanned, cause
		case e.Kind == device.RateLimited:
			return gateway.HelpdeskSparing, cause
		case e.Code == codePage || e.Code == codeNotHelpdesk:
			return gateway.HelpdeskNotOne, cause
		case e.Code == "" || e.Code == codePrivate:
			return gateway.HelpdeskUnreachable, cause
		}
		return gateway.HelpdeskFailing, cause
	}
	if t.wrong {
		return gateway.HelpdeskWrongKey, t.right(rightTickets).Cause
	}
	for _, r := range t.out.Rights {
		if r.Needed && r.State == gateway.RightMissing {
			return gateway.HelpdeskMissingRight, r.Cause
		}
	}
	return gateway.HelpdeskConnected, ""
}
