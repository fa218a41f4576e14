package whatsapp

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
)

// once asserts that a customer sees exactly these texts.
func once(t *testing.T, customer *Customer, texts ...string) {
	t.Helper()
	var got []string
	for _, received := range customer.Inbox() {
		got = append(got, received.Text)
	}
	if strings.Join(got, "|") != strings.Join(texts, "|") {
		t.Errorf("%s sees %q, want %q", customer.Number(), got, texts)
	}
}

func TestConnectionCutAroundProcessing(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]func(*Faults){
		"before": func(f *Faults) { f.CutBeforeProcessing(1) },
		"after":  func(f *Faults) { f.CutAfterProcessing(1) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			ana := r.srv.AddCustomer("+79161234567", "Ana")
			c := r.linked()
			c.mustSend(ana.Number(), "first")
			fault(r.srv.Faults())
			// whatsmeow reconnects and sends the same bytes once more.
			id := c.mustSend(ana.Number(), "second")
			r.texts(ana, 2)
			once(t, ana, "first", "second")
			c.receipt(id, types.ReceiptTypeDelivered)
		})
	}
}

func TestLostAckAndSameIDAgain(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ana := r.srv.AddCustomer("+79161234567", "Ana")
	c := r.linked()
	r.srv.Faults().LoseAck(1)
	id := c.GenerateMessageID()
	_, err := c.send(ana.Number(), "only once", whatsmeow.SendRequestExtra{ID: id, Timeout: 300 * time.Millisecond})
	if !errors.Is(err, whatsmeow.ErrMessageTimedOut) {
		t.Fatalf("a lost ack gave %v", err)
	}
	r.texts(ana, 1)
	c.receipt(id, types.ReceiptTypeDelivered)
	again, err := c.send(ana.Number(), "only once", whatsmeow.SendRequestExtra{ID: id})
	if err != nil || again.ID != id {
		t.Fatalf("the same id again: %+v, %v", again, err)
	}
	once(t, ana, "only once")
}

func TestRefusedMessage(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ana := r.srv.AddCustomer("+79161234567", "Ana")
	c := r.linked()
	r.srv.Faults().AckError(463, 1)
	_, err := c.send(ana.Number(), "refused")
	if !errors.Is(err, whatsmeow.ErrServerReturnedError) || !strings.Contains(err.Error(), "463") {
		t.Fatalf("463 gave %v", err)
	}
	c.mustSend(ana.Number(), "taken")
	r.texts(ana, 1)
	once(t, ana, "taken")
}

func TestTimeLockStopsNewChatsOnly(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	known := r.srv.AddCustomer("+79161234567", "Known")
	stranger := r.srv.AddCustomer("+79161234568", "Stranger")
	c := r.linked()
	if _, err := known.SendText(shopNumber, "hello", ByLID); err != nil {
		t.Fatal(err)
	}
	c.message("hello")
	until := time.Now().Add(time.Hour)
	r.srv.Faults().TimeLock(until)
	lock, from := wait[*events.NotifyAccountReachoutTimelock](c, 0, nil)
	if !lock.IsActive || lock.TimeEnforcementEnds.Unix() != until.Unix() {
		t.Errorf("%+v", lock)
	}
	if _, err := c.send(stranger.Number(), "new chat"); err == nil {
		t.Error("a new chat was begun in spite of the lock")
	}
	c.mustSend(known.Number(), "an answer")
	r.texts(known, 1)
	r.srv.Faults().TimeLock(time.Time{})
	if lock, _ = wait[*events.NotifyAccountReachoutTimelock](c, from, nil); lock.IsActive {
		t.Errorf("%+v", lock)
	}
	c.mustSend(stranger.Number(), "later")
	r.texts(stranger, 1)
	once(t, stranger, "later")
}

func TestRateLimits(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ana := r.srv.AddCustomer("+79161234567", "Ana")
	c := r.linked()
	r.srv.Faults().RateLimitDirectory(1)
	ask := func() error {
		_, err := c.IsOnWhatsApp(context.Background(), []string{ana.Number()})
		return err
	}
	if err := ask(); !errors.Is(err, whatsmeow.ErrIQRateOverLimit) {
		t.Errorf("directory: %v", err)
	}
	if err := ask(); err != nil {
		t.Errorf("directory, second time: %v", err)
	}
	if asked := r.srv.DirectoryQueries(); len(asked) != 2 || !asked[0].Refused || asked[1].Refused {
		t.Errorf("questions: %+v", asked)
	}
	r.srv.Faults().RateLimitDevices(1)
	if _, err := c.send(ana.Number(), "hello"); !errors.Is(err, whatsmeow.ErrIQRateOverLimit) {
		t.Errorf("devices: %v", err)
	}
	c.mustSend(ana.Number(), "hello")
	r.texts(ana, 1)
}

func TestDelay(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ana := r.srv.AddCustomer("+79161234567", "Ana")
	c := r.linked()
	c.mustSend(ana.Number(), "quick")
	const pause = 200 * time.Millisecond
	r.srv.Faults().Delay(pause)
	began := time.Now()
	c.mustSend(ana.Number(), "slow")
	if took := time.Since(began); took < pause {
		t.Errorf("took %s", took)
	}
	r.srv.Faults().Delay(0)
}

func TestFreeze(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ana := r.srv.AddCustomer("+79161234567", "Ana")
	c := r.linked()
	c.mustSend(ana.Number(), "before")
	r.srv.Faults().Freeze(true)
	_, err := c.send(ana.Number(), "into the void", whatsmeow.SendRequestExtra{Timeout: 100 * time.Millisecond})
	if !errors.Is(err, whatsmeow.ErrMessageTimedOut) {
		t.Errorf("frozen: %v", err)
	}
	r.srv.Faults().Freeze(false)
	c.mustSend(ana.Number(), "after")
	r.texts(ana, 2)
	once(t, ana, "before", "after")
}

func TestGarbledMessageIsSentAgain(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ana := r.srv.AddCustomer("+79161234567", "Ana")
	c := r.linked()
	r.srv.Faults().GarbleInbound(1)
	id, err := ana.SendText(shopNumber, "second try", ByLID)
	if err != nil {
		t.Fatal(err)
	}
	wait(c, 0, func(e *events.UndecryptableMessage) bool { return e.Info.ID == id })
	if evt := c.message("second try"); evt.RetryCount != 1 || evt.Info.ID != id {
		t.Errorf("%+v", evt)
	}
	r.await("the receipt", func() bool { return ana.Sent(id).Acknowledged })
	if ana.Sent(id).Retries != 1 {
		t.Errorf("%+v", ana.Sent(id))
	}
	r.await("nothing waits", func() bool { return r.phone.Companions()[0].Unacked == 0 })
}

func TestCustomerAsksAgain(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ana := r.srv.AddCustomer("+79161234567", "Ana")
	c := r.linked()
	c.mustSend(ana.Number(), "first")
	if _, err := ana.SendText(shopNumber, "answer", ByLID); err != nil {
		t.Fatal(err)
	}
	c.message("answer")
	c.mustSend(ana.Number(), "second") // no pkmsg any more
	r.texts(ana, 2)
	ana.LoseSessions()
	id := c.mustSend(ana.Number(), "third")
	r.texts(ana, 3)
	once(t, ana, "first", "second", "third")
	c.receipt(id, types.ReceiptTypeRetry)
	c.receipt(id, types.ReceiptTypeDelivered)
}

func TestDatabaseFromBackup(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ana := r.srv.AddCustomer("+79161234567", "Ana")
	c := r.linked()
	if _, err := ana.SendText(shopNumber, "hello", ByLID); err != nil {
		t.Fatal(err)
	}
	c.message("hello")
	c.mustSend(ana.Number(), "first")
	r.texts(ana, 1)
	address := types.NewJID(ana.LID(), types.HiddenUserServer).SignalAddress().String()
	old, err := c.Store.Sessions.GetSession(context.Background(), address)
	if err != nil || old == nil {
		t.Fatalf("session: %v", err)
	}
	c.mustSend(ana.Number(), "second")
	r.texts(ana, 2)
	if err = c.Store.Sessions.PutSession(context.Background(), address, old); err != nil {
		t.Fatal(err)
	}
	c.mustSend(ana.Number(), "lost") // the server takes it, no error anywhere
	r.await("the device gives it up", func() bool { return len(r.srv.Rejected()) == 1 })
	once(t, ana, "first", "second")
}
