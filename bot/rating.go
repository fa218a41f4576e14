package bot

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"vestnik/gateway"
)

// askedKept is how many orders a conversation remembers that a mark was asked for.
const askedKept = 20

// calm is how long a conversation must have been quiet before a mark is asked for.
const calm = 10 * time.Minute

// AskMark asks for marks of an order, when a rule says that it is time. It asks once for
// an order, never while a person talks or the customer is in the middle of something, and
// never who wants nothing but answers; then Texts is empty and Why says why. Only after
// WhyHuman, WhyMuted and WhyNotCalm is it worth trying again later. Decent hours are the
// caller's business. A question that is still open is replaced: the answer is about the
// newer order.
func (b *Bot) AskMark(c Conversation, order Order, about []Subject, f Facts) Reply {
	t := b.begin(c, Message{From: FromSystem}, f)
	t.wake()
	t.expire()
	switch until, _, silent := t.c.Silent(f.Now); {
	case silent && t.c.Mode == ModeMuted:
		t.because(WhyMuted, "until", t.clock(until))
	case silent:
		t.because(WhyHuman, "until", t.clock(until))
	case f.Person.OptedOut || f.Person.Erased:
		t.because(WhyOptedOut)
	case len(about) == 0:
		t.because(WhyEvent)
	case slices.Contains(t.c.Asked, order.ID):
		t.because(WhyAskedBefore)
	case t.c.Question != nil || !t.c.Heard.IsZero() && f.Now.Sub(t.c.Heard) < calm:
		t.because(WhyNotCalm)
	default:
		t.c.Asked = append(t.c.Asked, order.ID)
		if n := len(t.c.Asked) - askedKept; n > 0 {
			t.c.Asked = t.c.Asked[n:]
		}
		t.because(WhyMarkAsked, "order", order.Number)
		t.question(order.ID, order.Number, about, "")
		t.texts = fit(t.core(), f.Channel.MaxChars)
		core, sent := t.hashes(t.texts)
		t.c.Said = []Said{{core, sent, f.Now}}
	}
	return t.reply()
}

// question opens a question for marks and says it.
func (t *turn) question(order gateway.OrderID, number string, about []Subject, head string) {
	about = slices.Clone(about[:min(len(about), 2)])
	t.c.Mark = &MarkQuestion{Order: order, About: about, At: t.f.Now, Until: t.f.Now.Add(t.b.script.Marks.Valid)}
	t.c.LastMark, t.c.ListShown, t.c.Question = nil, false, nil
	line := LineMarkBoth
	if len(about) == 1 {
		line = markLine(about[0])
	}
	if head != "" {
		t.part(head)
	} else {
		t.say(line, "order.number", number)
	}
	if len(about) == 1 {
		t.markTaps()
	}
}

func markLine(s Subject) Line {
	if s == AboutCourier {
		return LineMarkCourier
	}
	return LineMarkShop
}

func (t *turn) markTaps() {
	var items []item
	for n := 1; n <= 5; n++ {
		items = append(items, item{n, strconv.Itoa(n), "mark:" + strconv.Itoa(n)})
	}
	t.taps(items)
}

// markCommand is a question that the customer asked for himself: of his newest order, if
// he has one.
func (t *turn) markCommand(about []Subject, head string) {
	var o Order
	if t.f.OrdersKnown && len(t.f.Orders) > 0 {
		o = t.f.Orders[0]
	}
	t.question(o.ID, o.Number, about, head)
}

// mark takes a message as a mark, as a correction of one, or as a refusal to give one.
func (t *turn) mark() bool {
	q := t.c.Mark
	if q == nil {
		return t.corrected()
	}
	m := t.b.marker.read(t.in.Text, q.About)
	switch {
	case m.given():
		if t.c.ListShown && !m.sure {
			return false // the list was shown since: a bare number is a command's
		}
		if t.c.Question != nil && !m.sure {
			return false // something else was asked since
		}
		return t.marked(m)
	case t.c.ListShown || t.c.Question != nil:
		return false
	case m.outside && q.Tries == 0:
		q.Tries++
		t.understood(WhyMarkRange)
		t.say(LineMarkRange)
		return true
	case key(t.in.Text) == "0" || t.declined():
		t.c.Mark = nil
		t.understood(WhyMarkDeclined)
		if q.Lowest > 0 { // he gave the first of two
			t.followUp(q.Order, q.Lowest <= 3, false)
			return true
		}
		t.say(LineMarkSkip)
		return true
	}
	return false
}

// declined: "нет", "не хочу", "no, thanks".
func (t *turn) declined() bool {
	no := false
	for _, w := range t.words {
		if t.b.lexicon.decline[w] {
			no = true
		} else if !t.b.lexicon.courtesy[w] {
			return false
		}
	}
	return no
}

// marked keeps marks and follows them up.
func (t *turn) marked(m markText) bool {
	q := t.c.Mark
	if q == nil || !m.given() {
		return false
	}
	about := q.About[:min(len(m.marks), len(q.About))]
	lowest, shown := q.Lowest, []string{}
	for i, s := range about {
		t.do(Action{Kind: ActKeepMark, Order: q.Order, About: s, Mark: m.marks[i]})
		shown = append(shown, strconv.Itoa(m.marks[i]))
		if lowest == 0 || m.marks[i] < lowest {
			lowest = m.marks[i]
		}
	}
	t.keep = true
	t.understood(WhyMark, "mark", strings.Join(shown, ", "))
	if m.comment != "" {
		t.do(Action{Kind: ActKeepComment, Order: q.Order, Comment: clip(m.comment, maxRunes)})
	}
	low := lowest <= 3
	if low && (q.Lowest == 0 || q.Lowest > 3) {
		t.do(Action{Kind: ActTask, Order: q.Order, Mark: lowest})
	}
	t.c.LastMark = &GivenMark{
		Order: q.Order, About: slices.Clone(about), Low: low, Until: t.f.Now.Add(t.b.script.Marks.CorrectWithin),
	}
	if left := q.About[len(about):]; len(left) > 0 {
		q.About, q.Lowest, q.Tries = left, lowest, 0
		t.say(markLine(left[0]))
		t.markTaps()
		return true
	}
	t.c.Mark = nil
	t.followUp(q.Order, low, m.comment != "")
	return true
}

// followUp thanks for good marks and asks what went wrong after bad ones.
func (t *turn) followUp(order gateway.OrderID, low, commented bool) {
	switch {
	case low && commented:
		t.say(LineComment)
	case low:
		t.c.Question = &Question{Kind: AskComment, Order: order, At: t.f.Now, Until: t.f.Now.Add(24 * time.Hour)}
		t.say(LineMarkSorry)
	default:
		t.say(LineMarkThanks)
		t.review(order)
	}
}

// review offers the review link, once to a customer.
func (t *turn) review(order gateway.OrderID) {
	link := t.b.script.Marks.ReviewLink
	if link == "" || !t.c.Reviewed.IsZero() || t.f.Person.OptedOut || t.f.Person.Erased {
		return
	}
	t.c.Reviewed = t.f.Now
	t.do(Action{Kind: ActReview, Order: order})
	t.say(LineMarkReview, "review.link", link)
}

// corrected takes a second mark within the time for that.
func (t *turn) corrected() bool {
	last := t.c.LastMark
	if last == nil || t.c.ListShown {
		return false
	}
	m := t.b.marker.read(t.in.Text, last.About)
	if !m.given() || m.comment != "" || len(m.marks) != len(last.About) {
		return false
	}
	lowest, shown := 5, []string{}
	for i, s := range last.About {
		t.do(Action{Kind: ActKeepMark, Order: last.Order, About: s, Mark: m.marks[i], Corrects: true})
		shown = append(shown, strconv.Itoa(m.marks[i]))
		lowest = min(lowest, m.marks[i])
	}
	t.keep = true
	t.understood(WhyMarkCorrected, "mark", strings.Join(shown, ", "))
	t.say(LineMarkFixed)
	switch low := lowest <= 3; {
	case low && !last.Low:
		last.Low = true
		t.do(Action{Kind: ActTask, Order: last.Order, Mark: lowest})
		t.followUp(last.Order, true, false)
	case !low:
		t.c.Question = nil
		t.review(last.Order)
	}
	return true
}

// comment takes what went wrong. More words may follow for a while; they are added
// without a word of ours.
func (t *turn) comment(q *Question) bool {
	if t.declined() || t.b.lexicon.isCourtesy(t.words) {
		t.c.Question = nil
		t.because(WhyCourtesy)
		return true
	}
	text := strings.TrimSpace(t.in.Text)
	if t.in.Media != "" {
		text = strings.TrimSpace("[" + t.in.Media + "] " + text)
	}
	if text == "" || len(t.words) == 0 && t.in.Media == "" {
		return false
	}
	t.do(Action{Kind: ActKeepComment, Order: q.Order, Comment: clip(text, maxRunes)})
	t.keep = true
	if q.Got {
		t.because(WhyCommentMore)
		return true
	}
	q.Got, q.Until = true, t.f.Now.Add(t.b.script.Marks.CorrectWithin)
	t.understood(WhyComment)
	t.say(LineComment)
	return true
}
