package bot

import "time"

// personSpoke: somebody of the shop wrote to the customer, so the bot steps back. What
// was said long ago, and is heard of only now, no longer counts.
func (t *turn) personSpoke(why Reason) {
	at := t.in.At
	if at.IsZero() || at.After(t.f.Now) {
		at = t.f.Now
	}
	until := at.Add(t.b.script.HumanFor)
	if !until.After(t.f.Now) {
		t.because(WhyEvent)
		return
	}
	if t.c.Mode != ModeHuman || until.After(t.c.Until) {
		t.c.Mode, t.c.Until, t.c.Why = ModeHuman, until, why
	}
	t.c.Question, t.c.Owed, t.c.Misunderstood = nil, nil, 0
	t.because(why, "until", t.clock(t.c.Until))
}

// event takes note of what happened to the dialog. Nothing is said but what the CRM's
// absence had owed.
func (t *turn) event() {
	switch t.in.Event {
	case EventAssigned:
		t.personSpoke(WhyAssigned)
	case EventClosed, EventReturned, EventReleased:
		if t.c.Mode == ModeBot {
			t.because(WhyEvent)
			return
		}
		t.c.SayBack = t.c.Mode == ModeHuman
		t.c.Mode, t.c.Until, t.c.Why = ModeBot, time.Time{}, ""
		t.c.Repeats, t.c.Quick, t.c.Automatic = 0, 0, 0
		t.because(WhyReturned)
	case EventCRMBack:
		t.crmBack()
	default:
		t.because(WhyEvent)
	}
}

// owedFor is how long an answer is owed: after a day the customer has asked again or
// knows.
const owedFor = 24 * time.Hour

// crmBack gives the answer that the customer was promised.
func (t *turn) crmBack() {
	t.wake()
	t.plain = t.c.clone()
	owed := t.c.Owed
	_, _, silent := t.c.Silent(t.f.Now)
	if owed == nil || silent || t.f.Now.Sub(owed.At) > owedFor {
		t.c.Owed = nil
		t.because(WhyNothingOwed)
		return
	}
	if !t.f.CRM && !t.f.OrdersKnown {
		t.do(Action{Kind: ActAnswerLater, Until: owed.At.Add(owedFor)})
		t.because(WhyCRMAway)
		return
	}
	t.say(LineCRMBack)
	t.c.Owed = nil
	if owed.Number != "" {
		t.lookUp(owed.Number, owed.Last4)
		return
	}
	t.orderStatus("")
}
