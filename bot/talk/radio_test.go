package talk_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

// radio is WhatsApp in memory: it takes everything.
type radio struct {
	mu    sync.Mutex
	began time.Time
	at    []time.Time
	shown map[device.Phone][]string
	stop  func()
}

func (r *radio) Prepare(_ context.Context, out device.Outgoing) (device.Envelope, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return device.Envelope{Outgoing: out, WireID: fmt.Sprint(out.To, time.Now().UnixNano()), Device: "box", Parts: 1}, nil
}

func (r *radio) Send(_ context.Context, env device.Envelope) (device.Accepted, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.at = append(r.at, time.Now())
	r.shown[env.To] = append(r.shown[env.To], env.Text)
	return device.Accepted{At: time.Now(), Device: "box"}, nil
}

func (r *radio) Link() device.Link {
	return device.Link{Channel: device.WhatsApp, State: device.LinkConnected, Since: r.began}
}

func (r *radio) texts(p device.Phone) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.shown[p]
}

// most is how many left within the busiest span; last is how long it took until the last.
func (r *radio) most(span time.Duration) (n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range r.at {
		j := i
		for j < len(r.at) && r.at[j].Sub(r.at[i]) < span {
			j++
		}
		n = max(n, j-i)
	}
	return n
}

func (r *radio) last() time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.at[len(r.at)-1].Sub(r.began)
}

// dispatch has the queue carried out by WhatsApp.
func (d *desk) dispatch(t *testing.T) *radio {
	t.Helper()
	r := &radio{began: time.Now(), shown: map[device.Phone][]string{}}
	disp := gateway.NewDispatcher(device.WhatsApp)
	disp.Box, disp.Live, disp.Ledger, disp.Transport = "main", d.live, d.store, r
	disp.Topics, disp.Log, disp.MaxParts, disp.Talks = &gateway.Topics{}, slog.New(slog.DiscardHandler), 6, d.store
	disp.Links = func(device.Channel) device.Link { return r.Link() }
	disp.Handed, disp.EffectsDue = func(device.Channel) {}, func() {}
	d.clerk.Enqueued = disp.Wake
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { d.fine(disp.Run(ctx)) })
	r.stop = func() { cancel(); running.Wait() }
	return r
}
