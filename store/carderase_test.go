package store_test

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vestnik/gateway"
	"vestnik/gateway/card"
	"vestnik/gateway/support"
	"vestnik/store/storetest"
)

// Whoever is forgotten is nowhere any more, and does not come back by himself.
func TestForgottenIsForgotten(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	path := filepath.Join(t.TempDir(), "vestnik.db")
	s := openAt(t, path)
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	const name, email, phone = "Пелагея", "pelageya@example.com", "+79165550101"
	now := time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC)
	k := storetest.KeptCard(5, email, phone)
	k.Profile.Name, k.Profile.Phones = name, []string{phone}
	check(s.SaveCard(ctx, k))
	person := gateway.Requester{ID: 77, Name: name, Email: email, Phone: phone}
	check(s.KeepRequester(ctx, person, now))
	his := func(id gateway.TicketID) gateway.Ticket {
		w := storetest.Ticket(id)
		w.Requester, w.Name, w.Email, w.Title = 77, name, email, "Я "+name
		return w
	}
	others := storetest.Ticket(12)
	_, err := s.SeeTickets(ctx, []gateway.Ticket{his(10), his(11), others}, "a", now)
	check(err)
	candidates := []card.Candidate{{Customer: 5, Name: name}, {Customer: 6, Name: "Борис"}}
	keep := func(id gateway.TicketID, change func(*support.Ticket), effects ...gateway.Effect) {
		t.Helper()
		w, err := s.Ticket(ctx, id)
		check(err)
		w.DueAt = now
		change(&w)
		check(s.KeepTicket(ctx, w, []support.Event{{At: now, Reason: gateway.TicketNewAsker, Args: gateway.Args{"name": w.Name}}}, effects))
	}
	effect := func(kind gateway.EffectKind, key, value string) gateway.Effect {
		return gateway.Effect{Kind: kind, Key: key, Value: value, At: now}
	}
	keep(10, func(w *support.Ticket) {
		w.Person, w.Found, w.Customer, w.Written = person, card.FoundOne, 5, "2026-03-09 14:40:00"
	}, effect(gateway.EffectNotify, "ticket/10/notify", `{"users":[1],"text":"`+name+`"}`), effect(gateway.EffectMail, "ticket/10/plugin", `{"ticket":10,"says":"`+name+`"}`))
	keep(11, func(w *support.Ticket) { w.Person, w.Found, w.Candidates = person, card.FoundMany, candidates })
	keep(12, func(w *support.Ticket) { w.Found, w.Candidates = card.FoundMany, candidates },
		effect(gateway.EffectNotify, "ticket/12/notify", `{"users":[1],"text":"Другой"}`))
	check(s.AddEffect(ctx, effect(gateway.EffectNote, "card/note/1", `{"Customer":5,"Text":"`+name+` звонила"}`)))
	check(s.AddEffect(ctx, effect(gateway.EffectGive, "card/give_task/1", `{"Customer":6,"Text":"Борису"}`)))
	kinds := []gateway.EffectKind{gateway.EffectNote, gateway.EffectGive, gateway.EffectNotify, gateway.EffectMail}
	for {
		e, ok, err := s.DueEffect(ctx, now.Add(time.Hour), kinds)
		check(err)
		if !ok {
			break
		}
		e.State = gateway.EffectDone
		check(s.SettleEffect(ctx, e, nil))
	}
	check(s.AddEffect(ctx, effect(gateway.EffectNote, "card/note/2", `{"Customer":5,"Text":"Ещё не записано"}`)))
	check(s.KeepPair(ctx, support.Pair{Ticket: 9, Customer: 5, ClosedAt: now}))

	check(s.EraseCard(ctx, 5))
	nowhere(t, path, name, email, phone, `"Customer":5,"Name"`, `"Ticket":9,"Customer":5`)
	if e, ok, err := s.DueEffect(ctx, now.Add(time.Hour), kinds); err != nil || !ok || !strings.Contains(e.Value, "Ещё не записано") {
		t.Errorf("what was not written yet: %+v %v", e, err)
	}
	if w, err := s.Ticket(ctx, 12); err != nil || len(w.Candidates) != 1 || w.Candidates[0].Customer != 6 || w.Name == "" {
		t.Errorf("%+v %v", w, err)
	}
	for value, want := range map[string]int{"%Борису%": 1, "%Другой%": 1} {
		if n := count(t, path, `SELECT count(*) FROM effect WHERE value LIKE ?`, value); n != want {
			t.Errorf("%d effects like %s", n, value)
		}
	}

	// A look that shows nothing but our own write brings nothing back; somebody's deed does.
	if _, ok, err := s.DueTicket(ctx, now.Add(time.Hour)); err != nil || !ok {
		t.Fatal(ok, err) // 12
	}
	own := his(10)
	own.Updated = "2026-03-09 14:40:00"
	due, err := s.SeeTickets(ctx, []gateway.Ticket{own, his(11)}, "b", now.Add(time.Hour))
	check(err)
	if w, err := s.Ticket(ctx, 10); err != nil || len(due) != 0 || !w.DueAt.IsZero() {
		t.Errorf("%+v, %+v %v", due, w, err)
	}
	nowhere(t, path, name, email, phone)
	own.Updated = "2026-03-09 15:00:00"
	if due, err = s.SeeTickets(ctx, []gateway.Ticket{own}, "c", now.Add(time.Hour)); err != nil || len(due) != 1 {
		t.Errorf("%v %v", due, err)
	}
}

func count(t *testing.T, path, query string, args ...any) (n int) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if err := db.QueryRow(query, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// nowhere wants none of the words in any text of the database, apart from messages and talks.
func nowhere(t *testing.T, path string, words ...string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	rows, err := db.Query(`SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' AND c.type = 'TEXT'
		AND m.name NOT IN ('message', 'conversation', 'trace', 'incoming', 'attempt')`)
	if err != nil {
		t.Fatal(err)
	}
	var places [][2]string
	for rows.Next() {
		var p [2]string
		if err := rows.Scan(&p[0], &p[1]); err != nil {
			t.Fatal(err)
		}
		places = append(places, p)
	}
	if err := rows.Err(); err != nil || len(places) < 50 {
		t.Fatal(len(places), err)
	}
	for _, p := range places {
		for _, word := range words {
			// A ledger keeps names in small letters too.
			var n int
			if err := db.QueryRow(`SELECT count(*) FROM "`+p[0]+`" WHERE instr("`+p[1]+`", ?) OR instr("`+p[1]+`", ?)`, word, strings.ToLower(word)).Scan(&n); err != nil {
				t.Fatal(p, err)
			}
			if n > 0 {
				t.Errorf("%q stands in %s.%s", word, p[0], p[1])
			}
		}
	}
}
