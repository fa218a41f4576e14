package bot

import (
	"encoding/json"
	"fmt"
)

// ParseScript reads a script that was written as JSON, by this version or an earlier one: a
// duration or limit that it did not know is that of DefaultScript. What was emptied stays
// empty.
func ParseScript(data []byte) (Script, error) {
	usual := DefaultScript(Russian)
	s := Script{AgainAfter: usual.AgainAfter, HumanFor: usual.HumanFor, Limits: usual.Limits}
	s.Marks.Valid, s.Marks.CorrectWithin = usual.Marks.Valid, usual.Marks.CorrectWithin
	if err := json.Unmarshal(data, &s); err != nil {
		return Script{}, fmt.Errorf("bot: read a script: %w", err)
	}
	return s, nil
}
