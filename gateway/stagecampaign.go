package gateway

import (
	"context"
	"time"
)

// campaignLook is how often a message of a mailing that rests is looked at when nobody wakes it.
const campaignLook = 5 * time.Minute

// stageCampaign holds the messages of a mailing that does not run, from the moment it is paused.
// One that nobody knows is held as well.
func (d *Dispatcher) stageCampaign(ctx context.Context, m Message, now time.Time) (bool, wait, error) {
	if m.Campaign == 0 || m.Purpose != ForCampaign {
		return false, wait{}, nil
	}
	policy, known := d.policy(m)
	if known && policy.Running {
		return false, wait{}, nil
	}
	state := Queued
	if !known {
		state = Held
	}
	if d.resting == nil {
		d.resting = map[CampaignID]map[MessageID]bool{}
	}
	if d.resting[m.Campaign] == nil {
		d.resting[m.Campaign] = map[MessageID]bool{}
	}
	d.resting[m.Campaign][m.ID] = true
	return true, wait{}, d.putOff(ctx, m, state, CampaignPaused, nil, now.Add(campaignLook), now)
}

// policy is what is known of a message's mailing.
func (d *Dispatcher) policy(m Message) (CampaignPolicy, bool) {
	if d.Campaigns == nil || m.Campaign == 0 {
		return CampaignPolicy{}, false
	}
	return d.Campaigns(m.Campaign)
}

// resume makes due the messages of mailings that rested and run again.
func (d *Dispatcher) resume(ctx context.Context) error {
	for id, messages := range d.resting {
		if p, known := d.policy(Message{Campaign: id}); !known || !p.Running {
			continue
		}
		for one := range messages {
			m, err := d.Ledger.Message(ctx, one)
			if err != nil {
				return err
			}
			if m.Reason == CampaignPaused && (m.State == Queued || m.State == Held) {
				c := Change{State: Queued, Reason: InQueue, NotBefore: d.now(), FallbackAt: m.FallbackAt}
				if err := d.move(ctx, m, c); err != nil {
					return err
				}
			}
			delete(messages, one)
		}
		delete(d.resting, id)
	}
	return nil
}

// staysHere tells whether a mailing's message to somebody who cannot be written to for the first time
// now waits for that, instead of going by another channel.
func (d *Dispatcher) staysHere(m Message) bool {
	policy, known := d.policy(m)
	return known && policy.NewChatsWait && m.Purpose == ForCampaign
}
