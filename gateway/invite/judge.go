package invite

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

const (
	// personRests is the least time between two invitations to one person, whatever he orders.
	personRests = 14 * 24 * time.Hour
	// tooLate is how long after its time an invitation is of no use any more.
	tooLate = 14 * 24 * time.Hour
	// expires is how long one that was made may wait for its way.
	expires = 7 * 24 * time.Hour
	// apart is the least time between the bot's question for an order's marks and its invitation.
	apart = 24 * time.Hour
	// askLives is after what time a question that could not be asked is given up.
	askLives = 3 * 24 * time.Hour
	// happy is the lowest mark of those who are invited although only the happy ones are.
	happy = 4
)

// Case is everything that a decision looks at.
type Case struct {
	Invitation gateway.Invitation
	Order      gateway.Order
	Settings   gateway.Settings
	Ref        gateway.Reference
	Usable     func(device.Channel) bool
	MaxParts   int
	Now        time.Time

	// Restored is the restore after which the loop runs.
	Restored gateway.Restored
	// Refused: he refused advertising at RefusedAt (zero: nobody knows when).
	Refused   bool
	RefusedAt time.Time
	// Mark is what he gave, 0 when nothing; Invited when another invitation was made for him lately.
	Mark    int
	Invited time.Time
	// Ask is the bot's question for the order's marks; nil: there is none, or it will not be asked.
	Ask *gateway.Ask
	// Language is the customer's own; empty: not known.
	Language string
	// Token is the key for his review link.
	Token string
	// Trial tells what would be done now if the order were in one of the statuses and its time had
	// come.
	Trial bool
}

// Verdict is what is to be done about an invitation: made or not, by its decision, or put off
// until Wait for the reason Why.
type Verdict struct {
	Decision gateway.Decision
	Link     gateway.ReviewLink // with a token when the text has a short link
	Wait     time.Time
	Why      gateway.Reason
}

// Judge looks at nothing but its argument.
func Judge(c Case) Verdict {
	if wait, ok := c.wait(); ok {
		return Verdict{Wait: wait, Why: gateway.InQueue}
	}
	d := gateway.Decide(c.asRule())
	d.RuleID, d.Rule = 0, ""
	d.Trace = slices.DeleteFunc(d.Trace, func(s gateway.Step) bool { return s.Reason == gateway.RuleMatched })
	first := gateway.Step{At: c.Now, Reason: gateway.FromInvitation, Args: gateway.Args{"order": c.number()}}
	d.Trace = slices.Insert(d.Trace, 0, first)
	if why, args := c.refusal(); why != "" {
		return Verdict{Decision: refused(d, why, args)}
	}
	if d.Message == nil {
		return Verdict{Decision: d}
	}
	m := d.Message
	m.DedupeKey = Key(c.Order.ID)
	m.Purpose, m.RuleID, m.Rule = gateway.ForRating, 0, ""
	m.ExpiresAt = c.Now.Add(expires)
	v := Verdict{Decision: d}
	if c.short() && strings.Contains(m.Text, c.Settings.Decency.ReviewLink(c.Token)) {
		v.Link = gateway.ReviewLink{Token: c.Token, Order: c.Order.ID, MadeAt: c.Now}
	}
	return v
}

// Key makes an order's invitation no second message.
func Key(order gateway.OrderID) string {
	return "invitation/order/" + strconv.FormatInt(int64(order), 10)
}

func (c Case) number() string {
	if c.Order.Number != "" {
		return c.Order.Number
	}
	return strconv.FormatInt(int64(c.Order.ID), 10)
}

func (c Case) short() bool { return c.Settings.Decency.PublicURL != "" && c.Token != "" }

// wait keeps the invitation and the bot's question about the same order apart.
func (c Case) wait() (time.Time, bool) {
	if c.Trial || c.Ask == nil || unclear(c.Invitation, c.Restored) {
		return time.Time{}, false
	}
	switch c.Ask.State {
	case gateway.AskWaits: // one whose time has passed is under way, or waits for a better moment
		if c.Ask.DueAt.Before(c.Now.Add(apart)) && c.Now.Sub(c.Ask.DueAt) < askLives {
			return c.Now.Add(apart), true
		}
	case gateway.AskDone:
		if over := c.Ask.DueAt.Add(apart); over.After(c.Now) {
			return c.Now.Add(apart), true
		}
	}
	return time.Time{}, false
}

// unclear tells that the lost ledger may have invited him before a restore: nothing tells.
func unclear(i gateway.Invitation, r gateway.Restored) bool {
	return !r.At.IsZero() && i.At.Before(r.At) && !i.DueAt.After(r.At)
}

// refusal is why a customer is not invited, beside what gateway.Decide finds.
func (c Case) refusal() (gateway.Reason, gateway.Args) {
	i := c.Invitation
	switch {
	case c.Order.Deleted:
		return gateway.OrderGone, nil
	case !c.Trial && !slices.Contains(c.Settings.Invitation.Statuses, c.Order.Status):
		return gateway.StatusPassed, gateway.Args{"now": c.status(c.Order.Status)}
	case !c.Trial && unclear(i, c.Restored):
		return gateway.BackupUnclear, gateway.Args{"made_at": gateway.At(c.Restored.MadeAt)}
	case !c.Trial && c.Now.Sub(i.At) > c.Settings.Invitation.After+tooLate:
		return gateway.TooOld, gateway.Args{"changed_at": gateway.At(i.At)}
	case c.Refused && c.RefusedAt.IsZero():
		return gateway.OptedOut, nil
	case c.Refused:
		return gateway.OptedOut, gateway.Args{"said_at": gateway.At(c.RefusedAt)}
	case c.Settings.Invitation.HappyOnly && c.Mark > 0 && c.Mark < happy:
		return gateway.LowMark, gateway.Args{"mark": strconv.Itoa(c.Mark)}
	case !c.Invited.IsZero() && c.Now.Sub(c.Invited) < personRests:
		return gateway.WrittenLately, gateway.Args{"at": gateway.At(c.Invited)}
	}
	return "", nil
}

// refused is a decision that a message is not made after all. What spoke for it before stays in
// the trace.
func refused(d gateway.Decision, why gateway.Reason, args gateway.Args) gateway.Decision {
	if last := len(d.Trace) - 1; d.Verdict == gateway.Skip && last > 0 {
		d.Trace = d.Trace[:last] // its own reason, which counts no more
	}
	d.Verdict, d.Reason, d.Args, d.Message = gateway.Skip, why, args, nil
	d.Trace = append(d.Trace, gateway.Step{At: d.At, Reason: why, Args: args})
	return d
}

func (c Case) status(code string) string {
	if s, ok := c.Ref.Status(code); ok {
		return s.Name
	}
	return code
}

// asRule is the invitation as a rule about the order's status, so that numbers, fields and channels
// are judged as for every message about an order.
func (c Case) asRule() gateway.Case {
	s := c.Settings
	o := c.Order
	o.Fields = maps.Clone(o.Fields)
	if o.Fields == nil {
		o.Fields = map[string]string{}
	}
	token := c.Token
	if !c.short() {
		token = ""
	}
	o.Fields[gateway.ReviewLinkField] = s.Decency.ReviewLink(token)
	to := o.Status
	if c.Trial && !slices.Contains(s.Invitation.Statuses, to) && len(s.Invitation.Statuses) > 0 {
		to = s.Invitation.Statuses[0]
	}
	at := c.Invitation.At
	if at.IsZero() {
		at = c.Now
	}
	text, line := c.words()
	if line != "" {
		text += "\n\n" + line
	}
	return gateway.Case{
		Change: gateway.StatusChange{Order: o.ID, To: to, At: at}, Order: o, Ref: gateway.WithReviewLink(c.Ref, s.Shop.Language), Shop: s.Shop,
		Rule: gateway.Rule{
			Enabled: true, Statuses: s.Invitation.Statuses, Text: text, Channels: s.Invitation.Channels, Once: gateway.OncePerOrder, IfMissing: gateway.SendWithout,
		},
		Usable: c.Usable, MaxParts: c.MaxParts, Now: c.Now, Trial: true,
	}
}

// words are the text and the line that says how to refuse, in the customer's language if there is
// one in it, else in the shop's, else in any.
func (c Case) words() (text, line string) {
	texts := c.Settings.Invitation.Texts
	lang := c.Settings.Shop.Language
	if strings.TrimSpace(texts[c.Language]) != "" {
		lang = c.Language
	}
	if strings.TrimSpace(texts[lang]) == "" {
		for _, other := range slices.Sorted(maps.Keys(texts)) {
			if strings.TrimSpace(texts[other]) != "" {
				lang = other
			}
		}
	}
	return strings.TrimSpace(texts[lang]), strings.TrimSpace(c.Settings.Decency.OptOutLine[lang])
}
