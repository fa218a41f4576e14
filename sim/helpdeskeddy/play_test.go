package helpdeskeddy_test

import (
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	hde "vestnik/sim/helpdeskeddy"
)

func TestTheDeskIsTheSameEveryTime(t *testing.T) {
	t.Parallel()
	a, b := newRig(t, hde.Options{Seed: true}), newRig(t, hde.Options{Seed: true})
	a.login(hde.AdminID)
	b.login(hde.AdminID)
	for _, path := range []string{"/tickets/", "/users/", "/custom_fields/", "/departments/", "/tickets/1041/posts/"} {
		same(t, path, string(a.get(path).raw), string(b.get(path).raw))
	}
	same(t, "letters", len(a.Letters()), 0)
	same(t, "public", len(a.Public()), 0)
	same(t, "departments", len(a.Departments()), 3)
	same(t, "users", len(a.Users()), 9)
	same(t, "clock", a.Now(), begin)
	for name, public := range map[string]bool{"Клиент в RetailCRM": false, "VIP": false, "Заказ": false, "Статус заказа": false, "Тема обращения": true} {
		if f, known := a.FieldNamed(name); !known || f.UserView != public {
			t.Errorf("%s: %v %+v", name, known, f)
		}
	}
	if u, _ := a.User(hde.VestnikID); u.Name != "Vestnik" || !u.Staff || u.Key == "" {
		t.Errorf("%+v", u)
	}
}

// Every act of a person moves date_updated, and only of the ticket that it is about.
func TestPeopleMoveTheDate(t *testing.T) {
	t.Parallel()
	for name, act := range map[string]func(*rig) error{
		"client":     func(r *rig) error { _, err := r.ClientWrites(1041, "ещё"); return err },
		"staff":      func(r *rig) error { _, err := r.StaffWrites(1041, hde.OlgaID, "да"); return err },
		"comment":    func(r *rig) error { _, err := r.StaffComments(1041, hde.OlgaID, "нет"); return err },
		"priority":   func(r *rig) error { return r.SetPriority(1041, hde.OlgaID, 3) },
		"status":     func(r *rig) error { return r.SetStatus(1041, hde.OlgaID, "6") },
		"owner":      func(r *rig) error { return r.Assign(1041, hde.IgorID) },
		"close":      func(r *rig) error { return r.Close(1041, hde.OlgaID) },
		"department": func(r *rig) error { return r.MoveDepartment(1041, 3) },
		"requester":  func(r *rig) error { return r.ChangeRequester(1041, 503) },
		"freeze":     func(r *rig) error { return r.Freeze(1041, time.Time{}) },
		"thaw":       func(r *rig) error { return r.Thaw(1041) },
		"rate":       func(r *rig) error { return r.Rate(1041, "like", "спасибо") },
		"field":      func(r *rig) error { return r.SetField(1041, hde.OlgaID, hde.OrderFieldID, "10442") },
		"delete":     func(r *rig) error { return r.Delete(1041, false) },
		"touch":      func(r *rig) error { return r.Touch(1041) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, hde.Options{Seed: true})
			before := r.Tickets()
			r.pass(time.Minute)
			check(t, act(r))
			for i, after := range r.Tickets() {
				if moved := after.UpdatedAt.Equal(r.now); moved != (after.ID == 1041) {
					t.Errorf("ticket %d: %v, was %v", after.ID, after.UpdatedAt, before[i].UpdatedAt)
				}
			}
		})
	}
}

func TestWhatPeopleDoIsSeenOverTheAPI(t *testing.T) {
	t.Parallel()
	r := newRig(t, hde.Options{Seed: true})
	check(t, r.Close(1041, hde.OlgaID))
	_, err := r.ClientWrites(1041, "<p>Не приехало!</p>")
	check(t, err)
	_, err = r.StaffWrites(1041, hde.OlgaID, "<p>Проверяю.</p>")
	check(t, err)
	id, err := r.StaffComments(1041, hde.IgorID, "<p>Звонил курьеру.</p>")
	check(t, err)
	check(t, r.EditComment(1041, id, "<p>Дозвонился.</p>"))
	check(t, r.Assign(1041, hde.OlgaID))
	check(t, r.MoveDepartment(1041, 3))
	check(t, r.Rate(1041, "like", "быстро"))
	got := r.get("/tickets/1041").data()
	wanted := obj{
		"status_id": "open", "owner_id": 7.0, "owner_lastname": "Сергеева", "department_name": "Опт", "rate": "like", "rate_comment": "быстро",
		"rate_date": "2026-03-02 10:15:07", "viewed_by_client": 0.0, "viewed_by_staff": 1.0,
	}
	for name, want := range wanted {
		if got[name] != want {
			t.Errorf("%s: %v, want %v", name, got[name], want)
		}
	}
	posts := r.get("/tickets/1041/posts/").rows()
	if len(posts) != 3 || posts[0]["text"] != "<p>Проверяю.</p>" || posts[0]["user_id"] != 7.0 || posts[1]["user_id"] != 501.0 {
		t.Errorf("%v", posts)
	}
	notes := r.get("/tickets/1041/comments/").rows()
	if len(notes) != 1 || notes[0]["text"] != "<p>Дозвонился.</p>" || notes[0]["user_id"] != 8.0 {
		t.Errorf("%v", notes)
	}
	check(t, r.DeleteComment(1041, id))
	same(t, "comments", len(r.get("/tickets/1041/comments/").rows()), 0)
	r.understood()
}

func TestTheOwnerChangesTheDictionaries(t *testing.T) {
	t.Parallel()
	r := newRig(t, hde.Options{Seed: true})
	check(t, r.RenamePriority(1, "VIP"))
	check(t, r.RemovePriority(3))
	r.AddPriority(14, "ИИ")
	r.AddStatus("7", "Спор")
	r.AddDepartment(2, "Брак")
	same(t, "priorities", r.get("/priorities/").body, any(obj{"data": []any{
		obj{"id": 2, "name": obj{"ru": "Стандартно", "en": "Standard", "ua": "Стандартно"}},
		obj{"id": 1, "name": obj{"ru": "VIP"}},
		obj{"id": 14, "name": obj{"ru": "ИИ"}},
	}}))
	same(t, "priorities", len(r.Priorities()), 3)
	check(t, r.SetStatus(1041, hde.OlgaID, "7"))
	if got := r.get("/tickets/1042").data()["department_name"]; got != "Брак" {
		t.Error(got)
	}
	check(t, r.RemoveField(hde.VIPFieldID))
	r.refused(404, "GET", "/custom_fields/32", nil)
}

func TestMistakesOfATestAreErrors(t *testing.T) {
	t.Parallel()
	r := newRig(t, hde.Options{Seed: true})
	_, err := r.ClientWrites(1, "x")
	for i, err := range []error{
		err, r.SetPriority(1041, 7, 99), r.SetStatus(1041, 7, "x"), r.Assign(1041, 501), r.MoveDepartment(1041, 9), r.ChangeRequester(1041, 9),
		r.Merge(1041, 1041), r.RenamePriority(9, "x"), r.RemovePriority(9), r.RemoveField(9), r.ShowField(9, true), r.SetField(1041, 7, 9, "x"),
		r.EditComment(1041, 9, "x"), r.DeleteComment(1041, 9), r.RevokeKey(9), r.SetRights(9, hde.Rights{}),
	} {
		if err == nil {
			t.Errorf("%d: no error", i)
		}
	}
}

func TestTheMailboxReadsAsThePluginDoes(t *testing.T) {
	t.Parallel()
	r := newRig(t, hde.Options{Seed: true})
	posted, _ := fixture(t, "plugin.mailbox.post")
	_, empty := fixture(t, "plugin.mailbox.read.empty")
	_, full := fixture(t, "plugin.mailbox.read")
	read := func() any {
		var out any
		check(t, json.Unmarshal([]byte(r.MailboxRead(1042)), &out))
		same(t, "over HTTP", r.ask("GET", r.MailboxPath()+"?endpoint=card&value=1042", nil).body, out)
		return out
	}
	same(t, "empty", read(), empty)
	r.Ban(time.Hour) // is none of the mailbox's business
	r.must("POST", r.MailboxPath(), string(posted))
	same(t, "full", read(), full)
	if card, there := r.Mailbox(1042); !there || card != string(posted) {
		t.Errorf("%v %s", there, card)
	}
	r.must("POST", r.MailboxPath(), `{"ticketId":"1042","card":""}`)
	if card, _ := r.Mailbox(1042); card != `{"ticketId":"1042","card":""}` {
		t.Error(card)
	}
	if got := r.ask("POST", "/plugin-webhook/guess", string(posted)); got.status != 404 {
		t.Errorf("%d for a wrong address", got.status)
	}
	r.understood()
	r.refused(400, "POST", r.MailboxPath(), `{"card":""}`)
	same(t, "not understood", len(r.NotUnderstood()), 1)
}

// Clients, staff and Vestnik work at once; run with -race.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t, hde.Options{Seed: true, Rate: -1})
	var wg sync.WaitGroup
	for i := range 6 {
		wg.Go(func() {
			id := 1041 + i%5
			for j := range 20 {
				if _, err := r.ClientWrites(id, "ещё"); err != nil {
					t.Error(err)
				}
				for _, c := range []struct {
					method, path string
					body         any
				}{
					{"POST", fmt.Sprintf("/tickets/%d/comments/", id), obj{"text": "x"}},
					{"PUT", fmt.Sprintf("/tickets/%d", id), obj{"custom_fields": obj{"31": fmt.Sprint(i, j)}}},
					{"GET", "/tickets/", nil},
				} {
					if got, err := r.try(c.method, c.path, c.body); err != nil || got.status != 200 {
						t.Error(err, got.status)
					}
				}
				r.Tickets()
				r.Public()
			}
		})
	}
	wg.Wait()
	same(t, "requests", len(r.Sent()), 360)
	r.understood()
}
