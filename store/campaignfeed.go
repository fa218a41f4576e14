package store

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/campaign"
)

// queryFeedable looks again at one person who waits: when he refused, whether anybody knows that he
// allows it, and when another mailing was written to him, and the mark that he may have given meanwhile. Parameters: 1 his row, 2 the time since which another counts.
var queryFeedable = `SELECT p.zone,
		` + ofOne(saidNoAt) + `,
		p.allows = 'no' AND NOT ` + ofOne(saidYesHimself) + `,
		(c.kind = 'invitation' AND p.known) OR p.allows = 'yes' OR ` + ofOne(saidYes) + `,
		` + ofOne(writtenAt) + `,
		CASE WHEN json_extract(c.audience, '$.NoMark') OR json_extract(c.text, '$.HappyOnly') THEN ` + ofOne(newestMark) + ` END,
		coalesce(json_extract(c.audience, '$.NoMark'), 0),
		c.kind = 'invitation', p.phone, p.customer_id
	FROM campaign_person p JOIN campaign c ON c.id = p.campaign
	WHERE p.id = ?1 AND p.campaign = ?3 AND p.state = 'waits' AND c.state = 'running'`

// ofOne is a judgement about a person who is about to be fed: other mailings' queues count too.
func ofOne(words string) string {
	return fill(words, "p.phone", "p.customer_id", "p.campaign", "?2", `'queued', 'sent', 'doubt'`)
}

// Feed implements campaign.Ledger. Whoever is left out leaves a decision with the reason in the journal. A
// person for whom the message's dedupe key was used before is passed over: his row was read before he was taken back.
func (s *Store) Feed(ctx context.Context, id gateway.CampaignID, every time.Duration, fed []campaign.Fed) (n int, err error) {
	err = s.change(ctx, "feed the queue with a mailing", func(tx *transaction) error {
		n = 0
		f := feeding{tx: tx, campaign: id, since: since(tx.now, every), zones: map[string]int{}}
		for _, one := range fed {
			ok, err := f.feed(ctx, one)
			if err != nil {
				return err
			}
			if ok {
				n++
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return n, nil
}

// feeding is one batch on its way into the queue.
type feeding struct {
	tx       *transaction
	campaign gateway.CampaignID
	since    int64
	zones    map[string]int   // minutes from UTC now, by name
	invited  map[string]stamp // when people were asked for a review after an order, by number and card; nil: not read
}

// invitedAt is when a person was last asked for a review after an order, since the time from which
// another mailing counts.
func (f *feeding) invitedAt(ctx context.Context, phone device.Phone, customer int64) (stamp, error) {
	if f.invited == nil {
		f.invited = map[string]stamp{}
		if err := each(ctx, f.tx, func(scan scanner) error {
			var phone device.Phone
			var customer int64
			var at stamp
			err := scan(&phone, &customer, &at)
			for _, key := range []string{consentKey(phone, 0), consentKey("", customer)} {
				if f.invited[key].time().Before(at.time()) {
					f.invited[key] = at
				}
			}
			return err
		}, queryInvited, f.since); err != nil {
			return stamp{}, err
		}
		delete(f.invited, "")
	}
	if at := f.invited[consentKey(phone, 0)]; at.Valid {
		return at, nil
	}
	return f.invited[consentKey("", customer)], nil
}

func (f *feeding) feed(ctx context.Context, fed campaign.Fed) (bool, error) {
	const query = `UPDATE campaign_person SET state = 'queued', reason = '', args = NULL, message = ?2, tries = tries + 1, variant = ?3, channel = ?4,
			token = ?5, fed_at = ?6, utc_offset = ?7 WHERE id = ?1`
	var zone string
	var refusedAt, writtenAt stamp
	var refuses, allowed, noMark, review bool
	var mark sql.NullInt64
	var phone device.Phone
	var customer int64
	err := f.tx.QueryRowContext(ctx, queryFeedable, fed.Person, f.since, int64(f.campaign)).
		Scan(&zone, &refusedAt, &refuses, &allowed, &writtenAt, &mark, &noMark, &review, &phone, &customer)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	d := fed.Decision
	if d.Verdict != gateway.Send {
		return false, f.leaveOut(ctx, fed, d.Reason, d.Args)
	}
	if review && !writtenAt.Valid {
		if writtenAt, err = f.invitedAt(ctx, phone, customer); err != nil {
			return false, err
		}
	}
	switch {
	case refusedAt.Valid:
		return false, f.leaveOut(ctx, fed, gateway.OptedOut, gateway.Args{"said_at": gateway.At(refusedAt.time())})
	case refuses:
		return false, f.leaveOut(ctx, fed, gateway.OptedOut, nil)
	case !allowed:
		return false, f.leaveOut(ctx, fed, gateway.NoConsent, nil)
	case writtenAt.Valid:
		return false, f.leaveOut(ctx, fed, gateway.WrittenLately, gateway.Args{"at": gateway.At(writtenAt.time())})
	case noMark && mark.Valid:
		return false, f.leaveOut(ctx, fed, gateway.HasMark, nil)
	case mark.Valid && mark.Int64 <= 3:
		return false, f.leaveOut(ctx, fed, gateway.LowMark, gateway.Args{"mark": strconv.FormatInt(mark.Int64, 10)})
	}
	if d.Message == nil || d.Message.DedupeKey == "" {
		return false, device.Errorf(device.Internal, "store: feed the queue with a mailing", "person %d without a message or its key", fed.Person)
	}
	var used bool
	if err := f.tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM message WHERE dedupe_key = ?)`, d.Message.DedupeKey).Scan(&used); err != nil || used {
		return false, err
	}
	m := *d.Message
	m.Campaign, d.Message, d.HistoryID = f.campaign, &m, 0
	if d, err = f.tx.keepDecision(ctx, d); err != nil {
		return false, err
	}
	if err := f.tx.keepLink(ctx, gateway.ReviewLink{Token: fed.Token, Person: fed.Person}); err != nil {
		return false, err
	}
	offset, err := f.offset(ctx, zone)
	if err != nil {
		return false, err
	}
	_, err = f.tx.ExecContext(ctx, query, fed.Person, int64(d.MessageID), fed.Variant, string(m.Channel), fed.Token, f.tx.now.UnixMilli(), offset)
	return err == nil, err
}

// leaveOut ends a person's way with the reason, and keeps the decision.
func (f *feeding) leaveOut(ctx context.Context, fed campaign.Fed, why gateway.Reason, args gateway.Args) error {
	d := fed.Decision
	if d.At.IsZero() {
		d.At = f.tx.now
	}
	if d.Verdict == gateway.Send {
		d.Trace = append(d.Trace[:len(d.Trace):len(d.Trace)], gateway.Step{At: d.At, Reason: why, Args: args})
	}
	d.Verdict, d.Reason, d.Args, d.Message, d.HistoryID = gateway.Skip, why, args, nil, 0
	if _, err := f.tx.keepDecision(ctx, d); err != nil {
		return err
	}
	said, err := jsonArgs(args)
	if err != nil {
		return err
	}
	_, err = f.tx.ExecContext(ctx, `UPDATE campaign_person SET state = 'out', reason = ?2, args = ?3 WHERE id = ?1`, fed.Person, string(why), said)
	return err
}

// offset is how many minutes a person's clock is before UTC now; of an unknown zone, the shop's.
func (f *feeding) offset(ctx context.Context, name string) (int, error) {
	if minutes, ok := f.zones[name]; ok {
		return minutes, nil
	}
	zone, err := time.LoadLocation(name)
	if err != nil || name == "" {
		settings, err := readSettings(ctx, f.tx)
		if err != nil {
			return 0, err
		}
		zone = settings.Shop.Zone()
	}
	_, seconds := f.tx.now.In(zone).Zone()
	f.zones[name] = seconds / 60
	return f.zones[name], nil
}

const (
	queryInQueue = `SELECT m.channel, count(*) FROM campaign_person p JOIN message m ON m.id = p.message
		WHERE p.campaign = ?1 AND p.state = 'queued' AND m.state IN ('held', 'queued') AND (?2 IS NULL OR m.not_before <= ?2) GROUP BY m.channel`
	queryQueuedOf = `SELECT m.id, m.state FROM campaign_person p JOIN message m ON m.id = p.message
		WHERE p.campaign = ? AND p.state = 'queued' AND m.state IN ('held', 'queued')`
	// What waits for a person, as after a restore, may have left long ago: it is not made anew.
	neverTried      = `p.state = 'queued' AND m.state IN ('held', 'queued') AND m.attempts = 0 AND NOT (m.state = 'held' AND m.not_before IS NULL)`
	queryNeverTried = `SELECT m.id, m.state FROM campaign_person p JOIN message m ON m.id = p.message WHERE p.campaign = ? AND ` + neverTried
)

// InQueue implements campaign.Ledger.
func (s *Store) InQueue(ctx context.Context, id gateway.CampaignID, by time.Time) (map[device.Channel]int, error) {
	counts := map[device.Channel]int{}
	err := each(ctx, s.reader, func(scan scanner) error {
		var ch device.Channel
		var n int
		err := scan(&ch, &n)
		counts[ch] = n
		return err
	}, queryInQueue, int64(id), millis(by))
	return counts, fault("count a mailing's queue", err)
}

// TakeBack implements campaign.Ledger. Messages that wait for a person stay.
func (s *Store) TakeBack(ctx context.Context, id gateway.CampaignID) (n int, err error) {
	err = s.change(ctx, "take a mailing's messages back", func(tx *transaction) (err error) {
		n, err = tx.cancelQueued(ctx, gateway.CampaignBack, nil, queryNeverTried, int64(id))
		return err
	})
	if err != nil {
		return 0, err
	}
	return n, nil
}

// cancelQueued cancels messages of mailings that a query finds; their people follow by a trigger.
func (tx *transaction) cancelQueued(ctx context.Context, why gateway.Reason, args gateway.Args, query string, of int64) (int, error) {
	type queued struct {
		id    gateway.MessageID
		state gateway.State
	}
	var list []queued
	if err := each(ctx, tx, func(scan scanner) error {
		var m queued
		err := scan(&m.id, &m.state)
		list = append(list, m)
		return err
	}, query, of); err != nil {
		return 0, err
	}
	for _, m := range list {
		if _, err := tx.move(ctx, m.id, m.state, gateway.Change{
			State: gateway.Cancelled, Reason: why, Steps: []gateway.Step{{At: tx.now, Reason: why, Args: args}},
		}); err != nil {
			return 0, err
		}
	}
	return len(list), nil
}

const (
	queryFedSince  = `SELECT class, count(*) FROM campaign_person WHERE fed_at >= ?1 AND fed_at IS NOT NULL AND (campaign = ?2 OR ?2 = 0) GROUP BY class`
	queryLeftSince = `SELECT count(*) FROM campaign_person WHERE fed_at >= ?1 AND fed_at IS NOT NULL AND campaign = ?2 AND sent_at >= ?3`
	queryLately    = `SELECT count(*), coalesce(sum(state = 'failed'), 0), coalesce(sum(state <> 'failed' AND delivered_at IS NULL), 0),
			coalesce(sum(opted_out_at IS NOT NULL), 0)
		FROM (SELECT state, delivered_at, opted_out_at FROM campaign_person INDEXED BY campaign_person_fed WHERE fed_at >= (
				SELECT max(iif(started_at <= ?4, started_at, 0), iif(watched_from <= ?4, watched_from, 0)) FROM campaign WHERE id = ?1) AND fed_at < ?2 AND fed_at IS NOT NULL AND campaign = ?1
			AND +state IN ('sent', 'doubt', 'failed') AND coalesce(sent_at, fed_at) < ?2 ORDER BY fed_at DESC LIMIT ?3)`
)

// FedSince implements campaign.Ledger.
func (s *Store) FedSince(ctx context.Context, id gateway.CampaignID, t time.Time) (map[campaign.Class]int, error) {
	counts := map[campaign.Class]int{}
	err := each(ctx, s.reader, func(scan scanner) error {
		var class campaign.Class
		var n int
		err := scan(&class, &n)
		counts[class] = n
		return err
	}, queryFedSince, t.UnixMilli(), int64(id))
	return counts, fault("count what mailings have fed", err)
}

// longInQueue is how long before it left somebody may have come into the queue to be counted by LeftSince.
const longInQueue = 24 * time.Hour

// LeftSince is how many messages of a mailing left since t.
func (s *Store) LeftSince(ctx context.Context, id gateway.CampaignID, t time.Time) (n int, err error) {
	err = s.reader.QueryRowContext(ctx, queryLeftSince, t.Add(-longInQueue).UnixMilli(), int64(id), t.UnixMilli()).Scan(&n)
	return n, fault("count what left of a mailing", err)
}

// Lately implements campaign.Ledger. What a clock that was ahead has noted bounds nothing. Silent are those whose delivery nobody knows.
func (s *Store) Lately(ctx context.Context, id gateway.CampaignID, n int, before time.Time) (o campaign.Outcome, err error) {
	err = s.reader.QueryRowContext(ctx, queryLately, int64(id), before.UnixMilli(), n, s.now().UnixMilli()).Scan(&o.Of, &o.Refused, &o.Silent, &o.OptedOut)
	return o, fault("look at a mailing's latest messages", err)
}
