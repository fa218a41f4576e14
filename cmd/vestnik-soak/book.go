package main

import (
	"sync"
	"time"

	"vestnik/sim/world"
)

// The channels by their names in the box's interface.
const (
	whatsApp = "whatsapp"
	sms      = "sms"
)

// promise is one message that a customer should get.
type promise struct {
	to       *world.Person
	text     string // nobody else gets this text
	key      string // of an API message
	channels []string
	order    int // id of the order in the CRM; 0 for an API message
	number   string
	// notBefore is when an API message may go at the earliest; zero: now.
	notBefore time.Time
	// impatient: without a receipt it goes on by SMS.
	impatient bool

	// What follows is guarded by book.mu.
	acked bool  // the box, or the CRM, has it: from now on it must not be lost
	id    int64 // in the ledger; 0 while unknown
	// cancelled: the box said that it will not go.
	cancelled bool
}

// book is what was promised. A promise is in it before it is made, so that a message
// whose answer was lost is known too: it may arrive once or not at all.
type book struct {
	mu   sync.Mutex
	list []*promise
}

func newBook() *book { return &book{} }

// plan writes a promise down before it is made. n is its place in the book.
func (b *book) plan(p *promise) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.list = append(b.list, p)
}

// acknowledge notes that the promise was made.
func (b *book) acknowledge(p *promise, id int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	p.acked, p.id = true, id
}

// cancel notes that the box gave its word not to send it.
func (b *book) cancel(p *promise) {
	b.mu.Lock()
	defer b.mu.Unlock()
	p.cancelled = true
}

// all is a copy of every promise as it is now.
func (b *book) all() []promise {
	b.mu.Lock()
	defer b.mu.Unlock()
	list := make([]promise, len(b.list))
	for i, p := range b.list {
		list[i] = *p
	}
	return list
}

func (b *book) size() (acked int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, p := range b.list {
		if p.acked {
			acked++
		}
	}
	return acked
}
