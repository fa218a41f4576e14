package gateway

import (
	"context"
	"sync"
)

// Topics tells pages and loops what has changed. The zero value is ready.
type Topics struct {
	mu   sync.Mutex
	subs map[chan Topic]map[Topic]bool // what each reader has not seen yet
}

// Publish tells every reader. It never blocks: a reader that is behind gets a topic
// once, after its last change.
func (t *Topics) Publish(topic Topic) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for ch, pending := range t.subs {
		if pending[topic] {
			continue
		}
		select {
		case ch <- topic:
		default:
			pending[topic] = true
		}
	}
}

// Subscribe hears every topic until ctx ends; then the channel is closed.
func (t *Topics) Subscribe(ctx context.Context) <-chan Topic {
	in, out := make(chan Topic, 8), make(chan Topic)
	t.mu.Lock()
	if t.subs == nil {
		t.subs = map[chan Topic]map[Topic]bool{}
	}
	t.subs[in] = map[Topic]bool{}
	t.mu.Unlock()
	go func() {
		defer close(out)
		defer func() {
			t.mu.Lock()
			delete(t.subs, in)
			t.mu.Unlock()
		}()
		for {
			topic, ok := t.next(ctx, in)
			if !ok {
				return
			}
			select {
			case out <- topic:
			case <-ctx.Done():
				return
			}
		}
	}()
	return out
}

func (t *Topics) next(ctx context.Context, in chan Topic) (Topic, bool) {
	select {
	case topic := <-in:
		return topic, true
	default:
	}
	t.mu.Lock()
	for topic := range t.subs[in] {
		delete(t.subs[in], topic)
		t.mu.Unlock()
		return topic, true
	}
	t.mu.Unlock()
	select {
	case topic := <-in:
		return topic, true
	case <-ctx.Done():
		return "", false
	}
}
