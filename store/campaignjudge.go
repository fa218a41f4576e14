package store

import (
	"context"
	"slices"
	"strings"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/campaign"
)

// The parts of a person's judgement. p is his row; :phone and :customer stand for how he is known, so that
// the same words serve a single person (onePerson).
const (
	// A No under either key counts, and so does a talk in which he refused before his number was known.
	saidNo = `(EXISTS (SELECT 1 FROM consent WHERE key = :phone AND answer = 'no')
		OR :customer <> 0 AND EXISTS (SELECT 1 FROM consent INDEXED BY consent_customer WHERE customer_id = :customer AND customer_id <> 0 AND answer = 'no')
		OR EXISTS (SELECT 1 FROM conversation INDEXED BY conversation_refused WHERE phone = :phone AND phone <> '' AND opted_out_at IS NOT NULL)
		OR :customer <> 0 AND EXISTS (SELECT 1 FROM conversation INDEXED BY conversation_refused_card
			WHERE customer_id = :customer AND customer_id <> 0 AND opted_out_at IS NOT NULL))`
	saidNoAt = `(SELECT max(at) FROM (SELECT at FROM consent WHERE key = :phone AND answer = 'no'
		UNION ALL SELECT at FROM consent INDEXED BY consent_customer WHERE customer_id = :customer AND customer_id <> 0 AND answer = 'no'
		UNION ALL SELECT opted_out_at FROM conversation INDEXED BY conversation_refused WHERE phone = :phone AND phone <> '' AND opted_out_at IS NOT NULL
		UNION ALL SELECT opted_out_at FROM conversation INDEXED BY conversation_refused_card
			WHERE customer_id = :customer AND customer_id <> 0 AND opted_out_at IS NOT NULL))`
	saidYes = `(EXISTS (SELECT 1 FROM consent WHERE key = :phone AND answer = 'yes')
		OR :customer <> 0 AND EXISTS (SELECT 1 FROM consent INDEXED BY consent_customer WHERE customer_id = :customer AND customer_id <> 0 AND answer = 'yes'))`
	// His own Yes is worth more than what his source says of him.
	saidYesHimself = `(EXISTS (SELECT 1 FROM consent WHERE key = :phone AND answer = 'yes' AND source IN ('word', 'hand'))
		OR EXISTS (SELECT 1 FROM consent INDEXED BY consent_customer WHERE customer_id = :customer AND customer_id <> 0 AND answer = 'yes' AND source IN ('word', 'hand')))`
	// With a messenger of the CRM he is reached there.
	hasMessenger = `(EXISTS (SELECT 1 FROM conversation INDEXED BY conversation_messenger WHERE phone = :phone AND phone <> '' AND channel = 'chat' AND blocked = 0)
		OR :customer <> 0 AND EXISTS (SELECT 1 FROM conversation INDEXED BY conversation_customer
			WHERE customer_id = :customer AND customer_id <> 0 AND channel = 'chat' AND blocked = 0))`
	// His newest mark for the shop; NULL: none.
	newestMark = `(SELECT mark FROM (
			SELECT mark, at, id FROM mark WHERE customer_id = :customer AND customer_id IS NOT NULL AND :customer <> 0 AND about = 'shop'
			UNION ALL SELECT m.mark, m.at, m.id FROM conversation c JOIN mark m ON m.conversation = c.id
				WHERE c.phone = :phone AND c.phone <> '' AND c.channel <> 'chat' AND m.about = 'shop'
			UNION ALL SELECT m.mark, m.at, m.id FROM conversation c INDEXED BY conversation_messenger JOIN mark m ON m.conversation = c.id
				WHERE c.phone = :phone AND c.phone <> '' AND c.channel = 'chat' AND m.about = 'shop')
		ORDER BY at DESC, id DESC LIMIT 1)`
	// What his way costs.
	wayClass = `CASE
		WHEN :whatsapp AND EXISTS (SELECT 1 FROM chat WHERE phone = :phone) OR :messenger AND ` + hasMessenger + ` THEN 'warm'
		WHEN NOT :whatsapp OR :sms AND EXISTS (SELECT 1 FROM presence WHERE phone = :phone AND answer = 'no') THEN 'sms_only'
		ELSE 'cold' END`
	writtenTo = `(EXISTS (SELECT 1 FROM campaign_person q WHERE q.phone = :phone AND q.phone <> '' AND q.campaign <> :campaign AND (q.sent_at IS NOT NULL OR q.state IN (:states))
			AND coalesce(q.sent_at, q.fed_at) >= :since)
		OR :customer <> 0 AND EXISTS (SELECT 1 FROM campaign_person q WHERE q.customer_id = :customer AND q.customer_id <> 0 AND q.campaign <> :campaign AND (q.sent_at IS NOT NULL OR q.state IN (:states))
			AND coalesce(q.sent_at, q.fed_at) >= :since))`
	// When another mailing than :campaign last left for him, or may have, since :since.
	writtenAt = `(SELECT max(at) FROM (
			SELECT coalesce(sent_at, fed_at) AS at FROM campaign_person WHERE phone = :phone AND phone <> '' AND campaign <> :campaign AND (sent_at IS NOT NULL OR state IN (:states))
			UNION ALL SELECT coalesce(sent_at, fed_at) FROM campaign_person
				WHERE customer_id = :customer AND customer_id <> 0 AND campaign <> :campaign AND (sent_at IS NOT NULL OR state IN (:states)))
		WHERE at >= :since)`
)

// fill writes how a person is known into a judgement.
func fill(words, phone, customer, self, since, states string) string {
	return strings.NewReplacer(":phone", phone, ":customer", customer, ":campaign", self, ":since", since, ":states", states).Replace(words)
}

// ofRow is a judgement about a row p of campaign_person. The queue's are looked at when it is fed.
func ofRow(words string) string {
	return fill(words, "p.phone", "p.customer_id", "p.campaign", "?5", `'sent', 'doubt'`)
}

// Parameters of a judgement: 1 the mailing, 2 advertising, 3 no marks, 4 happy ones only, 5 the time since
// which another mailing counts, 6 to 8 whether WhatsApp, SMS and the CRM's chats may be used.
var (
	judgedWhy = ofRow(`CASE
		WHEN :phone = '' AND NOT (?8 AND ` + hasMessenger + `) THEN 'no_phone'
		WHEN ` + saidNo + ` OR p.allows = 'no' AND NOT ` + saidYesHimself + ` THEN 'opted_out'
		WHEN (?2 OR NOT p.known) AND p.allows <> 'yes' AND NOT ` + saidYes + ` THEN 'no_consent'
		WHEN ?5 < 1 << 62 AND ` + writtenTo + ` THEN 'written_lately'
		WHEN ?3 AND ` + newestMark + ` IS NOT NULL THEN 'has_mark'
		WHEN ?4 AND ` + newestMark + ` <= 3 THEN 'low_mark'
		WHEN NOT ?6 AND NOT ?7 AND NOT (?8 AND ` + hasMessenger + `) THEN 'no_chat'
		ELSE '' END`)
	judgedClass = ofRow(strings.NewReplacer(":whatsapp", "?6", ":sms", "?7", ":messenger", "?8").Replace(wayClass))

	queryCount = `WITH judged AS MATERIALIZED (
			SELECT ` + judgedWhy + ` AS why, p.zone, ` + judgedClass + ` AS class FROM campaign_person p WHERE p.campaign = ?1 AND p.state = 'waits')
		SELECT why, iif(why = '', zone, '') AS z, iif(why = '', class, '') AS c, count(*) FROM judged GROUP BY 1, 2, 3`
	queryCountOut = `SELECT reason, count(*) FROM campaign_person p WHERE p.campaign = ? AND p.state = 'out' GROUP BY reason`

	// queryPiece is the last one of the next piece, and how many people it has.
	queryPiece = `SELECT coalesce(max(id), 0), count(*) FROM (SELECT id FROM campaign_person WHERE campaign = ? AND state = 'waits' AND id > ? ORDER BY id LIMIT ?)`
	// queryFreeze judges the people between two ids. Rows of those who go on to wait, in the class in which they were gathered, stay as they are.
	queryFreeze = `WITH judged AS MATERIALIZED (
			SELECT p.id, p.class AS was, ` + judgedWhy + ` AS why, ` + judgedClass + ` AS class FROM campaign_person p
			WHERE p.id > ?9 AND p.id <= ?10 AND p.state = 'waits')
		UPDATE campaign_person AS p SET
			state = iif(j.why = '', 'waits', 'out'), reason = j.why, class = iif(j.why = '', j.class, ''),
			args = CASE j.why
				WHEN 'opted_out' THEN ` + ofRow(`(SELECT json_object('said_at', strftime('%Y-%m-%dT%H:%M:%SZ', at / 1000, 'unixepoch')) FROM (SELECT `+saidNoAt+` AS at) WHERE at IS NOT NULL)`) + `
				WHEN 'written_lately' THEN ` + ofRow(`json_object('at', strftime('%Y-%m-%dT%H:%M:%SZ', `+writtenAt+` / 1000, 'unixepoch'))`) + `
				WHEN 'low_mark' THEN ` + ofRow(`json_object('mark', CAST(`+newestMark+` AS TEXT))`) + ` END
		FROM judged j WHERE p.id = j.id AND (j.why <> '' OR j.class <> j.was)`
)

// never is beyond all times.
const never = 1 << 62

// since is the time from which another mailing counts; beyond all times when none does.
func since(now time.Time, every time.Duration) int64 {
	if every <= 0 {
		return never
	}
	return now.Add(-every).UnixMilli()
}

const queryJudging = `SELECT EXISTS (SELECT 1 FROM campaign_person WHERE fed_at >= ? AND fed_at IS NOT NULL),
	EXISTS (SELECT 1 FROM mark WHERE about = 'shop'), EXISTS (SELECT 1 FROM conversation WHERE channel = 'chat')`

// judge are the parameters of a judgement. What nobody has (a mailing lately, a mark, a messenger) is
// looked for with nobody.
func judge(ctx context.Context, q querier, id gateway.CampaignID, d campaign.Deductions) ([]any, error) {
	args := judgement(id, d)
	var lately, marks, messengers bool
	// What left since then may have been fed some days before.
	err := q.QueryRowContext(ctx, queryJudging, since(d.Now, d.Every+fedAhead)).Scan(&lately, &marks, &messengers)
	if !lately || d.Every <= 0 {
		args[4] = int64(never)
	}
	args[2], args[3] = d.NoMark && marks, d.HappyOnly && marks
	args[7] = messengers && args[7] == true
	return args, err
}

// fedAhead is more than a mailing's message may lie in the queue.
const fedAhead = 366 * 24 * time.Hour

func judgement(id gateway.CampaignID, d campaign.Deductions) []any {
	has := func(ch device.Channel) bool { return slices.Contains(d.Channels, ch) }
	return []any{
		int64(id), d.Advertising, d.NoMark, d.HappyOnly, since(d.Now, d.Every),
		has(device.WhatsApp), has(device.SMS), has(device.Chat),
	}
}

// Count implements campaign.Ledger.
func (s *Store) Count(ctx context.Context, id gateway.CampaignID, d campaign.Deductions) (campaign.Count, error) {
	const op = "count a mailing's people"
	c := campaign.Count{Out: map[gateway.Reason]int{}}
	err := s.view(ctx, op, func(q querier) error {
		m, err := campaignByID(ctx, q, op, id)
		if err != nil || m.State == campaign.Draft && m.Collect.State == campaign.CollectNone {
			return err
		}
		args, err := judge(ctx, q, id, d)
		if err != nil {
			return err
		}
		if err := each(ctx, q, func(scan scanner) error {
			var why gateway.Reason
			var g campaign.Group
			if err := scan(&why, &g.Zone, &g.Class, &g.N); err != nil {
				return err
			}
			c.Found += g.N
			if why != "" {
				c.Out[why] += g.N
				return nil
			}
			c.Goes += g.N
			c.Groups = append(c.Groups, g)
			return nil
		}, queryCount, args...); err != nil {
			return err
		}
		return each(ctx, q, func(scan scanner) error {
			var why gateway.Reason
			var n int
			err := scan(&why, &n)
			c.Found += n
			c.Out[why] += n
			return err
		}, queryCountOut, int64(id))
	})
	return c, err
}

// Freeze implements campaign.Ledger. A mailing that is not Starting is left as it is.
func (s *Store) Freeze(ctx context.Context, id gateway.CampaignID, d campaign.Deductions, piece int) (more bool, err error) {
	const op = "freeze a mailing's people"
	const runs = `UPDATE campaign SET state = 'running', updated_at = ? WHERE id = ?`
	if piece <= 0 {
		return false, device.Errorf(device.Internal, "store: "+op, "pieces of %d", piece)
	}
	err = s.change(ctx, op, func(tx *transaction) error {
		more = false
		c, err := campaignByID(ctx, tx, op, id)
		if err != nil || c.State != campaign.Starting {
			return err
		}
		args, err := judge(ctx, tx, id, d)
		if err != nil {
			return err
		}
		var from, to int64
		var n int
		if err := tx.QueryRowContext(ctx, `SELECT judged_to FROM campaign WHERE id = ?`, int64(id)).Scan(&from); err != nil {
			return err
		}
		if err := tx.QueryRowContext(ctx, queryPiece, int64(id), from, piece).Scan(&to, &n); err != nil {
			return err
		}
		if n > 0 {
			if _, err := tx.ExecContext(ctx, queryFreeze, append(args, max(from, firstPerson(id)-1), to)...); err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, `UPDATE campaign SET judged_to = ? WHERE id = ?`, to, int64(id)); err != nil {
				return err
			}
		}
		if more = n == piece; more {
			return nil
		}
		// Who was left out otherwise before he was judged was not let through.
		if _, err := tx.ExecContext(ctx, `UPDATE campaign_person SET class = '' WHERE campaign = ? AND state = 'out' AND class <> ''`, int64(id)); err != nil {
			return err
		}
		if err := tx.makeTally(ctx, id); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, runs, tx.now.UnixMilli(), int64(id))
		return err
	})
	return more && err == nil, err
}
