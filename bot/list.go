package bot

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"vestnik/device"
)

// allowed tells whether a target exists for this customer.
func (t *turn) allowed(to target) bool {
	if to < 0 {
		return true
	}
	for i := int(to); i >= 0; i = t.b.commands[i].parent {
		switch t.b.commands[i].Audience {
		case AudienceOrders:
			// While the orders are not known he may have some; run asks.
			if t.f.OrdersKnown && len(t.f.Orders) == 0 {
				return false
			}
		case AudienceTryOut:
			if !t.b.script.isTryOut(t.in.Phone) {
				return false
			}
		}
	}
	return true
}

// offered tells whether a command stands in the list now.
func (t *turn) offered(i int) bool {
	c := &t.b.commands[i]
	return t.allowed(target(i)) && c.Hours.Open(t.f.Now, t.f.Zone) && (c.Audience != AudienceOrders || t.f.OrdersKnown)
}

// showTop shows the first list. Bare numbers mean it from now on.
func (t *turn) showTop(why Reason, args ...string) {
	t.c.List = ""
	t.understood(why, args...)
	t.showList("", t.b.top)
}

// showList shows a list under a text of its own, or the usual one.
func (t *turn) showList(head string, list []int) {
	t.greet = true
	t.c.Question, t.c.LastMark, t.c.ListShown = nil, nil, true
	var items []item
	for _, i := range list {
		if t.offered(i) {
			c := &t.b.commands[i]
			items = append(items, item{c.Number, pick(c.Title, t.lang, t.b.script.Languages), "cmd:" + c.ID})
		}
	}
	if t.c.List != "" {
		back := t.line(LineListBack)
		items = append(items, item{0, back, "list:"})
	}
	if len(items) == 0 {
		t.part(head)
		return
	}
	if t.taps(items) {
		if head == "" {
			head = t.line(LineListTap)
		}
		t.part(head)
		return
	}
	if head == "" {
		head = t.line(LineListHeader)
	}
	t.part(head + "\n" + numberedText(items))
}

// line is a line without its own values.
func (t *turn) line(l Line) string { return t.render(t.b.lines[l], nil) }

// item is one thing to choose.
type item struct {
	number  int
	title   string
	payload string
}

// taps offers the items as quick replies where the channel has enough of them and room
// for every title.
func (t *turn) taps(items []item) bool {
	can := t.f.Channel
	if can.Suggestions < len(items) {
		return false
	}
	for _, it := range items {
		if can.MaxTitle > 0 && utf8.RuneCountInString(it.title) > can.MaxTitle {
			return false
		}
	}
	t.suggestions = nil
	for _, it := range items {
		t.suggestions = append(t.suggestions, Suggestion{it.title, it.payload})
	}
	return true
}

func numberedText(items []item) string {
	var b strings.Builder
	for i, it := range items {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(strconv.Itoa(it.number))
		b.WriteString(". ")
		b.WriteString(it.title)
	}
	return b.String()
}

// back goes to the list above, or to the first.
func (t *turn) back() {
	i, ok := t.b.byID[t.c.List]
	if !ok || t.b.commands[i].parent < 0 {
		t.showTop(WhyList)
		return
	}
	t.run(t.b.commands[i].parent)
}

// numbered runs the command with a number: of the opened list, else of the first.
func (t *turn) numbered(n int) bool {
	if i, ok := t.b.byID[t.c.List]; ok && t.runIn(t.b.commands[i].list, n) {
		return true
	}
	return t.runIn(t.b.top, n)
}

func (t *turn) runIn(list []int, n int) bool {
	i := t.numberIn(list, n)
	if i < 0 {
		return false
	}
	t.run(i)
	return true
}

func (t *turn) numberIn(list []int, n int) int {
	for _, i := range list {
		if t.b.commands[i].Number == n && t.allowed(target(i)) {
			return i
		}
	}
	return -1
}

// path runs "3.1": the first command of the third's list.
func (t *turn) path() bool {
	parts := strings.Split(strings.Trim(strings.TrimSpace(t.in.Text), "/."), ".")
	if len(parts) < 2 || len(parts) > maxDepth {
		return false
	}
	list, at := t.b.top, -1
	for _, p := range parts {
		n, err := strconv.Atoi(strings.TrimSpace(p))
		if err != nil {
			return false
		}
		if at = t.numberIn(list, n); at < 0 {
			return false
		}
		list = t.b.commands[at].list
	}
	t.run(at)
	return true
}

// which asks between several commands.
func (t *turn) which(found []target) {
	slices.Sort(found)
	q := &Question{Kind: AskCommand, At: t.f.Now, Until: t.f.Now.Add(t.b.script.Limits.ListValid)}
	var items []item
	for _, to := range found {
		id, title := "", ""
		switch {
		case to >= 0:
			c := &t.b.commands[to]
			id, title = c.ID, pick(c.Title, t.lang, t.b.script.Languages)
		case to == targetPerson && t.personCommand() >= 0:
			c := &t.b.commands[t.personCommand()]
			id, title = c.ID, pick(c.Title, t.lang, t.b.script.Languages)
		default:
			continue // the list is what he gets by asking for nothing
		}
		q.Choices = append(q.Choices, id)
		items = append(items, item{len(items) + 1, title, "cmd:" + id})
	}
	switch {
	case len(items) == 0:
		t.callPerson(WhyAskedPerson)
		return
	case len(items) == 1:
		t.run(t.b.byID[q.Choices[0]])
		return
	}
	t.greet = true
	t.understood(WhyAmbiguous, "phrase", clip(t.in.Text, 200))
	t.c.Question = q
	t.choose(t.line(LineWhich), items)
}

// choose asks for one of some items.
func (t *turn) choose(head string, items []item) {
	if t.taps(items) {
		t.part(head)
		return
	}
	t.part(head + "\n" + numberedText(items))
}

// personCommand is the command that calls a person; -1 when there is none.
func (t *turn) personCommand() int {
	return slices.IndexFunc(t.b.commands, func(c command) bool { return c.Answer.Kind == AnswerPerson })
}

// run answers by a command.
func (t *turn) run(i int) {
	c := &t.b.commands[i]
	if !t.f.OrdersKnown && t.f.CRM && (c.Audience == AudienceOrders || c.needsOrder || c.Answer.Kind == AnswerQuestion) {
		t.need = &Need{Kind: NeedOrders}
		return
	}
	t.greet = true
	t.command = c.ID
	title := pick(c.Title, t.lang, t.b.script.Languages)
	if !c.Hours.Open(t.f.Now, t.f.Zone) {
		opens := ""
		if at, ok := c.Hours.Next(t.f.Now, t.f.Zone); ok {
			opens = openingWords(at, t.f.Now, t.f.Zone, t.lang)
		}
		t.understood(WhyClosedNow, "command", title)
		t.say(LineClosedNow, "command.title", title, "command.opens", opens)
		return
	}
	t.c.Question = nil
	t.understood(WhyCommand, "command", title)
	var own map[string]string
	if c.needsOrder && t.f.OrdersKnown && len(t.f.Orders) > 0 {
		own = orderFields(t.f.Orders[0])
	}
	text := ""
	if len(c.text) > 0 {
		text = t.render(c.text, own)
	}
	switch c.Answer.Kind {
	case AnswerText:
		t.part(text)
	case AnswerOrder:
		t.part(text)
		t.orderStatus(t.in.Text)
	case AnswerPoints:
		t.part(text)
		for _, p := range c.Answer.Points {
			t.part(t.point(p))
		}
	case AnswerQuestion:
		t.markCommand(c.Answer.About, text)
	case AnswerPerson:
		t.greet = false
		t.callPerson(WhyAskedPerson)
	case AnswerLink:
		t.part(strings.TrimSpace(text + "\n" + c.Answer.Link))
	case AnswerList:
		t.c.List, t.c.ListUntil = c.ID, t.f.Now.Add(t.b.script.Limits.ListValid)
		t.showList(text, c.list)
	}
}

// point is a pick-up point in lines.
func (t *turn) point(p Point) string {
	var lines []string
	for _, s := range []string{
		pick(p.Name, t.lang, t.b.script.Languages), pick(p.Address, t.lang, t.b.script.Languages),
		pick(p.Hours, t.lang, t.b.script.Languages), p.Phone, p.Link,
	} {
		if s != "" {
			lines = append(lines, s)
		}
	}
	return strings.Join(lines, "\n")
}

// isTryOut tells whether a phone sees what is tried out.
func (s Script) isTryOut(p device.Phone) bool { return p != "" && slices.Contains(s.TryOut, p) }
