package helpdeskeddy

import "time"

// Letter is mail that somebody outside of the staff got.
type Letter struct {
	At       time.Time
	To       string
	Subject  string
	Text     string
	TicketID int  // 0 for letters about an account
	ByAPI    bool // a call of the API was the cause
}

// The account sends the notifications that are on in a new one. Assumed: a letter
// when a ticket is received, answered by staff, and closed, and when a contact is
// registered by API; each carries the text that it tells of.

func (a *Account) post(l Letter) {
	l.At = a.now()
	a.letters = append(a.letters, l)
	if l.ByAPI {
		a.publish("letter", l.Subject)
		a.publish("letter", l.Text)
	}
}

// toClient sends a letter to the requester and to those in copy; staff are no
// clients.
func (a *Account) toClient(t *ticket, subject, text string, byAPI bool) {
	to := append([]string{}, t.CC...)
	to = append(to, t.BCC...)
	if u := a.requester(t); !u.Staff && u.Email != "" && !u.NoLetters {
		to = append([]string{u.Email}, to...)
	}
	for _, email := range to {
		if u := a.userByEmail(email); u != nil && u.Staff {
			continue
		}
		a.post(Letter{To: email, Subject: subject, Text: text, TicketID: t.ID, ByAPI: byAPI})
	}
}

func (a *Account) createdLetter(t *ticket, text string, byAPI bool) {
	a.toClient(t, "["+t.Number+"] Мы получили ваше обращение: "+t.Title, text, byAPI)
}

// answerLetter tells of a post that the requester did not write himself.
func (a *Account) answerLetter(t *ticket, m *Message) {
	if m.UserID != t.Requester {
		a.toClient(t, "["+t.Number+"] Новый ответ: "+t.Title, m.Text, m.ByAPI)
	}
}

func (a *Account) closingLetter(t *ticket, byAPI bool) {
	a.toClient(t, "["+t.Number+"] Обращение закрыто: "+t.Title, "Оцените, пожалуйста, ответ.", byAPI)
}

func (a *Account) registrationLetter(u *user) {
	if u.Staff || u.Email == "" || u.NoLetters {
		return
	}
	a.post(Letter{To: u.Email, Subject: "Вы зарегистрированы", Text: "Здравствуйте, " + u.FullName() + "!", ByAPI: true})
}

// Letters lists the mail that people outside of the staff got, oldest first.
func (a *Account) Letters() []Letter {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]Letter{}, a.letters...)
}
