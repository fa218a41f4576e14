package bot

import (
	"slices"
	"strings"
	"time"
)

// seenKept is how many message ids a conversation remembers: enough for what a channel
// delivers again after a lost connection in one conversation.
const seenKept = 20

// maxText is how much of a message is looked at, in characters.
const maxText = 4000

// Reply decides what becomes of a message. It is a pure function: the same arguments
// give the same reply, c is not changed, and no text makes it fail.
func (b *Bot) Reply(c Conversation, in Message, f Facts) Reply {
	t := b.begin(c, in, f)
	switch {
	case in.Group:
		t.because(WhyGroup)
		return t.reply()
	case in.From == FromUs:
		t.because(WhyEcho)
		return t.reply()
	case in.ID != "" && slices.Contains(c.Seen, in.ID):
		t.because(WhyTwice)
		return t.reply()
	}
	if in.ID != "" {
		t.c.Seen = append(t.c.Seen, in.ID)
		if n := len(t.c.Seen) - seenKept; n > 0 {
			t.c.Seen = t.c.Seen[n:]
		}
	}
	switch in.From {
	case FromPhone:
		t.personSpoke(WhyPhone)
	case FromOperator:
		t.personSpoke(WhyOperator)
	case FromSystem:
		t.event()
	case FromCustomer:
		t.customer()
	default:
		t.because(WhyEvent)
	}
	if t.need != nil {
		return Reply{Need: t.need, Next: c.clone()}
	}
	t.guard()
	return t.reply()
}

// turn is one message being answered.
type turn struct {
	b     *Bot
	c     Conversation // becomes Next
	plain Conversation // Next when the answer is withheld: the message is remembered, nothing was said
	in    Message
	f     Facts
	words []string
	lang  string

	parts       []string // paragraphs of the answer
	suggestions []Suggestion
	actions     []Action
	why         Why
	command     string
	need        *Need
	texts       []string

	opening bool // the customer opens a dialog: he may be welcomed
	again   bool // he does so after a long silence
	greet   bool // this answer may begin with the welcome
	keep    bool // the actions count even when the words are withheld
}

func (b *Bot) begin(c Conversation, in Message, f Facts) *turn {
	// What is kept must be text, and nobody reads more.
	in.Text = clip(strings.ReplaceAll(strings.ToValidUTF8(in.Text, ""), "\x00", ""), maxText)
	f.Now = f.Now.Round(0).UTC() // as it is kept
	if f.Zone == nil {
		f.Zone = time.UTC
	}
	t := &turn{b: b, c: c.clone(), in: in, f: f}
	if t.c.Mode == "" {
		t.c.Mode = ModeBot
	}
	if in.From == FromCustomer {
		t.words = tokens(in.Text)
		if lang := b.languageOf(in.Text, t.words); lang != "" && !in.Group {
			t.c.Language = lang
		}
	}
	t.lang = b.language(t.c, f)
	return t
}

// language is that of the customer's own words, else of his card, else the shop's.
func (b *Bot) language(c Conversation, f Facts) string {
	for _, lang := range []string{c.Language, f.Person.Language} {
		if slices.Contains(b.script.Languages, lang) {
			return lang
		}
	}
	return b.script.Languages[0]
}

func (t *turn) because(r Reason, args ...string) { t.why = because(r, args...) }

func (t *turn) do(a Action) { t.actions = append(t.actions, a) }

func (t *turn) reply() Reply {
	return Reply{Texts: t.texts, Suggestions: t.suggestions, Actions: t.actions, Next: t.c, Why: t.why, Command: t.command}
}

// clock is a time as pages show it.
func (t *turn) clock(at time.Time) string { return at.In(t.f.Zone).Format("02.01 15:04") }

// customer answers the customer's own words.
func (t *turn) customer() {
	t.wake()
	heard := t.c.Heard
	t.c.Heard = t.f.Now
	t.again = !heard.IsZero() && t.f.Now.Sub(heard) >= t.b.script.AgainAfter && t.f.Now.Sub(t.c.Welcomed) >= t.b.script.AgainAfter
	t.opening = t.c.Welcomed.IsZero() || t.again
	stop, start := t.b.refusal(t.words)
	if stop {
		t.do(Action{Kind: ActOptOut}) // counts at once, whoever talks and whatever it looks like
	}
	until, why, silent := t.c.Silent(t.f.Now)
	if silent {
		// The person who talks will say so.
		if start && t.f.Person.OptedOut {
			t.do(Action{Kind: ActOptIn})
		}
		if t.c.Mode == ModeMuted {
			why = WhyMuted
		} else if why == "" || why == WhyAskedPerson || why == WhyLost {
			why = WhyHuman
		}
		t.because(why, "until", t.clock(until))
		return
	}
	if t.looksLikeBot() {
		return
	}
	t.plain = t.c.clone()
	switch {
	case stop:
		t.optOut()
	case t.f.Off:
		t.whileOff(start)
	default:
		t.interpret()
	}
}

// wake ends a silence whose time is over. None may last longer than the script says
// now: it may have begun under other rules, or by a clock that was ahead.
func (t *turn) wake() {
	longest := t.f.Now.Add(t.b.script.HumanFor)
	if t.c.Mode == ModeMuted {
		longest = t.f.Now.Add(t.b.script.Limits.Silence)
	}
	if t.c.Mode != ModeBot && t.c.Until.After(longest) {
		t.c.Until = longest
	}
	if t.c.Mode == ModeBot || t.f.Now.Before(t.c.Until) {
		return
	}
	t.c.SayBack = t.c.Mode == ModeHuman
	t.c.Mode, t.c.Until, t.c.Why = ModeBot, time.Time{}, ""
}

func (t *turn) understood(r Reason, args ...string) {
	t.c.Misunderstood = 0
	t.because(r, args...)
}

// interpret finds out what the customer wants. The order matters: what he was just asked
// comes before what the same words mean elsewhere.
func (t *turn) interpret() {
	t.expire()
	number, isNumber := t.b.lexicon.number(t.words)
	slash := strings.HasPrefix(strings.TrimSpace(t.in.Text), "/")
	whole := t.b.matcher.find(t.words, true, t.allowed)
	switch {
	case t.payload():
	case t.starts(slash):
	case len(whole) == 1 && whole[0] == targetPerson:
		t.callPerson(WhyAskedPerson)
	case len(whole) == 1 && whole[0] == targetList:
		t.showTop(WhyList)
	case !slash && t.mark():
	case isNumber && number == 0:
		t.back()
	case !slash && t.answered(number, isNumber):
	case t.wordless():
	case len(t.words) > 0 && t.b.lexicon.greeting.all(t.words):
		t.showTop(WhyWelcome)
	case t.path():
	case isNumber && t.numbered(number):
	case t.asked(whole):
	case t.b.lexicon.isCourtesy(t.words):
		t.thanked()
	case t.declined(): // "no, thanks", "not now"
		t.because(WhyCourtesy)
	case t.ownNumber():
	default:
		t.notUnderstood()
	}
}

// expire forgets what has been waiting for too long.
func (t *turn) expire() {
	if q := t.c.Question; q != nil && !t.f.Now.Before(q.Until) {
		t.c.Question = nil
	}
	if m := t.c.Mark; m != nil && !t.f.Now.Before(m.Until) {
		t.c.Mark = nil
	}
	if m := t.c.LastMark; m != nil && !t.f.Now.Before(m.Until) {
		t.c.LastMark = nil
	}
	if t.c.List != "" && !t.f.Now.Before(t.c.ListUntil) {
		t.c.List = ""
	}
}

// payload answers a tapped suggestion; what is stale or forged is taken as text.
func (t *turn) payload() bool {
	kind, value, ok := strings.Cut(t.in.Payload, ":")
	if !ok {
		return false
	}
	switch kind {
	case "list":
		t.showTop(WhyList)
		return true
	case "cmd":
		if i, ok := t.b.byID[value]; ok && t.allowed(target(i)) {
			t.run(i)
			return true
		}
	case "order":
		if !t.f.OrdersKnown && t.f.CRM {
			t.need = &Need{Kind: NeedOrders}
			return true
		}
		for _, o := range t.f.Orders {
			if orderKey(o.ID) == value && t.f.OrdersKnown {
				t.tell(o)
				return true
			}
		}
	case "mark":
		return t.c.Mark != nil && t.marked(t.b.marker.read(value, t.c.Mark.About[:1]))
	}
	return false
}

// starts answers the words that allow advertising. The bare "start" opens the list for
// everybody who had not refused: it is what some messengers send by themselves.
func (t *turn) starts(slash bool) bool {
	if _, start := t.b.refusal(t.words); !start {
		return false
	}
	text := strings.Join(t.words, " ")
	if (slash || !t.f.Person.OptedOut) && (text == "start" || text == "старт") {
		t.showTop(WhyWelcome)
		return true
	}
	t.optIn()
	return true
}

// wordless answers what has no words: stickers and emoji ask for nothing, the rest
// cannot be understood.
func (t *turn) wordless() bool {
	if len(t.words) > 0 {
		return false
	}
	switch {
	case t.in.Media == "sticker" || t.in.Media == "reaction" || t.in.Media == "gif":
		t.because(WhyCourtesy)
	case t.in.Media != "":
		t.unreadable()
	case t.in.Payload != "": // a button of long ago
		t.showTop(WhyList)
	case strings.ContainsAny(t.in.Text, "?？"):
		return false
	case strings.TrimSpace(t.in.Text) == "":
		t.because(WhyEmpty)
	default:
		t.because(WhyCourtesy)
	}
	return true
}

// closing is how long after our last answer a "thanks" ends the dialog.
const closing = time.Hour

// thanked: nothing is asked; what we had answered is done.
func (t *turn) thanked() {
	t.because(WhyCourtesy)
	if t.c.Mark == nil && t.c.Question == nil && !t.c.SaidAt.IsZero() && t.f.Now.Sub(t.c.SaidAt) < closing {
		t.do(Action{Kind: ActClose})
	}
}

// unreadable answers a photo or a voice message: the second in a row is for a person.
func (t *turn) unreadable() {
	if t.c.Misunderstood++; t.c.Misunderstood >= 2 {
		t.callPerson(WhyLost, "phrase", t.in.Media)
		return
	}
	t.greet = true
	t.because(WhyMedia, "media", t.in.Media)
	t.say(LineMedia)
}

// asked runs the command that the words ask for, or asks which of several.
func (t *turn) asked(whole []target) bool {
	found := whole
	if len(found) == 0 {
		found = t.b.matcher.find(t.words, false, t.allowed)
	}
	switch {
	case len(found) == 0:
		return false
	case len(found) > 1:
		t.which(found)
	case found[0] == targetPerson:
		t.callPerson(WhyAskedPerson)
	case found[0] == targetList:
		t.showTop(WhyList)
	default:
		t.run(int(found[0]))
	}
	return true
}

// notUnderstood shows the list once; the second time in a row a person is called.
func (t *turn) notUnderstood() {
	phrase := clip(strings.TrimSpace(t.in.Text), 200)
	t.do(Action{Kind: ActUnmatched, Phrase: phrase})
	if t.c.Misunderstood++; t.c.Misunderstood >= 2 {
		t.callPerson(WhyLost, "phrase", phrase)
		return
	}
	if !t.opening {
		t.say(LineNotUnderstood)
	}
	lost := t.c.Misunderstood
	t.showTop(WhyNotUnderstood, "phrase", phrase)
	t.c.Misunderstood = lost
}

// callPerson hands the conversation over and says so once.
func (t *turn) callPerson(why Reason, args ...string) {
	t.c.Question = nil
	a := Action{Kind: ActHandOver, Cause: why}
	if t.f.OrdersKnown && len(t.f.Orders) == 1 {
		a.Order = t.f.Orders[0].ID
	}
	t.do(a)
	t.keep = true
	if i := t.personCommand(); i >= 0 && why == WhyAskedPerson {
		t.command = t.b.commands[i].ID
	}
	if why == WhyLost {
		t.say(LineLost)
	}
	switch opens, ok := t.f.Open.Next(t.f.Now, t.f.Zone); {
	case !t.f.Open.Open(t.f.Now, t.f.Zone):
		words := ""
		if ok {
			words = openingWords(opens, t.f.Now, t.f.Zone, t.lang)
		}
		t.say(LineClosed, "shop.opens", words)
	case t.f.Operators == 0:
		t.say(LineBusy)
	default:
		t.say(LineHandOver)
	}
	t.understood(why, args...)
	t.c.Mode, t.c.Until, t.c.Why = ModeHuman, t.f.Now.Add(t.b.script.HumanFor), why
}

// clip cuts a text to n characters.
func clip(s string, n int) string {
	count := 0
	for i := range s {
		if count++; count > n {
			return s[:i]
		}
	}
	return s
}
