package whatsapp

import (
	"context"
	"sync"
	"time"

	"go.mau.fi/whatsmeow/types"
)

// mostTyping is the longest "typing…" that is shown.
const mostTyping = 8 * time.Second

// stanzaTime bounds the handing of one small stanza to the socket.
const stanzaTime = 3 * time.Second

// typing counts who is shown as typing on a line: the account is there for all of them together, and
// away again after the last.
type typing struct {
	mu   sync.Mutex
	many int
}

// showTyping shows "typing…" to somebody for a time and returns when it is over, when ctx ends or when the
// line does. WhatsApp shows it only of who is there, so the account is there meanwhile, and away
// again before it returns, so that the shop's phone rings. What fails is not worth a word: the
// message goes all the same. Nobody else's message waits for it.
func (s *Session) showTyping(ctx context.Context, l *line, to types.JID, d time.Duration) {
	if d <= 0 {
		return
	}
	over := time.NewTimer(min(d, mostTyping))
	defer over.Stop()
	l.typing.enter(func() { s.announce(l, types.PresenceAvailable) })
	defer l.typing.leave(func() { s.announce(l, types.PresenceUnavailable) })
	short, cancel := context.WithTimeout(l.ctx, stanzaTime)
	defer cancel()
	if err := l.cli.SendChatPresence(short, chatWith(short, l, to), types.ChatPresenceComposing, types.ChatPresenceMediaText); err != nil {
		s.log.Debug("whatsapp typing not shown", "err", mask(err.Error()))
		return
	}
	select {
	case <-over.C:
	case <-ctx.Done():
	case <-l.ctx.Done():
	case <-l.plug.dead:
	}
}

// announce tells the server whether somebody looks at this device. Before the account's own name is known
// WhatsApp takes no such word.
func (s *Session) announce(l *line, p types.Presence) {
	if !l.named.Load() {
		return
	}
	ctx, cancel := context.WithTimeout(l.ctx, stanzaTime)
	defer cancel()
	if err := l.cli.SendPresence(ctx, p); err != nil {
		s.log.Debug("whatsapp presence not sent", "presence", string(p), "err", mask(err.Error()))
	}
}

// enter calls first for the first who types.
func (t *typing) enter(first func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.many++; t.many == 1 {
		first()
	}
}

// leave calls last for the last who typed.
func (t *typing) leave(last func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.many--; t.many == 0 {
		last()
	}
}
