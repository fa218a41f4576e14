package store

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"strings"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/campaign"
)

// forgetPeople makes what was gathered for a draft count for nothing: nobody adds to it any more.
func (tx *transaction) forgetPeople(ctx context.Context, op string, id gateway.CampaignID) error {
	if _, err := tx.draft(ctx, op, id); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `UPDATE campaign SET collect = '', collect_read = 0, collect_total = 0, collect_found = 0, collect_error = '',
		collect_token = collect_token + 1, collect_at = NULL WHERE id = ?`, int64(id))
	return err
}

// dropPeople takes the people of a draft away, piece by piece, while nothing is gathered for it.
func (s *Store) dropPeople(ctx context.Context, id gateway.CampaignID) error {
	const query = `DELETE FROM campaign_person WHERE id IN (SELECT p.id FROM campaign c JOIN campaign_person p ON p.campaign = c.id
		WHERE c.id = ?1 AND c.state = 'draft' AND c.collect = '' LIMIT ?2)`
	for n := settlePiece; n == settlePiece; {
		if err := s.change(ctx, "drop the people of a mailing", func(tx *transaction) (err error) {
			n, err = rowsChanged(ctx, tx, query, int64(id), settlePiece)
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}

// BeginCollect implements campaign.Ledger.
func (s *Store) BeginCollect(ctx context.Context, id gateway.CampaignID, total int) (token int64, err error) {
	const op = "begin to gather people"
	const query = `UPDATE campaign SET collect = 'running', collect_total = ?, collect_at = ?, collect_token = collect_token + 1 WHERE id = ? RETURNING collect_token`
	if err := s.change(ctx, op, func(tx *transaction) error { return tx.forgetPeople(ctx, op, id) }); err != nil {
		return 0, err
	}
	if err := s.dropPeople(ctx, id); err != nil {
		return 0, err
	}
	err = s.change(ctx, op, func(tx *transaction) error {
		if _, err := tx.draft(ctx, op, id); err != nil {
			return err
		}
		// Somebody else may have begun meanwhile; the last one counts.
		if _, err := tx.ExecContext(ctx, `DELETE FROM campaign_person WHERE campaign = ?`, int64(id)); err != nil {
			return err
		}
		return tx.QueryRowContext(ctx, query, total, tx.now.UnixMilli(), int64(id)).Scan(&token)
	})
	if err != nil {
		return 0, err
	}
	return token, nil
}

const queryGathers = `SELECT EXISTS (SELECT 1 FROM campaign WHERE id = ? AND collect_token = ? AND collect = 'running' AND state = 'draft')`

// AddPeople implements campaign.Ledger. Who is left out already may be there twice.
func (s *Store) AddPeople(ctx context.Context, id gateway.CampaignID, token int64, people []campaign.Person, read, total int) (ok bool, err error) {
	err = s.change(ctx, "add people to a mailing", func(tx *transaction) error {
		if err := tx.QueryRowContext(ctx, queryGathers, int64(id), token).Scan(&ok); err != nil || !ok {
			return err
		}
		ways, err := waysOf(ctx, tx, id)
		if err != nil {
			return err
		}
		found := 0
		for _, p := range people {
			state, err := tx.addPerson(ctx, id, p, ways)
			if err != nil {
				return err
			}
			if state == campaign.PersonWaits {
				found++
			}
		}
		_, err = tx.ExecContext(ctx, `UPDATE campaign SET collect_read = ?, collect_total = ?, collect_found = collect_found + ?, collect_at = ? WHERE id = ?`,
			read, total, found, tx.now.UnixMilli(), int64(id))
		return err
	})
	return ok && err == nil, err
}

// querySamePerson looks for a person by his number or his card.
const querySamePerson = `SELECT EXISTS (SELECT 1 FROM campaign_person WHERE phone = ?2 AND phone <> '' AND campaign = ?1)
	OR EXISTS (SELECT 1 FROM campaign_person WHERE customer_id = ?3 AND customer_id <> 0 AND campaign = ?1)`

// ways are the channels of a mailing's plan; messenger is false while nobody has one.
type ways struct{ whatsapp, sms, messenger bool }

const queryWays = `SELECT instr(w, '"whatsapp"') > 0, instr(w, '"sms"') > 0, instr(w, '"chat"') > 0 AND EXISTS (SELECT 1 FROM conversation WHERE channel = 'chat')
	FROM (SELECT coalesce(json_extract(plan, '$.Channels'), '') AS w FROM campaign WHERE id = ?)`

func waysOf(ctx context.Context, q querier, id gateway.CampaignID) (w ways, err error) {
	err = q.QueryRowContext(ctx, queryWays, int64(id)).Scan(&w.whatsapp, &w.sms, &w.messenger)
	return w, err
}

// queryPersonClass is the class of a person who is in no row yet: 1 his number, 2 his card, 3 to 5 the ways.
var queryPersonClass = `SELECT ` + strings.NewReplacer(":whatsapp", "?3", ":sms", "?4", ":messenger", "?5").Replace(fill(wayClass, "?1", "?2", "", "", ""))

// addPerson writes one person, and answers how he is kept.
func (tx *transaction) addPerson(ctx context.Context, id gateway.CampaignID, p campaign.Person, by ways) (campaign.PersonState, error) {
	const insert = `INSERT INTO campaign_person (id, campaign, state, reason, args, phone, customer_id, class, zone, known, allows, line, order_id, language, name, name_key, fields)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`
	if p.State != campaign.PersonOut {
		p.State, p.Reason, p.Args = campaign.PersonWaits, "", nil
		var same bool
		if err := tx.QueryRowContext(ctx, querySamePerson, int64(id), p.Phone.String(), p.Customer).Scan(&same); err != nil {
			return "", err
		}
		switch {
		case same:
			p.State, p.Reason = campaign.PersonOut, gateway.SamePerson
		case p.Phone == "" && p.Customer == 0:
			p.State, p.Reason = campaign.PersonOut, gateway.NoPhone
		}
	}
	p.Class = ""
	if p.State == campaign.PersonWaits {
		if err := tx.QueryRowContext(ctx, queryPersonClass, p.Phone.String(), p.Customer, by.whatsapp, by.sms, by.messenger).Scan(&p.Class); err != nil {
			return "", err
		}
	}
	if p.Allows == "" {
		p.Allows = device.Unknown
	}
	args, err := jsonArgs(p.Args)
	if err != nil {
		return "", err
	}
	var fields any
	if len(p.Fields) > 0 {
		b, err := json.Marshal(p.Fields)
		if err != nil {
			return "", err
		}
		fields = string(b)
	}
	for {
		row := firstPerson(id) + rand.Int64N(refusedPerson)
		if p.State == campaign.PersonOut {
			if err := tx.QueryRowContext(ctx, queryLastRefused, firstPerson(id)+refusedPerson, firstPerson(id+1)).Scan(&row); err != nil {
				return "", err
			}
		}
		isNew, err := changedOne(tx.ExecContext(ctx, insert, row, int64(id), string(p.State), string(p.Reason), args, p.Phone.String(), p.Customer, string(p.Class), p.Zone, p.Known, string(p.Allows),
			p.Line, orNull(p.Order), p.Language, p.Name, nameKey(p.Name), fields))
		if err != nil || isNew {
			return p.State, err
		}
	}
}

// refusedPerson is where those refused while they were read begin among a mailing's people.
const refusedPerson = 1 << 32

// firstPerson is the least id of a mailing's people.
func firstPerson(id gateway.CampaignID) int64 { return int64(id) << 33 }

const queryLastRefused = `SELECT coalesce(max(id) + 1, ?1) FROM campaign_person WHERE id >= ?1 AND id < ?2`

// EndCollect implements campaign.Ledger. One whose token is old changes nothing.
func (s *Store) EndCollect(ctx context.Context, id gateway.CampaignID, token int64, failure string) error {
	state := campaign.CollectDone
	if failure != "" {
		state = campaign.CollectFailed
	}
	return s.change(ctx, "end the gathering of people", func(tx *transaction) error {
		_, err := tx.ExecContext(ctx, `UPDATE campaign SET collect = ?, collect_error = ?, collect_at = ? WHERE id = ? AND collect_token = ? AND collect = 'running'`,
			string(state), failure, tx.now.UnixMilli(), int64(id), token)
		return err
	})
}
