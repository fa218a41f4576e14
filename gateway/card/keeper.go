package card

import (
	"context"
	"log/slog"
	"net/mail"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"vestnik/device"
	"vestnik/gateway"
)

// Keeper finds customers and keeps their cards. Every field but those that are said to may be
// nil is to be set before the first call; it is safe for concurrent use. Errors are
// *device.Error, with the kinds of gateway.Profiles and of Store.
type Keeper struct {
	// Profiles is the CRM of the moment; it answers nil while none is set. Behind is the same for
	// what nobody waits for; nil: there is no difference.
	Profiles, Behind func() gateway.Profiles
	// Users are the users of the CRM; nil: nobody knows who is responsible.
	Users func(ctx context.Context) ([]gateway.CRMUser, error)
	Store Store
	Live  *gateway.Live
	Clock *gateway.ClockGuard // nil: the clock is believed
	// Topics hears of renewed cards; nil: nobody does.
	Topics *gateway.Topics
	Log    *slog.Logger
	// CRM is how the CRM fares.
	CRM func() gateway.CRMState
	// Renewed is told which cards say something else than before; it is called between two requests and
	// should not wait. Nil: nobody is told.
	Renewed func(customers []int64)

	budget *rate.Limiter // of what nobody waits for
	kick   chan struct{}

	saving sync.Mutex // a card that is being erased is not saved behind it

	mu       sync.Mutex
	flights  map[int64]*flight
	wanted   []int64 // old ones that somebody looks at, the last one first
	touched  map[gateway.OrderID]bool
	buyers   map[int64]bool      // customers with new orders
	putAside map[int64]time.Time // until when a card that cannot be read is left alone
	pause    time.Time           // until when nothing is asked that nobody waits for
	known    map[string]answer   // what the CRM said of an address or a number
	users    []gateway.CRMUser
	usersAt  time.Time
	staffed  bool // somebody looks at a card whose people may be others by now
	account  int  // rises when the CRM's account is another one
}

const (
	// findPatience is how long Find waits for the CRM, readPatience how long a card does.
	findPatience = 3 * time.Second
	readPatience = 10 * time.Second
	// lookAge is how old a card may be that somebody looks at before it is read again behind his
	// back; the CRM's history tells of most changes, not of notes, tasks and points.
	lookAge = 10 * time.Minute
	// careAge is the same for those who are looked after, careTime how long one is after a look.
	careAge  = 6 * time.Hour
	careTime = time.Hour
	usersAge = 10 * time.Minute
	// wantedAtMost and touchedAtMost bound what waits; what does not fit is renewed by its age.
	wantedAtMost  = 200
	touchedAtMost = 20_000
)

// NewKeeper needs the fields above set before the first call.
func NewKeeper() *Keeper {
	return &Keeper{
		budget: rate.NewLimiter(1, 4), kick: make(chan struct{}, 1), flights: map[int64]*flight{}, touched: map[gateway.OrderID]bool{}, buyers: map[int64]bool{},
		putAside: map[int64]time.Time{}, known: map[string]answer{},
	}
}

func (k *Keeper) now() time.Time { return k.Clock.Time() }

// crm is the CRM when it may be asked; otherwise why not.
func (k *Keeper) crm() (gateway.Profiles, gateway.CRMState) {
	p := k.Profiles()
	state := k.CRM()
	switch {
	case p == nil:
		return nil, gateway.CRMOff
	case state == gateway.CRMConnected, state == gateway.CRMConnecting, state == gateway.CRMMissingRight:
		return p, ""
	}
	return nil, state
}

// crmFor is the same for what somebody waits for, or nobody.
func (k *Keeper) crmFor(behind bool) (gateway.Profiles, gateway.CRMState) {
	profiles, state := k.crm()
	if behind && profiles != nil {
		if profiles = k.quiet(profiles); profiles == nil {
			return nil, gateway.CRMOff
		}
	}
	return profiles, state
}

func awayError(state gateway.CRMState) error {
	return device.Errorf(device.Unavailable, "card", "the CRM is away: %s", state)
}

// away is how a failure of the CRM is told: the kind of trouble, as its state has it.
func (k *Keeper) away(err error) gateway.CRMState {
	if state := k.CRM(); state != gateway.CRMConnected && state != gateway.CRMConnecting {
		return state
	}
	if device.KindOf(err) == device.Unauthorized {
		return gateway.CRMMissingRight
	}
	return gateway.CRMFailing
}

// isAway tells whether an error says that the CRM could not answer, rather than what.
func isAway(err error) bool {
	switch device.KindOf(err) {
	case device.Unavailable, device.RateLimited, device.Unauthorized, device.Uncertain, device.Internal:
		return true
	}
	return false
}

// Card is a customer's card: from the cache when there is one, which is renewed in the
// background when it is old. Else the CRM is asked, for at most ten seconds: NotFound when nobody has
// this id, Unavailable while the CRM is away.
func (k *Keeper) Card(ctx context.Context, customer int64) (Card, error) {
	return k.card(ctx, customer, false)
}

func (k *Keeper) card(ctx context.Context, customer int64, behind bool) (Card, error) {
	kept, err := k.Store.Card(ctx, customer)
	if device.KindOf(err) == device.NotFound {
		return k.renewed(ctx, customer, behind)
	}
	if err != nil {
		return Card{}, err
	}
	_, state := k.crm()
	old := !kept.OldAt.IsZero() || k.now().Sub(kept.AsOf) >= lookAge
	if old || k.usersOld() {
		k.want(customer, old)
	}
	c, err := k.compose(ctx, kept)
	c.FromCache, c.Old, c.Away = true, old, state
	return c, err
}

// Renew reads a card from the CRM now, for at most ten seconds. When the CRM is away and a card
// is kept, that one is answered with Away set. NotFound when nobody has this id any more.
func (k *Keeper) Renew(ctx context.Context, customer int64) (Card, error) {
	return k.renewed(ctx, customer, false)
}

func (k *Keeper) renewed(ctx context.Context, customer int64, behind bool) (Card, error) {
	asked, cancel := context.WithTimeout(ctx, readPatience)
	defer cancel()
	kept, err := k.renew(asked, customer, behind)
	if err == nil {
		return k.compose(ctx, kept)
	}
	if ctx.Err() != nil || !isAway(err) {
		return Card{}, err
	}
	kept, missing := k.Store.Card(ctx, customer)
	if missing != nil {
		return Card{}, err
	}
	c, composed := k.compose(ctx, kept)
	c.FromCache, c.Old, c.Away = true, true, k.away(err)
	return c, composed
}

// MoreOrders is a further page of a customer's orders, from 2, twenty on each, newest first,
// with how many there are in all. Nothing of it is kept.
func (k *Keeper) MoreOrders(ctx context.Context, customer int64, page int) (orders []Order, total int, err error) {
	if page < 1 {
		return nil, 0, device.Errorf(device.Invalid, "card: more orders", "page %d", page)
	}
	profiles, state := k.crm()
	if profiles == nil {
		return nil, 0, awayError(state)
	}
	ctx, cancel := context.WithTimeout(ctx, readPatience)
	defer cancel()
	list, total, err := profiles.ProfileOrders(ctx, customer, page)
	if err != nil {
		return nil, 0, err
	}
	return k.orders(list), total, nil
}

// Make makes a card in the CRM, or finds the one that was made for the same ExternalID before,
// and answers its id. Invalid without a real e-mail and without a number.
func (k *Keeper) Make(ctx context.Context, c gateway.NewCustomer, by string) (int64, error) {
	const op = "card: make a customer"
	c.Email = strings.TrimSpace(c.Email)
	if c.Email != "" {
		if a, err := mail.ParseAddress(c.Email); err != nil || a.Address != c.Email {
			return 0, device.Errorf(device.Invalid, op, "that is no e-mail address")
		}
	}
	settings := k.Live.Now().Settings.Helpdesk
	if c.Email != "" && Robot(c.Email, settings.IgnoreDomains...) != "" {
		c.Email = ""
	}
	if c.Email == "" && c.Phone == "" {
		return 0, device.Errorf(device.Invalid, op, "neither an e-mail address nor a number")
	}
	if c.Site == "" {
		c.Site = settings.UnknownSite
	}
	profiles, state := k.crm()
	if profiles == nil {
		return 0, awayError(state)
	}
	ctx, cancel := context.WithTimeout(ctx, readPatience)
	defer cancel()
	id, existed, err := profiles.MakeCustomer(ctx, c)
	if err != nil {
		return 0, err
	}
	k.forgetAnswers()
	k.Log.Info("customer made in the CRM", "customer", id, "existed", existed, "by", by)
	return id, nil
}

// Choose remembers whose card a requester of the helpdesk has; customer 0 forgets it.
func (k *Keeper) Choose(ctx context.Context, requester, customer int64, by string) error {
	return k.Store.Choose(ctx, requester, customer, by, k.now())
}

// Erase takes everything away that is kept of a customer apart from messages. A card that is
// being read just now is not kept.
func (k *Keeper) Erase(ctx context.Context, customer int64, by string) error {
	k.saving.Lock()
	defer k.saving.Unlock()
	k.mu.Lock()
	if f := k.flights[customer]; f != nil {
		f.erased = true
	}
	k.mu.Unlock()
	if err := k.Store.EraseCard(ctx, customer); err != nil {
		return err
	}
	k.forgetAnswers()
	k.Log.Info("customer erased", "customer", customer, "by", by)
	k.publish()
	return nil
}

// Forget ends all that is known of the CRM's account, since its ids mean others in another
// one. Call it when nobody can be given the former one by Profiles any more, and before the next one is:
// nothing that is being read just now is kept.
func (k *Keeper) Forget() {
	k.saving.Lock()
	defer k.saving.Unlock()
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, f := range k.flights {
		f.erased = true
	}
	clear(k.flights) // nobody else shares them
	clear(k.known)
	clear(k.touched)
	clear(k.buyers)
	clear(k.putAside)
	k.users, k.usersAt, k.wanted, k.staffed, k.pause = nil, time.Time{}, nil, false, time.Time{}
	k.account++
}

// era is which account of the CRM is in force.
func (k *Keeper) era() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.account
}

// still does something unless the account is another one by now, or becomes so meanwhile.
func (k *Keeper) still(era int, do func() error) error {
	k.saving.Lock()
	defer k.saving.Unlock()
	if k.era() != era {
		return nil
	}
	return do()
}

// Touched tells that orders changed in the CRM, or that customers have new ones: their cards
// are old from now on. It never blocks.
func (k *Keeper) Touched(orders []gateway.OrderID, customers []int64) {
	k.mu.Lock()
	for _, id := range customers {
		if len(k.buyers) < touchedAtMost {
			k.buyers[id] = true
		}
	}
	for _, id := range orders {
		if len(k.touched) < touchedAtMost {
			k.touched[id] = true
		}
	}
	k.mu.Unlock()
	k.wake()
}

func (k *Keeper) publish() {
	if k.Topics != nil {
		k.Topics.Publish(gateway.TopicCards)
	}
}

func (k *Keeper) wake() {
	select {
	case k.kick <- struct{}{}:
	default:
	}
}

// want asks for a card in the background, or for the CRM's users alone.
func (k *Keeper) want(customer int64, card bool) {
	k.mu.Lock()
	k.staffed = true
	if card {
		rest := k.wanted
		k.wanted = append(make([]int64, 0, len(rest)+1), customer)
		for _, id := range rest {
			if id != customer && len(k.wanted) < wantedAtMost {
				k.wanted = append(k.wanted, id)
			}
		}
	}
	k.mu.Unlock()
	k.wake()
}

func (k *Keeper) usersOld() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.Users != nil && (k.usersAt.IsZero() || time.Since(k.usersAt) >= usersAge)
}

// usersWanted tells whether the users are to be read for their own sake: nobody knows them, or
// somebody looks.
func (k *Keeper) usersWanted() bool {
	old := k.usersOld()
	k.mu.Lock()
	defer k.mu.Unlock()
	return old && (k.staffed || k.usersAt.IsZero())
}

// staff is who works in the CRM, read anew when that is long ago. An error leaves what is known.
func (k *Keeper) staff(ctx context.Context) {
	if !k.usersOld() {
		return
	}
	era := k.era()
	users, err := k.Users(ctx)
	if err != nil {
		if ctx.Err() == nil {
			k.Log.Debug("the CRM's users were not read", "error", err)
		}
		if device.KindOf(err) != device.Unauthorized {
			return
		}
		// A right that is missing will be missing in a minute too.
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.account != era {
		return
	}
	k.usersAt, k.staffed = time.Now(), false
	if err == nil {
		k.users = users
	}
}

func (k *Keeper) user(id int64) *gateway.CRMUser {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, u := range k.users {
		if u.ID == id && id != 0 {
			return &u
		}
	}
	return nil
}
