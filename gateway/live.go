package gateway

import (
	"context"
	"fmt"
	"reflect"
	"sync"
	"sync/atomic"

	"vestnik/device"
)

// Live is what the loops work by at this moment: settings, rules and the CRM's
// vocabulary, read from the Book and replaced as a whole when one changes.
type Live struct {
	book    Book
	topics  *Topics
	reading sync.Mutex // an older reading never replaces a newer one
	current atomic.Pointer[Snapshot]
}

// Snapshot is one consistent reading.
type Snapshot struct {
	Settings  Settings
	Rules     []Rule
	Reference Reference
}

// NewLive reads the book for the first time.
func NewLive(ctx context.Context, book Book, topics *Topics) (*Live, error) {
	l := &Live{book: book, topics: topics}
	return l, l.Reload(ctx)
}

// Reload reads the book again and tells the topic when something differs.
func (l *Live) Reload(ctx context.Context) error {
	l.reading.Lock()
	defer l.reading.Unlock()
	var s Snapshot
	var err error
	if s.Settings, err = l.book.Settings(ctx); err != nil {
		return fmt.Errorf("gateway: settings: %w", err)
	}
	if s.Rules, err = l.book.Rules(ctx); err != nil {
		return fmt.Errorf("gateway: rules: %w", err)
	}
	if s.Reference, err = l.book.Reference(ctx); err != nil {
		return fmt.Errorf("gateway: reference: %w", err)
	}
	old := l.current.Swap(&s)
	if old == nil || !reflect.DeepEqual(*old, s) {
		l.topics.Publish(TopicSettings)
	}
	return nil
}

// Now is the snapshot in force; do not change it.
func (l *Live) Now() *Snapshot { return l.current.Load() }

// On tells whether a channel is switched on.
func (s *Snapshot) On(ch device.Channel) bool {
	switch ch {
	case device.WhatsApp:
		return s.Settings.WhatsApp.Enabled
	case device.SMS:
		return s.Settings.SMS.Enabled
	case device.Chat:
		return s.Settings.Chats.Enabled && s.Settings.RetailCRM.URL != ""
	}
	return false
}

// Pace is the pace of a channel.
func (s *Snapshot) Pace(ch device.Channel) PaceSettings {
	switch ch {
	case device.WhatsApp:
		return s.Settings.WhatsApp.PaceSettings
	case device.SMS:
		return s.Settings.SMS.PaceSettings
	}
	return PaceSettings{}
}

// RulesFor are the rules that name a status.
func (s *Snapshot) RulesFor(status string) []Rule {
	var found []Rule
	for _, r := range s.Rules {
		if contains(r.Statuses, status) {
			found = append(found, r)
		}
	}
	return found
}
