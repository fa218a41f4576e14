package webui

import (
	"bufio"
	"context"
	"fmt"
	"time"

	"github.com/gofiber/fiber/v2"

	"vestnik/gateway"
)

const (
	// heartbeat keeps routers from closing a quiet stream and finds dead browsers.
	heartbeat = 15 * time.Second
	// streamLife bounds a stream; the browser comes back at once, and a login that ended
	// meanwhile is noticed.
	streamLife = 30 * time.Minute
	// eventGap is the least time between two events, so that a busy queue does not make
	// pages draw themselves without end. The desk keeps what happens meanwhile.
	eventGap = 250 * time.Millisecond
)

// events is a stream of topic names: "this has changed, look again". It begins with
// "hello", and everything on the page refreshes itself: after a break, and also at
// first, for what changed between drawing the page and opening the stream.
func (s *Server) events(c *fiber.Ctx) error {
	c.Set(fiber.HeaderContentType, "text/event-stream")
	c.Set("X-Accel-Buffering", "no")
	ctx, cancel := context.WithTimeout(context.Background(), streamLife)
	topics := s.o.Desk.Events(ctx)
	// The writer runs after this handler has returned: it must not touch c.
	c.Context().SetBodyStreamWriter(func(w *bufio.Writer) {
		defer cancel()
		s.stream(ctx, w, topics)
	})
	return nil
}

func (s *Server) stream(ctx context.Context, w *bufio.Writer, topics <-chan gateway.Topic) {
	n := 0
	send := func(name string) bool {
		n++
		fmt.Fprintf(w, "event: %s\nid: %d\ndata: %d\n\n", name, n, n)
		return w.Flush() == nil
	}
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	if !send("hello") {
		return
	}
	for {
		select {
		case topic, ok := <-topics:
			if !ok || !send(string(topic)) || !s.pause(ctx, eventGap) {
				return
			}
		case <-beat.C:
			if fmt.Fprint(w, ": beat\n\n"); w.Flush() != nil {
				return
			}
		case <-ctx.Done():
			return
		case <-s.closing:
			return
		}
	}
}

func (s *Server) pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
	case <-s.closing:
	}
	return false
}
