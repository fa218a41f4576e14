package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

const ruleColumns = `v.rule_id, v.version, v.name, v.enabled, v.statuses, v.text, v.channels, v.once, v.fallback_after,
	v.hours_from, v.hours_to, v.expires_after, v.if_missing, v.at, v.author`

func scanRule(scan scanner) (gateway.Rule, error) {
	var r gateway.Rule
	var statuses, channels string
	var fallback, expires int64
	var at stamp
	err := scan(&r.ID, &r.Version, &r.Name, &r.Enabled, &statuses, &r.Text, &channels, &r.Once, &fallback,
		&r.Hours.From, &r.Hours.To, &expires, &r.IfMissing, &at, &r.UpdatedBy)
	r.Statuses, r.Channels = split[string](statuses), split[device.Channel](channels)
	r.FallbackAfter, r.ExpiresAfter = time.Duration(fallback)*time.Millisecond, time.Duration(expires)*time.Millisecond
	r.UpdatedAt = at.time()
	return r, err
}

func rules(ctx context.Context, q querier, query string, args ...any) ([]gateway.Rule, error) {
	var list []gateway.Rule
	err := each(ctx, q, func(scan scanner) error {
		r, err := scanRule(scan)
		list = append(list, r)
		return err
	}, query, args...)
	return list, err
}

const queryRules = `SELECT ` + ruleColumns + ` FROM rule r
	JOIN rule_version v ON v.rule_id = r.id AND v.version = r.version
	WHERE r.deleted_at IS NULL`

// Rules implements gateway.Book: in the order in which they were made.
func (s *Store) Rules(ctx context.Context) ([]gateway.Rule, error) {
	list, err := rules(ctx, s.reader, queryRules+` ORDER BY r.id`)
	return list, fault("read the rules", err)
}

// Rule implements gateway.Book; a deleted one is NotFound.
func (s *Store) Rule(ctx context.Context, id gateway.RuleID) (gateway.Rule, error) {
	r, err := ruleByID(ctx, s.reader, "read a rule", id)
	return r, fault("read a rule", err)
}

func ruleByID(ctx context.Context, q querier, op string, id gateway.RuleID) (gateway.Rule, error) {
	list, err := rules(ctx, q, queryRules+` AND r.id = ?`, int64(id))
	if err == nil && len(list) == 0 {
		err = notFound(op, "no rule %d", id)
	}
	if err != nil {
		return gateway.Rule{}, err
	}
	return list[0], nil
}

// RuleVersions implements gateway.Book: newest first, also of a deleted rule.
func (s *Store) RuleVersions(ctx context.Context, id gateway.RuleID) ([]gateway.Rule, error) {
	const op = "read a rule's versions"
	list, err := rules(ctx, s.reader, `SELECT `+ruleColumns+` FROM rule_version v WHERE v.rule_id = ? ORDER BY v.version DESC`, int64(id))
	if err == nil && len(list) == 0 {
		err = notFound(op, "no rule %d", id)
	}
	return list, fault(op, err)
}

// SaveRule implements gateway.Book. A rule saved as it is makes no new version.
func (s *Store) SaveRule(ctx context.Context, r gateway.Rule, by string) (gateway.Rule, error) {
	const op = "save a rule"
	var saved gateway.Rule
	err := s.change(ctx, op, func(tx *transaction) error {
		if err := tx.ruleNameFree(ctx, op, r.ID, r.Name); err != nil {
			return err
		}
		saved = r
		if r.ID == 0 {
			res, err := tx.ExecContext(ctx, `INSERT INTO rule (name, version) VALUES (?, 1)`, r.Name)
			if err != nil {
				return err
			}
			id, err := res.LastInsertId()
			if err != nil {
				return err
			}
			saved.ID, saved.Version = gateway.RuleID(id), 1
			return tx.insertRuleVersion(ctx, &saved, by)
		}
		old, err := ruleByID(ctx, tx, op, r.ID)
		if err != nil {
			return err
		}
		if sameRule(old, r) {
			saved = old
			return nil
		}
		return tx.newRuleVersion(ctx, &saved, by)
	})
	if err != nil {
		return r, err
	}
	return saved, nil
}

// sameRule tells whether two rules say the same.
func sameRule(a, b gateway.Rule) bool {
	return a.Name == b.Name && a.Enabled == b.Enabled && slices.Equal(a.Statuses, b.Statuses) && a.Text == b.Text &&
		slices.Equal(a.Channels, b.Channels) && a.Once == b.Once && a.FallbackAfter == b.FallbackAfter && a.Hours == b.Hours &&
		a.ExpiresAfter == b.ExpiresAfter && a.IfMissing == b.IfMissing
}

func (tx *transaction) ruleNameFree(ctx context.Context, op string, id gateway.RuleID, name string) error {
	var taken gateway.RuleID
	err := tx.QueryRowContext(ctx, `SELECT id FROM rule WHERE name = ? AND deleted_at IS NULL AND id <> ?`, name, int64(id)).Scan(&taken)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	return device.Errorf(device.Conflict, "store: "+op, "the name %q is taken by rule %d", name, taken)
}

// newRuleVersion writes r as the newest version of its rule and makes it the one in
// force.
func (tx *transaction) newRuleVersion(ctx context.Context, r *gateway.Rule, by string) error {
	if err := tx.QueryRowContext(ctx, `SELECT 1 + max(version) FROM rule_version WHERE rule_id = ?`, int64(r.ID)).Scan(&r.Version); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE rule SET name = ?, version = ?, deleted_at = NULL, deleted_by = NULL WHERE id = ?`,
		r.Name, r.Version, int64(r.ID)); err != nil {
		return err
	}
	return tx.insertRuleVersion(ctx, r, by)
}

func (tx *transaction) insertRuleVersion(ctx context.Context, r *gateway.Rule, by string) error {
	const query = `
		INSERT INTO rule_version (rule_id, version, name, enabled, statuses, text, channels, once, fallback_after,
			hours_from, hours_to, expires_after, if_missing, at, author)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	r.UpdatedAt, r.UpdatedBy = time.UnixMilli(tx.now.UnixMilli()).UTC(), by
	_, err := tx.ExecContext(ctx, query, int64(r.ID), r.Version, r.Name, r.Enabled, joined(r.Statuses), r.Text, joined(r.Channels),
		string(r.Once), r.FallbackAfter.Milliseconds(), int64(r.Hours.From), int64(r.Hours.To), r.ExpiresAfter.Milliseconds(),
		string(r.IfMissing), r.UpdatedAt.UnixMilli(), by)
	return err
}

// DeleteRule implements gateway.Book.
func (s *Store) DeleteRule(ctx context.Context, id gateway.RuleID, by string) error {
	const op = "delete a rule"
	return s.change(ctx, op, func(tx *transaction) error {
		gone, err := changedOne(tx.ExecContext(ctx, `UPDATE rule SET deleted_at = ?, deleted_by = ? WHERE id = ? AND deleted_at IS NULL`,
			tx.now.UnixMilli(), by, int64(id)))
		if err == nil && !gone {
			err = notFound(op, "no rule %d", id)
		}
		return err
	})
}

// RestoreRule implements gateway.Book: the version comes back as a new one.
func (s *Store) RestoreRule(ctx context.Context, id gateway.RuleID, version int, by string) (gateway.Rule, error) {
	const op = "restore a rule"
	var r gateway.Rule
	err := s.change(ctx, op, func(tx *transaction) error {
		list, err := rules(ctx, tx, `SELECT `+ruleColumns+` FROM rule_version v WHERE v.rule_id = ? AND v.version = ?`, int64(id), version)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			return notFound(op, "no version %d of rule %d", version, id)
		}
		r = list[0]
		if err := tx.ruleNameFree(ctx, op, id, r.Name); err != nil {
			return err
		}
		return tx.newRuleVersion(ctx, &r, by)
	})
	if err != nil {
		return gateway.Rule{}, err
	}
	return r, nil
}
