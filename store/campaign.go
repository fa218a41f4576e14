package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/campaign"
)

const campaignColumns = `c.id, c.name, c.kind, c.state, c.version, c.audience, c.text, c.plan, c.report,
	c.collect, c.collect_read, c.collect_total, c.collect_found, c.collect_error, c.collect_token, c.collect_at,
	c.why, c.args, c.rest, c.created_at, c.updated_at, c.author, c.started_at, c.ended_at, c.watched_from`

func scanCampaign(scan scanner, more ...any) (campaign.Campaign, error) {
	var c campaign.Campaign
	var audience, text, plan string
	var args sql.NullString
	var collect, created, updated, started, ended, watched stamp
	g := &c.Collect
	if err := scan(append([]any{
		&c.ID, &c.Name, &c.Kind, &c.State, &c.Version, &audience, &text, &plan, &c.Report,
		&g.State, &g.Read, &g.Total, &g.Found, &g.Error, &g.Token, &collect,
		&c.Why, &args, &c.Rest, &created, &updated, &c.By, &started, &ended, &watched,
	}, more...)...); err != nil {
		return c, err
	}
	g.At, c.CreatedAt, c.UpdatedAt, c.StartedAt, c.EndedAt = collect.time(), created.time(), updated.time(), started.time(), ended.time()
	c.WatchedFrom = watched.time()
	for _, part := range []struct {
		json string
		at   any
	}{{audience, &c.Audience}, {text, &c.Text}, {plan, &c.Plan}} {
		if err := json.Unmarshal([]byte(part.json), part.at); err != nil {
			return c, err
		}
	}
	var err error
	c.Args, err = readArgs(args)
	return c, err
}

const queryCampaign = `SELECT ` + campaignColumns + `, c.pasted FROM campaign c WHERE c.id = ?`

func campaignByID(ctx context.Context, q querier, op string, id gateway.CampaignID) (campaign.Campaign, error) {
	var pasted string
	c, err := scanCampaign(q.QueryRowContext(ctx, queryCampaign, int64(id)).Scan, &pasted)
	if errors.Is(err, sql.ErrNoRows) {
		return campaign.Campaign{}, notFound(op, "no mailing %d", id)
	}
	c.Audience.Pasted = pasted
	return c, err
}

// Campaign implements campaign.Ledger.
func (s *Store) Campaign(ctx context.Context, id gateway.CampaignID) (campaign.Campaign, error) {
	const op = "read a mailing"
	c, err := campaignByID(ctx, s.reader, op, id)
	return c, fault(op, err)
}

const queryInForce = `SELECT ` + campaignColumns + ` FROM campaign c
	WHERE c.state IN ('starting', 'running', 'paused') OR c.collect = 'running' ORDER BY c.id`

// InForce implements campaign.Ledger. It also ends what a crash has left half ended.
func (s *Store) InForce(ctx context.Context) ([]campaign.Campaign, error) {
	const op = "read the mailings in force"
	halves, err := column[gateway.CampaignID](ctx, s.reader, queryHalfEnded)
	if err != nil {
		return nil, fault(op, err)
	}
	for _, id := range halves {
		if err := s.settleWaiting(ctx, id, ""); err != nil {
			return nil, err
		}
	}
	var list []campaign.Campaign
	err = each(ctx, s.reader, func(scan scanner) error {
		c, err := scanCampaign(scan)
		list = append(list, c)
		return err
	}, queryInForce)
	return list, fault(op, err)
}

// SaveCampaign implements campaign.Ledger. Another audience drops what was gathered.
func (s *Store) SaveCampaign(ctx context.Context, c campaign.Campaign, by string) (campaign.Campaign, error) {
	const op = "save a mailing"
	const insert = `INSERT INTO campaign (name, kind, state, version, audience, text, plan, report, created_at, updated_at, author, pasted)
		VALUES (?, ?, 'draft', 1, ?, ?, ?, ?, ?8, ?8, ?7, ?9)`
	const update = `UPDATE campaign SET name = ?, kind = ?, version = version + 1, audience = ?, text = ?, plan = ?, report = ?, author = ?7, updated_at = ?8, pasted = ?9
		WHERE id = ?10`
	parts := make([]string, 3)
	bare := c.Audience
	bare.Pasted = ""
	for i, part := range []any{bare, c.Text, c.Plan} {
		b, err := json.Marshal(part)
		if err != nil {
			return c, fault(op, err)
		}
		parts[i] = string(b)
	}
	drop := false
	err := s.change(ctx, op, func(tx *transaction) error {
		drop = false
		args := []any{c.Name, string(c.Kind), parts[0], parts[1], parts[2], string(c.Report), by, tx.now.UnixMilli(), c.Audience.Pasted}
		if c.ID == 0 {
			res, err := tx.ExecContext(ctx, insert, args...)
			if err != nil {
				return err
			}
			id, err := res.LastInsertId()
			if err != nil {
				return err
			}
			c, err = campaignByID(ctx, tx, op, gateway.CampaignID(id))
			return err
		}
		old, err := campaignByID(ctx, tx, op, c.ID)
		if err != nil {
			return err
		}
		pasted := old.Audience.Pasted
		old.Audience.Pasted = ""
		was, err := json.Marshal(old.Audience)
		if err != nil {
			return err
		}
		others := string(was) != parts[0] || pasted != c.Audience.Pasted
		switch {
		case old.Version != c.Version:
			return device.Errorf(device.Conflict, "store: "+op, "mailing %d was changed meanwhile: version %d, not %d", c.ID, old.Version, c.Version)
		case old.State == campaign.Stopped || old.State == campaign.Done:
			return device.Errorf(device.Conflict, "store: "+op, "mailing %d has ended", c.ID)
		case old.State != campaign.Draft && (others || old.Kind != c.Kind):
			return device.Errorf(device.Conflict, "store: "+op, "mailing %d has begun: its kind and its people stay", c.ID)
		}
		if _, err := tx.ExecContext(ctx, update, append(args, int64(c.ID))...); err != nil {
			return err
		}
		if drop = others; others {
			if err := tx.forgetPeople(ctx, op, c.ID); err != nil {
				return err
			}
		}
		c, err = campaignByID(ctx, tx, op, c.ID)
		return err
	})
	if err == nil && drop {
		err = s.dropPeople(ctx, c.ID)
	}
	if err != nil {
		return campaign.Campaign{}, err
	}
	return c, nil
}

// DeleteCampaign implements campaign.Ledger.
func (s *Store) DeleteCampaign(ctx context.Context, id gateway.CampaignID) error {
	const op = "delete a mailing"
	if err := s.change(ctx, op, func(tx *transaction) error { return tx.forgetPeople(ctx, op, id) }); err != nil {
		return err
	}
	if err := s.dropPeople(ctx, id); err != nil {
		return err
	}
	return s.change(ctx, op, func(tx *transaction) error {
		if _, err := tx.draft(ctx, op, id); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM campaign_person WHERE campaign = ?`, int64(id)); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM campaign WHERE id = ?`, int64(id))
		return err
	})
}

// draft reads a mailing that must be a draft.
func (tx *transaction) draft(ctx context.Context, op string, id gateway.CampaignID) (campaign.Campaign, error) {
	c, err := campaignByID(ctx, tx, op, id)
	if err == nil && c.State != campaign.Draft {
		err = device.Errorf(device.Conflict, "store: "+op, "mailing %d has begun", id)
	}
	return c, err
}

// LetRest implements campaign.Ledger.
func (s *Store) LetRest(ctx context.Context, id gateway.CampaignID) error {
	const op = "let the rest of a mailing go"
	return s.change(ctx, op, func(tx *transaction) error {
		found, err := changedOne(tx.ExecContext(ctx, `UPDATE campaign SET rest = 1 WHERE id = ?`, int64(id)))
		if err == nil && !found {
			err = notFound(op, "no mailing %d", id)
		}
		return err
	})
}
