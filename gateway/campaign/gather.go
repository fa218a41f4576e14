package campaign

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

// gatherPiece is how many people are added in one transaction.
const gatherPiece = 500

// gatherer keeps those who gather people: one for each mailing.
type gatherer struct {
	mu   sync.Mutex
	at   map[gateway.CampaignID]*gathering
	done sync.WaitGroup
	// fresh are the tokens that were given out in this process and under which nothing was added yet.
	fresh map[int64]bool
}

type gathering struct {
	token  int64
	cancel context.CancelFunc
}

func (g *gatherer) wait() { g.done.Wait() }

// Collect begins to gather a draft's people anew, and returns at once.
func (r *Runner) Collect(ctx context.Context, id gateway.CampaignID) error {
	token, err := r.Ledger.BeginCollect(ctx, id, 0)
	if err != nil {
		return err
	}
	r.gatherer.mu.Lock()
	if r.gatherer.fresh == nil {
		r.gatherer.fresh = map[int64]bool{}
	}
	r.gatherer.fresh[token] = true
	r.gatherer.mu.Unlock()
	r.stale.Store(true)
	r.Topics.Publish(gateway.TopicCampaigns)
	r.Wake()
	return nil
}

// StopCollect ends the gathering: the list is not whole, and counts as not gathered.
func (r *Runner) StopCollect(ctx context.Context, id gateway.CampaignID) error {
	c, err := r.Ledger.Campaign(ctx, id)
	if err != nil {
		return err
	}
	if c.Collect.State != CollectRunning {
		return nil
	}
	if err := r.Ledger.EndCollect(ctx, id, c.Collect.Token, "stopped"); err != nil {
		return err
	}
	r.gatherer.mu.Lock()
	if g := r.gatherer.at[id]; g != nil {
		g.cancel()
	}
	r.gatherer.mu.Unlock()
	r.Topics.Publish(gateway.TopicCampaigns)
	return nil
}

// gather sees that somebody gathers people for each mailing that waits for them. What an earlier
// process has begun is begun anew.
func (r *Runner) gather(ctx context.Context, all []Campaign) {
	g := &r.gatherer
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.at == nil {
		g.at = map[gateway.CampaignID]*gathering{}
	}
	for _, c := range all {
		busy := g.at[c.ID]
		if c.Collect.State != CollectRunning || busy != nil && busy.token == c.Collect.Token {
			continue
		}
		if busy != nil {
			busy.cancel()
		}
		token, fresh := c.Collect.Token, g.fresh[c.Collect.Token]
		delete(g.fresh, token)
		mine, cancel := context.WithCancel(ctx)
		here := &gathering{token: token, cancel: cancel}
		g.at[c.ID] = here
		g.done.Go(func() {
			defer cancel()
			err := r.collectSafely(mine, c, here, fresh)
			if err != nil && mine.Err() == nil {
				r.Log.Error("people of a mailing were not gathered", "campaign", c.ID, "error", err)
			}
			g.mu.Lock()
			if g.at[c.ID] == here {
				delete(g.at, c.ID)
			}
			g.mu.Unlock()
			r.stale.Store(true)
			r.Topics.Publish(gateway.TopicCampaigns)
		})
	}
}

// collectSafely is collect for foreign files: what they can break is their own gathering.
func (r *Runner) collectSafely(ctx context.Context, c Campaign, here *gathering, fresh bool) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = errors.Join(fmt.Errorf("campaign: gather: panic: %v\n%s", v, debug.Stack()), r.Ledger.EndCollect(ctx, c.ID, here.token, fmt.Sprint(v)))
		}
	}()
	return r.collect(ctx, c, here, fresh)
}

// collect gathers the people of one mailing.
func (r *Runner) collect(ctx context.Context, c Campaign, here *gathering, fresh bool) error {
	now, err := r.Ledger.Campaign(ctx, c.ID)
	if err != nil {
		return err
	}
	if now.Collect.State != CollectRunning || now.Collect.Token != c.Collect.Token {
		return nil // it has ended, or another one has begun, since the mailing was read
	}
	c = now // with the pasted list
	if !fresh {
		token, err := r.Ledger.BeginCollect(ctx, c.ID, 0)
		if err != nil {
			return err
		}
		r.gatherer.mu.Lock()
		here.token = token
		r.gatherer.mu.Unlock()
	}
	list := &list{r: r, ctx: ctx, c: c, token: here.token, reading: ReadingOf(c, r.Live.Now().Settings, r.Zone)}
	err = list.read()
	if err == nil {
		err = list.flush(true)
	}
	if ctx.Err() != nil || errors.Is(err, errOld) {
		return nil
	}
	failure := ""
	if err != nil {
		failure = err.Error()
	}
	return r.Ledger.EndCollect(ctx, c.ID, here.token, failure)
}

// errOld says that the audience has changed meanwhile.
var errOld = errors.New("campaign: another audience is gathered")

// list is the people that are being gathered.
type list struct {
	r           *Runner
	ctx         context.Context
	c           Campaign
	token       int64
	reading     Reading
	kept        []Person
	seen, total int
}

func (l *list) read() error {
	switch l.c.Audience.Source {
	case FromCustomers, FromOrders:
		return l.fromCRM()
	case FromContacts:
		found, err := l.r.Ledger.AddContacts(l.ctx, l.c.ID, l.token)
		l.seen, l.total = found, found
		return err
	case FromList, FromFile:
		return l.rows()
	}
	return device.Errorf(device.Invalid, "campaign: gather", "unknown source %q", l.c.Audience.Source)
}

// add keeps people until a piece is full.
func (l *list) add(people ...Person) error {
	l.kept = append(l.kept, people...)
	return l.flush(false)
}

func (l *list) flush(all bool) error {
	for len(l.kept) >= gatherPiece || all && len(l.kept) > 0 {
		piece := l.kept[:min(gatherPiece, len(l.kept))]
		ok, err := l.r.Ledger.AddPeople(l.ctx, l.c.ID, l.token, piece, l.seen, l.total)
		if err != nil {
			return err
		}
		if !ok {
			return errOld
		}
		l.kept = append(l.kept[:0], l.kept[len(piece):]...)
		l.r.Topics.Publish(gateway.TopicCampaigns)
	}
	return nil
}

// fromCRM reads the CRM's list page by page; what it cannot answer now is asked again.
func (l *list) fromCRM() error {
	query := l.c.Audience.Query
	query.ByOrders = l.c.Audience.Source == FromOrders
	for page := 1; ; page++ {
		people, total, err := l.page(query, page)
		if err != nil {
			return err
		}
		l.seen, l.total = min(page*gateway.AudiencePageSize, total), total
		for _, p := range people {
			l.kept = append(l.kept, l.reading.Customer(p))
		}
		if err := l.flush(true); err != nil {
			return err
		}
		if l.seen >= total {
			return nil
		}
	}
}

// askAgain are the pauses between the tries to read a page.
var askAgain = []time.Duration{2 * time.Second, 10 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute}

func (l *list) page(q gateway.AudienceQuery, page int) (people []gateway.AudiencePerson, total int, err error) {
	for try := 0; ; try++ {
		crm := gateway.Audiences(nil)
		if l.r.Audiences != nil {
			crm = l.r.Audiences()
		}
		if crm == nil {
			return nil, 0, device.Errorf(device.Unavailable, "campaign: gather", "no address and key of a CRM are set")
		}
		people, total, err = crm.AudiencePage(l.ctx, q, page)
		if err == nil || try == len(askAgain) {
			return people, total, err
		}
		pause := askAgain[try]
		switch device.KindOf(err) {
		case device.Unavailable, device.RateLimited, device.Uncertain:
			var e *device.Error
			if errors.As(err, &e) && e.RetryAfter > 0 {
				pause = e.RetryAfter
			}
		default:
			return nil, 0, err
		}
		select {
		case <-l.ctx.Done():
			return nil, 0, l.ctx.Err()
		case <-time.After(pause):
		}
	}
}

// rows reads a pasted list or a file.
func (l *list) rows() error {
	if l.r.Rows == nil {
		return device.Errorf(device.Invalid, "campaign: gather", "there is no reader of files")
	}
	columns := l.c.Audience.File.Columns
	if l.c.Audience.Source == FromList {
		columns = pastedColumns
	}
	return l.r.Rows(l.ctx, l.c, func(line int, cells []string, problem string) error {
		if l.seen++; problem != "" {
			return l.add(l.reading.Refused(line, problem))
		}
		p, ok := l.reading.Row(line, cells, columns)
		if !ok {
			return nil
		}
		return l.add(p)
	})
}
