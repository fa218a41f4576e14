package store

import (
	"context"
	"database/sql"
	"errors"
	"math"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

const (
	queryCountSince = `SELECT state, channel, count(*) FROM message
		WHERE state IN ('held', 'queued', 'sending', 'accepted', 'delivered', 'read', 'failed', 'expired', 'cancelled', 'unknown') AND id >= ?
		GROUP BY state, channel`
	queryCountOpen = `SELECT state, count(*) FROM message
		WHERE state IN ('held', 'queued', 'sending', 'unknown') GROUP BY state`
	queryOldestWait = `SELECT min(created_at) FROM message WHERE id IN (
		(SELECT min(id) FROM message WHERE state = 'held'), (SELECT min(id) FROM message WHERE state = 'queued'))`
	queryNeedPerson = `SELECT count(*) FROM message INDEXED BY message_person
		WHERE ((state = 'held' AND not_before IS NULL) OR (state = 'unknown' AND resolve_at IS NULL)) AND reason NOT IN ('left_unknown', 'left_by_person')`
	queryCountSkipped  = `SELECT count(*) FROM decision WHERE verdict = 'skip' AND id >= ?`
	queryCountIncoming = `SELECT count(*) FROM incoming WHERE id >= ?`

	queryFirstMessage  = `SELECT id FROM message WHERE id >= ? AND created_at >= ? ORDER BY id LIMIT 1`
	queryFirstDecision = `SELECT id FROM decision WHERE id >= ? AND at >= ? ORDER BY id LIMIT 1`
	queryFirstIncoming = `SELECT id FROM incoming WHERE id >= ? AND kept_at >= ? ORDER BY id LIMIT 1`
)

// Totals implements gateway.Journal. Open counts what is held, queued, being sent or
// of unknown fate.
func (s *Store) Totals(ctx context.Context, since time.Time) (gateway.Totals, error) {
	t := gateway.Totals{ByState: map[gateway.State]int{}, Open: map[gateway.State]int{}, ByChannel: map[device.Channel]int{}}
	err := s.view(ctx, "count the totals", func(q querier) error {
		first, err := exactlySince(ctx, q, messagesSince, queryFirstMessage, since)
		if err != nil {
			return err
		}
		if err := countSince(ctx, q, first, &t); err != nil {
			return err
		}
		if err := each(ctx, q, func(scan scanner) error {
			var state gateway.State
			var n int
			err := scan(&state, &n)
			t.Open[state] = n
			return err
		}, queryCountOpen); err != nil {
			return err
		}
		var oldest stamp
		if err := q.QueryRowContext(ctx, queryOldestWait).Scan(&oldest); err != nil {
			return err
		}
		t.OldestWait = oldest.time()
		if err := q.QueryRowContext(ctx, queryNeedPerson).Scan(&t.NeedPerson); err != nil {
			return err
		}
		if first, err = exactlySince(ctx, q, decisionsSince, queryFirstDecision, since); err != nil {
			return err
		}
		if err := q.QueryRowContext(ctx, queryCountSkipped, first).Scan(&t.Skipped); err != nil {
			return err
		}
		if first, err = exactlySince(ctx, q, incomingSince, queryFirstIncoming, since); err != nil {
			return err
		}
		return q.QueryRowContext(ctx, queryCountIncoming, first).Scan(&t.Incoming)
	})
	return t, err
}

// exactlySince narrows firstSince to the first row of since itself.
func exactlySince(ctx context.Context, q querier, hours, narrow string, since time.Time) (int64, error) {
	first, err := firstSince(ctx, q, hours, since)
	if err != nil || first == 0 || first == math.MaxInt64 {
		return first, err
	}
	err = q.QueryRowContext(ctx, narrow, first, since.UnixMilli()).Scan(&first)
	if errors.Is(err, sql.ErrNoRows) {
		return math.MaxInt64, nil
	}
	return first, err
}

// countSince counts the messages from an id on, by state and by channel.
func countSince(ctx context.Context, q querier, first int64, t *gateway.Totals) error {
	return each(ctx, q, func(scan scanner) error {
		var state gateway.State
		var ch device.Channel
		var n int
		if err := scan(&state, &ch, &n); err != nil {
			return err
		}
		t.ByState[state] += n
		switch state {
		case gateway.Accepted, gateway.Delivered, gateway.Read:
			t.ByChannel[ch] += n
		}
		return nil
	}, queryCountSince, first)
}
