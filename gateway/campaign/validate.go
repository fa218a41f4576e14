package campaign

import (
	"slices"
	"strings"

	"vestnik/gateway"
)

// Bounds of what a person may type.
const (
	maxName     = 100
	maxPasted   = 2 << 20 // bytes: some 60,000 lines
	maxVariants = 4
	maxPerDay   = 1_000_000
)

// Validate answers gateway.FieldErrors for what a mailing must not be saved with, or nil. What
// hinders it only from beginning is the linter's to say.
func (c Campaign) Validate() error {
	e := gateway.FieldErrors{}
	if strings.TrimSpace(c.Name) == "" {
		e["name"] = gateway.ProblemRequired
	} else if len([]rune(c.Name)) > maxName {
		e["name"] = gateway.ProblemTooLong
	}
	if c.Kind != Invitation && c.Kind != Advertising {
		e["kind"] = gateway.ProblemUnknown
	}
	if c.Audience.Source != "" && !slices.Contains(Sources, c.Audience.Source) {
		e["source"] = gateway.ProblemUnknown
	}
	if len(c.Audience.Pasted) > maxPasted {
		e["pasted"] = gateway.ProblemTooLong
	}
	if n := len(c.Text.Variants); n > maxVariants || c.Text.Winner < 0 || c.Text.Winner > n {
		e["variants"] = gateway.ProblemRange
	}
	seen := map[string]bool{}
	for _, ch := range c.Plan.Channels {
		if !ch.Known() {
			e["channels"] = gateway.ProblemUnknown
		} else if seen[string(ch)] {
			e["channels"] = gateway.ProblemDuplicate
		}
		seen[string(ch)] = true
	}
	for name, n := range map[string]int{
		"per_hour": c.Plan.PerHour, "sms_per_day": c.Plan.SMSPerDay, "new_chats_per_day": c.Plan.NewChatsPerDay, "canary": c.Plan.Canary,
	} {
		if n < 0 || n > maxPerDay {
			e[name] = gateway.ProblemRange
		}
	}
	if !c.Plan.EndAt.IsZero() && !c.Plan.EndAt.After(c.Plan.StartAt) {
		e["end_at"] = gateway.ProblemRange
	}
	if c.Report != ReportNone && c.Report != ReportNote && c.Report != ReportTag {
		e["report"] = gateway.ProblemUnknown
	}
	return e.OrNil()
}
