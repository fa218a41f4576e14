package gateway

import (
	"time"

	"vestnik/device"
)

// Portion is how much of a cap mailings may use, at least 1; 0, no limit, of a cap of 0.
func (c ConductSettings) Portion(limit int) int {
	if limit <= 0 || c.MailingShare <= 0 || c.MailingShare > 100 {
		return max(limit, 0)
	}
	return (limit*c.MailingShare + 99) / 100
}

// NewChats is how many chats a day mailings may begin, of limit for all messages together; 0: no
// limit. age is for how long the account has been linked to this box: while it is fresh, the number
// rises evenly to the portion.
func (c ConductSettings) NewChats(limit int, age time.Duration) int {
	whole := c.Portion(limit)
	first := min(WarmUpFirst, whole)
	day := int(max(age, 0) / (24 * time.Hour))
	if !c.WarmUp || whole == 0 || day >= WarmUpDays {
		return whole
	}
	return first + (whole-first)*day/WarmUpDays
}

// LinkedSince is when a shop's own number was first seen in a link's history since a time, as
// Journal.LinkHistory tells it; zero: it was linked before that, or its number is not known.
func LinkedSince(history []device.Link, since time.Time, account device.Phone) time.Time {
	for _, l := range history {
		if account == "" || l.Phone != account {
			continue
		}
		if l.Since.Before(since) {
			return time.Time{}
		}
		return l.Since
	}
	return time.Time{}
}
