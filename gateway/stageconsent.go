package gateway

import (
	"context"
	"time"

	"vestnik/device"
)

// stageConsent ends a mailing's message, or a question for marks, to somebody who refused
// advertising, however short ago that was, and advertising to somebody who never allowed it. News of
// orders and answers pass.
func (d *Dispatcher) stageConsent(ctx context.Context, m Message, now time.Time) (bool, wait, error) {
	if !m.Purpose.Unasked() {
		return false, wait{}, nil
	}
	why, args, err := d.unwanted(ctx, m)
	if err != nil || why == "" {
		return err != nil, wait{}, err
	}
	return true, wait{}, d.move(ctx, m, Change{State: Cancelled, Reason: why, Steps: []Step{{At: now, Reason: why, Args: args}}})
}

// unwanted tells why a person must not get a message that he did not ask for; "" when he may. A
// refusal counts wherever it was said.
func (d *Dispatcher) unwanted(ctx context.Context, m Message) (Reason, Args, error) {
	var word Consent
	var said bool
	if d.Consents != nil {
		var err error
		if word, said, err = d.Consents.ConsentOf(ctx, m.To, m.Customer); err != nil {
			return "", nil, err
		}
	}
	if said && word.Answer == device.No {
		return OptedOut, saidAt(word.At), nil
	}
	talks, err := d.talksOf(ctx, m)
	if err != nil {
		return "", nil, err
	}
	for _, c := range talks {
		if !c.OptedOutAt.IsZero() && !(said && word.revokes(c.OptedOutAt)) {
			return OptedOut, saidAt(c.OptedOutAt), nil
		}
	}
	if policy, known := d.policy(m); known && policy.Advertising && (!said || word.Answer != device.Yes) {
		return NoConsent, nil, nil
	}
	return "", nil, nil
}

// revokes tells whether a word takes an earlier refusal back.
func (c Consent) revokes(refused time.Time) bool {
	return c.Answer == device.Yes && c.At.After(refused) && (c.Source == ConsentWord || c.Source == ConsentHand)
}

func saidAt(t time.Time) Args {
	if t.IsZero() {
		return nil
	}
	return Args{"said_at": At(t)}
}

// talksOf are the conversations with the person whom a message is for; read once for each look at
// the message.
func (d *Dispatcher) talksOf(ctx context.Context, m Message) ([]Conversation, error) {
	if d.Talks == nil || d.person.of == m.ID {
		return d.person.talks, nil
	}
	var talks []Conversation
	var err error
	if m.To != "" || m.Customer != 0 {
		if talks, err = d.Talks.ConversationsOf(ctx, m.To, m.Customer); err != nil {
			return nil, err
		}
	}
	known := m.Conversation == 0
	for _, c := range talks {
		known = known || c.ID == m.Conversation
	}
	if !known {
		c, err := d.Talks.Conversation(ctx, m.Conversation)
		switch {
		case err == nil:
			talks = append(talks, c)
		case device.KindOf(err) != device.NotFound:
			return nil, err
		}
	}
	d.person = person{of: m.ID, talks: talks}
	return talks, nil
}

// person is whom the message in hand is for, as far as it was looked up; the zero one is nobody.
type person struct {
	of    MessageID
	talks []Conversation
}
