package gateway

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"slices"
	"time"

	"golang.org/x/time/rate"

	"vestnik/device"
)

// Desk does what a person or a program asks of the shop. It decides nothing by
// itself: messages go the same way through the ledger as those of rules.
type Desk struct {
	Live    *Live
	Watch   *Watch
	Book    Book
	Intake  Intake
	Ledger  Ledger
	Effects Effects
	// Restores has the messages that are held from a backup.
	Restores Restores
	Clock    *ClockGuard // nil: the clock is believed
	Topics   *Topics
	// Directory answers number checks; while WhatsApp is off it says so.
	Directory device.Directory
	Links     func(device.Channel) device.Link
	// Enqueued is called after a channel's queue got something.
	Enqueued func()
	// EffectsDue is called after an effect became due.
	EffectsDue func()
	// Talks and ChatChannel tell which chat a trial would go to; nil: none.
	Talks       Talks
	ChatChannel func(id int64) (ChatChannel, bool)
	// Disk is how much room there is: new mailings are refused while it is low; nil: fine.
	Disk     func() DiskState
	MaxParts int

	lookUps *rate.Limiter
}

// NewDesk needs every exported field set before use. Number checks by hand or API
// may ask WhatsApp about ten numbers at once and ten more a minute: who asks for many
// looks like a spammer there.
func NewDesk() *Desk { return &Desk{lookUps: rate.NewLimiter(rate.Every(6*time.Second), 10)} }

// MaxText is the longest text of a message in characters.
const MaxText = 4096

// SaveRule validates against the directory, keeps and applies. The error is
// FieldErrors, a *TemplateError, or device.Conflict for a name that is taken.
func (d *Desk) SaveRule(ctx context.Context, r Rule, by string) (Rule, error) {
	ref := d.Live.Now().Reference
	if err := r.Validate(ref); err != nil {
		var fields FieldErrors
		if errors.As(err, &fields) && len(fields) == 1 && fields["text"] != "" {
			return r, CheckText(r.Text, ref)
		}
		return r, err
	}
	saved, err := d.Book.SaveRule(ctx, r, by)
	if err != nil {
		return r, err
	}
	return saved, d.Live.Reload(ctx)
}

// DeleteRule takes a rule out of force; RestoreRule brings a version back.
func (d *Desk) DeleteRule(ctx context.Context, id RuleID, by string) error {
	if err := d.Book.DeleteRule(ctx, id, by); err != nil {
		return err
	}
	return d.Live.Reload(ctx)
}

// RestoreRule brings a version of a rule back into force, also of a deleted one.
func (d *Desk) RestoreRule(ctx context.Context, id RuleID, version int, by string) (Rule, error) {
	r, err := d.Book.RestoreRule(ctx, id, version, by)
	if err != nil {
		return r, err
	}
	return r, d.Live.Reload(ctx)
}

// Try runs a rule over an order without sending anything.
func (d *Desk) Try(ctx context.Context, r Rule, orderNumber string) (Trial, error) {
	order, err := d.orderToTry(ctx, orderNumber)
	if err != nil {
		return Trial{}, err
	}
	now := d.Live.Now()
	status := order.Status
	if !slices.Contains(r.Statuses, status) && len(r.Statuses) > 0 {
		status = r.Statuses[0]
	}
	c := Case{
		Change: StatusChange{Order: order.ID, To: status, At: d.Clock.Time()}, Order: order, Rule: r,
		Ref: now.Reference, Shop: now.Settings.Shop, Usable: now.On, MaxParts: d.MaxParts, Now: d.Clock.Time(), Trial: true,
	}
	if err := CheckText(r.Text, now.Reference); err != nil {
		return Trial{}, err
	}
	decision := Decide(c)
	t := Trial{Verdict: decision.Verdict, Reason: decision.Reason, Args: decision.Args, Trace: decision.Trace, Order: order}
	if parsed, err := ParseTemplate(r.Text); err == nil {
		t.Text, t.Missing = parsed.Render(order.Fields)
		t.SMS = device.MeasureSMS(t.Text)
	}
	if decision.Message == nil {
		return t, nil
	}
	t.To = decision.Message.To
	return t, d.wayOf(ctx, decision.Message, &t)
}

func (d *Desk) orderToTry(ctx context.Context, number string) (Order, error) {
	orders := d.Watch.Orders()
	if orders == nil {
		return Order{}, device.Errorf(device.Conflict, "retailcrm: order", "no address and key are set")
	}
	if number != "" {
		return orders.FindOrder(ctx, number)
	}
	recent, err := orders.RecentOrders(ctx, 1)
	if err != nil {
		return Order{}, err
	}
	if len(recent) == 0 {
		return Order{}, device.Errorf(device.NotFound, "retailcrm: order", "the shop has no orders yet")
	}
	return recent[0], nil
}

// wayOf adds to a trial what the stages would say now, from the cache alone: a trial
// asks nothing of WhatsApp.
func (d *Desk) wayOf(ctx context.Context, m *Message, t *Trial) error {
	now := d.Clock.Time()
	add := func(r Reason, a Args) { t.Trace = append(t.Trace, Step{At: now, Reason: r, Args: a}) }
	if h := holdOf(*m, d.Live.Now().Settings, nil, now); h.reason != "" {
		add(h.reason, h.args)
	}
	for _, ch := range m.Channels {
		link := d.Links(ch)
		if !link.CanReply() {
			add(LinkDownTooLong, Args{"channel": string(ch), "state": string(link.State)})
			continue
		}
		if ch == device.Chat && d.Talks != nil {
			talks, err := d.Talks.ConversationsOf(ctx, m.To, m.Customer)
			if err != nil {
				return err
			}
			_, why, args, ok := ChooseChat(talks, m.Customer, d.ChatChannel, slices.Contains(m.Channels, device.WhatsApp), now)
			if add(why, args); !ok {
				continue
			}
		}
		if ch == device.WhatsApp {
			p, ok, err := d.Ledger.Presence(ctx, m.To)
			if err != nil {
				return err
			}
			args := Args{"source": string(p.Source), "checked_at": At(p.At)}
			switch {
			case ok && p.On == device.No:
				add(NotOnWhatsApp, args)
				continue
			case ok && p.On == device.Yes:
				add(OnWhatsApp, args)
			}
		}
		t.Channel = ch
		add(MovedTo, Args{"channel": string(ch)})
		return nil
	}
	return nil
}

// RecentOrders are the newest orders, for choosing one to try.
func (d *Desk) RecentOrders(ctx context.Context, n int) ([]Order, error) {
	orders := d.Watch.Orders()
	if orders == nil {
		return nil, device.Errorf(device.Conflict, "retailcrm: orders", "no address and key are set")
	}
	return orders.RecentOrders(ctx, n)
}

// RefreshReference reads the CRM's vocabulary anew.
func (d *Desk) RefreshReference(ctx context.Context) (Reference, error) { return d.Watch.Refresh(ctx) }

// Enqueue takes a message; existed tells that its key was known. The error is a
// *device.PhoneError, FieldErrors, or the ledger's.
func (d *Desk) Enqueue(ctx context.Context, draft Draft) (m Message, existed bool, err error) {
	now := d.Live.Now()
	number, err := device.ParsePhone(draft.To, now.Settings.Shop.Region)
	if err != nil {
		return Message{}, false, err
	}
	if draft.Purpose == ForCampaign && !d.roomForMailings() {
		return Message{}, false, noRoom()
	}
	msg, err := draft.message(number, now, d.MaxParts, d.Clock.Time())
	if err != nil {
		return Message{}, false, err
	}
	reason := FromAPI
	if draft.Purpose == ForTest {
		reason = FromTest
	}
	args := Args{"user": draft.By}
	decision := Decision{Verdict: Send, Reason: InQueue, At: d.Clock.Time(), Message: &msg, Name: number.Phone.String()}
	decision.Trace = []Step{{At: decision.At, Reason: reason, Args: args}}
	if msg.State == Held {
		decision.Trace = append(decision.Trace, Step{At: decision.At, Reason: HeldUntil, Args: Args{"until_at": At(msg.NotBefore)}})
	}
	kept, err := d.Intake.Decide(ctx, 0, []Decision{decision})
	if err != nil {
		return Message{}, false, err
	}
	m, err = d.Ledger.Message(ctx, kept[0].MessageID)
	existed = kept[0].Verdict == Skip
	if !existed {
		d.Topics.Publish(TopicQueue)
		d.Enqueued()
	}
	return m, existed, err
}

// roomForMailings tells whether the disk has room beyond what orders need.
func (d *Desk) roomForMailings() bool {
	if d.Disk == nil {
		return true
	}
	switch d.Disk() {
	case DiskFine, DiskUnknown:
		return true
	}
	return false
}

func (draft Draft) message(to device.Number, now *Snapshot, maxParts int, at time.Time) (Message, error) {
	e := FieldErrors{}
	if draft.Text == "" {
		e["text"] = ProblemRequired
	} else if len([]rune(draft.Text)) > MaxText {
		e["text"] = ProblemTooLong
	}
	if draft.Purpose == "" {
		draft.Purpose = ForReply
	}
	if draft.Purpose.Priority() < 0 {
		e["purpose"] = ProblemUnknown
	}
	if !draft.ExpiresAt.IsZero() && (!draft.ExpiresAt.After(at) || !draft.ExpiresAt.After(draft.NotBefore)) {
		e["expires_at"] = ProblemRange
	}
	if len(draft.Key) > 200 {
		e["key"] = ProblemTooLong
	}
	if len(draft.Channels) == 0 {
		draft.Channels = []device.Channel{device.WhatsApp, device.SMS}
	}
	var channels []device.Channel
	for _, ch := range draft.Channels {
		if !ch.Known() {
			e["channels"] = ProblemUnknown
		}
		if ch == device.SMS && (!to.Kind.CanSMS() || device.MeasureSMS(draft.Text).Parts > maxParts) {
			continue
		}
		if now.On(ch) {
			channels = append(channels, ch)
		}
	}
	if len(channels) == 0 && len(e) == 0 {
		return Message{}, device.Errorf(device.Conflict, "gateway: enqueue", "no channel that is switched on can carry this message")
	}
	if err := e.OrNil(); err != nil {
		return Message{}, err
	}
	m := Message{
		DedupeKey: "api/" + draft.Key, To: to.Phone, Purpose: draft.Purpose, Text: draft.Text,
		State: Queued, Reason: InQueue, Channels: channels, Channel: channels[0], FallbackAfter: 30 * time.Minute,
		NotBefore: at, ExpiresAt: draft.ExpiresAt, CreatedAt: at, UpdatedAt: at, File: draft.File,
	}
	m.Zone, _ = ZoneOf(Place{}, to.Phone, now.Settings.Shop)
	if draft.Key == "" {
		var random [12]byte
		rand.Read(random[:]) // never fails: crypto/rand ends the process instead
		m.DedupeKey = "once/" + hex.EncodeToString(random[:])
	}
	if draft.Purpose == ForCampaign {
		m.FallbackAfter = 0
	}
	if draft.NotBefore.After(at) {
		m.State, m.Reason, m.NotBefore = Held, HeldUntil, draft.NotBefore
	}
	return m, nil
}

// Cancel stops a message that has not left.
func (d *Desk) Cancel(ctx context.Context, id MessageID, by string) error {
	step := Step{At: d.Clock.Time(), Reason: WasCancelled, Args: Args{"user": by}}
	return d.act(ctx, id, Change{State: Cancelled, Reason: WasCancelled, Steps: []Step{step}}, Held, Queued, UnknownState)
}

// SendAgain queues a message once more as a person's decision.
func (d *Desk) SendAgain(ctx context.Context, id MessageID, by string) error {
	m, err := d.Ledger.Message(ctx, id)
	if err != nil {
		return err
	}
	now := d.Clock.Time()
	step := Step{At: now, Reason: SentAgain, Args: Args{"user": by}}
	c := Change{State: Queued, Reason: InQueue, NotBefore: now, NoExpiry: true, Steps: []Step{step}}
	if m.State == Failed && len(m.Channels) > 0 {
		c.Channel = m.Channels[0]
	}
	if err := d.act(ctx, id, c, Held, Failed, Expired, Cancelled, UnknownState); err != nil {
		return err
	}
	d.Enqueued()
	return nil
}

func (d *Desk) act(ctx context.Context, id MessageID, c Change, from ...State) error {
	m, err := d.Ledger.Message(ctx, id)
	if err != nil {
		return err
	}
	if slices.Contains(from, m.State) {
		ok, err := d.Ledger.Move(ctx, id, m.State, c)
		if err != nil {
			return err
		}
		if ok {
			d.Topics.Publish(TopicQueue)
			return nil
		}
	}
	return device.Errorf(device.Conflict, "gateway: message", "message %d is %s", id, m.State)
}

// RetryEffect makes an effect due now.
func (d *Desk) RetryEffect(ctx context.Context, id int64, by string) error {
	return d.settleEffect(ctx, id, EffectPending, Step{At: d.Clock.Time(), Reason: EffectAgain, Args: Args{"user": by}})
}

// DropEffect gives an effect up.
func (d *Desk) DropEffect(ctx context.Context, id int64, by string) error {
	return d.settleEffect(ctx, id, EffectDropped, Step{At: d.Clock.Time(), Reason: EffectGivenUp, Args: Args{"user": by}})
}

func (d *Desk) settleEffect(ctx context.Context, id int64, state EffectState, step Step) error {
	e, err := d.Effects.Effect(ctx, id)
	if err != nil {
		return err
	}
	if e.State == EffectDone {
		return device.Errorf(device.Conflict, "gateway: effect", "effect %d is done", id)
	}
	e.State, e.NextAt, e.Tries = state, d.Clock.Time(), 0
	if err := d.Effects.SettleEffect(ctx, e, &step); err != nil {
		return err
	}
	d.Topics.Publish(TopicQueue)
	d.EffectsDue()
	return nil
}

// CheckNumbers answers from the cache, and asks WhatsApp for at most ten numbers
// that the cache does not know.
func (d *Desk) CheckNumbers(ctx context.Context, raw []string) ([]NumberCheck, error) {
	region := d.Live.Now().Settings.Shop.Region
	checks := make([]NumberCheck, len(raw))
	var ask []device.Phone
	for i, text := range raw {
		checks[i] = NumberCheck{Raw: text, Presence: device.Presence{On: device.Unknown}}
		n, err := device.ParsePhone(text, region)
		var bad *device.PhoneError
		if errors.As(err, &bad) {
			checks[i].Problem = bad.Problem
			continue
		}
		checks[i].Phone, checks[i].Kind = n.Phone, n.Kind
		p, ok, err := d.Ledger.Presence(ctx, n.Phone)
		if err != nil {
			return nil, err
		}
		if ok {
			checks[i].Presence = p
		}
		if (!ok || !freshPresence(p, d.Clock.Time())) && len(ask) < 10 && !slices.Contains(ask, n.Phone) && d.lookUps.Allow() {
			ask = append(ask, n.Phone)
		}
	}
	if len(ask) == 0 || d.Directory == nil {
		return checks, nil
	}
	found, err := d.Directory.Lookup(ctx, ask)
	if err != nil {
		return checks, nil // the cache's answers stand; the others stay unknown
	}
	if err := d.Ledger.SavePresence(ctx, found...); err != nil {
		return nil, err
	}
	for i := range checks {
		for _, p := range found {
			if checks[i].Phone == p.Phone {
				checks[i].Presence = p
			}
		}
	}
	return checks, nil
}
