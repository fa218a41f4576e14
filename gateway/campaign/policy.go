package campaign

import (
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"vestnik/gateway"
)

// policies is what the dispatchers know of the mailings: read without a lock, replaced as a whole.
type policies struct {
	changing sync.Mutex
	now      atomic.Pointer[map[gateway.CampaignID]gateway.CampaignPolicy]
}

func (p *policies) get(id gateway.CampaignID) (gateway.CampaignPolicy, bool) {
	now := p.now.Load()
	if now == nil {
		return gateway.CampaignPolicy{}, false
	}
	policy, ok := (*now)[id]
	return policy, ok
}

func (p *policies) set(c Campaign) {
	policy := gateway.CampaignPolicy{
		// Of one that is done a message of unknown fate may be sent again.
		Running:      c.State == Running || c.State == Done,
		Over:         c.State == Stopped,
		NewChatsWait: c.Plan.NewChatsWait,
		Advertising:  c.Kind == Advertising,
	}
	p.changing.Lock()
	defer p.changing.Unlock()
	if old, ok := p.get(c.ID); ok && old == policy {
		return
	}
	next := map[gateway.CampaignID]gateway.CampaignPolicy{}
	if now := p.now.Load(); now != nil {
		next = maps.Clone(*now)
	}
	next[c.ID] = policy
	p.now.Store(&next)
}

// Policy is what the dispatchers have to know of a mailing; false for one that is not known.
func (r *Runner) Policy(id gateway.CampaignID) (gateway.CampaignPolicy, bool) {
	return r.policies.get(id)
}

// Waits is what a mailing waits for; the zero one: it goes.
type Waits struct {
	Why  gateway.Reason
	Args gateway.Args
	// NextAt is when it goes on; zero: not known.
	NextAt time.Time
}

// waiting is what the pages are told of it.
type waiting struct {
	mu sync.Mutex
	of map[gateway.CampaignID]Waits
}

// Waits is what a running mailing waits for.
func (r *Runner) Waits(id gateway.CampaignID) Waits {
	r.waiting.mu.Lock()
	defer r.waiting.mu.Unlock()
	return r.waiting.of[id]
}

// note tells the pages what a mailing waits for, when that has changed.
func (r *Runner) note(m *mind) {
	now := Waits{Why: m.why, Args: m.args, NextAt: m.nextAt}
	r.waiting.mu.Lock()
	defer r.waiting.mu.Unlock()
	if r.waiting.of == nil {
		r.waiting.of = map[gateway.CampaignID]Waits{}
	}
	old := r.waiting.of[m.id]
	r.waiting.of[m.id] = now
	if old.Why != now.Why {
		r.Topics.Publish(gateway.TopicCampaigns)
	}
}
