package messagegateway

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"sync"
	"time"

	"vestnik/gateway"
)

// Bounds of what is read after a time away.
const (
	maxMissed   = 20000          // messages
	maxSettling = 72 * time.Hour // back for words about our own posts
	maxAsked    = 20             // chats that are asked for one by one
)

var withMass = url.Values{"include_mass_communication": {"1"}}

func messageID(m messageBody) int64 { return int64(m.ID) }

// catchUp reads what was said while there was no socket. The very first time it only
// notes where the chats stand: nothing old is answered.
func (s *Session) catchUp(ctx context.Context, others *sync.WaitGroup) error {
	c, err := s.client("messagegateway: catch up")
	if err != nil {
		return err
	}
	kept, err := s.opt.Journal.State(ctx, stateCursor)
	if err != nil {
		return faultf("read the place in the chats: %w", err)
	}
	var known bool
	inMemory := s.cursor
	s.cursor, known = readCursor(kept, c.base.Host, s.selfID())
	if known && inMemory.Host == s.cursor.Host && inMemory.Bot == s.cursor.Bot {
		s.cursor = inMemory // it knows more
	}
	if !known {
		if err := s.begin(ctx, c); err != nil {
			return err
		}
	} else if err := s.readMissed(ctx, c); err != nil {
		return err
	}
	others.Go(func() {
		if err := s.overview(ctx, c); err != nil && ctx.Err() == nil {
			s.log.Warn("the chats that were there before are not read yet", "error", err)
		}
	})
	return nil
}

// begin notes the newest message as the place from which on everything is heard.
func (s *Session) begin(ctx context.Context, c *client) error {
	newest, err := newestID(ctx, c, call{op: "messagegateway: find the newest message", method: "GET", path: "/messages", query: withMass}, messageID)
	if err != nil {
		return err
	}
	s.cursor.From, s.cursor.At, s.cursor.dirty = newest, s.opt.Now(), true
	s.log.Info("the chats are read from now on", "message", newest)
	return s.saveCursor(ctx)
}

func (s *Session) readMissed(ctx context.Context, c *client) error {
	since := s.cursor.At
	rows, complete, err := listed(ctx, c, get("messagegateway: catch up", "/messages", withMass), s.cursor.From, maxMissed, messageID)
	if err != nil {
		return err
	}
	if !complete {
		s.log.Error("more was said than can be read, the oldest of it is lost", "read", len(rows))
	}
	rows = slices.DeleteFunc(rows, func(m messageBody) bool {
		return s.cursor.has(int64(m.ID)) || s.heard.has(int64(m.ID))
	})
	if err := s.loadChatsOf(ctx, c, rows); err != nil {
		return err
	}
	if len(rows) > 0 {
		s.log.Info("read what was said meanwhile", "messages", len(rows))
	}
	for _, m := range rows {
		if err := s.hear(ctx, m, byList); err != nil {
			return err
		}
	}
	if err := s.saveCursor(ctx); err != nil {
		return err
	}
	return s.settleMissed(ctx, c, since)
}

// loadChatsOf reads the chats in which something was said, since windows, customers
// and dialogs have changed with it.
func (s *Session) loadChatsOf(ctx context.Context, c *client, rows []messageBody) error {
	wanted := map[int64]bool{}
	oldest := s.opt.Now()
	for _, m := range rows {
		wanted[m.chat()] = true
		if at := m.at(); !at.IsZero() && at.Before(oldest) {
			oldest = at.Time
		}
	}
	delete(wanted, 0)
	if len(wanted) > maxAsked {
		query := url.Values{"include_mass_communication": {"1"}, "since": {stampOf(oldest.Add(-time.Hour))}}
		chats, _, err := listed(ctx, c, get("messagegateway: read the chats", "/chats", query), 0, 2*maxChats, func(b chatBody) int64 { return int64(b.ID) })
		if err != nil {
			return err
		}
		for _, b := range chats {
			if wanted[int64(b.ID)] {
				s.noteChat(b)
				delete(wanted, int64(b.ID))
			}
		}
	}
	for id := range wanted {
		if _, err := s.loadChat(ctx, id, reading); passable(err) != nil {
			return err
		}
	}
	return nil
}

// settleMissed reads what became of our posts meanwhile. since is about the last
// change of a message (facts: MG Bot OpenAPI); should it be about its making, the hour before
// brings the younger ones.
func (s *Session) settleMissed(ctx context.Context, c *client, since time.Time) error {
	now := s.opt.Now()
	from := since.Add(-time.Hour)
	if oldest := now.Add(-maxSettling); since.IsZero() || from.Before(oldest) || from.After(now) {
		from = oldest
	}
	rows, _, err := listed(ctx, c, get("messagegateway: read the own posts", "/messages", url.Values{
		"include_mass_communication": {"1"}, "bot_id": {itoa(s.selfID())}, "since": {stampOf(from)},
	}), 0, maxMissed, messageID)
	if err != nil {
		return passable(err)
	}
	for _, m := range rows {
		if err := s.settle(ctx, m); err != nil {
			return err
		}
	}
	return nil
}

func stampOf(t time.Time) string { return t.UTC().Truncate(time.Second).Format(time.RFC3339) }

// The overview of the chats that were there before this box.
const (
	overviewChats = 2000
	overviewRows  = 4000
	overviewBatch = 200
	heardBack     = 7 * 24 * time.Hour
)

// overview reads the chats once, those with the newest activity, so that customers
// who wrote before this box was there can be written to.
func (s *Session) overview(ctx context.Context, c *client) error {
	mark := c.base.Host + " " + itoa(s.selfID())
	done, err := s.opt.Journal.State(ctx, stateOverview)
	if err != nil || done == mark {
		return err
	}
	rows, err := s.newestChats(ctx, c)
	if err != nil {
		return err
	}
	heard, err := s.heardLately(ctx, c)
	if err != nil {
		return err
	}
	for batch := range slices.Chunk(rows, overviewBatch) {
		if err := s.seeBefore(ctx, batch, heard); err != nil {
			return err
		}
	}
	s.log.Info("read the chats that were there before", "chats", len(rows))
	return s.opt.Journal.SaveState(ctx, stateOverview, mark)
}

// newestChats widens the time that is asked about until there are enough.
func (s *Session) newestChats(ctx context.Context, c *client) ([]chatBody, error) {
	var rows []chatBody
	for _, back := range []time.Duration{7 * 24 * time.Hour, 90 * 24 * time.Hour, 0} {
		query := url.Values{"include_mass_communication": {"1"}}
		if back > 0 {
			query.Set("since", stampOf(s.opt.Now().Add(-back)))
		}
		var err error
		rows, _, err = listed(ctx, c, get("messagegateway: read the chats", "/chats", query), 0, overviewRows, func(b chatBody) int64 { return int64(b.ID) })
		if err != nil {
			return nil, err
		}
		if len(rows) >= overviewChats {
			break
		}
	}
	slices.SortFunc(rows, func(a, b chatBody) int {
		return cmp.Or(b.LastActivity.Compare(a.LastActivity.Time), cmp.Compare(b.ID, a.ID))
	})
	return rows[:min(len(rows), overviewChats)], nil
}

// heardLately is when customers wrote, by chat.
func (s *Session) heardLately(ctx context.Context, c *client) (map[int64]time.Time, error) {
	query := url.Values{"since": {stampOf(s.opt.Now().Add(-heardBack))}}
	rows, _, err := listed(ctx, c, get("messagegateway: read who wrote lately", "/messages", query), 0, overviewRows, messageID)
	if err != nil {
		return nil, err
	}
	heard := map[int64]time.Time{}
	for _, m := range rows {
		if m.From.T.Type == "customer" && m.at().After(heard[m.chat()]) {
			heard[m.chat()] = m.at().Time
		}
	}
	return heard, nil
}

// seeBefore tells the sink of some chats. When the customer's last word is not known,
// the chat's beginning stands for it where only customers can begin one.
func (s *Session) seeBefore(ctx context.Context, batch []chatBody, heard map[int64]time.Time) error {
	seen := make([]gateway.SeenChat, 0, len(batch))
	for _, b := range batch {
		f := s.noteChat(b)
		if _, ours := s.isOurs(f.channel); f.channel == 0 || ours {
			continue
		}
		chat := f.seen()
		chat.HeardAt = heard[f.id]
		if last := b.LastMessage.T; last.From.T.Type == "customer" && last.Time.After(chat.HeardAt) {
			chat.HeardAt = last.Time.Time
		}
		s.mu.Lock()
		written := s.channels[f.channel].written
		s.mu.Unlock()
		if chat.HeardAt.IsZero() && written {
			chat.HeardAt = b.CreatedAt.Time
		}
		seen = append(seen, chat)
	}
	if len(seen) == 0 {
		return nil
	}
	return s.keep(ctx, "chats", func(ctx context.Context) error { return s.opt.Sink.SeeChats(ctx, seen) })
}
