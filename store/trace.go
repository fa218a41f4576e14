package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"vestnik/gateway"
)

// savedStep is a step inside a decision's row.
type savedStep struct {
	At     int64          `json:"at"`
	Reason gateway.Reason `json:"reason"`
	Args   gateway.Args   `json:"args,omitempty"`
}

func jsonTrace(steps []gateway.Step) (any, error) {
	if len(steps) == 0 {
		return nil, nil
	}
	saved := make([]savedStep, len(steps))
	for i, s := range steps {
		saved[i] = savedStep{At: s.At.UnixMilli(), Reason: s.Reason, Args: s.Args}
	}
	b, err := json.Marshal(saved)
	return string(b), err
}

func readTrace(text sql.NullString) ([]gateway.Step, error) {
	if !text.Valid {
		return nil, nil
	}
	var saved []savedStep
	if err := json.Unmarshal([]byte(text.String), &saved); err != nil {
		return nil, err
	}
	steps := make([]gateway.Step, len(saved))
	for i, s := range saved {
		steps[i] = gateway.Step{At: time.UnixMilli(s.At).UTC(), Reason: s.Reason, Args: s.Args}
	}
	return steps, nil
}

// addSteps writes lines to a message's trace. A line that says the same as the one
// before it is left out: a message that waits says so once.
func (tx *transaction) addSteps(ctx context.Context, id gateway.MessageID, steps []gateway.Step) error {
	if len(steps) == 0 {
		return nil
	}
	var n int
	var reason gateway.Reason
	var args sql.NullString
	err := tx.QueryRowContext(ctx, `SELECT n, reason, args FROM trace WHERE message = ? ORDER BY n DESC LIMIT 1`, int64(id)).
		Scan(&n, &reason, &args)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	for _, step := range steps {
		encoded, err := jsonArgs(step.Args)
		if err != nil {
			return err
		}
		text, _ := encoded.(string)
		if n > 0 && step.Reason == reason && text == args.String {
			continue
		}
		n, reason, args.String = n+1, step.Reason, text
		at := step.At
		if at.IsZero() {
			at = tx.now
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO trace (message, n, at, reason, args) VALUES (?, ?, ?, ?, ?)`,
			int64(id), n, at.UnixMilli(), string(step.Reason), encoded); err != nil {
			return err
		}
	}
	return nil
}

func traceOf(ctx context.Context, q querier, id gateway.MessageID) ([]gateway.Step, error) {
	var steps []gateway.Step
	err := each(ctx, q, func(scan scanner) error {
		var step gateway.Step
		var at stamp
		var args sql.NullString
		if err := scan(&at, &step.Reason, &args); err != nil {
			return err
		}
		var err error
		step.At = at.time()
		step.Args, err = readArgs(args)
		steps = append(steps, step)
		return err
	}, `SELECT at, reason, args FROM trace WHERE message = ? ORDER BY n`, int64(id))
	return steps, err
}
