package invite_test

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/campaign"
	"vestnik/gateway/invite"
	"vestnik/store"
	"vestnik/store/storetest"
)

// crm is a CRM that knows orders by their ids.
type crm struct {
	gateway.Orders
	orders map[gateway.OrderID]gateway.Order
	fault  error
}

func (c *crm) Order(_ context.Context, id gateway.OrderID) (gateway.Order, error) {
	if c.fault != nil {
		return gateway.Order{}, c.fault
	}
	o, ok := c.orders[id]
	if !ok {
		return o, device.Errorf(device.NotFound, "order", "none")
	}
	return o, nil
}

// office is the loop on a real ledger.
type office struct {
	t     *testing.T
	store *store.Store
	crm   *crm
	n     int64
	// meanwhile happens once, after the loop has read what is known of a customer and before it
	// settles his invitation.
	meanwhile func()
}

// AskOf is the last that the loop reads.
func (b book) AskOf(ctx context.Context, order gateway.OrderID) (gateway.Ask, bool, error) {
	if do := b.office.meanwhile; do != nil {
		b.office.meanwhile = nil
		do()
	}
	return b.Store.AskOf(ctx, order)
}

// book is the office's real ledger.
type book struct {
	*store.Store
	office *office
}

// open starts the loop in the test's own time; the shop invites an hour after "complete".
func open(t *testing.T, change func(*gateway.Settings)) *office {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	st, err := store.Open(ctx, store.Options{Path: filepath.Join(t.TempDir(), "ledger.db"), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	s := gateway.DefaultSettings()
	s.Decency.ReviewURL = "https://reviews.example"
	s.Invitation.On, s.Invitation.Statuses, s.Invitation.After = true, []string{"complete"}, time.Hour
	change(&s)
	if err := st.SaveSettings(ctx, s, "test"); err != nil {
		t.Fatal(err)
	}
	live, err := gateway.NewLive(ctx, st, &gateway.Topics{})
	if err != nil {
		t.Fatal(err)
	}
	o := &office{t: t, store: st, crm: &crm{orders: map[gateway.OrderID]gateway.Order{}}}
	l := invite.NewLoop()
	l.Store, l.Live, l.Topics, l.Log, l.MaxParts = book{st, o}, live, &gateway.Topics{}, slog.New(slog.DiscardHandler), 6
	l.Orders, l.CRMAnswers, l.Enqueued = func() gateway.Orders { return o.crm }, func() bool { return true }, func() {}
	l.Asks, l.NewToken = func() bool { return true }, func() string { return "k7m2q9xw" }
	ended := make(chan error, 1)
	go func() { ended <- l.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	time.Sleep(2 * time.Minute) // the first look notes where the history ends
	return o
}

// complete brings a new order of a customer to its end.
func (o *office) complete(phone string) gateway.OrderID {
	o.t.Helper()
	o.n++
	id := gateway.OrderID(o.n)
	o.crm.orders[id] = gateway.Order{
		Place: gateway.Place{City: "Владивосток"},
		ID:    id, Number: fmt.Sprint("A", o.n), Status: "complete", Phones: []string{phone}, Fields: map[string]string{"order.number": fmt.Sprint("A", o.n)},
	}
	change := gateway.StatusChange{HistoryID: o.n, Order: id, To: "complete", At: time.Now()}
	if _, err := o.store.SaveChanges(o.t.Context(), []gateway.StatusChange{change}, gateway.Cursor{SinceID: o.n}); err != nil {
		o.t.Fatal(err)
	}
	return id
}

func (o *office) made() int {
	o.t.Helper()
	n, _, err := o.store.InvitationsMade(o.t.Context(), time.Time{})
	if err != nil {
		o.t.Fatal(err)
	}
	return n
}

func TestWhoIsBeyondTheDaysNumberIsInvitedTheNextDay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := open(t, func(s *gateway.Settings) { s.Invitation.PerDay = 2 })
		for i := range 5 {
			o.complete(fmt.Sprintf("+7916555010%d", i))
		}
		for day, want := range []int{2, 4, 5} {
			time.Sleep(2 * time.Hour)
			if n := o.made(); n != want {
				t.Errorf("day %d: %d are invited, want %d", day, n, want)
			}
			time.Sleep(22*time.Hour + 5*time.Minute)
		}
	})
}

func TestOnePersonIsInvitedOnceInTwoWeeks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := open(t, func(*gateway.Settings) {})
		o.complete("+79165550101")
		time.Sleep(3 * time.Hour)
		o.complete("8 916 555-01-01")
		time.Sleep(3 * time.Hour)
		if n := o.made(); n != 1 {
			t.Errorf("%d invitations", n)
		}
		last, err := o.store.LastInvitations(t.Context(), 10)
		if err != nil || len(last) != 2 || last[0].Why != gateway.WrittenLately || last[0].Decision == 0 || last[1].Message == 0 {
			t.Errorf("the last ones %+v, %v", last, err)
		}
		if m, err := o.store.Message(t.Context(), last[1].Message); err != nil || m.Zone != "Asia/Vladivostok" || m.State != gateway.Queued {
			t.Errorf("the message %+v, %v", m, err)
		}
		time.Sleep(14 * 24 * time.Hour)
		o.complete("+79165550101")
		time.Sleep(3 * time.Hour)
		if n := o.made(); n != 2 {
			t.Errorf("%d invitations after two weeks", n)
		}
	})
}

func TestAnOrderThatCannotBeReadIsTriedAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := open(t, func(*gateway.Settings) {})
		o.complete("+79165550101")
		o.crm.fault = device.Errorf(device.Unavailable, "order", "away")
		time.Sleep(3 * time.Hour)
		if n := o.made(); n != 0 {
			t.Errorf("%d invitations without the order", n)
		}
		o.crm.fault = nil
		time.Sleep(10 * time.Minute)
		if n := o.made(); n != 1 {
			t.Errorf("%d invitations", n)
		}
	})
}

func TestTheBotsQuestionAndTheInvitationAreADayApart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := open(t, func(*gateway.Settings) {})
		if _, err := o.store.QueueAsks(t.Context(), []string{"complete"}, 0); err != nil {
			t.Fatal(err)
		}
		id := o.complete("+79165550101")
		if _, err := o.store.QueueAsks(t.Context(), []string{"complete"}, 30*time.Minute); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Hour)
		if n := o.made(); n != 0 {
			t.Error("invited while the bot is about to ask")
		}
		if err := o.store.SettleAsk(t.Context(), gateway.Ask{Order: id, State: gateway.AskDone, DueAt: time.Now()}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(20 * time.Hour)
		if n := o.made(); n != 0 {
			t.Error("invited on the day of the question")
		}
		time.Sleep(30 * time.Hour)
		if n := o.made(); n != 1 {
			t.Errorf("%d invitations", n)
		}
	})
}

// mails feeds the queue with a mailing that asks people for a review; last is what became of the
// last of them.
func (o *office) mails(name string, phones ...device.Phone) (fed int, last campaign.Person) {
	t := o.t
	t.Helper()
	m, err := o.store.SaveCampaign(t.Context(), storetest.Mailing(name), "anna")
	if err != nil {
		t.Fatal(err)
	}
	var people []campaign.Person
	for i, phone := range phones {
		people = append(people, campaign.Person{Line: i + 1, Phone: phone, Known: true})
	}
	storetest.Gather(t, o.store, m.ID, people...)
	storetest.Start(t, o.store, m.ID, storetest.Everybody())
	rows, _, err := o.store.People(t.Context(), m.ID, campaign.PeopleFilter{})
	if err != nil {
		t.Fatal(err)
	}
	var list []campaign.Fed
	for _, p := range rows {
		list = append(list, storetest.Feeding(p))
	}
	if fed, err = o.store.Feed(t.Context(), m.ID, 30*24*time.Hour, list); err != nil {
		t.Fatal(err)
	}
	for _, p := range rows {
		if p.Phone == phones[len(phones)-1] {
			if last, err = o.store.CampaignPerson(t.Context(), p.ID); err != nil {
				t.Fatal(err)
			}
		}
	}
	return fed, last
}

// A mailing that asks for a review and an invitation are one book: nobody is asked by both.
func TestNobodyIsAskedForAReviewByAMailingToo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := open(t, func(*gateway.Settings) {})
		if n, _ := o.mails("Отзывы", "+79165550101"); n != 1 {
			t.Fatalf("%d fed", n)
		}
		o.complete("+79165550101")
		o.complete("+79165550102")
		time.Sleep(3 * time.Hour)
		if n := o.made(); n != 1 {
			t.Errorf("%d invitations, one of the two had the mailing", n)
		}
		if n, p := o.mails("Ещё отзывы", "+79165550103", "+79165550102"); n != 1 || p.Reason != gateway.WrittenLately {
			t.Errorf("%d fed; who was invited %+v", n, p)
		}
	})
}

// A mailing that is quicker than the invitation by the blink of an eye has asked already.
func TestAMailingInTheSameMomentIsTheOnlyOneToAsk(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := open(t, func(*gateway.Settings) {})
		fed := 0
		o.meanwhile = func() { fed, _ = o.mails("Отзывы", "+79165550101") }
		order := o.complete("+79165550101")
		time.Sleep(3 * time.Hour)
		if fed != 1 {
			t.Fatalf("%d fed", fed)
		}
		last, err := o.store.LastInvitations(t.Context(), 9)
		if err != nil {
			t.Fatal(err)
		}
		if len(last) != 1 || last[0].Order != order || last[0].State != gateway.AskNever || last[0].Why != gateway.WrittenLately {
			t.Errorf("%+v", last)
		}
	})
}
