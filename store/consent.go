package store

import (
	"context"
	"strconv"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

// consentKey is by what a word is kept: the number, else the card; "" when neither is known.
func consentKey(phone device.Phone, customer int64) string {
	switch {
	case phone != "":
		return phone.String()
	case customer != 0:
		return "card/" + strconv.FormatInt(customer, 10)
	}
	return ""
}

// replaces tells whether a word takes the place of the one in force: an older one does not, and a Yes takes
// that of a No only when the person himself or somebody of the shop says it.
func replaces(old, word gateway.Consent) bool {
	if word.At.UnixMilli() < old.At.UnixMilli() {
		return false
	}
	return old.Answer != device.No || word.Answer == device.No || word.Source == gateway.ConsentWord || word.Source == gateway.ConsentHand
}

// KeepConsents implements gateway.Consents. A word that is there already is not kept twice. A No in
// force stops the person's conversations too, a Yes frees them.
func (s *Store) KeepConsents(ctx context.Context, words ...gateway.Consent) (n int, err error) {
	err = s.change(ctx, "keep words about advertising", func(tx *transaction) error {
		n = 0
		for _, w := range words {
			inForce, err := tx.keepConsent(ctx, w)
			if err != nil {
				return err
			}
			if inForce {
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

const (
	consentColumns = `w.phone, w.customer_id, w.answer, w.source, w.note, w.at, w.author`

	queryLastSaid = `SELECT max(at) FROM (SELECT at FROM consent WHERE key = ?1
		UNION ALL SELECT at FROM consent INDEXED BY consent_customer WHERE customer_id = ?2 AND customer_id <> 0)`
	queryInForceOf = `SELECT ` + consentColumns + ` FROM consent c JOIN consent_word w ON w.id = c.word WHERE c.key = ?`
	// queryConsentOf prefers a No, then the newest.
	queryConsentOf = `SELECT ` + consentColumns + ` FROM (
			SELECT word, answer, at FROM consent WHERE key = ?1
			UNION SELECT word, answer, at FROM consent INDEXED BY consent_customer WHERE customer_id = ?2 AND customer_id <> 0) c
		JOIN consent_word w ON w.id = c.word ORDER BY c.answer = 'no' DESC, c.at DESC, c.word DESC LIMIT 1`
	queryConsentHistory = `SELECT ` + consentColumns + ` FROM consent_word w WHERE w.id IN (
			SELECT id FROM consent_word WHERE key IN (?1, ?2)
			UNION SELECT id FROM consent_word WHERE customer_id = ?3 AND customer_id <> 0)
		ORDER BY w.at DESC, w.id DESC`
	queryConsentList = `SELECT ` + consentColumns + ` FROM consent c INDEXED BY consent_at JOIN consent_word w ON w.id = c.word
		WHERE c.at < ?1 AND (?2 = '' OR instr(c.key, ?2) > 0) ORDER BY c.at DESC, c.key LIMIT ?3`
	queryConsentListOf = `SELECT ` + consentColumns + ` FROM consent c INDEXED BY consent_answer JOIN consent_word w ON w.id = c.word
		WHERE c.answer = ?4 AND c.at < ?1 AND (?2 = '' OR instr(c.key, ?2) > 0) ORDER BY c.at DESC, c.key LIMIT ?3`
	queryConsentTotals = `SELECT (SELECT count(*) FROM consent WHERE answer = 'yes'), (SELECT count(*) FROM consent WHERE answer = 'no')`
)

func scanConsent(scan scanner) (gateway.Consent, error) {
	var c gateway.Consent
	var at stamp
	err := scan(&c.Phone, &c.Customer, &c.Answer, &c.Source, &c.Note, &at, &c.By)
	c.At = at.time()
	return c, err
}

// keepConsent keeps one word and tells whether it is in force now.
func (tx *transaction) keepConsent(ctx context.Context, w gateway.Consent) (bool, error) {
	const op = "keep words about advertising"
	const known = `SELECT coalesce((SELECT id FROM consent_word WHERE key = ? AND at = ? AND answer = ? AND source = ? AND note = ? AND author = ?), 0)`
	const insert = `INSERT INTO consent_word (key, phone, customer_id, answer, source, note, at, kept_at, author) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`
	// Another card at his number keeps what was said before: it may be another person's.
	const otherCard = `INSERT INTO consent (key, customer_id, answer, source, at, word)
		SELECT 'card/' || customer_id, customer_id, answer, source, at, word FROM consent WHERE key = ?1 AND ?2 <> 0 AND customer_id NOT IN (0, ?2)
		ON CONFLICT (key) DO UPDATE SET answer = excluded.answer, source = excluded.source, at = excluded.at, word = excluded.word
		WHERE (excluded.answer = 'no', excluded.at) > (answer = 'no', at)`
	const force = `INSERT INTO consent (key, customer_id, answer, source, at, word) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (key) DO UPDATE SET customer_id = iif(excluded.customer_id = 0, customer_id, excluded.customer_id), answer = excluded.answer,
			source = excluded.source, at = excluded.at, word = excluded.word`
	// His own Yes takes back what he refused where his number was not known. Another number of the card, which may
	// be his wife's, keeps its No.
	const elsewhere = `UPDATE consent SET answer = 'yes', source = ?3, at = ?4, word = ?5
		WHERE key = 'card/' || ?1 AND ?1 <> 0 AND answer = 'no' AND key <> ?2 AND at <= ?4`
	const oldWord = `SELECT word FROM consent WHERE key = ?`
	key := consentKey(w.Phone, w.Customer)
	switch {
	case key == "":
		return false, device.Errorf(device.Invalid, "store: "+op, "a word of nobody")
	case w.Answer != device.Yes && w.Answer != device.No:
		return false, device.Errorf(device.Invalid, "store: "+op, "a word %q", w.Answer)
	}
	his := w.Source == gateway.ConsentWord || w.Source == gateway.ConsentHand
	if w.At.IsZero() {
		w.At = tx.now
		if his || w.Answer == device.No { // by a clock that was set back too, his last word is the newest
			var last stamp
			if err := tx.QueryRowContext(ctx, queryLastSaid, key, w.Customer).Scan(&last); err != nil {
				return false, err
			}
			if !w.At.After(last.time()) {
				w.At = last.time().Add(time.Millisecond)
			}
		}
	}
	at := w.At.UnixMilli()
	var id, inForce int64
	if err := tx.QueryRowContext(ctx, known, key, at, string(w.Answer), string(w.Source), w.Note, w.By).Scan(&id); err != nil {
		return false, err
	}
	if id != 0 {
		err := tx.QueryRowContext(ctx, oldWord, key).Scan(&inForce)
		return inForce == id, unlessNoRows(err)
	}
	old, err := scanConsent(tx.QueryRowContext(ctx, queryInForceOf, key).Scan)
	if unlessNoRows(err) != nil {
		return false, err
	}
	first := err != nil
	res, err := tx.ExecContext(ctx, insert, key, w.Phone.String(), w.Customer, string(w.Answer), string(w.Source), w.Note, at, tx.now.UnixMilli(), w.By)
	if err != nil {
		return false, err
	}
	if id, err = res.LastInsertId(); err != nil || !first && !replaces(old, w) {
		return false, err
	}
	if _, err := tx.ExecContext(ctx, otherCard, key, w.Customer); err != nil {
		return false, err
	}
	if _, err := tx.ExecContext(ctx, force, key, w.Customer, string(w.Answer), string(w.Source), at, id); err != nil {
		return false, err
	}
	if his && w.Answer == device.Yes {
		if _, err := tx.ExecContext(ctx, elsewhere, w.Customer, key, string(w.Source), at, id); err != nil {
			return false, err
		}
	}
	return true, tx.tellTalks(ctx, w)
}

// tellTalks brings a word in force into the person's conversations: the question for marks asks them.
func (tx *transaction) tellTalks(ctx context.Context, w gateway.Consent) error {
	const refuse = `UPDATE conversation SET opted_out_at = ?3 WHERE opted_out_at IS NULL AND id IN (`
	const allow = `UPDATE conversation SET opted_out_at = NULL WHERE opted_out_at IS NOT NULL AND id IN (`
	const his = `SELECT id FROM conversation WHERE phone_tail = ?1 AND phone_tail <> ''
		UNION SELECT id FROM conversation WHERE customer_id = ?2 AND customer_id <> 0)`
	args := []any{tail(w.Phone), w.Customer}
	query := allow + his
	switch {
	case w.Answer == device.No:
		query, args = refuse+his, append(args, w.At.UnixMilli())
	case w.Source != gateway.ConsentWord && w.Source != gateway.ConsentHand:
		return nil // a list or the CRM takes back no refusal
	}
	_, err := tx.ExecContext(ctx, query, args...)
	return err
}

// ConsentOf implements gateway.Consents. A refusal in a conversation whose number was not known then is
// one too.
func (s *Store) ConsentOf(ctx context.Context, phone device.Phone, customer int64) (c gateway.Consent, ok bool, err error) {
	const op = "read a person's word about advertising"
	const refused = `SELECT min(opted_out_at) FROM conversation WHERE opted_out_at IS NOT NULL AND id IN (
		SELECT id FROM conversation INDEXED BY conversation_refused WHERE phone = ?1 AND phone <> '' AND opted_out_at IS NOT NULL
		UNION SELECT id FROM conversation INDEXED BY conversation_refused_card WHERE customer_id = ?2 AND customer_id <> 0 AND opted_out_at IS NOT NULL)`
	c, err = scanConsent(s.reader.QueryRowContext(ctx, queryConsentOf, phone.String(), customer).Scan)
	ok = err == nil
	if unlessNoRows(err) != nil {
		return gateway.Consent{}, false, fault(op, err)
	}
	if ok && c.Answer == device.No {
		return c, true, nil
	}
	at, refuses, err := s.oneTime(ctx, op, refused, phone.String(), customer)
	if refuses {
		return gateway.Consent{Phone: phone, Customer: customer, Answer: device.No, Source: gateway.ConsentWord, At: at}, true, nil
	}
	return c, ok && err == nil, err
}

// ConsentHistory implements gateway.Consents.
func (s *Store) ConsentHistory(ctx context.Context, phone device.Phone, customer int64) ([]gateway.Consent, error) {
	list, err := consents(ctx, s.reader, queryConsentHistory, phone.String(), consentKey("", customer), customer)
	return list, fault("read a person's words about advertising", err)
}

func consents(ctx context.Context, q querier, query string, args ...any) ([]gateway.Consent, error) {
	var list []gateway.Consent
	err := each(ctx, q, func(scan scanner) error {
		c, err := scanConsent(scan)
		list = append(list, c)
		return err
	}, query, args...)
	return list, err
}

// ConsentList implements gateway.Consents.
func (s *Store) ConsentList(ctx context.Context, answer device.Answer, search string, limit int, before time.Time) ([]gateway.Consent, error) {
	args := []any{int64(never), onlyDigits(search), limit}
	if !before.IsZero() {
		args[0] = before.UnixMilli()
	}
	query := queryConsentList
	if answer == device.Yes || answer == device.No {
		query, args = queryConsentListOf, append(args, string(answer))
	}
	list, err := consents(ctx, s.reader, query, args...)
	return list, fault("list words about advertising", err)
}

// ConsentTotals implements gateway.Consents.
func (s *Store) ConsentTotals(ctx context.Context) (yes, no int, err error) {
	err = s.reader.QueryRowContext(ctx, queryConsentTotals).Scan(&yes, &no)
	return yes, no, fault("count words about advertising", err)
}

// wordsIn keeps what a customer said of advertising in a conversation, for each number or card of
// his, and takes that word out of the answers to a mailing.
func (tx *transaction) wordsIn(ctx context.Context, a gateway.Answered) error {
	const noAnswer = `UPDATE campaign_person SET answered_at = NULL WHERE answered_at IS NOT NULL
		AND answered_at = (SELECT coalesce(at, kept_at) FROM incoming WHERE id = ?1)
		AND id IN (SELECT id FROM campaign_person WHERE phone = ?2 AND phone <> ''
			UNION SELECT id FROM campaign_person WHERE customer_id = ?3 AND customer_id <> 0)`
	const noted = 200 // runes of the word
	word := gateway.Consent{Answer: device.Yes, Source: gateway.ConsentWord}
	if *a.OptOut {
		word.Answer = device.No
	}
	if a.Heard != 0 {
		if err := tx.QueryRowContext(ctx, `SELECT substr(text, 1, ?) FROM incoming WHERE id = ?`, noted, a.Heard).Scan(&word.Note); unlessNoRows(err) != nil {
			return err
		}
	}
	told := map[string]bool{}
	for _, id := range append([]gateway.ConversationID{a.Conversation}, a.OptOutAlso...) {
		err := tx.QueryRowContext(ctx, `SELECT phone, customer_id FROM conversation WHERE id = ?`, int64(id)).Scan(&word.Phone, &word.Customer)
		if unlessNoRows(err) != nil {
			return err
		}
		key := consentKey(word.Phone, word.Customer)
		if err != nil || key == "" || told[key] {
			continue
		}
		told[key] = true
		if _, err := tx.keepConsent(ctx, word); err != nil {
			return err
		}
		if a.Heard == 0 || word.Answer != device.No {
			continue
		}
		if _, err := tx.ExecContext(ctx, noAnswer, a.Heard, word.Phone.String(), word.Customer); err != nil {
			return err
		}
	}
	return nil
}
