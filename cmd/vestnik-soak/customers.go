package main

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"vestnik/sim/world"
)

// crowd is the customers that the rig writes to. It grows: shops meet new people, and
// a first message takes another way than the next ones.
type crowd struct {
	world *world.World

	mu    sync.Mutex
	next  int
	awake []*world.Person // with WhatsApp, phone on
	// sleepers have WhatsApp; their phones are off for a time and on for a time. What was
	// sent meanwhile gives no receipt, so that the box has to send again by its own rules.
	sleepers []*world.Person
	plain    []*world.Person // without WhatsApp
}

func newCrowd(w *world.World) *crowd {
	c := &crowd{world: w}
	for range 10 {
		c.meet(true)
	}
	for range 8 {
		c.meet(false)
	}
	for range 8 {
		c.sleepers = append(c.sleepers, c.person(true))
	}
	return c
}

// person makes a customer with a number of his own.
func (c *crowd) person(messenger bool) *world.Person {
	c.next++
	p := &world.Person{Name: fmt.Sprintf("Иван Номер%d", c.next), Phone: fmt.Sprintf("+7985%07d", 2000000+c.next)}
	if messenger {
		p.Messenger = c.world.WhatsApp.AddCustomer(p.Phone, p.Name)
	}
	return p
}

// meet adds somebody who was never written to.
func (c *crowd) meet(messenger bool) *world.Person {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.person(messenger)
	if messenger {
		c.awake = append(c.awake, p)
	} else {
		c.plain = append(c.plain, p)
	}
	return p
}

// someone picks a known customer; roll chooses.
func (c *crowd) someone(messenger bool, roll func(int) int) *world.Person {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !messenger {
		return c.plain[roll(len(c.plain))]
	}
	if roll(2) == 0 {
		return c.sleepers[roll(len(c.sleepers))]
	}
	return c.awake[roll(len(c.awake))]
}

// sleeper picks one of those whose phones go off and on.
func (c *crowd) sleeper(roll func(int) int) *world.Person { return c.sleepers[roll(len(c.sleepers))] }

// sleep switches a sleeper's phone off, or on.
func (c *crowd) sleep(n int, off bool) { c.sleepers[n%len(c.sleepers)].Messenger.SetOnline(!off) }

// nap switches all sleepers' phones off, until they are switched on one by one.
func (c *crowd) nap() {
	for _, p := range c.sleepers {
		p.Messenger.SetOnline(false)
	}
}

// wake switches phones on: the first n sleepers', all with n < 0.
func (c *crowd) wake(n int) {
	for i, p := range c.sleepers {
		p.Messenger.SetOnline(n < 0 || i < n)
	}
}

// everybody is all customers there are.
func (c *crowd) everybody() []*world.Person {
	c.mu.Lock()
	defer c.mu.Unlock()
	var all []*world.Person
	all = append(all, c.awake...)
	all = append(all, c.sleepers...)
	return append(all, c.plain...)
}

// copyOf is one message on a customer's phone.
type copyOf struct {
	channel string
	wireID  string // of WhatsApp; "" for an SMS
	at      time.Time
}

func (c copyOf) String() string {
	return strings.TrimSpace(c.channel+" "+c.wireID) + " at " + c.at.Format("15:04:05.000")
}

// phones is what stands on customers' phones now: by number and text.
func (c *crowd) phones() map[[2]string][]copyOf {
	found := map[[2]string][]copyOf{}
	for _, p := range c.everybody() {
		if p.Messenger != nil {
			for _, m := range p.Messenger.Inbox() {
				if !m.Revoked {
					at := [2]string{p.Phone, m.Text}
					found[at] = append(found[at], copyOf{whatsApp, m.MessageID, m.At})
				}
			}
		}
		for _, m := range c.world.Modem.Phone(p.Phone) {
			at := [2]string{p.Phone, m.Text}
			found[at] = append(found[at], copyOf{sms, "", m.At})
		}
	}
	return found
}
