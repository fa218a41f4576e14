package helpdeskeddy

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
)

// The mailbox is where a server outside leaves a card and a plugin in the employee's
// browser reads it back by the ticket's id. Seen in public plugins: what is posted
// holds ticketId, and what is read back is {"data":{"data":…}}. Inferred: that an
// outside server may post without a login, the address, one card a ticket, and that
// it is kept for ever.

const mailboxRoot = "/plugin-webhook/"

// MailboxPath is the mailbox's address on the account's host. Who knows it may post.
func (a *Account) MailboxPath() string { return mailboxRoot + a.opt.MailboxToken }

// Mailbox is the last JSON that was posted for the ticket; ok is false when there is
// none.
func (a *Account) Mailbox(ticketID int) (card string, ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	card, ok = a.mailbox[strconv.Itoa(ticketID)]
	return card, ok
}

// MailboxRead is what HDE.webhook answers to a plugin that asks for the ticket. It is
// what GET of the address with ?value=<ticket id> answers.
func (a *Account) MailboxRead(ticketID int) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	data, _ := a.mailboxAnswer(strconv.Itoa(ticketID)).bytes()
	return string(data)
}

func (a *Account) mailboxAnswer(id string) answer {
	if card, found := a.mailbox[id]; found {
		return answer{status: http.StatusOK, body: obj{"data": obj{"data": json.RawMessage(card)}}}
	}
	return answer{status: http.StatusOK, body: obj{"data": nil}}
}

func (a *Account) serveMailbox(r *http.Request, body []byte) answer {
	if strings.TrimSuffix(r.URL.Path, "/") != a.MailboxPath() {
		return noRoute()
	}
	switch r.Method {
	case http.MethodGet:
		return a.mailboxAnswer(r.URL.Query().Get("value"))
	case http.MethodPost:
		in, err := parseBody(r, body)
		id := in.text("ticketId")
		if err != nil || id == "" || !json.Valid(body) {
			a.puzzled("POST to the mailbox without JSON and ticketId")
			return bad("ticketId is required")
		}
		a.mailbox[id] = string(body)
		return answer{status: http.StatusOK, body: obj{"status": "ok"}}
	default:
		a.puzzled(r.Method + " to the mailbox")
		return noRoute()
	}
}
