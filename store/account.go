package store

import (
	"context"
	"net/url"
	"strconv"
	"strings"

	"vestnik/device"
	"vestnik/gateway"
)

// otherAccount tells whether two addresses of a CRM are those of different
// accounts. Setting the first address is no change.
func otherAccount(old, next string) bool {
	if old == "" || next == "" {
		return false
	}
	a, errA := url.Parse(old)
	b, errB := url.Parse(next)
	return errA != nil || errB != nil || !strings.EqualFold(a.Host, b.Host)
}

// leaveAccount puts what came from the former CRM account aside: ids of changes and
// orders begin anew in another account, so without it the cursor would skip or repeat,
// a new change would look known, and "once per order" would mean somebody else's order. The
// history stays readable; its change ids move below zero.
func (tx *transaction) leaveAccount(ctx context.Context) error {
	for _, statement := range []string{
		`PRAGMA defer_foreign_keys = ON`,
		`DELETE FROM cursor`,
		`DELETE FROM counter WHERE name IN ('restore/catching_up', 'restore/up_to')`, // history ids of the former account
		`DELETE FROM reference`,
		`UPDATE change SET decided_at = $1 WHERE decided_at IS NULL`,
		`CREATE TEMP TABLE shift AS SELECT max(max(history_id) + 1, max(history_id) - min(history_id) + 1) AS by FROM change`,
		`UPDATE decision SET history_id = history_id - (SELECT by FROM shift) WHERE history_id IS NOT NULL`,
		`UPDATE change SET history_id = history_id - (SELECT by FROM shift)`,
		`DROP TABLE shift`,
		// By an order's id, and by an operator's message in its chats.
		`UPDATE message SET dedupe_key = 'former/' || id || '/' || dedupe_key WHERE dedupe_key LIKE 'rule/%' OR dedupe_key LIKE 'ask/%' OR dedupe_key LIKE 'operator/%' OR dedupe_key LIKE 'invitation/%'`,
		`UPDATE effect SET key = 'former/' || id || '/' || key WHERE key NOT LIKE 'former/%'`,
		`UPDATE effect SET state = 'dropped' WHERE state = 'pending'`,
		// Customers, chats and marks of the former account have ids that mean others now. Its chats stay
		// to be read; whatever was for them finds nobody.
		`DELETE FROM counter WHERE name IN ('` + counterAsks + `', '` + counterAlarms + `', '` + counterInvitations + `')`,
		`DELETE FROM ask`,
		`DELETE FROM invitation`,
		`UPDATE review_link SET order_id = NULL WHERE order_id IS NOT NULL`,
		`UPDATE mark SET order_id = NULL, customer_id = NULL WHERE order_id IS NOT NULL OR customer_id IS NOT NULL`,
		`UPDATE message SET alias = 'former/' || alias WHERE channel = 'chat' AND alias <> '' AND state IN ('held', 'queued', 'sending', 'unknown')`,
		`UPDATE message SET customer_id = NULL WHERE state IN ('held', 'queued', 'sending', 'unknown')`,
		`UPDATE conversation SET alias = 'former/' || id || '/' || alias, blocked = 1, account = 0, mg_customer = 0, dialog = 0, operator = 0,
			answer_until = NULL WHERE channel = 'chat' AND alias NOT LIKE 'former/%'`,
		`UPDATE conversation SET version = version + 1, customer_id = 0, looked_up_at = NULL, owed_until = NULL, mark_until = NULL,
			state = json_remove(state, '$.question', '$.mark', '$.last_mark', '$.owed', '$.asked')`,
		`DELETE FROM mg_state`,
		`DELETE FROM mg_post`,
		`DELETE FROM secret WHERE name LIKE 'chats.%'`,
		`DELETE FROM alarm`,
	} {
		var args []any
		if strings.Contains(statement, "$1") {
			args = []any{tx.now.UnixMilli()}
		}
		if _, err := tx.ExecContext(ctx, statement, args...); err != nil {
			return err
		}
	}
	if err := tx.leaveMailings(ctx); err != nil {
		return err
	}
	return tx.leaveCards(ctx)
}

// leaveMailings forgets whose cards in the former account the people of mailings and words about advertising
// are. What is known by a number stays with it. Whoever was known by his card alone is not written to any
// more, and his words are kept to be read; what was gathered from the former account for a draft goes.
func (tx *transaction) leaveMailings(ctx context.Context) error {
	for _, query := range []string{
		`DELETE FROM consent WHERE key LIKE 'card/%'`,
		`UPDATE consent SET customer_id = 0 WHERE customer_id <> 0`,
		`UPDATE consent_word SET key = CASE phone WHEN '' THEN 'former/' || id || '/' || key ELSE key END, customer_id = 0 WHERE customer_id <> 0`,
		`DELETE FROM campaign_person WHERE campaign IN (SELECT id FROM campaign WHERE state = 'draft' AND json_extract(audience, '$.Source') IN ('customers', 'orders'))`,
		`UPDATE campaign SET collect = '', collect_read = 0, collect_total = 0, collect_found = 0, collect_error = '', collect_token = collect_token + 1
			WHERE state = 'draft' AND json_extract(audience, '$.Source') IN ('customers', 'orders')`,
		`UPDATE campaign_person SET state = 'out', reason = 'no_phone' WHERE phone = '' AND state = 'waits'`,
		`UPDATE campaign_person SET customer_id = 0, order_id = NULL WHERE customer_id <> 0 OR order_id IS NOT NULL`,
	} {
		if _, err := tx.ExecContext(ctx, query); err != nil {
			return err
		}
	}
	return nil
}

// leaveCards forgets the cards, and whose a ticket is: that of an open one is found out again.
func (tx *transaction) leaveCards(ctx context.Context) error {
	for _, query := range []string{
		`DELETE FROM card`,
		`DELETE FROM card_look`,
		`DELETE FROM chosen`,
		`DELETE FROM counter WHERE name = '` + counterCards + `'`,
		`UPDATE pair SET customer = 0 WHERE customer <> 0`,
		`UPDATE ticket SET customer = 0, found = '', seen = seen + 1, due_at = CASE open WHEN 1 THEN ` + strconv.FormatInt(tx.now.UnixMilli(), 10) + ` ELSE due_at END,
			known = json_remove(known, '$.candidates', '$.by') WHERE found <> '' OR customer <> 0`,
	} {
		if _, err := tx.ExecContext(ctx, query); err != nil {
			return err
		}
	}
	return nil
}

// LeaveCards forgets the cards of the CRM's former account that were kept after the
// settings had named another one, by somebody who had not heard of it.
func (s *Store) LeaveCards(ctx context.Context) error {
	return s.change(ctx, "forget the cards of another account", func(tx *transaction) error { return tx.leaveCards(ctx) })
}

// OtherAccount tells whether two addresses are those of different accounts. Setting the
// first address is no change.
func OtherAccount(old, next string) bool { return otherAccount(old, next) }

// sameHelpdesk is an error when ctx is of work at another account of the helpdesk than that of
// the settings.
func (tx *transaction) sameHelpdesk(ctx context.Context) error {
	at := gateway.HelpdeskOf(ctx)
	if at == "" {
		return nil
	}
	var now string
	err := tx.QueryRowContext(ctx, `SELECT coalesce(json_extract(value, '$.URL'), '') FROM setting WHERE section = 'helpdesk'`).Scan(&now)
	if err := unlessNoRows(err); err != nil {
		return err
	}
	if otherAccount(now, at) {
		return &device.Error{Kind: device.Conflict, Op: "store: work at the helpdesk", Err: gateway.ErrOtherHelpdesk}
	}
	return nil
}

// formerHelpdesk is the account that what is kept came from: that of the settings, or the last one while
// they name none.
func (tx *transaction) formerHelpdesk(ctx context.Context, settings string) (string, error) {
	if settings != "" {
		return settings, nil
	}
	return helpdeskState(ctx, tx, stateAccount)
}

// keepHelpdesk remembers the account for the time when the settings name none.
func (tx *transaction) keepHelpdesk(ctx context.Context, url string) error {
	if url == "" {
		return nil
	}
	_, err := tx.ExecContext(ctx, putHelpdeskState, stateAccount, url)
	return err
}

// leaveHelpdesk forgets what came from the former account of the helpdesk: ids of its tickets
// and users mean others in another one.
func (tx *transaction) leaveHelpdesk(ctx context.Context) error {
	for _, query := range []string{
		`DELETE FROM ticket`,
		`DELETE FROM ticket_person`,
		`DELETE FROM chosen`,
		`DELETE FROM pair`,
		`DELETE FROM helpdesk_state`,
		`UPDATE card_look SET ticket = 0 WHERE ticket <> 0`,
		`UPDATE alarm SET ticket = 0, comment = 0, state = CASE state WHEN 'opening' THEN 'waits' ELSE state END WHERE ticket <> 0 OR state = 'opening'`,
	} {
		if _, err := tx.ExecContext(ctx, query); err != nil {
			return err
		}
	}
	return nil
}
