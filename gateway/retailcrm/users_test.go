package retailcrm_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/retailcrm"
	sim "vestnik/sim/retailcrm"
)

func TestUsersAreReadToTheLastPageAndKeptForAWhile(t *testing.T) {
	t.Parallel()
	inTime(t, func(t *testing.T) {
		a := plain(t)
		for i := range 120 {
			a.AddUser(sim.User{FirstName: fmt.Sprint("Оператор ", i), Active: i != 5, Online: i == 119})
		}
		c := connect(t, a)
		users, err := c.Users(t.Context())
		must(t, err)
		if len(users) != 3+119 || !users[len(users)-1].Online {
			t.Fatalf("%d users, the last is %+v", len(users), users[len(users)-1])
		}
		users[0].Name = "spoilt"
		a.SetUserOnline(19, false)
		a.SetUserActive(20, false)
		asked := len(a.Requests())
		time.Sleep(29 * time.Second)
		again, err := c.Users(t.Context())
		must(t, err)
		if len(a.Requests()) != asked || again[0].Name == "spoilt" {
			t.Errorf("%d requests, %+v", len(a.Requests())-asked, again[0])
		}
		time.Sleep(2 * time.Second)
		again, err = c.Users(t.Context())
		must(t, err)
		if len(again) != 2+119 || again[0].Online {
			t.Errorf("%d users, the first is %+v", len(again), again[0])
		}
		// Who was there a minute ago is no answer.
		time.Sleep(time.Minute)
		a.Faults().Down(true)
		_, err = c.Users(t.Context())
		wantKind(t, err, device.Unavailable)
	})
}

func TestNoticesAreHTML(t *testing.T) {
	t.Parallel()
	a := account(t, sim.Options{Rate: -1, Scopes: retailcrm.Needed()})
	c := connect(t, a)
	must(t, c.Notify(t.Context(), nil, "Анна <b>&\nзаказ 7"))
	must(t, c.Notify(t.Context(), []int64{20, 21}, strings.Repeat("ы", 5000)))
	got := a.Notifications()
	if len(got) != 2 || got[0].Type != "api.info" || got[0].Message != "Анна &lt;b&gt;&amp;<br>заказ 7" || len(got[0].UserIDs) > 0 || len(got[0].UserGroups) != 1 {
		t.Errorf("without the right to read users: %+v", got[0])
	}
	if n := len([]rune(got[1].Message)); len(got[1].UserIDs) != 2 || n > 1000 {
		t.Errorf("%d characters for %v", n, got[1].UserIDs)
	}
}

// With several shops the account wants to be told which.
func TestNotesTellTheShop(t *testing.T) {
	t.Parallel()
	a, c := shopOf(t)
	card, _ := a.Customer(306) // of the second shop
	must(t, c.AddNote(t.Context(), gateway.Note{Customer: int64(card.ID), Text: "x"}))
	must(t, c.AddNote(t.Context(), gateway.Note{Customer: int64(card.ID), Site: "lavka", Text: "y"}))
	must(t, c.AddTask(t.Context(), gateway.Task{Performer: 20, Phone: "+79161234567", Text: "z"}))
	var sites []string
	for _, r := range a.Requests() {
		if strings.HasSuffix(r.Path, "/create") {
			sites = append(sites, r.Params["site"])
		}
	}
	if fmt.Sprint(sites) != "[lavka-opt lavka lavka]" {
		t.Errorf("%q", sites)
	}
}

// What was written more than a month ago is written again.
func TestOldWordsAreWrittenAgain(t *testing.T) {
	t.Parallel()
	inTime(t, func(t *testing.T) {
		a, c := shopOf(t)
		say := func() {
			must(t, c.AddNote(t.Context(), gateway.Note{Customer: 301, Text: "Просит перезвонить"}))
			must(t, c.AddTask(t.Context(), gateway.Task{Performer: 20, Order: 5042, Text: "Перезвонить"}))
		}
		say()
		time.Sleep(27 * 24 * time.Hour)
		say()
		if len(a.Notes()) != 1 || len(a.Tasks()) != 1 {
			t.Errorf("%d notes, %d tasks", len(a.Notes()), len(a.Tasks()))
		}
		time.Sleep(5 * 24 * time.Hour)
		say()
		if len(a.Notes()) != 2 || len(a.Tasks()) != 2 {
			t.Errorf("%d notes, %d tasks", len(a.Notes()), len(a.Tasks()))
		}
	})
}
