package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

// Settings are kept as one JSON text per section; a field that an older version did
// not know keeps its default. Keys and PINs lie in a table of their own, so that
// neither the texts nor their history can show them.

const (
	secretCRMKey     = "retailcrm.key"
	secretPassphrase = "backup.passphrase"
	secretHelpdesk   = "helpdesk.key"
	secretPanel      = "helpdesk.panel"
	secretMailbox    = "helpdesk.mailbox"
	secretPluginKey  = "helpdesk.plugin_key"
)

func secretPIN(modem int) string { return "sms.modems." + strconv.Itoa(modem) + ".pin" }

// sections are the sections of s with where to read each into.
func sections(s *gateway.Settings) []section {
	return []section{
		{"shop", &s.Shop},
		{"retailcrm", &s.RetailCRM},
		{"whatsapp", &s.WhatsApp},
		{"sms", &s.SMS},
		{"chats", &s.Chats},
		{"backup", &s.Backup},
		{"helpdesk", &s.Helpdesk},
		{"decency", &s.Decency},
		{"conduct", &s.Conduct},
		{"invitation", &s.Invitation},
	}
}

type section struct {
	name string
	at   any
}

// Settings implements gateway.Book: the defaults where nothing was saved.
func (s *Store) Settings(ctx context.Context) (gateway.Settings, error) {
	const op = "read the settings"
	var settings gateway.Settings
	err := s.view(ctx, op, func(q querier) (err error) {
		settings, err = readSettings(ctx, q)
		return err
	})
	return settings, err
}

func readSettings(ctx context.Context, q querier) (gateway.Settings, error) {
	settings := gateway.DefaultSettings()
	for _, sec := range sections(&settings) {
		var text string
		err := q.QueryRowContext(ctx, `SELECT value FROM setting WHERE section = ?`, sec.name).Scan(&text)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return settings, err
		}
		// A list is what was saved, never a mixture with the defaults.
		switch sec.name {
		case "sms":
			settings.SMS.Modems = nil
		case "helpdesk":
			settings.Helpdesk.Closed = nil
		}
		// So are texts by language.
		var saved struct{ OptOutLine, Texts json.RawMessage }
		if err := json.Unmarshal([]byte(text), &saved); err != nil {
			return settings, fmt.Errorf("section %s: %w", sec.name, err)
		}
		if sec.name == "decency" && saved.OptOutLine != nil {
			settings.Decency.OptOutLine = nil
		}
		if sec.name == "invitation" && saved.Texts != nil {
			settings.Invitation.Texts = nil
		}
		if err := json.Unmarshal([]byte(text), sec.at); err != nil {
			return settings, fmt.Errorf("section %s: %w", sec.name, err)
		}
	}
	secrets := map[string]string{}
	err := each(ctx, q, func(scan scanner) error {
		var name, value string
		err := scan(&name, &value)
		secrets[name] = value
		return err
	}, `SELECT name, value FROM secret`)
	settings.RetailCRM.Key = secrets[secretCRMKey]
	settings.Backup.Passphrase = secrets[secretPassphrase]
	settings.Helpdesk.Key = secrets[secretHelpdesk]
	settings.Helpdesk.Embed.PanelSecret, settings.Helpdesk.Embed.Mailbox = secrets[secretPanel], secrets[secretMailbox]
	for i := range settings.SMS.Modems {
		settings.SMS.Modems[i].PIN = secrets[secretPIN(i)]
	}
	return settings, err
}

// withoutSecrets parts settings from their secrets.
func withoutSecrets(s gateway.Settings) (gateway.Settings, map[string]map[string]string) {
	crm, sms, backup, helpdesk := map[string]string{}, map[string]string{}, map[string]string{}, map[string]string{}
	if s.RetailCRM.Key != "" {
		crm[secretCRMKey] = s.RetailCRM.Key
	}
	s.RetailCRM.Key = ""
	if s.Backup.Passphrase != "" {
		backup[secretPassphrase] = s.Backup.Passphrase
	}
	s.Backup.Passphrase = ""
	for name, at := range map[string]*string{
		secretHelpdesk: &s.Helpdesk.Key, secretPanel: &s.Helpdesk.Embed.PanelSecret, secretMailbox: &s.Helpdesk.Embed.Mailbox,
	} {
		if *at != "" {
			helpdesk[name] = *at
		}
		*at = ""
	}
	modems := append([]gateway.ModemSettings(nil), s.SMS.Modems...)
	for i := range modems {
		if modems[i].PIN != "" {
			sms[secretPIN(i)] = modems[i].PIN
		}
		modems[i].PIN = ""
	}
	s.SMS.Modems = modems
	return s, map[string]map[string]string{"retailcrm": crm, "sms": sms, "backup": backup, "helpdesk": helpdesk}
}

// SaveSettings implements gateway.Book. Only sections that differ are written, each
// with a line in the history.
func (s *Store) SaveSettings(ctx context.Context, next gateway.Settings, by string) error {
	const op = "save the settings"
	const keep = `INSERT INTO setting (section, value) VALUES (?, ?) ON CONFLICT (section) DO UPDATE SET value = excluded.value`
	const note = `INSERT INTO setting_change (at, author, section, before, after, secret_changed) VALUES (?, ?, ?, ?, ?, ?)`
	return s.change(ctx, op, func(tx *transaction) error {
		old, err := readSettings(ctx, tx)
		if err != nil {
			return err
		}
		if otherAccount(old.RetailCRM.URL, next.RetailCRM.URL) {
			if err := tx.leaveAccount(ctx); err != nil {
				return err
			}
		}
		former, err := tx.formerHelpdesk(ctx, old.Helpdesk.URL)
		if err != nil {
			return err
		}
		if otherAccount(former, next.Helpdesk.URL) {
			if err := tx.leaveHelpdesk(ctx); err != nil {
				return err
			}
		}
		if err := tx.keepHelpdesk(ctx, cmp.Or(next.Helpdesk.URL, former)); err != nil {
			return err
		}
		oldPlain, oldSecrets := withoutSecrets(old)
		plain, secrets := withoutSecrets(next)
		before := sections(&oldPlain)
		for i, sec := range sections(&plain) {
			was, err := json.Marshal(before[i].at)
			if err != nil {
				return err
			}
			is, err := json.Marshal(sec.at)
			if err != nil {
				return err
			}
			secretChanged, err := tx.keepSecrets(ctx, oldSecrets[sec.name], secrets[sec.name])
			if err != nil {
				return err
			}
			if string(was) == string(is) && !secretChanged {
				continue
			}
			if _, err := tx.ExecContext(ctx, keep, sec.name, string(is)); err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, note, tx.now.UnixMilli(), by, sec.name, string(was), string(is), secretChanged); err != nil {
				return err
			}
		}
		return nil
	})
}

// keepSecrets makes the secrets of one section those of next.
func (tx *transaction) keepSecrets(ctx context.Context, old, next map[string]string) (changed bool, err error) {
	for name := range old {
		if next[name] == "" {
			changed = true
			if _, err := tx.ExecContext(ctx, `DELETE FROM secret WHERE name = ?`, name); err != nil {
				return false, err
			}
		}
	}
	for name, value := range next {
		if old[name] == value {
			continue
		}
		changed = true
		if _, err := tx.ExecContext(ctx, `INSERT INTO secret (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
			name, value); err != nil {
			return false, err
		}
	}
	return changed, nil
}

// PluginKey is the key that signs cards for the helpdesk's plugin; "" before SavePluginKey.
// Settings and their history never show it.
func (s *Store) PluginKey(ctx context.Context) (key string, err error) {
	err = s.reader.QueryRowContext(ctx, `SELECT value FROM secret WHERE name = ?`, secretPluginKey).Scan(&key)
	return key, fault("read the plugin's key", unlessNoRows(err))
}

// SavePluginKey keeps the key.
func (s *Store) SavePluginKey(ctx context.Context, key string) error {
	return s.change(ctx, "keep the plugin's key", func(tx *transaction) error {
		_, err := tx.keepSecrets(ctx, nil, map[string]string{secretPluginKey: key})
		return err
	})
}

// SettingChange is one line of the settings' history. Secrets are never in it.
type SettingChange struct {
	At            time.Time
	By            string
	Section       string // "shop", "retailcrm", "whatsapp", "sms", "chats", "bot", "backup", "helpdesk", "decency", "conduct", "invitation"
	Before, After string // JSON
	SecretChanged bool   // a key or PIN was set, changed or taken away
}

// SettingHistory is the newest n changes of the settings, newest first.
func (s *Store) SettingHistory(ctx context.Context, n int) ([]SettingChange, error) {
	var list []SettingChange
	err := each(ctx, s.reader, func(scan scanner) error {
		var c SettingChange
		var at stamp
		err := scan(&at, &c.By, &c.Section, &c.Before, &c.After, &c.SecretChanged)
		c.At = at.time()
		list = append(list, c)
		return err
	}, `SELECT at, author, section, coalesce(before, ''), after, secret_changed FROM setting_change ORDER BY id DESC LIMIT ?`, n)
	return list, fault("read the settings' history", err)
}

// Reference implements gateway.Book; the zero value before the first SaveReference.
func (s *Store) Reference(ctx context.Context) (gateway.Reference, error) {
	const op = "read the reference"
	var text string
	var at stamp
	err := s.reader.QueryRowContext(ctx, `SELECT value, at FROM reference`).Scan(&text, &at)
	if errors.Is(err, sql.ErrNoRows) {
		return gateway.Reference{}, nil
	}
	if err != nil {
		return gateway.Reference{}, fault(op, err)
	}
	var ref gateway.Reference
	if err := json.Unmarshal([]byte(text), &ref); err != nil {
		return gateway.Reference{}, device.Errorf(device.Internal, "store: "+op, "%w", err)
	}
	ref.At = at.time()
	return ref, nil
}

// SaveReference implements gateway.Book.
func (s *Store) SaveReference(ctx context.Context, ref gateway.Reference) error {
	const op = "save the reference"
	const query = `INSERT INTO reference (id, value, at) VALUES (1, ?, ?) ON CONFLICT (id) DO UPDATE SET value = excluded.value, at = excluded.at`
	at := millis(ref.At)
	ref.At = time.Time{}
	text, err := json.Marshal(ref)
	if err != nil {
		return fault(op, err)
	}
	return s.change(ctx, op, func(tx *transaction) error {
		_, err := tx.ExecContext(ctx, query, string(text), at)
		return err
	})
}
