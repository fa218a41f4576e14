package card

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

// flight is one reading of a card, which all who ask for it meanwhile share.
type flight struct {
	done   chan struct{} // closed when the fields below stand
	kept   Kept
	err    error
	erased bool // by Erase or Forget, under Keeper.mu
}

// renew reads a card from the CRM, once for all who want it now. behind: nobody waits for it.
func (k *Keeper) renew(ctx context.Context, customer int64, behind bool) (Kept, error) {
	for {
		k.mu.Lock()
		f := k.flights[customer]
		leads := f == nil
		if leads {
			f = &flight{done: make(chan struct{})}
			k.flights[customer] = f
		}
		k.mu.Unlock()
		if leads {
			k.fly(ctx, customer, f, behind)
			return f.kept, f.err
		}
		select {
		case <-f.done:
		case <-ctx.Done():
			return Kept{}, device.Errorf(device.Unavailable, "card: read it", "%w", ctx.Err())
		}
		// Who asked first may have gone away meanwhile.
		if f.err == nil || ctx.Err() != nil || !f.left() {
			return f.kept, f.err
		}
	}
}

// left tells whether the one who asked did not wait for the answer.
func (f *flight) left() bool { return f.err == errLeft }

var errLeft = device.Errorf(device.Unavailable, "card: read it", "whoever asked has gone")

func (k *Keeper) fly(ctx context.Context, customer int64, f *flight, behind bool) {
	f.err = device.Errorf(device.Internal, "card: read it", "the program failed at it") // unless it is overwritten
	defer func() {
		k.mu.Lock()
		if k.flights[customer] == f {
			delete(k.flights, customer)
		}
		k.mu.Unlock()
		close(f.done)
	}()
	f.kept, f.err = k.read(ctx, customer, f, behind)
	if f.err != nil && ctx.Err() != nil {
		f.err = errLeft
	}
}

// read asks the CRM for a card and keeps it.
func (k *Keeper) read(ctx context.Context, customer int64, f *flight, behind bool) (Kept, error) {
	era := k.era()
	profiles, state := k.crmFor(behind)
	if profiles == nil {
		return Kept{}, awayError(state)
	}
	was, err := k.Store.Card(ctx, customer)
	if err != nil && device.KindOf(err) != device.NotFound {
		return Kept{}, err
	}
	kept, err := k.ask(ctx, profiles, customer, was.Entries)
	if k.era() != era {
		return Kept{}, awayError(gateway.CRMConnecting) // it was another account's
	}
	if device.KindOf(err) == device.NotFound {
		if _, err := k.unlessErased(f, func() error { return k.Store.DropCard(ctx, customer, k.now()) }); err != nil {
			return Kept{}, err
		}
		k.publish()
		return Kept{}, err
	}
	if err != nil {
		return Kept{}, err
	}
	into := kept.Profile.ID
	if into != customer {
		if was, err = k.Store.Card(ctx, into); err != nil && device.KindOf(err) != device.NotFound {
			return Kept{}, err
		}
	}
	saved, err := k.save(ctx, customer, kept, f)
	switch {
	case k.era() != era:
		return Kept{}, awayError(gateway.CRMConnecting)
	case err != nil || !saved:
		return kept, err
	}
	k.publish()
	if k.Renewed != nil && (into != customer || differs(was, kept)) {
		k.Renewed([]int64{into})
	}
	return kept, nil
}

// save keeps a card unless it was erased while it was being read.
func (k *Keeper) save(ctx context.Context, asked int64, kept Kept, f *flight) (bool, error) {
	return k.unlessErased(f, func() error {
		if err := k.Store.SaveCard(ctx, kept); err != nil {
			return err
		}
		if into := kept.Profile.ID; into != asked {
			k.Log.Info("a card was merged in the CRM", "customer", asked, "into", into)
			return k.Store.MergeCard(ctx, asked, into)
		}
		return nil
	})
}

// unlessErased does something about a card that was read; done tells whether it did.
func (k *Keeper) unlessErased(f *flight, do func() error) (done bool, err error) {
	k.saving.Lock()
	defer k.saving.Unlock()
	k.mu.Lock()
	erased := f.erased
	k.mu.Unlock()
	if erased {
		return false, nil
	}
	if err := do(); err != nil {
		return false, err
	}
	return true, nil
}

// differs tells whether two readings say different things, whenever they were made.
func differs(a, b Kept) bool {
	return !bytes.Equal(essence(a), essence(b))
}

func essence(k Kept) []byte {
	k.AsOf, k.OldAt, k.Phones = time.Time{}, time.Time{}, nil
	b, err := json.Marshal(k)
	if err != nil {
		panic(err) // texts, numbers and times always marshal
	}
	return b
}

// ask reads all parts of a card at once: a slow CRM is waited for once, not four times. Of a
// customer's orders only the newest page is read. Notes and tasks that the key may not read, or that
// fail, leave the former ones.
func (k *Keeper) ask(ctx context.Context, profiles gateway.Profiles, customer int64, entries []gateway.ProfileEntry) (Kept, error) {
	kept := Kept{AsOf: k.now().UTC().Truncate(time.Millisecond)}
	var errProfile, errOrders error
	var all sync.WaitGroup
	all.Go(func() { kept.Profile, errProfile = profiles.Profile(ctx, customer) })
	rest := func(id int64, all *sync.WaitGroup) {
		all.Go(func() { kept.Orders, kept.Total, errOrders = profiles.ProfileOrders(ctx, id, 1) })
		all.Go(func() {
			list, err := profiles.ProfileEntries(ctx, id)
			if kept.Entries = entries; err == nil {
				kept.Entries = list
			}
		})
	}
	rest(customer, &all)
	all.Go(func() { k.staff(ctx) })
	all.Wait()
	if errProfile != nil {
		return Kept{}, errProfile
	}
	if id := kept.Profile.ID; id <= 0 {
		return Kept{}, device.Errorf(device.Internal, "card: read it", "the CRM answered customer %d for %d", id, customer)
	} else if id != customer {
		var again sync.WaitGroup // merged into another one: these are his
		rest(id, &again)
		again.Wait()
	}
	switch kind := device.KindOf(errOrders); {
	case kind == device.Unauthorized || kind == device.NotFound:
		kept.Orders, kept.Total = nil, 0
	case errOrders != nil:
		return Kept{}, errOrders
	}
	kept.Phones = Phones(kept.Profile.Phones, k.Live.Now().Settings.Shop.Region)
	return kept, nil
}

// What the rounds of Run do not do each time.
const (
	historyEvery = time.Minute
	eraseEvery   = time.Hour
	pauseAway    = 30 * time.Second
	asideFor     = 10 * time.Minute
	costOfCard   = 3 // requests
	oldAtOnce    = 50
	historyPages = 20
	// readFirst bounds the cards that are read again when the history has been found.
	readFirst = 500
)

// Run follows the history of customers once a minute, renews old cards of those who are looked
// after, the ones first that somebody looks at, and erases what is past its time, until ctx ends. All of
// it together makes at most one request a second, and none while the CRM is away. Only a fault of the box
// itself ends it with an error.
func (k *Keeper) Run(ctx context.Context) error {
	var history, erase time.Time
	for ctx.Err() == nil {
		began := time.Now()
		if err := k.takeTouched(ctx); err != nil {
			return k.end(ctx, err)
		}
		if began.Sub(erase) >= eraseEvery {
			erase = began
			if err := k.eraseOld(ctx); err != nil {
				return k.end(ctx, err)
			}
		}
		if began.Sub(history) >= historyEvery {
			history = began
			if err := k.follow(ctx); err != nil {
				return k.end(ctx, err)
			}
		}
		more, err := k.renewNext(ctx)
		if err != nil {
			return k.end(ctx, err)
		}
		if more {
			continue
		}
		select {
		case <-ctx.Done():
		case <-k.kick:
		case <-time.After(max(0, historyEvery-time.Since(history))):
		}
	}
	return nil
}

func (k *Keeper) end(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return fmt.Errorf("card: %w", err)
}

// takeTouched marks the cards of orders that changed.
func (k *Keeper) takeTouched(ctx context.Context) error {
	k.mu.Lock()
	ids := make([]gateway.OrderID, 0, len(k.touched))
	for id := range k.touched {
		ids = append(ids, id)
	}
	clear(k.touched)
	buyers := slices.Collect(maps.Keys(k.buyers))
	clear(k.buyers)
	k.mu.Unlock()
	if err := k.Store.Outdate(ctx, buyers, k.now()); err != nil {
		return err
	}
	const atOnce = 200
	for len(ids) > 0 {
		part := ids[:min(atOnce, len(ids))]
		ids = ids[len(part):]
		customers, err := k.Store.CardsByOrder(ctx, part)
		if err != nil {
			return err
		}
		if len(customers) == 0 {
			continue
		}
		if err := k.Store.Outdate(ctx, customers, k.now()); err != nil {
			return err
		}
	}
	return nil
}

// eraseOld waits while the clock is not believed: one that is years ahead would erase everything.
func (k *Keeper) eraseOld(ctx context.Context) error {
	if k.Clock.Holds() || k.Clock.Mending() {
		return nil
	}
	before := k.now().AddDate(0, 0, -k.Live.Now().Settings.Helpdesk.KeepDays)
	total := 0
	for ctx.Err() == nil {
		n, err := k.Store.EraseCards(ctx, before)
		if err != nil {
			return err
		}
		if total += n; n == 0 {
			break
		}
	}
	if total > 0 {
		k.Log.Info("cards erased after their time", "cards", total)
	}
	return ctx.Err()
}

// ready is the CRM when it may be asked for what nobody waits for.
func (k *Keeper) ready() gateway.Profiles {
	if k.CRM() != gateway.CRMConnected {
		return nil
	}
	k.mu.Lock()
	pause := k.pause
	k.mu.Unlock()
	if time.Now().Before(pause) {
		return nil
	}
	profiles, _ := k.crm()
	return k.quiet(profiles)
}

// quiet is the CRM as it is asked for what nobody waits for.
func (k *Keeper) quiet(profiles gateway.Profiles) gateway.Profiles {
	if profiles == nil || k.Behind == nil {
		return profiles
	}
	return k.Behind()
}

// rest stops asking for a while after a failure that all requests would share.
func (k *Keeper) rest(err error) {
	pause := pauseAway
	var e *device.Error
	if asDevice(err, &e) && e.RetryAfter > pause {
		pause = e.RetryAfter
	}
	k.mu.Lock()
	k.pause = time.Now().Add(pause)
	k.mu.Unlock()
	k.Log.Debug("cards are not renewed for a while", "pause", pause, "error", err)
}

// followed tells whether anybody is shown cards whom nobody looked for: without a helpdesk and
// other doors a card's age is enough.
func (k *Keeper) followed() bool {
	h := k.Live.Now().Settings.Helpdesk
	return h.Enabled || h.Embed.Panel || h.Embed.Frame != ""
}

// follow reads on in the history of customers and marks the cards of those who changed.
func (k *Keeper) follow(ctx context.Context) error {
	if !k.followed() {
		return nil
	}
	era := k.era()
	cursor, err := k.Store.CardCursor(ctx)
	if err != nil {
		return err
	}
	for range historyPages {
		profiles := k.ready()
		if profiles == nil {
			return nil
		}
		if err := k.budget.Wait(ctx); err != nil {
			return ctx.Err()
		}
		asked, cancel := context.WithTimeout(ctx, readPatience)
		ids, next, more, err := profiles.TouchedCustomers(asked, cursor)
		cancel()
		if err != nil {
			if ctx.Err() == nil {
				k.rest(err)
			}
			return ctx.Err()
		}
		if cursor == 0 && next != 0 {
			// Cards that were read before may have changed since, and nothing will tell of it.
			if ids, err = k.Store.OldCards(ctx, k.now().Add(time.Second), time.Time{}, readFirst); err != nil {
				return err
			}
		}
		if err := k.still(era, func() error {
			if len(ids) > 0 {
				k.forgetAnswers()
				if err := k.Store.Outdate(ctx, ids, k.now()); err != nil {
					return err
				}
			}
			return k.Store.SaveCardCursor(ctx, next)
		}); err != nil {
			return err
		}
		if !more || next == cursor || k.era() != era {
			return nil
		}
		cursor = next
	}
	return nil
}

// renewNext renews one card; more tells that there may be another one.
func (k *Keeper) renewNext(ctx context.Context) (more bool, err error) {
	if k.ready() == nil {
		return false, nil
	}
	customer, err := k.nextOld(ctx)
	if err != nil {
		return false, err
	}
	if customer == 0 {
		if !k.usersWanted() {
			return false, nil
		}
		if err := k.budget.Wait(ctx); err != nil {
			return false, ctx.Err()
		}
		asked, cancel := context.WithTimeout(ctx, readPatience)
		defer cancel()
		k.staff(asked)
		if k.usersOld() {
			k.rest(awayError(gateway.CRMFailing))
		}
		k.publish()
		return false, ctx.Err()
	}
	cost := costOfCard
	if k.usersOld() {
		cost++
	}
	if err := k.budget.WaitN(ctx, cost); err != nil {
		return false, ctx.Err()
	}
	// Somebody may look at another one by now.
	if customer, err = k.nextOld(ctx); err != nil || customer == 0 {
		return false, err
	}
	asked, cancel := context.WithTimeout(ctx, readPatience)
	defer cancel()
	kept, err := k.renew(asked, customer, true)
	switch {
	case ctx.Err() != nil:
		return false, ctx.Err()
	case err == nil:
		if kept.Profile.ID != customer {
			k.budget.ReserveN(time.Now(), 2) // they were asked for twice
		}
	case device.KindOf(err) == device.Unavailable || device.KindOf(err) == device.RateLimited:
		k.rest(err)
	default:
		k.aside(customer)
		k.Log.Warn("a card was not renewed", "customer", customer, "error", err)
	}
	return true, nil
}

// aside leaves a card alone for a while that the CRM does not give.
func (k *Keeper) aside(customer int64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for id, until := range k.putAside {
		if time.Now().After(until) {
			delete(k.putAside, id)
		}
	}
	k.putAside[customer] = time.Now().Add(asideFor)
}

// nextOld is the next card to renew: one that somebody looks at, else one of those who are
// looked after; 0 when there is none.
func (k *Keeper) nextOld(ctx context.Context) (int64, error) {
	for {
		k.mu.Lock()
		if len(k.wanted) == 0 {
			k.mu.Unlock()
			break
		}
		customer := k.wanted[0]
		aside := time.Now().Before(k.putAside[customer])
		k.mu.Unlock()
		if !aside {
			// It may have been renewed since it was asked for.
			kept, err := k.Store.Card(ctx, customer)
			if err == nil && (!kept.OldAt.IsZero() || k.now().Sub(kept.AsOf) >= lookAge) {
				return customer, nil
			}
			if err != nil && device.KindOf(err) != device.NotFound {
				return 0, err
			}
		}
		k.mu.Lock()
		k.wanted = slices.DeleteFunc(k.wanted, func(id int64) bool { return id == customer })
		k.mu.Unlock()
	}
	now := k.now()
	old, err := k.Store.OldCards(ctx, now.Add(-careAge), now.Add(-careTime), oldAtOnce)
	if err != nil {
		return 0, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, customer := range old {
		if !time.Now().Before(k.putAside[customer]) {
			return customer, nil
		}
	}
	return 0, nil
}
