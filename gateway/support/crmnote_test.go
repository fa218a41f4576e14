package support_test

import (
	"context"
	"encoding/json"

	"vestnik/gateway"
)

// note does what bot/talk does of notes.
func (c *crm) note(_ context.Context, e gateway.Effect) error {
	var n gateway.Note
	if err := json.Unmarshal([]byte(e.Value), &n); err != nil {
		return err
	}
	c.set(func() { c.notes = append(c.notes, n) })
	return nil
}
