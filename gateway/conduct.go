package gateway

import (
	"time"
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
