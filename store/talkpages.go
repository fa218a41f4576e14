package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

// Conversations implements gateway.TalkPages.
func (s *Store) Conversations(ctx context.Context, f gateway.ConversationFilter) ([]gateway.Conversation, error) {
	const op = "list conversations"
	if f.Limit == 0 {
		f.Limit = 50
	}
	if f.Limit < 1 || f.Limit > 200 {
		return nil, device.Errorf(device.Invalid, "store: "+op, "limit %d: want 1 to 200", f.Limit)
	}
	groups, ok := talkGroups[f.Only]
	if !ok {
		return nil, device.Errorf(device.Invalid, "store: "+op, "no selection %q", f.Only)
	}
	var list []gateway.Conversation
	err := s.view(ctx, op, func(q querier) error {
		list = nil
		found, err := searchTalks(ctx, q, f.Search)
		if err != nil {
			return err
		}
		skip := 0
		if !f.Before.IsZero() && len(groups) > 1 {
			waits, err := waitsFor(ctx, q, f.BeforeID)
			if err != nil {
				return err
			}
			if !waits {
				skip = 1 // the page before came to the end of those that wait
			}
		}
		for i, group := range groups[skip:] {
			l := talkListing{group: group, found: found, limit: f.Limit - len(list)}
			if i == 0 {
				l.before, l.beforeID = f.Before, f.BeforeID
			}
			query, args := l.page(s.now())
			more, err := talks(ctx, q, query, args...)
			if err != nil {
				return err
			}
			if list = append(list, more...); len(list) == f.Limit {
				break
			}
		}
		return nil
	})
	return list, err
}

// talkGroup is a part of the conversations.
type talkGroup struct {
	from, cond string
	now        bool // the condition asks for the time
}

var (
	waitingTalks = talkGroup{from: "conversation INDEXED BY conversation_called", cond: "called_at IS NOT NULL"}
	otherTalks   = talkGroup{from: "conversation", cond: "called_at IS NULL"}
	unreadTalks  = talkGroup{from: "conversation", cond: "unread > 0"}
	humanTalks   = talkGroup{from: "conversation", cond: "silent_until > ?", now: true}
)

// talkGroups are what each selection shows, one after the other.
var talkGroups = map[string][]talkGroup{
	"": {waitingTalks, otherTalks}, "waiting": {waitingTalks}, "unread": {unreadTalks}, "human": {humanTalks},
}

func waitsFor(ctx context.Context, q querier, id gateway.ConversationID) (waits bool, err error) {
	err = q.QueryRowContext(ctx, `SELECT called_at IS NOT NULL FROM conversation WHERE id = ?`, int64(id)).Scan(&waits)
	return waits, unlessNoRows(err)
}

// talkListing is a question for one page of one group, newest first.
type talkListing struct {
	group    talkGroup
	found    talkSearch
	before   time.Time
	beforeID gateway.ConversationID
	limit    int
}

func (l talkListing) page(now time.Time) (string, []any) {
	where := []string{l.group.cond}
	var args []any
	if l.group.now {
		args = append(args, now.UnixMilli())
	}
	if !l.before.IsZero() {
		at := l.before.UnixMilli()
		where = append(where, "last_at <= ? AND (last_at < ? OR id < ?)")
		args = append(args, at, at, int64(l.beforeID))
	}
	if l.found.cond != "" {
		where = append(where, l.found.cond)
		args = append(args, l.found.args...)
	}
	return `SELECT ` + talkColumns + ` FROM conversation c WHERE c.id IN (
			SELECT id FROM ` + l.group.from + ` WHERE ` + strings.Join(where, " AND ") + ` ORDER BY last_at DESC, id DESC LIMIT ?)
		ORDER BY c.last_at DESC, c.id DESC`, append(args, l.limit)
}

// talkSearch is a condition with its arguments; none when nothing is searched for.
type talkSearch struct {
	cond string
	args []any
}

const queryTalksByTail = `SELECT id FROM conversation WHERE phone_tail >= ? AND phone_tail < ? AND phone_tail <> '' LIMIT ?`

// searchTalks reads a text as people type it: a phone or its last digits, any digits of
// one, or a part of a name.
func searchTalks(ctx context.Context, q querier, text string) (talkSearch, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return talkSearch{}, nil
	}
	digits := withoutTrunk(digitsOf(text))
	if digits == "" {
		return talkSearch{"instr(name_key, ?) > 0", []any{nameKey(text)}}, nil
	}
	if len(digits) >= 4 {
		end := reversed(digits)
		ids, err := talkIDs(ctx, q, queryTalksByTail, end, end+afterAnyText, fewEnough+1)
		if err != nil {
			return talkSearch{}, err
		}
		if len(ids) > 0 && len(ids) <= fewEnough {
			set, err := json.Marshal(ids)
			return talkSearch{"id IN (SELECT value FROM json_each(?))", []any{string(set)}}, err
		}
	}
	return talkSearch{"(instr(phone, ?) > 0 OR instr(name_key, ?) > 0)", []any{digits, digits}}, nil
}

// The lines of a conversation: what was heard, its own messages, and those to the same
// number by the same channel that belong to none, as orders make them. A message stands
// where it was last tried to be sent.
const (
	queryHeardLines = `SELECT id, kept_at, at, text, media, event, from_shop, name, why, args
		FROM incoming WHERE conversation = ? ORDER BY id DESC LIMIT ?`
	saidColumns = `m.id, coalesce((SELECT started_at FROM attempt WHERE message = m.id AND n = m.attempts), m.created_at), m.text, m.state, m.by_bot, m.purpose,
		(SELECT json_extract(step.value, '$.args.user') FROM decision d, json_each(d.trace) step
			WHERE d.id = m.decision AND m.purpose = 'reply' AND m.by_bot = 0 AND json_extract(step.value, '$.args.user') IS NOT NULL LIMIT 1)`
	querySaidLines = `SELECT ` + saidColumns + ` FROM message m WHERE m.conversation = ? ORDER BY m.id DESC LIMIT ?`
	queryNewsLines = `SELECT ` + saidColumns + ` FROM message m WHERE m.phone_tail = ? AND m.conversation IS NULL AND m.channel = ? ORDER BY m.id DESC LIMIT ?`
)

// sortedLine is a line with what it is sorted by: the box's own clock.
type sortedLine struct {
	gateway.TalkLine
	by time.Time
	id int64
}

// TalkLines implements gateway.TalkPages.
func (s *Store) TalkLines(ctx context.Context, id gateway.ConversationID, limit int) ([]gateway.TalkLine, error) {
	const op = "read the lines of a conversation"
	var lines []sortedLine
	err := s.view(ctx, op, func(q querier) error {
		lines = nil
		c, err := talkByID(ctx, q, op, id)
		if err != nil {
			return err
		}
		if err := each(ctx, q, func(scan scanner) error {
			l, err := heardLine(scan)
			lines = append(lines, l)
			return err
		}, queryHeardLines, int64(id), limit); err != nil {
			return err
		}
		said := func(scan scanner) error {
			l, err := saidLine(scan)
			lines = append(lines, l)
			return err
		}
		if err := each(ctx, q, said, querySaidLines, int64(id), limit); err != nil || c.Phone == "" || c.Channel == device.Chat {
			return err
		}
		return each(ctx, q, said, queryNewsLines, tail(c.Phone), string(c.Channel), limit)
	})
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(lines, func(a, b sortedLine) int { return cmp.Or(a.by.Compare(b.by), cmp.Compare(a.id, b.id)) })
	lines = lines[max(0, len(lines)-limit):]
	list := make([]gateway.TalkLine, len(lines))
	for i, l := range lines {
		list[i] = l.TalkLine
	}
	return list, nil
}

func heardLine(scan scanner) (sortedLine, error) {
	var l sortedLine
	var kept, at stamp
	var fromShop bool
	var name string
	var args sql.NullString
	if err := scan(&l.id, &kept, &at, &l.Text, &l.Media, &l.Event, &fromShop, &name, &l.Why, &args); err != nil {
		return l, err
	}
	l.by, l.At = kept.time(), kept.time()
	if at.Valid {
		l.At = at.time()
	}
	switch {
	case l.Event != "":
		l.From = gateway.TalkSystem
	case fromShop:
		l.From, l.By = gateway.TalkPerson, name
	default:
		l.From = gateway.TalkCustomer
	}
	var err error
	l.Args, err = readArgs(args)
	return l, err
}

func saidLine(scan scanner) (sortedLine, error) {
	var l sortedLine
	var at stamp
	var byBot bool
	var purpose gateway.Purpose
	var by sql.NullString
	err := scan(&l.Message, &at, &l.Text, &l.State, &byBot, &purpose, &by)
	l.id, l.by, l.At, l.By = int64(l.Message), at.time(), at.time(), by.String
	switch {
	case byBot:
		l.From = gateway.TalkBot
	case purpose == gateway.ForReply:
		l.From = gateway.TalkPerson
	default:
		l.From = gateway.TalkOrder
	}
	return l, err
}

const queryTalkTotals = `SELECT (SELECT count(*) FROM conversation INDEXED BY conversation_called WHERE called_at IS NOT NULL),
	(SELECT count(*) FROM conversation INDEXED BY conversation_unread WHERE unread > 0)`

// TalkTotals implements gateway.TalkPages: conversations, not lines.
func (s *Store) TalkTotals(ctx context.Context) (waiting, unread int, err error) {
	err = s.reader.QueryRowContext(ctx, queryTalkTotals).Scan(&waiting, &unread)
	return waiting, unread, fault("count conversations", err)
}

const (
	queryUnmatched = `SELECT p.phrase, i.text, p.n, p.last_at FROM (
			SELECT phrase, max(id) AS id, count(*) AS n, max(kept_at) AS last_at FROM incoming INDEXED BY incoming_phrase
			WHERE kept_at >= ? AND phrase <> '' GROUP BY phrase ORDER BY n DESC, last_at DESC LIMIT ?) p
		JOIN incoming i ON i.id = p.id ORDER BY p.n DESC, p.last_at DESC`
	queryCommandUses = `SELECT command, count(*), count(DISTINCT conversation)
		FROM incoming INDEXED BY incoming_command WHERE kept_at >= ? AND command <> '' GROUP BY command ORDER BY count(*) DESC, command`
	queryStuck = `SELECT ` + effectColumns + ` FROM effect INDEXED BY effect_stuck
		WHERE message IS NULL AND (state = 'failed' OR state = 'pending' AND tries > 3) ORDER BY id DESC LIMIT ?`
)

// Unmatched implements gateway.TalkPages.
func (s *Store) Unmatched(ctx context.Context, since time.Time, limit int) ([]gateway.UnmatchedPhrase, error) {
	var list []gateway.UnmatchedPhrase
	err := each(ctx, s.reader, func(scan scanner) error {
		var p gateway.UnmatchedPhrase
		var at stamp
		err := scan(&p.Phrase, &p.Sample, &p.Count, &at)
		p.LastAt = at.time()
		list = append(list, p)
		return err
	}, queryUnmatched, since.UnixMilli(), limit)
	return list, fault("read what nobody understood", err)
}

// DropUnmatched implements gateway.TalkPages.
func (s *Store) DropUnmatched(ctx context.Context, phrase string) error {
	return s.change(ctx, "drop a phrase", func(tx *transaction) error {
		_, err := tx.ExecContext(ctx, `UPDATE incoming SET phrase = '' WHERE phrase = ? AND phrase <> ''`, phrase)
		return err
	})
}

// CommandUses implements gateway.TalkPages.
func (s *Store) CommandUses(ctx context.Context, since time.Time) ([]gateway.CommandUse, error) {
	var list []gateway.CommandUse
	err := each(ctx, s.reader, func(scan scanner) error {
		var u gateway.CommandUse
		err := scan(&u.Command, &u.Count, &u.People)
		list = append(list, u)
		return err
	}, queryCommandUses, since.UnixMilli())
	return list, fault("count the uses of commands", err)
}

// StuckEffects implements gateway.TalkPages.
func (s *Store) StuckEffects(ctx context.Context, limit int) ([]gateway.Effect, error) {
	var list []gateway.Effect
	err := each(ctx, s.reader, func(scan scanner) error {
		e, err := scanEffect(scan)
		list = append(list, e)
		return err
	}, queryStuck, limit)
	return list, fault("read effects that are stuck", err)
}
