package support_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/support"
)

// knife cuts the clerk off at one of his calls: before anything has come of it, or when it is
// done and the answer is lost.
type knife struct {
	mu     sync.Mutex
	left   int // calls until it falls; 0: it does not
	fell   string
	calls  int
	cancel func()
}

func (k *knife) touch(what string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.calls++
	if k.left == 0 {
		return nil
	}
	if k.left--; k.left > 0 {
		return nil
	}
	k.fell = what
	k.cancel()
	return context.Canceled
}

func (k *knife) at(n int, cancel func()) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.left, k.fell, k.cancel = n, "", cancel
}

// cutStore is a database under the knife.
type cutStore struct {
	support.Store
	k *knife
}

func (s cutStore) around(what string, do func() error) error {
	if err := s.k.touch("before " + what); err != nil {
		return err
	}
	if err := do(); err != nil {
		return err
	}
	return s.k.touch("after " + what)
}

func (s cutStore) KeepTicket(ctx context.Context, t support.Ticket, events []support.Event, effects []gateway.Effect) error {
	return s.around("keep ticket", func() error { return s.Store.KeepTicket(ctx, t, events, effects) })
}

func (s cutStore) SeeTickets(ctx context.Context, list []gateway.Ticket, cursor string, now time.Time) (ids []gateway.TicketID, err error) {
	err = s.around("see tickets", func() (err error) { ids, err = s.Store.SeeTickets(ctx, list, cursor, now); return err })
	return ids, err
}

func (s cutStore) KeepAlarm(ctx context.Context, a support.Alarm) error {
	return s.around("keep alarm", func() error { return s.Store.KeepAlarm(ctx, a) })
}

func (s cutStore) QueueAlarms(ctx context.Context, statuses []string) (n int, err error) {
	err = s.around("queue alarms", func() (err error) { n, err = s.Store.QueueAlarms(ctx, statuses); return err })
	return n, err
}

// underKnife puts the knife into all that the clerk calls.
func (d *desk) underKnife() *knife {
	k := &knife{}
	d.kept = func(s support.Store) support.Store { return cutStore{s, k} }
	d.hde.before = func(op string, _ int) error { return k.touch("before " + op) }
	d.hde.after = func(op string, _ int) error { return k.touch("after " + op) }
	d.crm.before = func(op string) error { return k.touch("crm " + op) }
	return k
}

// again has the clerk begin anew if he was cut off.
func (d *desk) again() {
	d.end()
	d.begin()
}

// settled is what has to be true in the end, whatever happened on the way.
func (d *desk) settled(tickets ...gateway.TicketID) {
	d.t.Helper()
	for _, id := range tickets {
		if n := len(d.hde.cardsIn(id)); n != 1 {
			d.t.Errorf("%d cards in ticket %d", n, id)
		}
		notes, notices := 0, 0
		d.crm.set(func() {
			for _, n := range d.crm.notes {
				if strings.HasPrefix(n.Text, "Обращение") && strings.Contains(n.Text, fmt.Sprint("KTR-", id, " ")) {
					notes++
				}
			}
			for _, n := range d.crm.notices {
				if strings.Contains(n.Text, fmt.Sprint("KTR-", id, " ")) {
					notices++
				}
			}
		})
		if notes != 1 || notices > 1 {
			d.t.Errorf("ticket %d: %d notes, %d notices", id, notes, notices)
		}
		if k := d.ticket(id); k.Error != "" || k.RaisedTo != "" && k.RaisedAt.IsZero() {
			d.t.Errorf("ticket %d: %+v", id, k)
		}
	}
	d.hde.set(func() {
		if len(d.hde.wrong) > 0 {
			d.t.Errorf("asked for %q", d.hde.wrong)
		}
		for id, posts := range d.hde.posts { // what customers see
			for _, p := range posts {
				if p.User == 12 && (strings.Contains(p.Text, "Анна") || strings.Contains(p.Text, "7912")) {
					d.t.Errorf("ticket %d shows %q", id, p.Text)
				}
			}
		}
	})
}

// told is how often support was told of the order.
func (d *desk) told() (comments, internal int) {
	d.hde.mu.Lock()
	ids := make([]gateway.TicketID, 0, len(d.hde.tickets))
	for id := range d.hde.tickets {
		ids = append(ids, id)
	}
	d.hde.mu.Unlock()
	for _, id := range ids {
		comments += len(d.alarms(id))
	}
	return comments, len(d.internals())
}

// theStory is a ticket, its card, and an order that goes wrong; and then one that goes wrong
// without a ticket.
func (d *desk) theStory(hurt func()) {
	d.hde.opens(1042, anna, "Вопрос", "где заказ 10482?")
	hurt()
	d.reaches(1, 1, "delivery-problem", "Проблема")
	hurt()
	d.hde.edits(1042, func(t *gateway.Ticket) { t.Status = "closed" })
	d.pass(time.Minute)
	d.crm.set(func() {
		o := d.crm.orders[1]
		o.ID, o.Customer = 2, 0
		d.crm.orders[2] = o
	})
	d.reaches(2, 2, "delivery-problem", "Проблема")
	hurt()
}

func onFile(t *testing.T, path string, test func(*testing.T, *desk)) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		d.open(path, nil)
		defer func() {
			d.end()
			if err := d.store.Close(); err != nil {
				t.Error(err)
			}
		}()
		test(t, d)
	})
}

// blankFile is a database whose clerk has looked once, to be copied.
func blankFile(t *testing.T) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "blank.db")
	onFile(t, path, func(t *testing.T, d *desk) {
		d.hde.opens(1, boris, "Старая заявка", "привет")
		d.hde.set(func() { // from before the noon at which the copies begin
			d.hde.tickets[1].Status, d.hde.tickets[1].Created, d.hde.tickets[1].Updated = "closed", "2026-11-21 10:00:00", "2026-11-21 10:00:00"
		})
		d.begin()
		d.pass(time.Minute)
	})
	blank, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return blank
}

func TestCutOffAtEachCall(t *testing.T) {
	t.Parallel()
	blank, dir := blankFile(t), t.TempDir()
	calls := 0
	run := func(n int) {
		path := filepath.Join(dir, fmt.Sprint(n, ".db"))
		if err := os.WriteFile(path, blank, 0o600); err != nil {
			t.Fatal(err)
		}
		defer os.Remove(path)
		onFile(t, path, func(t *testing.T, d *desk) {
			k := d.underKnife()
			d.begin()
			k.at(n, func() { d.cancel() })
			from := k.calls
			d.theStory(func() {
				d.pass(time.Minute)
				if k.fell != "" {
					d.again()
					d.pass(2 * time.Minute)
				}
			})
			d.pass(2 * time.Minute)
			d.settled(1042)
			if comments, internal := d.told(); comments != 2 || internal != 1 {
				t.Errorf("told %d times, %d internal tickets", comments, internal)
			}
			if n == 0 {
				calls = k.calls - from
			}
			if t.Failed() {
				t.Logf("cut off %s", k.fell)
			}
		})
	}
	run(0)
	t.Logf("%d calls", calls)
	step := 1
	if testing.Short() {
		step = 7
	}
	for n := 1; n <= calls && !t.Failed(); n += step {
		run(n)
	}
}

// cutLives is how many lives are drawn when -rapid.checks does not say.
const cutLives = "15"

// TestCutOffAgainAndAgain draws what customers, employees and both systems do, with the clerk cut
// off at drawn calls.
func TestCutOffAgainAndAgain(t *testing.T) {
	t.Parallel()
	asked := false
	flag.Visit(func(f *flag.Flag) { asked = asked || f.Name == "rapid.checks" })
	if !asked {
		if err := flag.Set("rapid.checks", cutLives); err != nil {
			t.Fatal(err)
		}
	}
	blank, dir := blankFile(t), t.TempDir()
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		path := filepath.Join(dir, fmt.Sprint("life", n, ".db"))
		if err := os.WriteFile(path, blank, 0o600); err != nil {
			t.Fatal(err)
		}
		defer os.Remove(path)
		rapid.SyncTest(t, func(t *rapid.T) { cutLife(t, path) })
	})
}

func cutLife(t *rapid.T, path string) {
	d := newDesk(t)
	d.open(path, nil)
	k := d.underKnife()
	d.begin()
	defer func() {
		d.end()
		if err := d.store.Close(); err != nil {
			t.Error(err)
		}
	}()
	var tickets []gateway.TicketID
	alarmed, history := false, int64(0)
	some := func(t *rapid.T) gateway.TicketID {
		if len(tickets) == 0 {
			t.Skip()
		}
		return rapid.SampledFrom(tickets).Draw(t, "ticket")
	}
	t.Repeat(map[string]func(*rapid.T){
		"customer opens": func(t *rapid.T) {
			if len(tickets) > 3 {
				t.Skip()
			}
			id := gateway.TicketID(1042 + len(tickets))
			tickets = append(tickets, id)
			d.hde.opens(id, anna, "Вопрос", "где заказ?")
		},
		"customer writes": func(t *rapid.T) { d.hde.says(some(t), anna, "ау") },
		"person sets priority": func(t *rapid.T) {
			id := some(t)
			d.pass(2 * time.Minute) // what was begun is over, unless the clerk is away
			if d.ticketOrNone(id).Written == "" || d.ticketOrNone(id).RaisedAt.IsZero() {
				t.Skip()
			}
			d.hde.edits(id, func(t *gateway.Ticket) {
				t.Priority = rapid.SampledFrom([]string{"2", "3"}).Draw(d.t.(*rapid.T), "priority")
			})
			d.hde.set(func() { d.hde.byPerson[id] = true })
		},
		"order goes wrong": func(t *rapid.T) {
			if alarmed {
				t.Skip()
			}
			alarmed = true
			history++
			d.reaches(history, 1, "delivery-problem", "Проблема")
		},
		"card changes": func(t *rapid.T) {
			status := rapid.SampledFrom([]string{"Доставляется", "В пункте выдачи", "Вручён"}).Draw(t, "status")
			d.crm.set(func() { d.crm.cards[7].Orders[0].StatusName = status })
		},
		"crm": func(t *rapid.T) {
			down := rapid.Bool().Draw(t, "down")
			d.crm.set(func() { d.crm.down = down })
		},
		"ban": func(*rapid.T) { d.hde.set(func() { d.hde.until = time.Now().Add(20 * time.Minute) }) },
		"time": func(t *rapid.T) {
			d.pass(rapid.SampledFrom([]time.Duration{time.Second, 20 * time.Second, 2 * time.Minute, 25 * time.Minute}).Draw(t, "passes"))
		},
		"knife": func(t *rapid.T) {
			d.again()
			k.at(rapid.IntRange(1, 60).Draw(t, "at"), func() { d.cancel() })
		},
		"again": func(*rapid.T) { d.again() },
	})
	k.at(0, nil)
	d.crm.set(func() { d.crm.down = false })
	d.again()
	for _, id := range tickets { // whoever waits is not forgotten
		d.hde.says(id, anna, "ау")
	}
	d.pass(2 * time.Hour)
	d.settled(tickets...)
	comments, internal := d.told()
	if want := map[bool]int{true: 1}[alarmed]; comments != want || internal > want {
		t.Errorf("told %d times, want %d, %d internal tickets", comments, want, internal)
	}
}

func (d *desk) ticketOrNone(id gateway.TicketID) support.Ticket {
	t, err := d.store.Ticket(d.t.Context(), id)
	if err != nil && device.KindOf(err) != device.NotFound {
		d.t.Error(err)
	}
	return t
}
