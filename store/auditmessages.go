package store

import (
	"time"

	"vestnik/gateway"
)

// What may have left, or did: proofs of the attempts of m.
const (
	anyProof = `EXISTS (SELECT 1 FROM attempt a JOIN receipt r ON r.wire_id = a.wire_id AND r.channel = a.channel WHERE a.message = m.id AND r.kind IN ('delivered', 'read', 'trying'))`
	// arrived: a receipt for the whole, or the last of its parts.
	arrived = `EXISTS (SELECT 1 FROM attempt a JOIN receipt r ON r.wire_id = a.wire_id AND r.channel = a.channel WHERE a.message = m.id AND r.kind IN ('delivered', 'read'))`
	// deliveredParts counts the parts of attempt a that are delivered, whichever try of the same wire id they
	// belong to.
	deliveredParts = `(SELECT count(DISTINCT p.seq) FROM sms_part p JOIN attempt b ON b.message = p.message AND b.n = p.n
		WHERE p.message = a.message AND b.wire_id = a.wire_id AND p.state = 'delivered')`
	allPartsArrived = `EXISTS (SELECT 1 FROM attempt a WHERE a.message = m.id AND a.channel = 'sms' AND a.parts > 0 AND a.parts <= ` + deliveredParts + `)`
	// leaveGiven: after attempt a, somebody said that the message may go once more, or a restore holds it.
	leaveGiven = `EXISTS (SELECT 1 FROM trace t WHERE t.message = m.id
		AND t.reason IN ('sent_again', 'twice_allowed', 'from_backup', 'backup_sent', 'backup_unsent', 'backup_unclear', 'backup_released')
		AND t.n > coalesce((SELECT max(s.n) FROM trace s WHERE s.message = m.id AND s.reason IN ('sending', 'same_id_again')
			AND json_extract(s.args, '$.attempt') = CAST(a.n AS TEXT)), 0))`
)

// onMessage is an invariant of messages whose findings have no arguments.
func onMessage(kind gateway.FindingKind, broken string) invariant {
	return invariant{name: string(kind), kind: kind, key: "m.id", query: `SELECT m.id, m.id, NULL FROM message m WHERE {in} AND ` + broken}
}

// messageInvariants hold for every message and what belongs to it.
var messageInvariants = []invariant{
	onMessage(gateway.MessageUndecided, `NOT EXISTS (SELECT 1 FROM decision d WHERE d.id = m.decision AND d.message = m.id AND d.verdict = 'send')`),
	onMessage(gateway.AttemptsMiscounted, `(m.attempts, m.attempts) <> (SELECT count(*), coalesce(max(a.n), 0) FROM attempt a WHERE a.message = m.id)`),
	onMessage(gateway.AttemptOpen, `EXISTS (SELECT 1 FROM attempt a WHERE a.message = m.id AND a.state = 'sending' AND NOT (m.state = 'sending' AND a.n = m.attempts))`),
	// An accepted copy that is just being taken back counts as revoked before it is.
	onMessage(gateway.AcceptedUnproven, `m.state = 'accepted' AND NOT EXISTS (SELECT 1 FROM attempt a WHERE a.message = m.id AND a.state IN ('accepted', 'revoked')) AND NOT `+anyProof),
	onMessage(gateway.DeliveredUnproven, `m.state IN ('delivered', 'read') AND NOT `+arrived+` AND NOT `+allPartsArrived),
	onMessage(gateway.UnknownUndoubted, `m.state = 'unknown' AND NOT EXISTS (SELECT 1 FROM attempt a WHERE a.message = m.id AND a.state = 'uncertain')`),
	onMessage(gateway.UnknownUnseen, `m.state = 'unknown' AND m.resolve_at IS NULL AND m.reason = 'uncertain'`),
	onMessage(gateway.QueuedButLeft, `m.state IN ('queued', 'held') AND EXISTS (SELECT 1 FROM attempt a
		WHERE a.message = m.id AND a.channel = m.channel AND a.state IN ('accepted', 'uncertain', 'sending') AND NOT `+leaveGiven+`)`),
	// The index must know this very message under its key: one that is damaged lets a second one in.
	onMessage(gateway.KeyAstray, `m.dedupe_key IS NOT NULL AND (
		m.id IS NOT (SELECT k.id FROM message k INDEXED BY message_dedupe WHERE k.dedupe_key = m.dedupe_key)
		OR m.dedupe_key LIKE 'rule/%' AND m.dedupe_key <> 'rule/' || m.rule_id || '/order/' || m.order_id
			AND m.dedupe_key NOT LIKE 'rule/' || m.rule_id || '/order/' || m.order_id || '/change/%'
		OR m.dedupe_key LIKE 'former/%' AND m.dedupe_key NOT LIKE 'former/' || m.id || '/%')`),
	onMessage(gateway.ChannelAstray, `m.state IN ('queued', 'held', 'unknown') AND instr(',' || m.channels || ',', ',' || m.channel || ',') = 0`),
	{
		name: string(gateway.ReferenceBroken) + "/conversation", kind: gateway.ReferenceBroken, key: "m.id",
		query: `SELECT m.id, m.id, json_object('table', 'message', 'row', CAST(m.id AS TEXT)) FROM message m
			WHERE {in} AND m.conversation IS NOT NULL AND NOT EXISTS (SELECT 1 FROM conversation c WHERE c.id = m.conversation)`,
	},
	onMessage(gateway.HeldForever, `m.state = 'held' AND m.not_before IS NULL AND m.reason IN ('held_hours', 'held_until')`),
	// A proof that nobody was given although its wire id is known; or one of the whole message, by a
	// copy that was not taken back, and the message does not say so.
	onMessage(gateway.ReceiptUncounted, `EXISTS (SELECT 1 FROM attempt a JOIN receipt r ON r.wire_id = a.wire_id AND r.channel = a.channel
		WHERE a.message = m.id AND (r.message IS NULL
			OR m.state IN ('accepted', 'unknown', 'failed', 'expired', 'cancelled') AND r.kind IN ('delivered', 'read') AND a.state <> 'revoked'
				AND (m.channel = a.channel OR m.state <> 'accepted') AND (r.parts = 0 OR r.parts <= `+deliveredParts+`)))`),
	{
		name: string(gateway.MarkMissing), kind: gateway.MarkMissing, key: "m.id",
		query: `SELECT m.id, m.id, json_object('order', m.order_number) FROM message m WHERE {in}
			AND m.order_id IS NOT NULL AND m.state IN ('accepted', 'delivered', 'read') AND m.channel = 'whatsapp' AND m.updated_at BETWEEN ?3 AND ?4
			AND EXISTS (SELECT 1 FROM attempt a WHERE a.message = m.id AND a.channel = 'whatsapp' AND a.state = 'accepted')
			AND NOT EXISTS (SELECT 1 FROM effect e WHERE e.key = 'mark/' || m.order_id)`,
		args: func(s gateway.AuditScope) []any { return []any{edge(s.MarksFrom), edge(s.MarksTo)} },
	},
	// A proof of the whole by an attempt of which it was said that nothing had left. The others of
	// its wire id may have it: a long SMS that broke off goes on under the same one.
	{
		name: string(gateway.UnsentDelivered), kind: gateway.UnsentDelivered, key: "m.id",
		query: `SELECT m.id, m.id, json_object('attempt', CAST(a.n AS TEXT)) FROM message m
			CROSS JOIN attempt a ON a.message = m.id AND a.state = 'not_sent'
			WHERE {in} AND m.attempts > 0 AND EXISTS (SELECT 1 FROM receipt r WHERE r.wire_id = a.wire_id AND r.channel = a.channel
					AND r.message = m.id AND r.kind IN ('delivered', 'read') AND r.parts <= max(1, ` + deliveredParts + `))
				AND NOT EXISTS (SELECT 1 FROM attempt b WHERE b.message = m.id AND b.wire_id = a.wire_id AND b.state <> 'not_sent')`,
	},
	{
		// CROSS keeps the order of the tables (sqlite.org/optoverview.html §8.2): left alone, SQLite begins with
		// all SMS ever sent.
		name: string(gateway.DeliveryUnheard), kind: gateway.DeliveryUnheard, key: "m.id",
		query: `SELECT m.id, m.id, json_object('evidence', p.report) FROM message m
			CROSS JOIN attempt a ON a.message = m.id AND +a.channel = 'sms'
			CROSS JOIN modem_part p ON p.wire_id = a.wire_id AND p.state = 'delivered'
			WHERE {in} AND NOT EXISTS (SELECT 1 FROM sms_part k JOIN attempt b ON b.message = k.message AND b.n = k.n
				WHERE k.message = m.id AND b.wire_id = a.wire_id AND k.seq = p.seq AND k.state = 'delivered')`,
	},
}

// edge is a time for a span that is empty when nothing is wanted.
func edge(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// triedLately is how far back the attempts are whose messages are looked at each time.
const triedLately = 2 * time.Hour

// queryTriedLately reads along the index; the newest thousand of each channel are
// enough, the slices come by the others.
const queryTriedLately = `
	SELECT message FROM (SELECT message FROM attempt WHERE channel = 'whatsapp' AND started_at >= ?1 ORDER BY started_at DESC LIMIT 500)
	UNION SELECT message FROM (SELECT message FROM attempt WHERE channel = 'sms' AND started_at >= ?1 ORDER BY started_at DESC LIMIT 500)
	UNION SELECT message FROM (SELECT message FROM attempt WHERE channel = 'chat' AND started_at >= ?1 ORDER BY started_at DESC LIMIT 500)
	UNION SELECT id FROM (SELECT id FROM message WHERE state = 'unknown' ORDER BY id DESC LIMIT 200)`
