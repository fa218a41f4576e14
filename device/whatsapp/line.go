package whatsapp

import (
	"context"
	"sync/atomic"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waCompanionReg"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/proto/waWa6"
	"go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/types"
	"google.golang.org/protobuf/proto"
)

// line is one connection with a client object of its own, used once.
type line struct {
	cli     *whatsmeow.Client
	ctx     context.Context // ends soon after the line is hung up
	cancel  context.CancelFunc
	plug    plug
	account types.JID   // empty on a pairing line
	named   atomic.Bool // the account's own name is known, so that a presence can be sent
	hint    string      // what the server said before it closed; Run's
	typing  typing
}

// dialled is the outcome of connecting.
type dialled struct{ err error }

// newLine makes a client for the keys of dev.
//
// The options, each for its reason: acknowledgements go out after our handlers
// returned, and what was decrypted is kept until then, or a message that the sink
// did not store would be lost on its second coming; what was sent can be found after a
// restart, so that a phone which could not read it gets it again; the history is not
// downloaded, which has killed small boxes; the library's own reconnecting is off,
// since the machine does it with fresh clients.
func (s *Session) newLine(dev *store.Device) *line {
	ctx, cancel := context.WithCancel(context.WithoutCancel(s.quit)) // it ends when the line is hung up, also by Run's end
	l := &line{
		cli: whatsmeow.NewClient(dev, libraryLog{s.log, ""}), ctx: ctx, cancel: cancel,
		plug: plug{dead: make(chan struct{})},
	}
	l.named.Store(dev.PushName != "")
	if dev.ID != nil {
		l.account = *dev.ID
	}
	cli := l.cli
	cli.BackgroundEventCtx = ctx
	cli.EnableAutoReconnect = false
	cli.DisableLoginAutoReconnect = true
	cli.SynchronousAck = true
	cli.EnableDecryptedEventBuffer = true
	cli.UseRetryMessageStore = s.opt.Sent == nil
	if s.opt.Sent != nil {
		cli.GetMessageForRetry = func(_, chat types.JID, id types.MessageID) *waE2E.Message { return s.sentBefore(l, chat, id) }
	}
	cli.ManualHistorySyncDownload = true
	cli.AutomaticMessageRerequestFromPhone = true
	cli.QRClientType = whatsmeow.PairClientChrome
	cli.GetClientPayload = func() *waWa6.ClientPayload { return named(dev.GetClientPayload(), s.opt.DeviceName) }
	through := *s.opt.HTTP
	through.Transport = l.plug.around(s.opt.HTTP.Transport)
	cli.SetPreLoginHTTPClient(&through)
	cli.SetWebsocketHTTPClient(&through)
	cli.SetMediaHTTPClient(s.opt.HTTP)
	cli.AddEventHandlerWithSuccessStatus(func(evt any) bool { return s.handle(l, evt) })
	return l
}

// named puts our name into the registration of a new device. The library keeps the
// name in a global; this leaves it alone.
func named(p *waWa6.ClientPayload, name string) *waWa6.ClientPayload {
	data := p.GetDevicePairingData()
	if data == nil {
		return p
	}
	var props waCompanionReg.DeviceProps
	if err := proto.Unmarshal(data.GetDeviceProps(), &props); err != nil {
		return p
	}
	props.Os = proto.String(name)
	if b, err := proto.Marshal(&props); err == nil {
		data.DeviceProps = b
	}
	return p
}

// login dials with the account's keys as they are on disk.
func (s *Session) login() {
	ctx, cancel := s.storing()
	defer cancel()
	s.mu.Lock()
	account := s.account
	s.mu.Unlock()
	dev, err := s.vault.load(ctx, account)
	if err != nil {
		s.post(&line{}, loadFailed{err})
		return
	}
	if dev == nil {
		s.post(&line{}, keysGone{})
		return
	}
	s.dial(s.newLine(dev))
}

// loadFailed and keysGone are the ways in which login has nothing to dial with.
type (
	loadFailed struct{ err error }
	keysGone   struct{}
)

// dial connects l in the background and makes it the line in use.
func (s *Session) dial(l *line) {
	s.hangUp()
	s.line = l
	s.patience.Reset(s.pace.patience)
	s.lines.Go(func() {
		err := l.cli.ConnectContext(l.ctx)
		s.post(l, dialled{err})
	})
}

// hangTime is how long a line that was hung up may take to notice.
const hangTime = time.Second

// hangUp ends the line in use, if any, and any plan to dial.
func (s *Session) hangUp() {
	s.retry.Stop()
	s.patience.Stop()
	l := s.line
	if l == nil {
		return
	}
	s.line = nil
	s.mu.Lock()
	if s.live == l {
		s.live = nil
	}
	s.mu.Unlock()
	s.lines.Go(func() {
		defer l.cancel()
		if !l.plug.pull() {
			return // it was not connected; the end of its context ends its dialling
		}
		select {
		case <-l.plug.dead:
		case <-time.After(hangTime): // the library says nothing of an end that it expected
		}
	})
}

// post brings a word to Run; from Run itself it must not block, so that it goes by a
// goroutine when the queue is full.
func (s *Session) post(l *line, word any) {
	n := news{l, word}
	select {
	case s.news <- n:
	default:
		quit := s.quit
		s.lines.Go(func() {
			select {
			case s.news <- n:
			case <-quit.Done():
			}
		})
	}
}

// losePatience ends a line that did not become useful in time.
func (s *Session) losePatience() {
	l := s.line
	if l == nil {
		return
	}
	s.log.Warn("whatsapp line is stuck", "after", s.pace.patience)
	if s.attempt != nil && s.attempt.line == l {
		s.failAttempt(event{kind: evPairEnd, cause: "no answer from WhatsApp within " + s.pace.patience.String()})
		return
	}
	s.step(event{kind: evLost, cause: "no answer to the login within " + s.pace.patience.String()})
}
