package gateway

import "time"

// DecencySettings is when and whom customers are written to besides answers.
type DecencySettings struct {
	// Hours are the customer's own time in which questions for marks and mailings may reach him.
	// Orders' messages go by the hours of their rule.
	Hours Hours
	// OrdersToo holds orders' messages to Hours as well.
	OrdersToo bool
	// WhenOpen lets mailings leave only while people of the shop are there, by the bot's opening
	// hours with their holidays.
	WhenOpen bool
	// Every is the least time between two mailings to one person, up to 366 days; 0: no limit.
	Every time.Duration
	// TalkRest is how long an order's message waits after the last word of a customer's talk with a
	// person of the shop, up to 1 hour; 0: it does not wait. Mailings wait until the talk is over.
	TalkRest time.Duration
	// OptOutLine is added to each mailing, by language ("ru", "en").
	OptOutLine map[string]string
	// ReviewURL is where customers leave reviews: https, or empty.
	ReviewURL string
	// PublicURL is the address under which customers' phones reach this box, for short links of its
	// own; empty: links are plain.
	PublicURL string
}

// ConductSettings is how the channels behave so that an account is not taken for a spammer's.
type ConductSettings struct {
	// Typing shows "typing…" before a WhatsApp message, within the gap.
	Typing bool
	// MailingShare is how much of a channel's hourly and daily caps, and of the budget for new chats,
	// mailings may use, in per cent, 1 to 100. The rest is kept for orders.
	MailingShare int
	// WarmUp lets mailings begin few chats while the WhatsApp account is fresh in this box: from
	// WarmUpFirst on its first day to the whole share after WarmUpDays days.
	WarmUp bool
	// LookUpsPerDay is how many numbers mailings may ask WhatsApp about in a day, 0 to 10,000; 0: no
	// limit.
	LookUpsPerDay int
	// A mailing pauses by itself when of its latest messages more than these per cents were refused,
	// not delivered within a day, or answered with a stop word; 0: it does not.
	StopRefused, StopSilent, StopOptOut int
}

// The warm-up of a fresh account. Nobody publishes a curve; these are ours.
const (
	WarmUpFirst = 5
	WarmUpDays  = 14
)

// DefaultDecency and DefaultConduct are what a new box starts from.
func DefaultDecency() DecencySettings {
	return DecencySettings{
		Hours: Hours{From: 9 * 60, To: 21 * 60}, WhenOpen: true, Every: 30 * 24 * time.Hour, TalkRest: 10 * time.Minute,
		OptOutLine: map[string]string{
			"ru": "Чтобы не получать рассылки, ответьте СТОП.",
			"en": "Reply STOP to get no more mailings.",
		},
	}
}

// DefaultConduct is described there.
func DefaultConduct() ConductSettings {
	return ConductSettings{
		Typing: true, MailingShare: 50, WarmUp: true, LookUpsPerDay: 300,
		StopRefused: 10, StopSilent: 40, StopOptOut: 5,
	}
}
