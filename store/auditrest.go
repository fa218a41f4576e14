package store

import (
	"context"
	"database/sql"
	"errors"

	"vestnik/gateway"
)

// rowInvariants hold for the rows that belong to messages; {in} is a range of
// messages' ids, which reaches beyond the last one at the end of the walk.
var rowInvariants = []invariant{
	belonging("trace"), belonging("attempt"),
	{
		name: string(gateway.ReferenceBroken) + "/sms_part", kind: gateway.ReferenceBroken, key: "c.message",
		query: `SELECT DISTINCT c.message, NULL, json_object('table', 'sms_part', 'row', CAST(c.message AS TEXT)) FROM sms_part c
			WHERE {in} AND NOT EXISTS (SELECT 1 FROM attempt a WHERE a.message = c.message AND a.n = c.n)`,
	},
}

func belonging(table string) invariant {
	return invariant{
		name: string(gateway.ReferenceBroken) + "/" + table, kind: gateway.ReferenceBroken, key: "c.message",
		query: `SELECT DISTINCT c.message, NULL, json_object('table', '` + table + `', 'row', CAST(c.message AS TEXT)) FROM ` + table + ` c
			WHERE {in} AND NOT EXISTS (SELECT 1 FROM message m WHERE m.id = c.message)`,
	}
}

var decisionInvariants = []invariant{
	{
		name: string(gateway.DecisionUnsent), kind: gateway.DecisionUnsent, key: "d.id",
		query: `SELECT d.id, NULL, json_object('decision', CAST(d.id AS TEXT), 'order', d.number) FROM decision d
			WHERE {in} AND d.verdict = 'send' AND NOT EXISTS (SELECT 1 FROM message m WHERE m.id = d.message AND m.decision = d.id)`,
	},
	{
		name: string(gateway.DecisionAstray), kind: gateway.DecisionAstray, key: "d.id",
		query: `SELECT d.id, NULL, json_object('decision', CAST(d.id AS TEXT), 'order', d.number) FROM decision d
			WHERE {in} AND d.history_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM change c WHERE c.history_id = d.history_id
				AND c.decided_at IS NOT NULL AND d.id >= c.first_decision AND d.id < c.first_decision + c.decisions)`,
	},
	{
		name: string(gateway.ReferenceBroken) + "/decision", kind: gateway.ReferenceBroken, key: "d.id",
		query: `SELECT d.id, NULL, json_object('table', 'decision', 'row', CAST(d.id AS TEXT)) FROM decision d
			WHERE {in} AND d.verdict = 'skip' AND d.message IS NOT NULL AND NOT EXISTS (SELECT 1 FROM message m WHERE m.id = d.message)`,
	},
}

var changeInvariants = []invariant{{
	name: string(gateway.DecisionsGone), kind: gateway.DecisionsGone, key: "c.history_id",
	query: `SELECT c.history_id, NULL, json_object('change', CAST(c.history_id AS TEXT)) FROM change c
		WHERE {in} AND c.decisions > 0 AND c.decisions <> (SELECT count(*) FROM decision d
			WHERE d.id >= c.first_decision AND d.id < c.first_decision + c.decisions AND d.history_id = c.history_id)`,
}}

var effectInvariants = []invariant{{
	name: string(gateway.EffectAstray), kind: gateway.EffectAstray, key: "e.id",
	query: `SELECT e.id, (SELECT m.id FROM message m WHERE m.id = e.message), json_object('effect', CAST(e.id AS TEXT)) FROM effect e
		WHERE {in} AND e.kind = 'mark_whatsapp' AND (e.order_id IS NULL OR e.value NOT IN ('yes', 'no')
			OR e.key <> 'mark/' || e.order_id AND e.key NOT LIKE 'former/' || e.id || '/%'
			OR e.message IS NOT NULL AND NOT EXISTS (SELECT 1 FROM message m WHERE m.id = e.message))`,
}}

var hourInvariants = []invariant{{
	name: string(gateway.HourAstray), kind: gateway.HourAstray, key: "h.hour",
	query: `SELECT h.hour, NULL, json_object('hour', CAST(h.hour AS TEXT)) FROM hour h WHERE {in} AND (
		h.first_message IS NOT NULL AND NOT EXISTS (SELECT 1 FROM message m WHERE m.id = h.first_message AND m.created_at / 3600000 = h.hour)
		OR h.first_decision IS NOT NULL AND NOT EXISTS (SELECT 1 FROM decision d WHERE d.id = h.first_decision AND d.at / 3600000 = h.hour)
		OR h.first_incoming IS NOT NULL AND NOT EXISTS (SELECT 1 FROM incoming i WHERE i.id = h.first_incoming AND i.kept_at / 3600000 = h.hour))`,
}}

// openInvariants are about what is open now: an index has just these rows, so all of
// them are looked at each time.
var openInvariants = []invariant{
	// All that is being sent: only the dispatchers know who sends it.
	{
		name: string(gateway.SendingLost), kind: gateway.SendingLost,
		query: `SELECT m.id, m.id, NULL FROM message m WHERE m.state = 'sending' ORDER BY m.id`,
		args:  func(gateway.AuditScope) []any { return nil },
	},
	{
		name: string(gateway.AlarmUnserved), kind: gateway.AlarmUnserved,
		query: `SELECT m.id, m.id, json_object('channel', m.channel) FROM message m WHERE m.alarm_at < ?1 ORDER BY m.alarm_at`,
		args:  func(s gateway.AuditScope) []any { return []any{s.AlarmsBefore.UnixMilli()} },
	},
	{
		name: string(gateway.ChangeUndecided), kind: gateway.ChangeUndecided,
		query: `SELECT c.history_id, NULL, json_object('change', CAST(c.history_id AS TEXT), 'order_id', CAST(c.order_id AS TEXT))
			FROM change c INDEXED BY change_undecided WHERE c.decided_at IS NULL ORDER BY c.history_id`,
		args: func(gateway.AuditScope) []any { return nil },
	},
	{
		name: string(gateway.HeardUnanswered), kind: gateway.HeardUnanswered,
		query: `SELECT i.id, NULL, json_object('conversation', CAST(i.conversation AS TEXT)) FROM incoming i INDEXED BY incoming_open
			WHERE i.done_at IS NULL AND i.kept_at < ?1 ORDER BY i.conversation, i.id`,
		args: func(s gateway.AuditScope) []any { return []any{s.HeardBefore.UnixMilli()} },
	},
	{
		name: string(gateway.EffectAsleep), kind: gateway.EffectAsleep,
		query: `SELECT e.id, e.message, json_object('effect', CAST(e.id AS TEXT)) FROM effect e WHERE e.state = 'pending' AND e.next_at > ?1 ORDER BY e.next_at`,
		args:  func(s gateway.AuditScope) []any { return []any{s.EffectsAfter.UnixMilli()} },
	},
}

// receiptInvariant: a proof belongs to a message that is there and that was sent under
// its wire id.
var receiptInvariant = invariant{
	name: string(gateway.ReferenceBroken) + "/receipt", kind: gateway.ReferenceBroken, key: "r.wire_id",
	query: `SELECT DISTINCT json_quote(r.wire_id), (SELECT m.id FROM message m WHERE m.id = r.message), json_object('table', 'receipt', 'row', r.wire_id) FROM receipt r
		WHERE {in} AND r.message IS NOT NULL AND NOT EXISTS (SELECT 1 FROM attempt a JOIN message m ON m.id = a.message
			WHERE a.wire_id = r.wire_id AND a.message = r.message)`,
}

// receipts walks over the proofs by their wire ids.
func (in *inspector) receipts(ctx context.Context, last *string) error {
	from, to := *last, ""
	err := in.QueryRowContext(ctx, `SELECT wire_id FROM receipt WHERE wire_id > ?1 ORDER BY wire_id LIMIT 1 OFFSET ?2`, from, in.scope.Slice-1).Scan(&to)
	end := isNoRows(err)
	if err != nil && !end {
		return err
	}
	if *last = to; end {
		*last, to = "", "\U0010FFFF" // after every wire id
	}
	if err := in.ask(ctx, receiptInvariant, receiptInvariant.sql(inRange), from, to); err != nil {
		return err
	}
	return in.walk(ctx, []invariant{receiptInvariant}, 1, 0)
}

func isNoRows(err error) bool { return errors.Is(err, sql.ErrNoRows) }
