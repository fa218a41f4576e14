package card

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

// How much one question may ask of the CRM.
const (
	hintsAtMost   = 3 // e-mails, numbers, order numbers: of each
	candidatesMax = 10
	// answerAge is how long an answer of the CRM counts; a change of any customer ends all of them.
	answerAge  = 10 * time.Minute
	answersMax = 2000
)

// answer is what the CRM said of an address or a number.
type answer struct {
	profiles []gateway.Profile
	at       time.Time
}

// Find looks whom hints fit: what was chosen for the requester before, then his e-mail
// addresses, then his numbers, each exactly. Several who fit are all answered, unless an order number that
// he named belongs to one of them; an order number alone only suggests somebody. The CRM is waited for
// three seconds; while it is away, what is kept counts. The error is a fault of the box, or ctx's.
func (k *Keeper) Find(ctx context.Context, h Hints) (Found, error) { return k.find(ctx, h, false) }

func (k *Keeper) find(ctx context.Context, h Hints, behind bool) (Found, error) {
	if h.Requester != 0 {
		customer, err := k.Store.Chosen(ctx, h.Requester)
		if err != nil {
			return Found{}, err
		}
		if customer != 0 {
			return Found{Status: FoundOne, By: "choice", Customer: customer}, nil
		}
	}
	settings := k.Live.Now().Settings
	emails := addresses(h.Emails, settings.Helpdesk.IgnoreDomains)
	phones := Phones(h.Phones, settings.Shop.Region)
	numbers := h.Numbers[:min(len(h.Numbers), hintsAtMost)]
	if len(emails)+len(phones)+len(numbers) == 0 {
		return Found{Status: FoundNone, NoHints: true}, nil
	}
	patience := findPatience
	if behind {
		patience = readPatience
	}
	asked, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	era := k.era()
	s := &search{k: k, ctx: ctx, asked: asked, behind: behind}
	found, err := s.run(emails[:min(len(emails), hintsAtMost)], phones[:min(len(phones), hintsAtMost)], numbers)
	if ctx.Err() != nil {
		return Found{}, ctx.Err()
	}
	if err == nil && k.era() != era {
		return Found{Status: FoundAway, Away: gateway.CRMConnecting}, nil // they are another account's
	}
	return found, err
}

// search is one question of Find.
type search struct {
	k     *Keeper
	ctx   context.Context // of the caller
	asked context.Context // as long as the CRM is waited for

	behind bool // nobody waits

	mu   sync.Mutex
	away gateway.CRMState // why the CRM did not answer
}

// fit is somebody who fits.
type fit struct {
	gateway.Profile
	by string
}

func (s *search) run(emails []string, phones []device.Phone, numbers []string) (Found, error) {
	fits, err := s.each("email", len(emails), func(i int) (string, device.Phone) { return emails[i], "" })
	if err == nil && len(fits) == 0 {
		fits, err = s.each("phone", len(phones), func(i int) (string, device.Phone) { return "", phones[i] })
	}
	if err != nil {
		return Found{}, err
	}
	switch {
	case len(fits) == 1:
		return Found{Status: FoundOne, By: fits[0].by, Customer: fits[0].ID, Away: s.away}, nil
	case len(fits) > 1:
		if one := s.named(fits, numbers); one != nil {
			return Found{Status: FoundOne, By: one.by, Customer: one.ID, Away: s.away}, nil
		}
		return Found{Status: FoundMany, By: fits[0].by, Candidates: candidates(fits), Away: s.away}, nil
	}
	fits, err = s.suggested(numbers)
	switch {
	case err != nil:
		return Found{}, err
	case len(fits) > 0:
		return Found{Status: FoundMany, By: "order", Candidates: candidates(fits), Away: s.away}, nil
	case s.away != "":
		return Found{Status: FoundAway, Away: s.away}, nil
	}
	return Found{Status: FoundNone}, nil
}

// each looks for n addresses or numbers at once, and answers everybody who fits one of them,
// each once.
func (s *search) each(by string, n int, hint func(int) (string, device.Phone)) ([]fit, error) {
	lists := make([][]gateway.Profile, n)
	errs := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			email, phone := hint(i)
			lists[i], errs[i] = s.profilesBy(email, phone)
		})
	}
	all.Wait()
	var fits []fit
	for _, list := range lists {
		for _, p := range list {
			if !slices.ContainsFunc(fits, func(f fit) bool { return f.ID == p.ID }) {
				fits = append(fits, fit{p, by})
			}
		}
	}
	return fits, errors.Join(errs...)
}

// profilesBy asks the CRM, or what is kept while that is away. The CRM comes first: the cache may
// know one of two who share an address.
func (s *search) profilesBy(email string, phone device.Phone) ([]gateway.Profile, error) {
	key := cmp.Or(email, phone.String())
	if list, ok := s.k.answered(key); ok {
		return list, nil
	}
	era := s.k.era()
	profiles, state := s.k.crmFor(s.behind)
	if profiles != nil {
		list, err := profiles.ProfilesBy(s.asked, email, phone)
		if err == nil {
			s.k.remember(era, key, list)
			return list, nil
		}
		if s.ctx.Err() != nil {
			return nil, s.ctx.Err()
		}
		state = s.k.away(err)
		s.k.Log.Debug("the CRM did not say whose an address is", "error", err)
	}
	s.failed(state)
	return s.k.Store.CardsOf(s.ctx, email, phone)
}

func (s *search) failed(state gateway.CRMState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.away = cmp.Or(s.away, state)
}

// ordersOf are the orders with one of the numbers; a CRM that does not answer has none.
func (s *search) ordersOf(numbers []string) []gateway.ProfileOrder {
	profiles, state := s.k.crmFor(s.behind)
	if profiles == nil {
		s.failed(state)
		return nil
	}
	lists := make([][]gateway.ProfileOrder, len(numbers))
	var all sync.WaitGroup
	for i, number := range numbers {
		all.Go(func() {
			for _, spelling := range spellings(number) {
				list, err := profiles.OrdersByNumber(s.asked, spelling)
				if err != nil && device.KindOf(err) != device.NotFound {
					s.failed(s.k.away(err))
					return
				}
				if lists[i] = list; len(list) > 0 {
					return
				}
			}
		})
	}
	all.Wait()
	return slices.Concat(lists...)
}

// named is the one of several whose order one of the numbers is; nil when that is none of them,
// or more than one.
func (s *search) named(fits []fit, numbers []string) *fit {
	if len(numbers) == 0 {
		return nil
	}
	theirs := func(ids func(int64) bool) (one *fit, several bool) {
		for i := range fits {
			if !ids(fits[i].ID) {
				continue
			}
			if one != nil {
				return nil, true
			}
			one = &fits[i]
		}
		return one, false
	}
	one, several := theirs(func(id int64) bool {
		kept, err := s.k.Store.Card(s.ctx, id)
		return err == nil && slices.ContainsFunc(kept.Orders, func(o gateway.ProfileOrder) bool { return Named(o.Number, numbers) })
	})
	if one != nil || several {
		return one
	}
	orders := s.ordersOf(numbers)
	one, _ = theirs(func(id int64) bool {
		return slices.ContainsFunc(orders, func(o gateway.ProfileOrder) bool { return o.Customer == id })
	})
	return one
}

// suggested are the customers of the orders with these numbers: somebody else's number is easily
// named, so a person has to confirm them.
func (s *search) suggested(numbers []string) ([]fit, error) {
	if len(numbers) == 0 {
		return nil, nil
	}
	var ids []int64
	for _, o := range s.ordersOf(numbers) {
		if o.Customer != 0 && !slices.Contains(ids, o.Customer) && len(ids) < hintsAtMost {
			ids = append(ids, o.Customer)
		}
	}
	fits := make([]fit, len(ids))
	errs := make([]error, len(ids))
	var all sync.WaitGroup
	for i, id := range ids {
		all.Go(func() {
			fits[i].by = "order"
			fits[i].Profile, errs[i] = s.profile(id)
		})
	}
	all.Wait()
	return slices.DeleteFunc(fits, func(f fit) bool { return f.ID == 0 }), errors.Join(errs...)
}

// profile is a kept one, else the CRM's; zero when nobody answers.
func (s *search) profile(id int64) (gateway.Profile, error) {
	kept, err := s.k.Store.Card(s.ctx, id)
	if err == nil {
		return kept.Profile, nil
	}
	if device.KindOf(err) != device.NotFound {
		return gateway.Profile{}, err
	}
	profiles, state := s.k.crmFor(s.behind)
	if profiles == nil {
		s.failed(state)
		return gateway.Profile{}, nil
	}
	p, err := profiles.Profile(s.asked, id)
	if err != nil {
		if device.KindOf(err) != device.NotFound {
			s.failed(s.k.away(err))
		}
		return gateway.Profile{}, nil
	}
	return p, nil
}

func candidates(fits []fit) []Candidate {
	var list []Candidate
	for _, f := range fits[:min(len(fits), candidatesMax)] {
		list = append(list, Candidate{
			Customer: f.ID, Name: f.Name, SiteName: cmp.Or(f.SiteName, f.Site), Orders: f.OrdersCount, Total: f.Total, Currency: f.Currency,
			By: f.by, VIP: f.VIP, URL: f.URL,
		})
	}
	return list
}

// answered is what the CRM said a short while ago.
func (k *Keeper) answered(key string) ([]gateway.Profile, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	a, ok := k.known[key]
	return a.profiles, ok && time.Since(a.at) < answerAge
}

func (k *Keeper) remember(era int, key string, list []gateway.Profile) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.account != era {
		return
	}
	if len(k.known) >= answersMax {
		clear(k.known)
	}
	k.known[key] = answer{list, time.Now()}
}

func (k *Keeper) forgetAnswers() {
	k.mu.Lock()
	defer k.mu.Unlock()
	clear(k.known)
}

func asDevice(err error, e **device.Error) bool { return errors.As(err, e) }
