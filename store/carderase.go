package store

import (
	"context"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

// DropCard implements card.Store.
func (s *Store) DropCard(ctx context.Context, customer int64, at time.Time) error {
	return s.change(ctx, "drop a card that is gone", func(tx *transaction) error {
		for _, query := range []string{
			`DELETE FROM card WHERE customer = ?1 AND ?2 > 0`,
			`DELETE FROM chosen WHERE customer = ?1 AND ?2 > 0`,
			`UPDATE ticket SET customer = 0, found = '', seen = seen + 1, due_at = CASE open WHEN 1 THEN ?2 ELSE due_at END,
				known = json_remove(known, '$.candidates', '$.by') WHERE customer = ?1 AND customer <> 0`,
		} {
			if _, err := tx.ExecContext(ctx, query, customer, at.UnixMilli()); err != nil {
				return err
			}
		}
		return nil
	})
}

// MergeCard implements card.Store. Marks, conversations, people of mailings and words about advertising
// follow too; of two words about one card a No counts, else the newest. No mailing writes to one person twice
// by that.
func (s *Store) MergeCard(ctx context.Context, from, into int64) error {
	const op = "join two cards"
	if from <= 0 || into <= 0 || from == into {
		return device.Errorf(device.Invalid, "store: "+op, "customer %d into %d", from, into)
	}
	return s.change(ctx, op, func(tx *transaction) error {
		for _, query := range []string{
			`UPDATE ticket SET customer = ?2 WHERE customer = ?1 AND customer <> 0`,
			`UPDATE chosen SET customer = ?2 WHERE customer = ?1`,
			`UPDATE card_look SET customer = ?2 WHERE customer = ?1`,
			`UPDATE pair SET customer = ?2 WHERE customer = ?1 AND customer <> 0`,
			`UPDATE mark SET customer_id = ?2 WHERE customer_id = ?1 AND customer_id IS NOT NULL`,
			`UPDATE conversation SET customer_id = ?2 WHERE customer_id = ?1 AND customer_id <> 0`,
			`UPDATE campaign_person SET customer_id = ?2 WHERE customer_id = ?1 AND customer_id <> 0`,
			`UPDATE consent_word SET customer_id = ?2, key = CASE key WHEN 'card/' || ?1 THEN 'card/' || ?2 ELSE key END WHERE customer_id = ?1 AND customer_id <> 0`,
			`UPDATE consent SET customer_id = ?2 WHERE customer_id = ?1 AND customer_id <> 0 AND key <> 'card/' || ?1`,
			`INSERT INTO consent (key, customer_id, answer, source, at, word)
				SELECT 'card/' || ?2, ?2, answer, source, at, word FROM consent WHERE key = 'card/' || ?1
				ON CONFLICT (key) DO UPDATE SET answer = excluded.answer, source = excluded.source, at = excluded.at, word = excluded.word
				WHERE (excluded.answer = 'no', excluded.at) > (answer = 'no', at)`,
			`DELETE FROM consent WHERE key = 'card/' || ?1 AND ?1 <> ?2`,
			`UPDATE card SET seen_at = nullif(max(coalesce(seen_at, 0), coalesce((SELECT seen_at FROM card WHERE customer = ?1), 0)), 0) WHERE customer = ?2`,
			`DELETE FROM card WHERE customer = ?1 AND customer <> ?2`,
		} {
			if _, err := tx.ExecContext(ctx, query, from, into); err != nil {
				return err
			}
		}
		return tx.oneRowEach(ctx, into)
	})
}

// A requester is his when he wrote a ticket that is his, or a person said so; who opens a ticket for
// others is not him.
const (
	requestersOf = `SELECT requester FROM ticket WHERE customer = ?1 AND customer <> 0 AND internal = 0 AND requester <> 0
		UNION SELECT requester FROM chosen WHERE customer = ?1`
	ticketsOf = `SELECT id FROM ticket WHERE customer = ?1 AND customer <> 0
		UNION SELECT id FROM ticket WHERE customer = 0 AND requester IN (` + requestersOf + `)`
)

// EraseCard implements card.Store. His tickets are also those of the same requester that are nobody
// else's.
func (s *Store) EraseCard(ctx context.Context, customer int64) error {
	return s.change(ctx, "erase a customer's card", func(tx *transaction) error {
		ids, err := column[int64](ctx, tx, ticketsOf, customer)
		if err != nil {
			return err
		}
		his, err := jsonList(ids)
		if err != nil {
			return err
		}
		for _, query := range []string{
			`DELETE FROM ticket_person WHERE id IN (` + requestersOf + `)`,
			`DELETE FROM chosen WHERE requester IN (` + requestersOf + `)`,
		} {
			if _, err := tx.ExecContext(ctx, query, customer); err != nil {
				return err
			}
		}
		if err := tx.eraseTickets(ctx, `id IN (SELECT value FROM json_each(?1))`, his); err != nil {
			return err
		}
		if err := tx.eraseCustomer(ctx, customer); err != nil {
			return err
		}
		if err := tx.eraseFromMailings(ctx, customer); err != nil {
			return err
		}
		return tx.eraseElsewhere(ctx, []int64{customer}, his)
	})
}

// eraseFromMailings takes a customer's words out of mailings; where he waits, he is not written to. That he refused
// advertising stays known.
func (tx *transaction) eraseFromMailings(ctx context.Context, customer int64) error {
	const query = `
		UPDATE campaign_person SET state = iif(state = 'waits', 'out', state), reason = iif(state = 'waits', ?2, reason),
			name = '', name_key = '', fields = NULL, args = NULL
		WHERE customer_id = ?1 AND customer_id <> 0`
	_, err := tx.ExecContext(ctx, query, customer, string(gateway.PersonErased))
	return err
}

// eraseElsewhere takes customers out of what is kept about others and about what was done: they are
// no candidates of tickets any more, and what was written to the CRM and the helpdesk about them, or about
// these tickets (JSON), leaves no words. What is not written yet stays until it is.
func (tx *transaction) eraseElsewhere(ctx context.Context, customers []int64, tickets string) error {
	set, err := jsonList(customers)
	if err != nil {
		return err
	}
	const candidates = `
		UPDATE ticket SET known = json_set(known, '$.candidates', json((
			SELECT json_group_array(json(c.value)) FROM json_each(known, '$.candidates') c
			WHERE json_extract(c.value, '$.Customer') NOT IN (SELECT value FROM json_each(?1)))))
		WHERE EXISTS (SELECT 1 FROM json_each(known, '$.candidates') c WHERE json_extract(c.value, '$.Customer') IN (SELECT value FROM json_each(?1)))`
	const effects = `
		UPDATE effect SET value = '{}', error = '' WHERE state <> 'pending' AND kind IN ('note', 'give_task', 'notify', 'plugin_card') AND value <> '{}'
			AND (json_valid(value) AND json_extract(value, '$.Customer') IN (SELECT value FROM json_each(?1))
				OR key LIKE 'ticket/%' AND CAST(substr(key, 8) AS INTEGER) IN (SELECT value FROM json_each(?2)))`
	if _, err := tx.ExecContext(ctx, candidates, set); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, effects, set, tickets)
	return err
}

// eraseCustomer takes away all that is kept of a customer by his id, apart from tickets.
func (tx *transaction) eraseCustomer(ctx context.Context, customer int64) error {
	for _, query := range []string{
		`DELETE FROM card WHERE customer = ?`,
		`DELETE FROM card_look WHERE customer = ?`,
		`DELETE FROM chosen WHERE customer = ?`,
		`UPDATE pair SET customer = 0, value = json_set(value, '$.Customer', 0) WHERE customer = ? AND customer <> 0`,
	} {
		if _, err := tx.ExecContext(ctx, query, customer); err != nil {
			return err
		}
	}
	return nil
}

// eraseTickets takes requesters, words and candidates out of tickets. What is left counts:
// numbers, times, topics. They are taken up again when somebody does something in them.
func (tx *transaction) eraseTickets(ctx context.Context, where string, arg any) error {
	for _, query := range []string{
		`DELETE FROM ticket_event WHERE ticket IN (SELECT id FROM ticket WHERE ` + where + `)`,
		`UPDATE ticket SET erased = 1, due_at = NULL, seen = seen + 1, customer = 0, found = '', requester = 0, search_key = number,
			said = json_remove(said, '$.Title', '$.Name', '$.Email', '$.Requester', '$.Fields', '$.RateWords'),
			known = json_remove(known, '$.person', '$.filled', '$.candidates', '$.numbers', '$.by', '$.robot', '$.error', '$.raised_why', '$.would_raise')
			WHERE ` + where,
	} {
		if _, err := tx.ExecContext(ctx, query, arg); err != nil {
			return err
		}
	}
	return nil
}

const (
	queryForgotten = `SELECT customer FROM card c WHERE coalesce(seen_at, as_of) < ?1
		AND NOT EXISTS (SELECT 1 FROM ticket t WHERE t.customer = c.customer AND t.customer <> 0 AND (t.open = 1 OR t.closed_at >= ?1))
		ORDER BY coalesce(seen_at, as_of) LIMIT ?2`
	queryTicketsPast = `SELECT id FROM ticket WHERE open = 0 AND erased = 0 AND closed_at < ?1 LIMIT ?2`
	queryPersonsPast = `SELECT id FROM ticket_person p WHERE at < ?1
		AND NOT EXISTS (SELECT 1 FROM ticket t WHERE t.requester = p.id AND t.erased = 0) LIMIT ?2`
	queryChosenPast = `SELECT requester FROM chosen c WHERE at < ?1
		AND NOT EXISTS (SELECT 1 FROM ticket t WHERE t.requester = c.requester AND t.erased = 0) LIMIT ?2`
	queryLooksPast = `SELECT id FROM card_look WHERE id <= (SELECT min(id) FROM card_look) + ?2 AND at < ?1`
)

// eraseAtOnce bounds what one call of EraseCards takes away of each.
const eraseAtOnce = 200

// EraseCards implements card.Store; it is to be called again while it answers some. Looks are
// forgotten after the same time.
func (s *Store) EraseCards(ctx context.Context, seenBefore time.Time) (int, error) {
	const op = "erase what is kept for too long"
	before := seenBefore.UnixMilli()
	past := map[string][]int64{}
	any := 0
	for _, query := range []string{queryForgotten, queryTicketsPast, queryPersonsPast, queryChosenPast, queryLooksPast} {
		ids, err := column[int64](ctx, s.reader, query, before, eraseAtOnce)
		if err != nil {
			return 0, fault(op, err)
		}
		past[query] = ids
		any += len(ids)
	}
	if any == 0 {
		return 0, nil
	}
	erased := 0
	err := s.change(ctx, op, func(tx *transaction) error {
		erased = 0
		sets := map[string]string{}
		for query, ids := range past {
			set, err := jsonList(ids)
			if err != nil {
				return err
			}
			sets[query] = set
		}
		const inSet = `id IN (SELECT value FROM json_each(?1))`
		if err := tx.eraseTickets(ctx, inSet+` AND open = 0`, sets[queryTicketsPast]); err != nil {
			return err
		}
		for query, set := range map[string]string{
			`DELETE FROM ticket_person WHERE ` + inSet:                                sets[queryPersonsPast],
			`DELETE FROM chosen WHERE requester IN (SELECT value FROM json_each(?1))`: sets[queryChosenPast],
			`DELETE FROM card_look WHERE ` + inSet:                                    sets[queryLooksPast],
		} {
			if _, err := tx.ExecContext(ctx, query, set); err != nil {
				return err
			}
		}
		ids, err := column[int64](ctx, tx, `SELECT id FROM ticket WHERE open = 0 AND customer <> 0 AND customer IN (SELECT value FROM json_each(?1))
			UNION SELECT value FROM json_each(?2)`, sets[queryForgotten], sets[queryTicketsPast])
		if err != nil {
			return err
		}
		tickets, err := jsonList(ids)
		if err != nil {
			return err
		}
		for _, customer := range past[queryForgotten] {
			if err := tx.eraseTickets(ctx, `customer = ?1 AND customer <> 0 AND open = 0`, customer); err != nil {
				return err
			}
			if err := tx.eraseCustomer(ctx, customer); err != nil {
				return err
			}
			erased++
		}
		if len(past[queryForgotten])+len(ids) > 0 {
			return tx.eraseElsewhere(ctx, past[queryForgotten], tickets)
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return erased, nil
}
