package store

import (
	"context"
	"maps"
	"reflect"
	"slices"
	"sync"
	"time"

	"vestnik/gateway"
	"vestnik/gateway/campaign"
)

// lastCount is the newest count of a mailing. The page of the last look and the start ask for the same one
// several times in a row, and it takes a second for 100,000 people.
type lastCount struct {
	mu      sync.Mutex
	id      gateway.CampaignID
	by      campaign.Deductions
	changes int64 // of the ledger until then
	count   campaign.Count
}

// countLasts is how long a count of an unchanged ledger serves: time passes, and with it the days in which
// somebody is not written to again.
const countLasts = 10 * time.Second

// of is a count that still holds.
func (l *lastCount) of(id gateway.CampaignID, d campaign.Deductions, changes int64) (campaign.Count, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	age := d.Now.Sub(l.by.Now)
	d.Now = l.by.Now
	if l.id != id || l.changes != changes || age < 0 || age > countLasts || !reflect.DeepEqual(l.by, d) {
		return campaign.Count{}, false
	}
	return copyOf(l.count), true
}

func (l *lastCount) keep(id gateway.CampaignID, d campaign.Deductions, changes int64, c campaign.Count) {
	l.mu.Lock()
	defer l.mu.Unlock()
	d.Channels = slices.Clone(d.Channels)
	l.id, l.by, l.changes, l.count = id, d, changes, copyOf(c)
}

func copyOf(c campaign.Count) campaign.Count {
	c.Out, c.Groups = maps.Clone(c.Out), slices.Clone(c.Groups)
	return c
}

// Count implements campaign.Ledger.
func (s *Store) Count(ctx context.Context, id gateway.CampaignID, d campaign.Deductions) (campaign.Count, error) {
	changes := s.writer.changes.Load()
	if c, ok := s.counted.of(id, d, changes); ok {
		return c, nil
	}
	c, err := s.count(ctx, id, d)
	if err == nil {
		s.counted.keep(id, d, changes, c)
	}
	return c, err
}

func (s *Store) count(ctx context.Context, id gateway.CampaignID, d campaign.Deductions) (campaign.Count, error) {
	const op = "count a mailing's people"
	c := campaign.Count{Out: map[gateway.Reason]int{}}
	err := s.view(ctx, op, func(q querier) error {
		m, err := campaignByID(ctx, q, op, id)
		if err != nil || m.State == campaign.Draft && m.Collect.State == campaign.CollectNone {
			return err
		}
		args, err := judge(ctx, q, id, d)
		if err != nil {
			return err
		}
		if err := each(ctx, q, func(scan scanner) error {
			var why gateway.Reason
			var g campaign.Group
			if err := scan(&why, &g.Zone, &g.Class, &g.N); err != nil {
				return err
			}
			c.Found += g.N
			if why != "" {
				c.Out[why] += g.N
				return nil
			}
			c.Goes += g.N
			c.Groups = append(c.Groups, g)
			return nil
		}, queryCount, args...); err != nil {
			return err
		}
		return each(ctx, q, func(scan scanner) error {
			var why gateway.Reason
			var n int
			err := scan(&why, &n)
			c.Found += n
			c.Out[why] += n
			return err
		}, queryCountOut, int64(id))
	})
	return c, err
}
