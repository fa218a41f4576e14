package support

import (
	"strings"
	"time"

	"vestnik/gateway"
)

// mostNumbers is how many order numbers of a ticket are kept: each may be a question to the CRM.
const mostNumbers = 3

// asked is all that a requester wrote, with the title.
func asked(t gateway.Ticket, posts []gateway.TicketPost) string {
	texts := []string{t.Title}
	for _, p := range posts {
		if p.User == t.Requester {
			texts = append(texts, p.Text)
		}
	}
	return strings.Join(texts, "\n")
}

// lastAsked is the helpdesk's time of the requester's newest post; "" when none can be told.
func lastAsked(t gateway.Ticket, posts []gateway.TicketPost) (last string) {
	for _, p := range posts {
		if p.User == t.Requester {
			last = max(last, p.Created)
		}
	}
	return last
}

func newestPost(posts []gateway.TicketPost) (id int64) {
	for _, p := range posts {
		id = max(id, p.ID)
	}
	return id
}

// firstAnswer is how long the requester waited for an employee's first word; 0: there is none
// yet, or the times cannot be compared.
func firstAnswer(t gateway.Ticket, posts []gateway.TicketPost) time.Duration {
	for _, p := range posts {
		if p.User == t.Requester || p.User == 0 {
			continue
		}
		if waited, ok := between(t.Created, p.Created); ok {
			return max(waited, time.Second)
		}
	}
	return 0
}
