package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"vestnik/sim/world"
)

// pace is how often something arrives: messages for people with WhatsApp, SMS (Short),
// orders. Zero: never.
type pace struct {
	WhatsApp, Short, Orders time.Duration // from one to the next, on average
	// Impatient is how many of a hundred orders go on by SMS when no receipt comes. A copy
	// that cannot be taken back, since WhatsApp is away for longer than the rule's patience,
	// arrives as well: that is the rule, so such orders need a network that holds.
	Impatient int
}

// usualPace keeps a box busy that is killed twice a second. An SMS takes the network
// a quarter of a second.
func usualPace() pace {
	return pace{WhatsApp: 120 * time.Millisecond, Short: 700 * time.Millisecond, Orders: 1500 * time.Millisecond, Impatient: 25}
}

// Arrivals lets messages and orders come in, and phones go off and on, until ctx
// ends. It returns when the last message was acknowledged or given up, so nothing
// arrives afterwards.
func (r *rig) Arrivals(ctx context.Context) {
	var all sync.WaitGroup
	defer all.Wait()
	flow := func(every time.Duration, arrive func(context.Context)) {
		if every <= 0 {
			return
		}
		// Two hands each: one may hang on a box that is down.
		for range 2 {
			all.Go(func() {
				for sleep(ctx, r.span(every, 3*every)) {
					arrive(ctx)
				}
			})
		}
	}
	flow(r.o.Pace.WhatsApp, r.arriveWhatsApp)
	flow(r.o.Pace.Short, r.arriveSMS)
	flow(r.o.Pace.Orders, r.arriveOrder)
	all.Go(func() { r.doze(ctx) })
}

// doze switches sleepers' phones off and on.
func (r *rig) doze(ctx context.Context) {
	for n := 0; sleep(ctx, r.span(200*time.Millisecond, 900*time.Millisecond)); n++ {
		r.crowd.sleep(r.roll(len(r.crowd.sleepers)), r.roll(3) > 0)
	}
}

func (r *rig) pick(messenger bool) *world.Person {
	if r.roll(12) == 0 {
		return r.crowd.meet(messenger)
	}
	return r.crowd.someone(messenger, r.roll)
}

func (r *rig) arriveWhatsApp(ctx context.Context) {
	channels := []string{whatsApp}
	if r.roll(2) == 0 {
		channels = []string{whatsApp, sms}
	}
	if r.roll(10) > 0 {
		r.write(ctx, &promise{to: r.pick(true), channels: channels}, "")
		return
	}
	// For later, and every other of these is called back at once.
	p := &promise{to: r.pick(true), channels: channels, notBefore: time.Now().Add(r.span(time.Second, 4*time.Second))}
	if id := r.write(ctx, p, ""); id != 0 && r.roll(2) == 0 {
		r.callBack(ctx, p, id)
	}
}

// callBack cancels a message and learns what came of it: it may have gone meanwhile.
func (r *rig) callBack(ctx context.Context, p *promise, id int64) {
	limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Minute)
	defer cancel()
	err := until(limit, 15*time.Millisecond, func() (bool, error) {
		err := r.api.cancel(limit, id)
		var no *refused
		if err != nil && !(errors.As(err, &no) && no.Status == http.StatusConflict) {
			return false, nil // asked again
		}
		// 409 also comes when the answer to the first try was lost.
		m, err := r.api.story(limit, id)
		if err != nil {
			return false, nil
		}
		if m.State == "cancelled" {
			r.book.cancel(p)
		}
		return true, nil
	})
	if err != nil {
		r.Note("message %s was not called back: %v", p.key, err)
	}
}

// arriveSMS now and then takes a text of two parts.
func (r *rig) arriveSMS(ctx context.Context) {
	more := ""
	if r.roll(5) == 0 {
		more = " " + strings.Repeat("Ждём вас. ", 7) // more than 70 characters of UCS-2
	}
	channels := []string{sms}
	if r.roll(4) == 0 {
		channels = []string{whatsApp, sms} // WhatsApp does not know him
	}
	r.write(ctx, &promise{to: r.pick(false), channels: channels}, strings.TrimRight(more, " "))
}

// write asks the box until it says yes. A box that is down, or dies before it
// answers, is asked again with the same key; so one promise is one message. It
// answers the message's number, 0 when the box did not take it.
func (r *rig) write(ctx context.Context, p *promise, more string) (id int64) {
	n := r.number()
	p.text, p.key = fmt.Sprintf("Весть %d.%s", n, more), fmt.Sprintf("k%d", n)
	r.book.plan(p)
	// What has begun is finished: else nobody would know whether it is promised.
	limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Minute)
	defer cancel()
	err := until(limit, 15*time.Millisecond, func() (bool, error) {
		var err error
		id, err = r.api.post(limit, p)
		var no *refused
		if errors.As(err, &no) && no.Status < http.StatusInternalServerError && no.Status != http.StatusTooManyRequests {
			return false, err
		}
		if err != nil {
			return false, nil
		}
		r.book.acknowledge(p, id)
		return true, nil
	})
	if err != nil {
		r.Note("message %s was not taken: %v", p.key, err)
		return 0
	}
	r.tell(promised)
	return id
}

// arriveOrder is an order whose status a manager changes. The CRM holds the change, so
// it is promised at once.
func (r *rig) arriveOrder(context.Context) {
	to, status := r.pick(r.roll(4) > 0), "ready-for-pickup"
	impatient := r.roll(100) < r.o.Pace.Impatient
	if impatient {
		to, status = r.crowd.sleeper(r.roll), "assembling"
	}
	id, number := r.World.NewOrder(to)
	p := &promise{to: to, text: orderText(number, impatient), order: id, number: number, channels: []string{whatsApp, sms}, impatient: impatient}
	r.book.plan(p)
	if err := r.World.CRM.SetStatus(id, status); err != nil {
		r.Note("order %s: %v", number, err)
		return
	}
	r.book.acknowledge(p, 0)
}

// number counts messages, so that each text is unique.
func (r *rig) number() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.written++
	return r.written
}
