package store

import (
	"context"
	"slices"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/campaign"
)

// shifts are the ways that Shift knows; Freeze alone leads from Starting to Running.
var shifts = map[campaign.State][]campaign.State{
	campaign.Draft:    {campaign.Starting},
	campaign.Starting: {campaign.Paused, campaign.Stopped},
	campaign.Running:  {campaign.Paused, campaign.Stopped, campaign.Done},
	campaign.Paused:   {campaign.Running, campaign.Stopped, campaign.Done},
	campaign.Stopped:  {campaign.Stopped},
	campaign.Done:     {campaign.Done},
}

// Shift implements campaign.Ledger. A draft begins only when its people are gathered: else
// Conflict. What was paused before its people were all judged goes on to be Starting, not Running. Stopped
// cancels what is still in the queue. A mailing is not Done (false) while a message of it is
// queued or being sent; doubts do not hinder it.
func (s *Store) Shift(ctx context.Context, id gateway.CampaignID, from, to campaign.State, why gateway.Reason, args gateway.Args, by string) (ok bool, err error) {
	const op = "shift a mailing"
	const query = `UPDATE campaign SET state = ?2, why = ?3, args = ?4, updated_at = ?5, author = coalesce(?6, author),
			started_at = CASE ?2 WHEN 'starting' THEN coalesce(started_at, ?5) ELSE started_at END,
			ended_at = CASE WHEN ?2 IN ('stopped', 'done') THEN coalesce(ended_at, ?5) ELSE ended_at END,
			watched_from = iif(state = 'paused' AND ?2 IN ('starting', 'running'), ?5, watched_from)
		WHERE id = ?1`
	if !slices.Contains(shifts[from], to) {
		return false, device.Errorf(device.Internal, "store: "+op, "mailing %d may not go from %s to %s", id, from, to)
	}
	ends := to == campaign.Stopped || to == campaign.Done
	err = s.change(ctx, op, func(tx *transaction) error {
		ok = false
		c, err := campaignByID(ctx, tx, op, id)
		if err != nil || c.State != from {
			return err
		}
		if from == to {
			ok = true
			return nil
		}
		becomes := to
		switch {
		case from == campaign.Draft && c.Collect.State != campaign.CollectDone:
			return device.Errorf(device.Conflict, "store: "+op, "the people of mailing %d are not gathered", id)
		case to == campaign.Running:
			var tallied bool
			if err := tx.QueryRowContext(ctx, `SELECT tallied FROM campaign WHERE id = ?`, int64(id)).Scan(&tallied); err != nil {
				return err
			}
			if !tallied {
				becomes = campaign.Starting
			}
		case to == campaign.Done:
			var queued bool
			if err := tx.QueryRowContext(ctx, queryAnyQueued, int64(id)).Scan(&queued); err != nil || queued {
				return err
			}
		}
		said, err := jsonArgs(args)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, query, int64(id), string(becomes), string(why), said, tx.now.UnixMilli(), textOrNull(by)); err != nil {
			return err
		}
		ok = true
		if to == campaign.Stopped {
			_, err = tx.cancelQueued(ctx, gateway.CampaignStopped, userArgs(by), queryQueuedOf, int64(id))
		}
		return err
	})
	if err != nil || !ok {
		return false, err
	}
	if ends {
		err = s.settleWaiting(ctx, id, by)
	}
	return err == nil, err
}

const (
	queryAnyQueued = `SELECT EXISTS (SELECT 1 FROM campaign_person WHERE campaign = ? AND state = 'queued')`
	// queryHalfEnded finds mailings that have ended while some of their people seem to wait.
	queryHalfEnded = `SELECT id FROM campaign c WHERE state IN ('stopped', 'done')
		AND EXISTS (SELECT 1 FROM campaign_person p WHERE p.campaign = c.id AND p.state = 'waits')`
	queryStillWait = `SELECT id FROM campaign_person WHERE campaign = ?1 AND state = 'waits' LIMIT ?2`
)

// settlePiece is how many people one transaction settles or drops: the dispatchers wait meanwhile.
const settlePiece = 2000

func userArgs(by string) gateway.Args {
	if by == "" {
		return nil
	}
	return gateway.Args{"user": by}
}

// settleWaiting leaves out all who wait in a mailing that has ended.
func (s *Store) settleWaiting(ctx context.Context, id gateway.CampaignID, by string) error {
	const op = "settle who waits in a mailing"
	const query = `UPDATE campaign_person SET state = 'out', reason = ?3, args = ?4 WHERE id IN (` + queryStillWait + `)`
	args, err := jsonArgs(userArgs(by))
	if err != nil {
		return err
	}
	for n := settlePiece; n == settlePiece; {
		if err := s.change(ctx, op, func(tx *transaction) (err error) {
			if n, err = rowsChanged(ctx, tx, query, int64(id), settlePiece, string(gateway.CampaignStopped), args); err != nil || n == settlePiece {
				return err
			}
			var tallied bool
			if err := tx.QueryRowContext(ctx, `SELECT tallied FROM campaign WHERE id = ?`, int64(id)).Scan(&tallied); err != nil || tallied {
				return err
			}
			return tx.makeTally(ctx, id)
		}); err != nil {
			return err
		}
	}
	return nil
}
