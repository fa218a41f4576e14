package store_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/store"
	"vestnik/store/storetest"
)

// openLedger has one message in every state, with a mark pending and somebody logged in.
func openLedger(t *testing.T, dir string, now *time.Time) (*store.Store, map[gateway.State]gateway.MessageID) {
	t.Helper()
	ctx := context.Background()
	s, err := store.Open(ctx, store.Options{Path: filepath.Join(dir, "v.db"), Now: func() time.Time { return *now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	ids := map[gateway.State]gateway.MessageID{}
	add := func(name gateway.State, order gateway.OrderID, lead ...gateway.State) {
		d := storetest.Draft(string(name), "+79123456789")
		d.NotBefore, d.Order = *now, order
		kept, err := s.Decide(ctx, 0, []gateway.Decision{{Verdict: gateway.Send, Reason: gateway.InQueue, At: *now, Message: d, Order: order, Status: "ready"}})
		if err != nil {
			t.Fatal(err)
		}
		id := kept[0].MessageID
		ids[name] = id
		from := gateway.Queued
		for _, to := range lead {
			if to == gateway.Sending {
				_, ok, err := s.Begin(ctx, from, storetest.Attempt(id, device.WhatsApp, "wire-"+string(name), *now), gateway.Step{At: *now, Reason: gateway.SendingNow})
				if err != nil || !ok {
					t.Fatal(ok, err)
				}
			} else {
				c := gateway.Change{State: to, Reason: gateway.InQueue, NotBefore: now.Add(time.Hour)}
				switch to {
				case gateway.Accepted:
					c.Attempt, c.AttemptState = 1, gateway.AttemptAccepted
					if name == "accepted with a fallback" {
						c.FallbackAt = now.Add(time.Minute)
					}
				case gateway.UnknownState:
					c.Attempt, c.AttemptState, c.ResolveAt = 1, gateway.AttemptUncertain, now.Add(time.Minute)
				case gateway.Delivered:
					c.Effects = []gateway.Effect{{Kind: gateway.EffectMark, Key: "mark/7", Order: 7, Message: id, Value: "yes"}}
				}
				if ok, err := s.Move(ctx, id, from, c); err != nil || !ok {
					t.Fatal(to, ok, err)
				}
			}
			from = to
		}
	}
	add(gateway.Queued, 7)
	add(gateway.Held, 7, gateway.Held)
	add(gateway.Sending, 7, gateway.Sending)
	add(gateway.Accepted, 7, gateway.Sending, gateway.Accepted)
	add("accepted with a fallback", 7, gateway.Sending, gateway.Accepted)
	add(gateway.Delivered, 7, gateway.Sending, gateway.Accepted, gateway.Delivered)
	add(gateway.UnknownState, 7, gateway.Sending, gateway.UnknownState)
	add(gateway.Cancelled, 7, gateway.Cancelled)
	add(gateway.Failed, 7, gateway.Failed)
	u, err := s.SaveUser(ctx, gateway.User{Name: "Ольга", Role: gateway.Owner, Hash: "h", CreatedAt: *now})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.StartLogin(ctx, gateway.Login{TokenHash: "x", User: u, CSRF: "c", CreatedAt: *now, SeenAt: *now}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.SaveToken(ctx, gateway.Token{Name: "erp", Role: gateway.Operator, Hash: "y", CreatedAt: *now}); err != nil {
		t.Fatal(err)
	}
	return s, ids
}

func TestALedgerFromABackupSendsNothingByItself(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	madeAt := time.Date(2026, 11, 20, 3, 0, 0, 0, time.UTC)
	now := madeAt
	s, ids := openLedger(t, t.TempDir(), &now)
	now = madeAt.Add(30 * time.Hour)
	held, err := s.HoldFromBackup(ctx, madeAt)
	if err != nil || held != 5 {
		t.Fatal(held, err)
	}
	for name, id := range ids {
		story, err := s.Story(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		want := name
		switch name {
		case gateway.Queued, gateway.Held, gateway.Sending, gateway.UnknownState, "accepted with a fallback":
			want = gateway.Held
			last := story.Trace[len(story.Trace)-1]
			if story.Message.Reason != gateway.FromBackup || last.Reason != gateway.FromBackup || last.Args["made_at"] != gateway.At(madeAt) || last.Args["was"] == "" {
				t.Errorf("%s: reason %s, last step %+v", name, story.Message.Reason, last)
			}
		}
		m := story.Message
		if m.State != want || !m.FallbackAt.IsZero() || !m.ResolveAt.IsZero() || m.State == gateway.Held && !m.NotBefore.IsZero() {
			t.Errorf("%s: %+v", name, m)
		}
		for _, a := range story.Attempts {
			if a.State == gateway.AttemptSending {
				t.Errorf("%s: an attempt is still sending", name)
			}
		}
	}
	for _, ch := range []device.Channel{device.WhatsApp, device.SMS} {
		if m, ok, err := s.NextDue(ctx, ch, now.Add(1000*time.Hour), nil); err != nil || ok {
			t.Errorf("message %d is due by itself (%v)", m.ID, err)
		}
	}
	if at, ok, err := s.NextAlarm(ctx); err != nil || ok {
		t.Errorf("an alarm at %s (%v)", at, err)
	}
	if _, ok, err := s.NextEffectAt(ctx, []gateway.EffectKind{gateway.EffectMark}); err != nil || ok {
		t.Errorf("an effect is pending (%v)", err)
	}
	if list, err := s.SendingOf(ctx, "main"); err != nil || len(list) > 0 {
		t.Error(list, err)
	}
	if _, err := s.Login(ctx, "x", now); device.KindOf(err) != device.NotFound {
		t.Errorf("the login of the copy still works: %v", err)
	}
	if tokens, err := s.Tokens(ctx); err != nil || len(tokens) != 1 {
		t.Error(tokens, err)
	}
	checkRestored(t, s, madeAt, now)
}

func checkRestored(t *testing.T, s *store.Store, madeAt, now time.Time) {
	t.Helper()
	ctx := context.Background()
	r, err := s.Restored(ctx)
	if err != nil || !r.At.Equal(now) || !r.MadeAt.Equal(madeAt) || !r.CatchingUp || !r.Holds(gateway.StatusChange{HistoryID: 1 << 40}) {
		t.Errorf("%+v %v", r, err)
	}
	if err := s.CaughtUp(ctx, 99); err != nil {
		t.Fatal(err)
	}
	r, err = s.Restored(ctx)
	if err != nil || r.CatchingUp || !r.Holds(gateway.StatusChange{HistoryID: 99}) || r.Holds(gateway.StatusChange{HistoryID: 100}) {
		t.Errorf("%+v %v", r, err)
	}
	counts, err := s.FromBackupCounts(ctx)
	if err != nil || len(counts) != 1 || counts[gateway.FromBackup] != 5 {
		t.Error(counts, err)
	}
	first, err := s.FromBackup(ctx, gateway.FromBackup, 0, 3)
	if err != nil || len(first) != 3 || first[0].Status != "ready" || first[0].Args["was"] != "queued" {
		t.Fatalf("%+v %v", first, err)
	}
	if rest, err := s.FromBackup(ctx, gateway.FromBackup, first[2].ID, 100); err != nil || len(rest) != 2 {
		t.Error(rest, err)
	}
	if v, err := s.KnownMark(ctx, 7); err != nil || v != "yes" {
		t.Error(v, err)
	}
	if v, err := s.KnownMark(ctx, 8); err != nil || v != "" {
		t.Error(v, err)
	}
	if marks, err := s.MarksFromBackup(ctx, 9); err != nil || len(marks) != 1 || marks[0].State != gateway.EffectDropped {
		t.Error(marks, err)
	}
}

func TestANewLedgerWasNeverRestored(t *testing.T) {
	t.Parallel()
	s, err := store.Open(context.Background(), store.Options{Path: filepath.Join(t.TempDir(), "v.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	r, err := s.Restored(context.Background())
	if err != nil || r != (gateway.Restored{}) || r.Holds(gateway.StatusChange{}) {
		t.Errorf("%+v %v", r, err)
	}
}

func TestAFileIsLookedThroughWithoutTouchingIt(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	dir := t.TempDir()
	now := time.Now()
	s, _ := openLedger(t, dir, &now)
	copied := filepath.Join(dir, "copy ? #.db")
	if err := s.Backup(ctx, copied); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(copied)
	if err != nil {
		t.Fatal(err)
	}
	info, err := store.CheckFile(ctx, copied)
	if err != nil || info.Schema != store.SchemaVersion() || info.Schema == 0 || info.Rows["message"] != 9 {
		t.Fatal(info, err)
	}
	after, err := os.ReadFile(copied)
	if err != nil || string(after) != string(before) {
		t.Errorf("the file was changed: %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "copy*-*")); len(left) > 0 {
		t.Errorf("left %v", left)
	}
	copy(before[len(before)/2:], make([]byte, 4096))
	if err := os.WriteFile(copied, before, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := store.CheckFile(ctx, copied); err == nil {
		t.Error("a damaged file passed")
	}
	if counts, err := s.Counts(ctx); err != nil || counts["message"] != 9 || counts["user"] != 1 {
		t.Error(counts, err)
	}
}

// A copy of a large ledger takes long, and messages must go on meanwhile.
func TestWritingGoesOnWhileACopyIsMade(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	dir := t.TempDir()
	now := time.Now()
	s, _ := openLedger(t, dir, &now)
	stop, written := make(chan struct{}), make(chan int)
	go func() {
		n := 0
		for {
			select {
			case <-stop:
				written <- n
				return
			default:
			}
			if err := s.SaveChore(ctx, gateway.Chore{Name: gateway.ChoreAudit, At: now, OK: true}); err != nil {
				t.Error(err)
			}
			n++
		}
	}()
	for i := range 5 {
		path := filepath.Join(dir, fmt.Sprintf("copy%d.db", i))
		if err := s.Backup(ctx, path); err != nil {
			t.Fatal(err)
		}
		if _, err := store.CheckFile(ctx, path); err != nil {
			t.Fatal(err)
		}
	}
	close(stop)
	if n := <-written; n == 0 {
		t.Error("nothing was written while the copies were made")
	}
}

// The lost ledger may have asked for a mark and given an answer after its backup was made.
func TestALedgerFromABackupAsksNobody(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	madeAt := time.Date(2026, 11, 20, 3, 0, 0, 0, time.UTC)
	now := madeAt
	s, err := store.Open(ctx, store.Options{Path: filepath.Join(t.TempDir(), "v.db"), Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	reach := func(id int64) {
		t.Helper()
		if _, err := s.SaveChanges(ctx, []gateway.StatusChange{{HistoryID: id, Order: gateway.OrderID(id), To: "ready", At: now}}, gateway.Cursor{SinceID: id}); err != nil {
			t.Fatal(err)
		}
	}
	queue := func(want int) {
		t.Helper()
		if n, err := s.QueueAsks(ctx, []string{"ready"}, time.Hour); err != nil || n != want {
			t.Errorf("%d questions queued, want %d: %v", n, want, err)
		}
	}
	reach(1)
	queue(0)
	reach(2)
	queue(1)
	if _, err := s.SaveIncoming(ctx, device.Incoming{Channel: device.WhatsApp, ID: "1", From: "+79123456789", Text: "где заказ?", At: now}, nil); err != nil {
		t.Fatal(err)
	}
	c, h, _, err := s.NextHeard(ctx, 1)
	if err != nil {
		t.Fatal(err)
	}
	a := storetest.Seen(c, 0)
	a.OwedUntil = now.Add(48 * time.Hour)
	a.Effects = []gateway.Effect{{Kind: gateway.EffectNote, Key: "note/1", Value: "{}", NextAt: now}}
	if _, ok, err := s.Answer(ctx, a); err != nil || !ok {
		t.Fatal(ok, err)
	}

	now = now.Add(30 * time.Hour)
	if _, err := s.HoldFromBackup(ctx, madeAt); err != nil {
		t.Fatal(err)
	}
	if at, ok, err := s.NextAskAt(ctx); err != nil || ok {
		t.Errorf("a question for a mark at %s, %v", at, err)
	}
	if ids, err := s.OwedTalks(ctx, now, 9); err != nil || len(ids) != 0 {
		t.Errorf("an answer is owed to %v, %v", ids, err)
	}
	if marks, err := s.MarksFromBackup(ctx, 9); err != nil || len(marks) != 0 {
		t.Errorf("a note counts as a mark: %+v, %v", marks, err)
	}
	// What was heard waits for whoever answers, and can be told from what comes now.
	again, was, ok, err := s.NextHeard(ctx, c.ID)
	restored, bad := s.Restored(ctx)
	if err != nil || bad != nil || !ok || again.ID != c.ID || was.ID != h.ID || !was.KeptAt.Before(restored.At) {
		t.Errorf("%+v, %+v, %v, %v", was, restored, err, bad)
	}
	// The history is read once more: what it brings was maybe asked about.
	reach(3)
	queue(0)
	reach(4)
	if err := s.CaughtUp(ctx, 5); err != nil {
		t.Fatal(err)
	}
	reach(5)
	queue(0)
	reach(6)
	queue(1)
}
