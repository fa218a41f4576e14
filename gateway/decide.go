package gateway

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"vestnik/device"
)

// Case is everything that a decision looks at.
type Case struct {
	Change StatusChange
	Order  Order
	Rule   Rule
	Ref    Reference
	Shop   ShopSettings
	// Usable tells whether a channel is switched on.
	Usable func(device.Channel) bool
	// MaxParts is how many SMS one message may take.
	MaxParts int
	Now      time.Time
	// Trial skips the questions that make sense only for a real change: whether it is too
	// old, ours, or passed.
	Trial bool
}

// Decide is the whole of "why sent, why not" up to the queue. It looks at nothing
// but its argument. A Send verdict carries the message to enqueue.
func Decide(c Case) Decision {
	d := Decision{
		HistoryID: c.Change.HistoryID, RuleID: c.Rule.ID, Rule: c.Rule.Name,
		Order: c.Order.ID, Number: c.Order.Number, Name: c.Order.Name,
		Status: c.Change.To, At: c.Now, Verdict: Skip,
	}
	if d.Order == 0 {
		d.Order = c.Change.Order
	}
	d.step(StatusReached, Args{"order": orderWord(d), "status": statusWord(c.Ref, c.Change.To), "changed_at": At(c.Change.At)})
	if reason, args := c.beforeText(); reason != "" {
		return d.skip(reason, args)
	}
	d.step(RuleMatched, Args{"rule": c.Rule.Name})
	to, reason, args := choosePhone(c.Order.Phones, c.Shop.Region)
	chatOnly := reason != "" && c.mayChat()
	switch {
	case chatOnly:
		d.step(reason, args) // he may have written from a messenger
	case reason != "":
		return d.skip(reason, args)
	}
	text, reason, args := c.text(&d)
	if reason != "" {
		return d.skip(reason, args)
	}
	channels := []device.Channel{device.Chat}
	if !chatOnly {
		if channels, reason, args = c.channels(to, text, &d); reason != "" {
			return d.skip(reason, args)
		}
	}
	d.Verdict, d.Reason = Send, InQueue
	d.Message = c.message(to.Phone, text, channels)
	return d
}

// mayChat tells whether the rule may write to a chat of the order's customer.
func (c Case) mayChat() bool {
	for _, ch := range c.Rule.Channels {
		if ch == device.Chat {
			return c.Order.CustomerID != 0 && c.Usable(ch)
		}
	}
	return false
}

func (d *Decision) step(r Reason, a Args) {
	d.Trace = append(d.Trace, Step{At: d.At, Reason: r, Args: a})
}

func (d Decision) skip(r Reason, a Args) Decision {
	d.Reason, d.Args = r, a
	d.step(r, a)
	return d
}

func orderWord(d Decision) string {
	if d.Number != "" {
		return d.Number
	}
	return strconv.FormatInt(int64(d.Order), 10)
}

func statusWord(ref Reference, code string) string {
	if s, ok := ref.Status(code); ok {
		return s.Name
	}
	return code
}

func (c Case) beforeText() (Reason, Args) {
	switch {
	case c.Order.Deleted:
		return OrderGone, nil
	case c.Trial:
		return "", nil
	case !c.Rule.Enabled:
		return RuleOff, Args{"rule": c.Rule.Name}
	case c.Change.Own:
		return OwnChange, nil
	case c.Rule.ExpiresAfter > 0 && c.Now.Sub(c.Change.At) > c.Rule.ExpiresAfter:
		return TooOld, Args{"changed_at": At(c.Change.At)}
	case c.Order.Status != c.Change.To && !contains(c.Rule.Statuses, c.Order.Status):
		return StatusPassed, Args{"now": statusWord(c.Ref, c.Order.Status)}
	}
	return "", nil
}

func contains(list []string, s string) bool {
	for _, have := range list {
		if have == s {
			return true
		}
	}
	return false
}

// choosePhone takes the first mobile number among the fields, else the first valid
// one.
func choosePhone(fields []string, region string) (device.Number, Reason, Args) {
	var fallback *device.Number
	problem := device.PhoneEmpty
	for _, field := range fields {
		numbers, err := device.ParsePhones(field, region)
		var bad *device.PhoneError
		if errors.As(err, &bad) && bad.Problem != device.PhoneEmpty && problem == device.PhoneEmpty {
			problem = bad.Problem
		}
		for _, n := range numbers {
			if n.Kind.CanSMS() {
				return n, "", nil
			}
			if fallback == nil {
				fallback = &n
			}
		}
	}
	switch {
	case fallback != nil:
		return *fallback, "", nil
	case problem == device.PhoneEmpty:
		return device.Number{}, NoPhone, nil
	}
	return device.Number{}, BadPhone, Args{"problem": string(problem)}
}

func (c Case) text(d *Decision) (string, Reason, Args) {
	t, err := ParseTemplate(c.Rule.Text)
	if err != nil {
		return "", BadTemplate, Args{"error": err.Error()}
	}
	text, missing := t.Render(c.Order.Fields)
	if len(missing) > 0 {
		labels := make([]string, len(missing))
		for i, path := range missing {
			labels[i] = path
			if f, ok := c.Ref.Field(path); ok {
				labels[i] = f.Label
			}
		}
		args := Args{"fields": strings.Join(labels, ", ")}
		if c.Rule.IfMissing == DoNotSend {
			return "", FieldMissing, args
		}
		d.step(FieldLeftOut, args)
	}
	if text == "" {
		return "", TextEmpty, nil
	}
	return text, "", nil
}

// channels are those of the rule that are switched on and can take the number and
// the text.
func (c Case) channels(to device.Number, text string, d *Decision) ([]device.Channel, Reason, Args) {
	var kept []device.Channel
	reason, args := ChannelsOff, Args(nil)
	for _, ch := range c.Rule.Channels {
		if !c.Usable(ch) {
			continue
		}
		if ch == device.SMS {
			if !to.Kind.CanSMS() {
				reason, args = Landline, nil
				continue
			}
			if parts := device.MeasureSMS(text).Parts; c.MaxParts > 0 && parts > c.MaxParts {
				reason, args = TextTooLong, Args{"parts": strconv.Itoa(parts), "max": strconv.Itoa(c.MaxParts)}
				continue
			}
		}
		kept = append(kept, ch)
	}
	if len(kept) == 0 {
		return nil, reason, args
	}
	if reason != ChannelsOff {
		d.step(reason, args)
	}
	return kept, "", nil
}

func (c Case) message(to device.Phone, text string, channels []device.Channel) *Message {
	m := &Message{
		DedupeKey: fmt.Sprintf("rule/%d/order/%d", c.Rule.ID, c.Change.Order),
		To:        to, Customer: c.Order.CustomerID, Purpose: ForOrder, Text: text, State: Queued, Reason: InQueue,
		Channels: channels, Channel: channels[0],
		RuleID: c.Rule.ID, Rule: c.Rule.Name, Order: c.Change.Order, OrderNumber: c.Order.Number,
		Hours: c.Rule.Hours, FallbackAfter: c.Rule.FallbackAfter,
		NotBefore: c.Now, CreatedAt: c.Now, UpdatedAt: c.Now,
	}
	m.Zone, _ = ZoneOf(c.Order.Place, to, c.Shop)
	if c.Rule.Once == OncePerChange {
		m.DedupeKey += "/change/" + strconv.FormatInt(c.Change.HistoryID, 10)
	}
	if c.Rule.ExpiresAfter > 0 {
		m.ExpiresAt = c.Change.At.Add(c.Rule.ExpiresAfter)
	}
	return m
}
