package store

import (
	"context"

	"vestnik/gateway"
	"vestnik/gateway/campaign"
)

const (
	// queryRowsOfCard are the rows of one card in mailings that have reached him, or may yet: of each mailing
	// the one first that came farthest, and one with a number before one without.
	queryRowsOfCard = `SELECT p.id, p.campaign, p.state FROM campaign_person p LEFT JOIN message m ON m.id = p.message
		WHERE p.customer_id = ? AND p.customer_id <> 0 AND p.state IN ('waits', 'queued', 'sent', 'doubt')
		ORDER BY p.campaign, p.state IN ('sent', 'doubt') DESC,
			p.state = 'queued' AND (m.attempts > 0 OR m.state = 'sending' OR m.state = 'held' AND m.not_before IS NULL) DESC,
			p.state = 'queued' DESC, p.phone = '', p.id`
	queryNeverTriedOf = `SELECT m.id, m.state FROM campaign_person p JOIN message m ON m.id = p.message WHERE p.id = ? AND ` + neverTried
)

// oneRowEach leaves a person whose cards became one a single row of each mailing: where another waits, or
// its message is in the queue and was never tried, it is left out.
func (tx *transaction) oneRowEach(ctx context.Context, customer int64) error {
	type row struct {
		id       int64
		campaign gateway.CampaignID
		state    campaign.PersonState
	}
	var rows []row
	if err := each(ctx, tx, func(scan scanner) error {
		var r row
		err := scan(&r.id, &r.campaign, &r.state)
		rows = append(rows, r)
		return err
	}, queryRowsOfCard, customer); err != nil {
		return err
	}
	for i, r := range rows {
		if i == 0 || rows[i-1].campaign != r.campaign {
			continue
		}
		var err error
		switch r.state {
		case campaign.PersonWaits:
			_, err = tx.ExecContext(ctx, `UPDATE campaign_person SET state = 'out', reason = ?2, args = NULL WHERE id = ?1`, r.id, string(gateway.SamePerson))
		case campaign.PersonQueued:
			_, err = tx.cancelQueued(ctx, gateway.SamePerson, nil, queryNeverTriedOf, r.id)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
