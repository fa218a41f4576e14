package store

import (
	"context"
	"encoding/json"
	"slices"

	"vestnik/gateway"
)

// Messages implements gateway.Journal. A page may be shorter than its limit while
// next is not empty.
func (s *Store) Messages(ctx context.Context, f gateway.MessageFilter) ([]gateway.Message, string, error) {
	const op = "list messages"
	if err := knownFilter(op, "", f.State, ""); err != nil {
		return nil, "", err
	}
	limit, below, err := bounds(op, "m", f.Limit, f.Cursor)
	if err != nil {
		return nil, "", err
	}
	var list []gateway.Message
	var next int64
	err = s.view(ctx, op, func(q querier) error {
		since, err := firstSince(ctx, q, messagesSince, f.Since)
		if err != nil {
			return err
		}
		l := messageListing(f)
		l.below, l.since, l.limit = below, since, limit
		var ids []int64
		if ids, next, err = l.ids(ctx, q); err != nil {
			return err
		}
		list, err = messagesByID(ctx, q, ids)
		slices.Reverse(list)
		return err
	})
	return list, cursorOf("m", next), err
}

// messageListing is the question without its bounds.
func messageListing(f gateway.MessageFilter) *listing {
	l := &listing{from: "message m", key: "m.id"}
	state := f.State != ""
	switch {
	case f.Order != "":
		// Messages about an order are made by decisions about it.
		l.lead = append(l.lead, "m.id IN (SELECT message FROM decision WHERE number = ? AND number <> '' AND verdict = 'send')")
		l.leadBy = append(l.leadBy, f.Order)
		if f.To != "" {
			l.rest, l.restBy = append(l.rest, "m.phone_tail = ?"), append(l.restBy, tail(f.To))
		}
	case f.To != "":
		l.lead, l.leadBy = append(l.lead, "m.phone_tail = ?"), append(l.leadBy, tail(f.To))
	case state:
		l.lead, l.leadBy = append(l.lead, "m.state = ?"), append(l.leadBy, string(f.State))
		state = false
	}
	if state {
		l.rest, l.restBy = append(l.rest, "+m.state = ?"), append(l.restBy, string(f.State))
	}
	if !f.Since.IsZero() {
		l.rest, l.restBy = append(l.rest, "m.created_at >= ?"), append(l.restBy, f.Since.UnixMilli())
	}
	return l
}

// messagesByID reads messages in the order of their ids.
func messagesByID(ctx context.Context, q querier, ids []int64) ([]gateway.Message, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	set, err := json.Marshal(ids)
	if err != nil {
		return nil, err
	}
	return messages(ctx, q, queryMessagesByID, string(set))
}

const (
	queryMessagesByID  = `SELECT ` + messageColumns + ` FROM message m WHERE m.id IN (SELECT value FROM json_each(?)) ORDER BY m.id`
	queryDecisionsByID = `SELECT ` + decisionColumns + ` FROM decision d WHERE d.id IN (SELECT value FROM json_each(?)) ORDER BY d.id DESC`
)

// Decisions implements gateway.Journal. A page may be shorter than its limit while
// next is not empty.
func (s *Store) Decisions(ctx context.Context, f gateway.DecisionFilter) ([]gateway.JournalRow, string, error) {
	const op = "list decisions"
	if err := knownFilter(op, f.Verdict, f.State, f.Channel); err != nil {
		return nil, "", err
	}
	var rows []gateway.JournalRow
	var next string
	err := s.view(ctx, op, func(q querier) error {
		found, err := search(ctx, q, f.Search)
		if err != nil {
			return err
		}
		l := decisionListing(f, found)
		prefix, hours := "d", decisionsSince
		if l.key == "m.id" {
			prefix, hours = "m", messagesSince
		}
		if l.limit, l.below, err = bounds(op, prefix, f.Limit, f.Cursor); err != nil {
			return err
		}
		if l.since, err = firstSince(ctx, q, hours, f.Since); err != nil {
			return err
		}
		ids, below, err := l.ids(ctx, q)
		if err != nil {
			return err
		}
		next = cursorOf(prefix, below)
		if l.key == "m.id" {
			if ids, err = decisionsOfMessages(ctx, q, ids); err != nil {
				return err
			}
		}
		rows, err = journalRows(ctx, q, ids)
		return err
	})
	if err != nil {
		return nil, "", err
	}
	return rows, next, nil
}

// decisionListing is the question without its bounds. The index that leads is that of
// the rarest condition.
func decisionListing(f gateway.DecisionFilter, found searched) *listing {
	l := &listing{from: "decision d", key: "d.id"}
	lead := func(cond string, arg any) { l.lead, l.leadBy = append(l.lead, cond), append(l.leadBy, arg) }
	rest := func(cond string, args ...any) { l.rest, l.restBy = append(l.rest, cond), append(l.restBy, args...) }
	withMessage := "decision d LEFT JOIN message m ON m.id = d.message AND d.verdict = 'send'"
	rule, state, verdict := f.RuleID != 0, f.State != "", f.Verdict != ""
	switch {
	case found.ids != "":
		lead("d.id IN (SELECT value FROM json_each(?))", found.ids)
	case state:
		// Messages and the decisions that made them stand in the same order.
		l.from, l.key = "message m CROSS JOIN decision d ON d.id = m.decision", "m.id"
		lead("m.state = ?", string(f.State))
		state = false
	case rule:
		lead("d.rule_id = ?", int64(f.RuleID))
		rule = false
	case f.Verdict == gateway.Skip:
		lead("d.verdict = ?", string(f.Verdict))
		l.lead[len(l.lead)-1], l.leadBy = "d.verdict = 'skip'", l.leadBy[:len(l.leadBy)-1]
		verdict = false
	}
	if l.key == "d.id" && (state || f.Channel != "" || found.needsMessage) {
		l.from = withMessage
	}
	if rule {
		rest("+d.rule_id = ?", int64(f.RuleID))
	}
	if state {
		rest("+m.state = ?", string(f.State))
	}
	if verdict {
		rest("+d.verdict = ?", string(f.Verdict))
	}
	if f.Channel != "" {
		rest("+m.channel = ?", string(f.Channel))
	}
	if !f.Since.IsZero() {
		rest("d.at >= ?", f.Since.UnixMilli())
	}
	if found.cond != "" {
		rest(found.cond, found.args...)
	}
	return l
}

// decisionsOfMessages are the ids of the decisions that made messages, in their order.
func decisionsOfMessages(ctx context.Context, q querier, ids []int64) ([]int64, error) {
	set, err := json.Marshal(ids)
	if err != nil {
		return nil, err
	}
	list := make([]int64, 0, len(ids))
	err = each(ctx, q, func(scan scanner) error {
		var id int64
		err := scan(&id)
		list = append(list, id)
		return err
	}, `SELECT decision FROM message WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id DESC`, string(set))
	return list, err
}

// journalRows reads decisions with their messages, newest first.
func journalRows(ctx context.Context, q querier, ids []int64) ([]gateway.JournalRow, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	set, err := json.Marshal(ids)
	if err != nil {
		return nil, err
	}
	var rows []gateway.JournalRow
	var sent []int64
	err = each(ctx, q, func(scan scanner) error {
		var r decisionRow
		if err := scan(r.dest()...); err != nil {
			return err
		}
		d, err := r.decision()
		rows = append(rows, gateway.JournalRow{Decision: d})
		if d.Verdict == gateway.Send {
			sent = append(sent, int64(d.MessageID))
		}
		return err
	}, queryDecisionsByID, string(set))
	if err != nil {
		return nil, err
	}
	list, err := messagesByID(ctx, q, sent)
	if err != nil {
		return nil, err
	}
	byID := make(map[gateway.MessageID]*gateway.Message, len(list))
	for i := range list {
		byID[list[i].ID] = &list[i]
	}
	for i := range rows {
		if rows[i].Verdict == gateway.Send {
			rows[i].Sent = byID[rows[i].MessageID]
		}
	}
	return rows, nil
}
