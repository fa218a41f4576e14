package messagegateway

import (
	"context"

	"vestnik/device"
	"vestnik/gateway/outbound"
)

// maxEarly bounds the words about posts that are not known yet.
const maxEarly = 500

// kindOfReceipt is what a status proves of a post; "" when it proves nothing. "Sent"
// is the word of the messenger that it took the message, which is all that chats can
// say of a delivery.
func kindOfReceipt(m messageBody) (kind device.ReceiptKind, evidence string) {
	switch m.Status {
	case "sent":
		return device.ReceiptDelivered, "status sent"
	case "seen":
		return device.ReceiptRead, "status seen"
	case "failed":
		code := outbound.Clip(string(m.Error.T.Code), 40)
		if code == "" {
			code = "unknown"
		}
		return device.ReceiptFailed, code
	}
	return "", ""
}

// settle tells what became of a post of ours. It is called by Run alone.
func (s *Session) settle(ctx context.Context, m messageBody) error {
	self, id := s.selfID(), int64(m.ID)
	if m.From.T.Type != "bot" || self != 0 && int64(m.From.T.ID) != self || m.Scope == "private" {
		return nil
	}
	kind, evidence := kindOfReceipt(m)
	if kind == "" || s.told.has(string(kind)+itoa(id)) {
		return nil
	}
	// It may come before the answer to its own POST: then it waits in early until
	// that has brought the id.
	s.mu.Lock()
	if len(s.early) >= maxEarly {
		clear(s.early) // the next connection reads them again
	}
	s.early[id] = m
	s.mu.Unlock()
	wire, ok, err := s.wireOf(ctx, id)
	if err != nil || !ok {
		return err
	}
	s.mu.Lock()
	delete(s.early, id)
	s.mu.Unlock()
	at := m.changedAt().Time
	if at.IsZero() {
		at = s.opt.Now()
	}
	r := device.Receipt{Channel: device.Chat, Device: s.host(), WireIDs: []string{wire}, Kind: kind, At: at, Evidence: evidence}
	if err := s.keep(ctx, "a receipt of the chats", func(ctx context.Context) error { return s.opt.Sink.Receipt(ctx, r) }); err != nil {
		return err
	}
	s.told.add(string(kind) + itoa(id))
	return nil
}

// wireOf finds the wire id of a post of ours.
func (s *Session) wireOf(ctx context.Context, id int64) (wire string, ok bool, err error) {
	s.mu.Lock()
	wire, ok = s.orphans[id]
	s.mu.Unlock()
	if ok {
		return wire, true, nil
	}
	err = s.keep(ctx, "reading of a post", func(ctx context.Context) error {
		var err error
		wire, ok, err = s.opt.Journal.PostByID(ctx, id)
		return err
	})
	return wire, ok, err
}

// posted notes MG's id of a message, and has Run look at what was said of it before.
func (s *Session) posted(ctx context.Context, wire string, id int64) {
	err := s.opt.Journal.Posted(context.WithoutCancel(ctx), wire, id)
	s.mu.Lock()
	if err != nil {
		// The message is there all the same; its receipts are matched while we run.
		s.log.Error("the id of a post is not kept", "wire", wire, "id", id, "error", err)
		s.orphans[id] = wire
	}
	m, told := s.early[id]
	if told {
		s.due = append(s.due, m)
	}
	s.mu.Unlock()
	if told {
		wake(s.postKnown)
	}
}

// settleDue settles what was said of posts before their ids were known.
func (s *Session) settleDue(ctx context.Context) error {
	s.mu.Lock()
	due := s.due
	s.due = nil
	s.mu.Unlock()
	for _, m := range due {
		if err := s.settle(ctx, m); err != nil {
			return err
		}
	}
	return nil
}
