package store

import (
	"context"

	"vestnik/gateway"
	"vestnik/gateway/campaign"
)

// The bits of the column got.
const (
	gotSent = 1 << iota
	gotDelivered
	gotRead
	gotAnswered
	gotClicked
	gotMarked
	gotOptedOut
)

// makeTally counts a mailing's people, none of whom was written to yet; from then on triggers keep
// the counts.
func (tx *transaction) makeTally(ctx context.Context, id gateway.CampaignID) error {
	for _, query := range []string{
		`DELETE FROM campaign_tally WHERE campaign = ?`,
		`DELETE FROM campaign_wait WHERE campaign = ?`,
		`INSERT INTO campaign_tally (campaign, state, reason, channel, variant, hour, got, n)
			SELECT campaign, state, reason, '', variant, -1, 0, count(*) FROM campaign_person WHERE campaign = ? GROUP BY state, reason, variant`,
		`INSERT INTO campaign_wait (campaign, zone, class, n)
			SELECT campaign, zone, class, count(*) FROM campaign_person WHERE campaign = ? AND state = 'waits' GROUP BY 1, 2, 3`,
		`UPDATE campaign SET tallied = 1 WHERE id = ?`,
	} {
		if _, err := tx.ExecContext(ctx, query, int64(id)); err != nil {
			return err
		}
	}
	return nil
}

const queryTally = `SELECT state, reason, channel, variant, hour, got, n FROM campaign_tally WHERE campaign = ? AND n > 0`

// Tally implements campaign.Ledger; nothing before the mailing runs.
func (s *Store) Tally(ctx context.Context, id gateway.CampaignID) ([]campaign.TallyRow, error) {
	var list []campaign.TallyRow
	err := each(ctx, s.reader, func(scan scanner) error {
		var r campaign.TallyRow
		var got int
		err := scan(&r.State, &r.Reason, &r.Channel, &r.Variant, &r.Hour, &got, &r.N)
		r.Sent, r.Delivered, r.Read, r.Answered = got&gotSent != 0, got&gotDelivered != 0, got&gotRead != 0, got&gotAnswered != 0
		r.Clicked, r.Marked, r.OptedOut = got&gotClicked != 0, got&gotMarked != 0, got&gotOptedOut != 0
		list = append(list, r)
		return err
	}, queryTally, int64(id))
	return list, fault("read what came of a mailing", err)
}

const queryCampaigns = `SELECT ` + campaignColumns + `,
		coalesce(t.total, c.collect_found), coalesce(t.waits, 0), coalesce(t.queued, 0), coalesce(t.sent, 0), coalesce(t.delivered, 0),
		coalesce(t.reads, 0), coalesce(t.answered, 0), coalesce(t.clicked, 0), coalesce(t.marked, 0), coalesce(t.opted_out, 0),
		coalesce(t.outs, 0), coalesce(t.doubt, 0), coalesce(t.failed, 0), coalesce(t.done, 0)
	FROM campaign c LEFT JOIN (
		SELECT campaign, sum(n) AS total, sum(n * (state = 'waits')) AS waits, sum(n * (state = 'queued')) AS queued,
			sum(n * (got & 1)) AS sent, sum(n * (got >> 1 & 1)) AS delivered, sum(n * (got >> 2 & 1)) AS reads, sum(n * (got >> 3 & 1)) AS answered,
			sum(n * (got >> 4 & 1)) AS clicked, sum(n * (got >> 5 & 1)) AS marked, sum(n * (got >> 6 & 1)) AS opted_out, sum(n * (state = 'out')) AS outs, sum(n * (state = 'doubt')) AS doubt,
			sum(n * (state = 'failed')) AS failed, sum(n * (state IN ('sent', 'doubt', 'failed'))) AS done
		FROM campaign_tally GROUP BY campaign) t ON t.campaign = c.id
	ORDER BY c.id DESC`

// Campaigns implements campaign.Ledger. Of a draft Total are those who were found.
func (s *Store) Campaigns(ctx context.Context) ([]campaign.Summary, error) {
	var list []campaign.Summary
	err := each(ctx, s.reader, func(scan scanner) (err error) {
		var m campaign.Summary
		m.Campaign, err = scanCampaign(scan, &m.Total, &m.Waits, &m.Queued, &m.Sent, &m.Delivered,
			&m.Read, &m.Answered, &m.Clicked, &m.Marked, &m.OptedOut, &m.Out, &m.Doubt, &m.Failed, &m.Done)
		list = append(list, m)
		return err
	}, queryCampaigns)
	return list, fault("read the mailings", err)
}
