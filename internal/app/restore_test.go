package app_test

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/internal/app"
	sim "vestnik/sim/whatsapp"
	"vestnik/sim/world"
)

const passphrase = "correct horse battery"

// slow makes WhatsApp write one message an hour, so that further ones stay in the
// queue; fast takes that back.
func (b *box) slow() { b.apply("whatsapp: {per_hour: 1}\n") }
func (b *box) fast() { b.apply("whatsapp: {per_hour: 0}\n") }

// orderNow is an order that the box reads at once.
func (b *box) orderNow(p *world.Person) (id int, number string) {
	b.t.Helper()
	id, number = b.order(p)
	b.app.Wake()
	return id, number
}

func (b *box) backup() string {
	b.t.Helper()
	path := filepath.Join(b.t.TempDir(), "shop.age")
	if _, err := b.app.Book().Backup(b.t.Context(), path, passphrase, "test"); err != nil {
		b.t.Fatal(err)
	}
	return path
}

// restore stops the box, restores a backup in its folder and starts it again.
func (b *box) restore(path string) app.RestoreReport {
	b.t.Helper()
	b.stop()
	r, err := app.Restore(b.t.Context(), app.RestoreOptions{DataDir: b.dir, File: path, Passphrase: passphrase, Log: app.NewLogger(b.log, slog.LevelDebug)})
	if err != nil {
		b.t.Fatal(err)
	}
	b.start()
	b.until("WhatsApp is connected", func() bool { return b.link(device.WhatsApp).State == device.LinkConnected })
	return r
}

// verdicts waits until the CRM was compared, and answers the reasons by order number.
func (b *box) verdicts(numbers ...string) map[string]gateway.Reason {
	b.t.Helper()
	found := map[string]gateway.Reason{}
	b.until("every message is compared with the CRM", func() bool {
		b.app.Wake()
		clear(found)
		rows, _, err := b.app.Store().Messages(b.t.Context(), gateway.MessageFilter{State: gateway.Held})
		for _, m := range rows {
			found[m.OrderNumber] = m.Reason
		}
		return err == nil && !slices.ContainsFunc(numbers, func(n string) bool { return found[n] == "" || found[n] == gateway.FromBackup })
	})
	return found
}

func (b *box) incoming(text string) bool {
	totals, err := b.app.Store().Totals(b.t.Context(), time.Now().Add(-time.Hour))
	return err == nil && totals.Incoming > 0 && text != ""
}

// The whole story of a lost box: a backup at night, a day of work after it, the card
// dies, the backup is restored. Nobody gets anything twice, and what nobody got goes out
// when a person says so, once.
func TestARestoredBoxSendsNothingByItself(t *testing.T) {
	t.Parallel()
	b := newBox(t, world.Options{})
	b.ready()
	anna, vera, gleb, dina := b.world.Somebody(true, 0), b.world.Somebody(true, 1), b.world.Somebody(true, 2), b.world.Somebody(true, 3)
	olga := b.world.Somebody(false, 0)
	annaID, _ := b.orderNow(anna)
	b.gets(anna, 1, 0)
	b.marked(annaID, true)

	b.slow()
	_, veraOrder := b.orderNow(vera)
	_, glebOrder := b.orderNow(gleb)
	b.decision(veraOrder)
	b.decision(glebOrder)
	file := b.backup()

	// The day that the backup does not know. Gleb's message is stopped by hand, so that
	// nobody sent it.
	if err := b.app.Desk().Cancel(t.Context(), b.message(glebOrder).ID, "test"); err != nil {
		t.Fatal(err)
	}
	b.fast()
	b.gets(vera, 1, 0)
	dinaID, dinaOrder := b.orderNow(dina)
	b.gets(dina, 1, 0)
	b.marked(dinaID, true)
	olgaID, olgaOrder := b.orderNow(olga)
	b.gets(olga, 0, 1)
	b.marked(olgaID, false)
	b.until("Vera's order is marked", func() bool { return b.effectsDone() })

	r := b.restore(file)
	if r.Held != 2 || r.Aside == "" {
		t.Errorf("%+v", r)
	}
	b.fast() // the backup has the slow pace
	got := b.verdicts(veraOrder, glebOrder, dinaOrder, olgaOrder)
	want := map[string]gateway.Reason{
		veraOrder: gateway.BackupSent, dinaOrder: gateway.BackupSent, olgaOrder: gateway.BackupSent, glebOrder: gateway.BackupUnsent,
	}
	for number, reason := range want {
		if got[number] != reason {
			t.Errorf("order %s: %s, want %s\n%s", number, got[number], reason, b.story())
		}
	}
	b.nobodyGotMore(map[*world.Person][2]int{anna: {1, 0}, vera: {1, 0}, gleb: {0, 0}, dina: {1, 0}, olga: {0, 1}})

	// New work goes on as always.
	b.orderNow(b.world.Somebody(true, 4))
	b.gets(b.world.Somebody(true, 4), 1, 0)

	ctx := t.Context()
	if n, err := b.app.Backups().ReleaseFromBackup(ctx, gateway.BackupUnsent, 2, "Ольга"); device.KindOf(err) != device.Conflict || n != 0 {
		t.Errorf("a release of another number than was shown: %d %v", n, err)
	}
	if n, err := b.app.Backups().ReleaseFromBackup(ctx, gateway.BackupUnsent, 1, "Ольга"); err != nil || n != 1 {
		t.Fatal(n, err)
	}
	b.gets(gleb, 1, 0)
	if n, err := b.app.Backups().CancelFromBackup(ctx, gateway.BackupSent, 3, "Ольга"); err != nil || n != 3 {
		t.Fatal(n, err)
	}
	if counts, err := b.app.Backups().FromBackupCounts(ctx); err != nil || len(counts) != 0 {
		t.Error(counts, err)
	}
	b.until("delivered", func() bool { return b.message(glebOrder).State == gateway.Delivered })
	b.nobodyGotMore(map[*world.Person][2]int{anna: {1, 0}, vera: {1, 0}, gleb: {1, 0}, dina: {1, 0}, olga: {0, 1}})

	// And the ratchets are new ones, in both directions.
	if b.incoming("") {
		t.Error("something came in already")
	}
	if _, err := anna.Messenger.SendText(world.ShopPhone, "Спасибо!", sim.ByLID); err != nil {
		t.Fatal(err)
	}
	b.until("her words arrive", func() bool { return b.incoming("Спасибо!") })
	b.orderNow(anna)
	b.gets(anna, 2, 0)
	if rejected := b.world.WhatsApp.Rejected(); len(rejected) > 0 {
		t.Errorf("phones could not read: %+v", rejected)
	}
}

func (b *box) effectsDone() bool {
	_, pending, err := b.app.Store().NextEffectAt(b.t.Context(), []gateway.EffectKind{gateway.EffectMark})
	return err == nil && !pending
}

func (b *box) nobodyGotMore(want map[*world.Person][2]int) {
	b.t.Helper()
	for p, n := range want {
		if wa, short := b.world.Texts(p); len(wa) != n[0] || len(short) != n[1] {
			b.t.Errorf("%s has %q and %q\n%s", p.Name, wa, short, b.story())
		}
	}
}

// Messages that are about no order cannot be compared with anything: a person decides
// on each.
func TestWhatCannotBeComparedIsSaid(t *testing.T) {
	t.Parallel()
	b := newBox(t, world.Options{})
	b.ready()
	b.slow()
	anna, vera := b.world.Somebody(true, 0), b.world.Somebody(true, 1)
	annaID, _ := b.orderNow(anna)
	b.gets(anna, 1, 0)
	b.marked(annaID, true)
	m, _, err := b.app.Desk().Enqueue(t.Context(), gateway.Draft{To: vera.Phone, Text: "Ваш мастер приедет в 15:00", Key: "visit/7", By: "erp", Channels: []device.Channel{device.WhatsApp}})
	if err != nil {
		t.Fatal(err)
	}
	b.restore(b.backup())
	b.fast()
	b.until("it is said why", func() bool {
		got, err := b.app.Store().Message(t.Context(), m.ID)
		return err == nil && got.Reason == gateway.BackupUnclear
	})
	b.until("the story says so", func() bool { return strings.Contains(b.story(), "it is about no order") })
	// The same key is known, so a program that tries again does not send past the person.
	again, existed, err := b.app.Desk().Enqueue(t.Context(), gateway.Draft{To: vera.Phone, Text: "Ваш мастер приедет в 15:00", Key: "visit/7", By: "erp"})
	if err != nil || !existed || again.ID != m.ID {
		t.Error(again, existed, err)
	}
	b.nobodyGotMore(map[*world.Person][2]int{anna: {1, 0}, vera: {0, 0}})
	for range 2 { // a second press finds nothing to do
		if _, err := b.app.Backups().ReleaseOne(t.Context(), m.ID, "Ольга"); err != nil {
			t.Fatal(err)
		}
	}
	b.gets(vera, 1, 0)
}

// A backup that is made in the middle of work is whole, whenever it is made.
func TestBackupsWhileOrdersFlow(t *testing.T) {
	t.Parallel()
	b := newBox(t, world.Options{})
	b.ready()
	ctx, stop := context.WithCancel(t.Context())
	flowed := make(chan int)
	go func() {
		n := 0
		for ctx.Err() == nil {
			p := b.world.Somebody(true, n%5)
			if _, _, err := b.app.Desk().Enqueue(t.Context(), gateway.Draft{To: p.Phone, Text: fmt.Sprintf("Сообщение %d", n), By: "erp"}); err == nil {
				n++
			}
			select { // fewer than a box has sent when it has made its copies
			case <-ctx.Done():
			case <-time.After(20 * time.Millisecond):
			}
		}
		flowed <- n
	}()
	var files []string
	for range 4 {
		files = append(files, b.backup())
	}
	stop()
	n := <-flowed
	b.until("all of them arrive", func() bool {
		sum := 0
		for i := range 5 {
			wa, _ := b.world.Texts(b.world.Somebody(true, i))
			sum += len(wa)
		}
		return sum == n
	})
	for _, file := range files {
		dir := filepath.Join(t.TempDir(), "data")
		r, err := app.Restore(t.Context(), app.RestoreOptions{DataDir: dir, File: file, Passphrase: passphrase, Log: slog.New(slog.DiscardHandler)})
		if err != nil || r.Aside != "" {
			t.Errorf("%+v %v", r, err)
		}
	}
}
