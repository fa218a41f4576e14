package bot

import (
	"strconv"
	"strings"
	"time"
)

// What makes the other side look like a bot.
const (
	repeatsOfBot    = 3               // the same words again, so many times
	quickOfBot      = 3               // answers of ours in a row that were answered within a second
	quickForgotten  = 5 * time.Second // a pause that no bot makes
	automaticsOfBot = 2
)

// looksLikeBot counts the signs of another bot and goes silent when there are enough.
func (t *turn) looksLikeBot() bool {
	if text := strings.TrimSpace(t.in.Text + t.in.Payload); text != "" {
		h := hashText(text)
		if since := t.f.Now.Sub(t.c.WordsAt); h == t.c.Words && since < t.b.script.Limits.SameWithin && since >= 0 {
			t.c.Repeats++
		} else {
			t.c.Repeats = 0
		}
		t.c.Words, t.c.WordsAt = h, t.f.Now
	}
	// Measured by the channel's clock: what waited somewhere and comes all at once is not
	// quick.
	switch after := t.in.At.Sub(t.c.SaidAt); {
	case t.c.SaidAt.IsZero(), t.c.SaidAt.Equal(t.c.QuickTo): // one who writes in bursts is a person
	case after >= 0 && after < time.Second:
		t.c.Quick, t.c.QuickTo = t.c.Quick+1, t.c.SaidAt
	case after >= quickForgotten:
		t.c.Quick = 0
	}
	automatic := t.b.lexicon.isAutomatic(t.words)
	if automatic {
		t.c.Automatic++
	} else {
		t.c.Automatic = 0
	}
	switch {
	case t.c.Repeats >= repeatsOfBot:
		t.mute(WhyLoop)
	case t.c.Quick >= quickOfBot:
		t.mute(WhyQuick)
	case t.c.Automatic >= automaticsOfBot:
		t.mute(WhyAutomatics)
	case automatic:
		t.because(WhyAutomatic)
	default:
		return false
	}
	return true
}

// mute makes the bot silent, visibly for the shop.
func (t *turn) mute(why Reason) {
	until := t.f.Now.Add(t.b.script.Limits.Silence)
	t.c.Mode, t.c.Until, t.c.Why = ModeMuted, until, why
	t.c.Repeats, t.c.Quick, t.c.Automatic = 0, 0, 0
	t.do(Action{Kind: ActSilenced, Until: until, Cause: why})
	t.because(why, "until", t.clock(until))
}

// guard is the last word about an answer: the welcome before it, never the same twice,
// never more than the limits.
func (t *turn) guard() {
	if len(t.parts) == 0 {
		return
	}
	now, limits := t.f.Now, t.b.script.Limits
	var recent []time.Time
	for _, at := range t.c.Answers {
		if age := now.Sub(at); age < time.Minute && age > -time.Minute {
			recent = append(recent, at)
		}
	}
	day := now.In(t.f.Zone).Format(time.DateOnly)
	count := t.c.DayCount
	if t.c.Day != day {
		count = 0
	}
	switch {
	case len(recent) >= limits.PerMinute:
		t.withhold(WhyMinute, limits.PerMinute)
		return
	case count >= limits.PerDay:
		t.withhold(WhyDay, limits.PerDay)
		return
	}
	switch last := len(recent)+1 == limits.PerMinute || count+1 == limits.PerDay; {
	case last && !t.keep:
		why, limit := WhyMinute, limits.PerMinute
		if count+1 == limits.PerDay {
			why, limit = WhyDay, limits.PerDay
		}
		t.withhold(why, limit)
		t.only(LineTooMany)
		if t.saidBefore() {
			return
		}
		t.c.Said = nil
	case t.saidBefore() && t.keep && (t.why.Reason == WhyStop || t.why.Reason == WhyStart):
		t.suggestions = nil // it was confirmed a moment ago, and once is enough
		t.because(WhySame)
		return
	case t.saidBefore():
		taps := t.suggestions
		t.only(LineSame)
		t.suggestions = taps // what can be tapped stands under the newest text only
		// To a second "hello" there is nothing to say.
		if t.saidBefore() || t.why.Reason == WhyWelcome {
			t.suggestions = nil
			t.because(WhySame)
			return
		}
	default:
		t.c.Said = nil
	}
	t.send(append(recent, now), day, count+1)
}

// only makes a line the whole answer.
func (t *turn) only(l Line) {
	t.parts, t.suggestions, t.greet = nil, nil, false
	t.say(l)
}

// head is what stands above the answer: the welcome, or the word that the bot is back
// after a person.
func (t *turn) head() Line {
	switch {
	case t.f.Off:
		return ""
	case t.c.SayBack && t.c.Mode == ModeBot && !t.again:
		return LineBack
	case t.greet && t.opening:
		return LineWelcome
	}
	return ""
}

// core is the answer itself, sent is what the customer would get of it.
func (t *turn) core() string { return strings.Join(t.parts, "\n\n") }

func (t *turn) sent() []string {
	text := t.core()
	if l := t.head(); l != "" {
		text = strings.TrimPrefix(t.line(l)+"\n\n"+text, "\n\n")
	}
	return fit(text, t.f.Channel.MaxChars)
}

// hashes name an answer without what stands above it, and as it is sent. What may be
// tapped belongs to it: two lists under the same words are two answers.
func (t *turn) hashes(texts []string) (core, sent uint64) {
	var taps strings.Builder
	for _, s := range t.suggestions {
		taps.WriteString("\n[" + s.Title + "]")
	}
	return hashText(t.core() + taps.String()), hashText(strings.Join(texts, "\n") + taps.String())
}

// saidBefore tells whether the answer, or what is left of it within the channel's limit,
// is among the last said.
func (t *turn) saidBefore() bool {
	core, sent := t.hashes(t.sent())
	for _, s := range t.c.Said {
		if age := t.f.Now.Sub(s.At); (s.Core == core || s.Sent == sent) && age < t.b.script.Limits.SameWithin && age >= 0 {
			return true
		}
	}
	return false
}

func (t *turn) send(answers []time.Time, day string, count int) {
	t.texts = t.sent()
	core, sent := t.hashes(t.texts)
	t.c.Said = append(t.c.Said, Said{core, sent, t.f.Now})
	if t.head() != "" {
		t.c.Welcomed, t.c.SayBack = t.f.Now, false
	}
	t.c.Answers, t.c.Day, t.c.DayCount, t.c.SaidAt = answers, day, count, t.f.Now
}

// withhold says nothing. What must not be lost (a refusal, a mark, a call for a person)
// is done all the same; anything else is as if it had not been decided.
func (t *turn) withhold(why Reason, limit int) {
	t.because(why, "limit", strconv.Itoa(limit))
	t.suggestions = nil
	if !t.keep {
		t.c, t.actions, t.command = t.plain, nil, ""
		if t.in.Event == EventCRMBack && t.c.Owed != nil {
			t.do(Action{Kind: ActAnswerLater, Until: t.c.Owed.At.Add(owedFor)}) // it is still owed
		}
	}
}
