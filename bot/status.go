package bot

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"vestnik/gateway"
)

// ordersToChoose is how many orders a customer may choose from.
const ordersToChoose = 5

func orderKey(id gateway.OrderID) string { return strconv.FormatInt(int64(id), 10) }

// orderStatus tells where the writer's order is. text is what he wrote: it may name the
// order.
func (t *turn) orderStatus(text string) {
	if !t.f.OrdersKnown {
		if t.f.CRM {
			t.need = &Need{Kind: NeedOrders}
			return
		}
		t.crmAway("", "")
		return
	}
	number := ""
	for _, part := range orderTokens(text) {
		if o, ok := t.own(part); ok {
			t.tell(o)
			return
		}
		if number == "" && len(onlyDigits(part)) >= 3 && len(onlyDigits(part)) < 10 {
			number = orderNumber(part)
		}
	}
	switch n := len(t.f.Orders); {
	case number != "":
		t.askDigits(number)
	case n == 1:
		t.tell(t.f.Orders[0])
	case n > 1:
		t.whichOrder()
	default:
		t.c.Question = &Question{Kind: AskNumber, At: t.f.Now, Until: t.f.Now.Add(t.b.script.Limits.ListValid)}
		t.understood(WhyNoOrders)
		t.say(LineOrderAsk)
	}
}

// own finds one of the writer's orders by its number as typed.
func (t *turn) own(number string) (Order, bool) {
	if !t.f.OrdersKnown {
		return Order{}, false
	}
	for _, o := range t.f.Orders {
		if o.Number != "" && sameNumber(o.Number, number) {
			return o, true
		}
	}
	return Order{}, false
}

// sameNumber compares order numbers as people type them.
func sameNumber(a, b string) bool {
	x := lookalikes.Replace(strings.Join(tokens(a), ""))
	return x != "" && x == lookalikes.Replace(strings.Join(tokens(b), ""))
}

// lookalikes are Cyrillic letters that look like Latin ones: nobody knows which of them
// stands in "10482C".
var lookalikes = strings.NewReplacer("а", "a", "в", "b", "с", "c", "е", "e", "н", "h", "к", "k", "м", "m", "о", "o", "р", "p", "т", "t", "х", "x", "у", "y")

// orderNumber is what may be an order's number: up to 20 letters, digits, hyphens and
// slashes; "" for anything else.
func orderNumber(s string) string {
	if utf8.RuneCountInString(s) > 20 {
		return ""
	}
	for _, r := range s {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '-' && r != '/' && r != '_' {
			return ""
		}
	}
	return s
}

func (t *turn) tell(o Order) {
	t.c.Question, t.c.Owed = nil, nil
	t.greet = true
	t.understood(WhyOrder, "order", o.Number)
	var texts []string
	for path, v := range orderFields(o) {
		texts = append(texts, path, v)
	}
	t.say(LineOrder, texts...)
}

func (t *turn) whichOrder() {
	q := &Question{Kind: AskWhich, At: t.f.Now, Until: t.f.Now.Add(t.b.script.Limits.ListValid)}
	var items []item
	for _, o := range t.f.Orders[:min(len(t.f.Orders), ordersToChoose)] {
		var shown []string
		for _, s := range []string{o.Number, o.Date, o.Sum} {
			if s != "" {
				shown = append(shown, s)
			}
		}
		q.Orders = append(q.Orders, o.ID)
		items = append(items, item{len(items) + 1, strings.Join(shown, ", "), "order:" + orderKey(o.ID)})
	}
	t.c.Question = q
	t.understood(WhyOrders)
	t.choose(t.line(LineOrderWhich), items)
}

func (t *turn) askDigits(number string) {
	t.c.Question = &Question{Kind: AskDigits, Number: number, At: t.f.Now, Until: t.f.Now.Add(t.b.script.Limits.ListValid)}
	t.greet = true
	t.understood(WhyAskDigits, "order", number)
	t.say(LineOrderDigits, "order.number", number)
}

// lookUp answers by an order's number and the last four digits of its phone. Whoever
// guesses learns nothing: a wrong number and wrong digits get the same sentence, and there
// are few tries.
func (t *turn) lookUp(number, last4 string) {
	t.greet = true
	hour, day := 0, 0
	var tries []time.Time
	for _, at := range t.c.Lookups {
		age := t.f.Now.Sub(at)
		if age < time.Hour {
			hour++
		}
		if age < 24*time.Hour {
			day++
			tries = append(tries, at)
		}
	}
	t.c.Lookups = tries
	if limits := t.b.script.Limits; hour >= limits.LookupsPerHour || day >= limits.LookupsPerDay {
		t.lookupLimited()
		return
	}
	found := t.f.Lookup
	if found.Number != number || found.Last4 != last4 {
		found = Lookup{}
	}
	switch found.State {
	case LookupFound:
		t.c.Lookups = append(t.c.Lookups, t.f.Now)
		t.c.Question, t.c.Owed = nil, nil
		t.understood(WhyLookup, "order", number)
		t.say(LineOrderFound, "order.number", found.Order.Number, "order.status", found.Order.Status)
	case LookupNotFound:
		t.c.Lookups = append(t.c.Lookups, t.f.Now)
		t.c.Owed = nil
		t.c.Question = &Question{Kind: AskNumber, At: t.f.Now, Until: t.f.Now.Add(t.b.script.Limits.ListValid)}
		t.understood(WhyLookupNone, "order", number)
		t.say(LineOrderNotFound, "order.number", number, "order.digits", last4)
	case LookupLimited:
		t.lookupLimited()
	case LookupUnavailable:
		t.crmAway(number, last4)
	default:
		if !t.f.CRM {
			t.crmAway(number, last4)
			return
		}
		t.need = &Need{Kind: NeedLookup, Number: number, Last4: last4}
	}
}

func (t *turn) lookupLimited() {
	t.c.Question, t.c.Owed = nil, nil
	t.understood(WhyLookupLimited)
	t.say(LineOrderLimited)
}

// crmAway says so honestly and promises the answer.
func (t *turn) crmAway(number, last4 string) {
	t.c.Question = nil
	t.c.Owed = &Owed{Number: number, Last4: last4, At: t.f.Now}
	t.do(Action{Kind: ActAnswerLater, Until: t.f.Now.Add(owedFor)})
	t.understood(WhyCRMAway)
	t.say(LineCRMAway)
}

// ownNumber answers a message that is an order's number and no more than the words
// around one.
func (t *turn) ownNumber() bool {
	if !slices.ContainsFunc(t.b.commands, func(c command) bool { return c.Answer.Kind == AnswerOrder }) {
		return false
	}
	if len(t.words) > 12 {
		return false
	}
	parts := orderTokens(t.in.Text)
	if len(parts) == 0 {
		return false
	}
	number, last4 := orderAndDigits(t.in.Text)
	digits := len(onlyDigits(number))
	if orderNumber(number) == "" || digits < 3 || digits > 9 || len(t.words) > len(parts)+4 {
		return false
	}
	if !t.f.OrdersKnown && t.f.CRM {
		t.need = &Need{Kind: NeedOrders}
		return true
	}
	o, own := t.own(number)
	switch {
	case own:
		t.tell(o)
	case last4 != "":
		t.lookUp(number, last4)
	default:
		t.askDigits(number)
	}
	return true
}

// answered takes a message as the answer to the open question, if it is one.
func (t *turn) answered(n int, isNumber bool) bool {
	q := t.c.Question
	if q == nil {
		return false
	}
	switch q.Kind {
	case AskComment:
		return !isNumber && t.comment(q)
	case AskCommand:
		if isNumber && n >= 1 && n <= len(q.Choices) {
			if i, ok := t.b.byID[q.Choices[n-1]]; ok && t.allowed(target(i)) {
				t.run(i)
				return true
			}
		}
	case AskWhich:
		return t.chosenOrder(q, n, isNumber)
	case AskNumber, AskDigits:
		return t.orderTyped(q, isNumber)
	}
	return false
}

func (t *turn) chosenOrder(q *Question, n int, isNumber bool) bool {
	if !t.f.OrdersKnown && t.f.CRM {
		t.need = &Need{Kind: NeedOrders}
		return true
	}
	if isNumber && n >= 1 && n <= len(q.Orders) {
		for _, o := range t.f.Orders {
			if o.ID == q.Orders[n-1] {
				t.tell(o)
				return true
			}
		}
	}
	for _, part := range orderTokens(t.in.Text) {
		if o, ok := t.own(part); ok {
			t.tell(o)
			return true
		}
	}
	return false
}

// orderTyped reads the number and the digits, together or one after the other.
func (t *turn) orderTyped(q *Question, isNumber bool) bool {
	number, last4 := orderAndDigits(t.in.Text)
	if isNumber || number == "" || len(t.words) > 12 {
		return false // a command's number, or words: they may mean something else
	}
	if q.Kind == AskDigits && last4 == "" {
		if digits := lastFour(onlyDigits(t.in.Text)); digits != "" {
			t.lookUp(q.Number, digits)
			return true
		}
	}
	if orderNumber(number) == "" {
		return false
	}
	if !t.f.OrdersKnown && t.f.CRM {
		t.need = &Need{Kind: NeedOrders}
		return true
	}
	if o, ok := t.own(number); ok {
		t.tell(o)
		return true
	}
	if last4 == "" {
		t.askDigits(number)
		return true
	}
	t.lookUp(number, last4)
	return true
}
