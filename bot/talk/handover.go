package talk

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

// Doers are the effects that the clerk carries out in the CRM.
func (c *Clerk) Doers() map[gateway.EffectKind]gateway.Doer {
	return map[gateway.EffectKind]gateway.Doer{
		gateway.EffectHandOver: c.handOver,
		gateway.EffectTask:     c.task,
		gateway.EffectNote:     c.writeNote,
		gateway.EffectTag:      c.addTag,
		gateway.EffectFields:   c.writeFields,
	}
}

// ChatDoers are those that it carries out in the CRM's chats.
func (c *Clerk) ChatDoers() map[gateway.EffectKind]gateway.Doer {
	return map[gateway.EffectKind]gateway.Doer{
		gateway.EffectPrivate: c.private,
		gateway.EffectClose:   c.closeDialog,
	}
}

// read takes an effect's value apart; one that nobody can read is refused for good.
func read[T any](e gateway.Effect) (v T, err error) {
	if err := json.Unmarshal([]byte(e.Value), &v); err != nil {
		return v, device.Errorf(device.Invalid, "talk: "+string(e.Kind), "%w", err)
	}
	return v, nil
}

func (c *Clerk) crm(op string) (gateway.People, error) {
	if people := c.People(); people != nil {
		return people, nil
	}
	return nil, device.Errorf(device.Unavailable, op, "no CRM is set")
}

func (c *Clerk) writeNote(ctx context.Context, e gateway.Effect) error {
	n, err := read[gateway.Note](e)
	if err != nil {
		return err
	}
	people, err := c.crm("talk: note")
	if err != nil {
		return err
	}
	return people.AddNote(ctx, n)
}

func (c *Clerk) addTag(ctx context.Context, e gateway.Effect) error {
	t, err := read[gateway.Tag](e)
	if err != nil {
		return err
	}
	people, err := c.crm("talk: tag")
	if err != nil {
		return err
	}
	return people.AddTag(ctx, t)
}

func (c *Clerk) writeFields(ctx context.Context, e gateway.Effect) error {
	v, err := read[gateway.FieldValues](e)
	if err != nil {
		return err
	}
	people, err := c.crm("talk: fields")
	if err != nil {
		return err
	}
	for field, value := range v.Fields {
		// JSON has no whole numbers: a mark comes back as one.
		if n, ok := value.(float64); ok {
			v.Fields[field] = int(n)
		}
	}
	if v.Order != 0 {
		return people.SetOrderFields(ctx, v.Order, v.Fields)
	}
	return people.SetCustomerFields(ctx, v.Customer, v.Fields)
}

// task gives a matter to the manager of the order, else of the customer, else to the
// first manager there is.
func (c *Clerk) task(ctx context.Context, e gateway.Effect) error {
	h, err := read[gateway.HandOver](e)
	if err != nil {
		return err
	}
	people, err := c.crm("talk: task")
	if err != nil {
		return err
	}
	users, err := people.Users(ctx)
	if err != nil {
		return err
	}
	preferred, err := c.responsible(ctx, people, h)
	if err != nil {
		return err
	}
	return c.giveTask(ctx, people, users, preferred, h)
}

func (c *Clerk) giveTask(ctx context.Context, people gateway.People, users []gateway.CRMUser, preferred []int64, h gateway.HandOver) error {
	performer := pick(users, preferred, func(u gateway.CRMUser) bool { return u.Active })
	if performer == 0 {
		return device.Errorf(device.Refused, "talk: task", "the CRM has no manager to give a task to")
	}
	script, zone := c.Script.Now().Script, c.Live.Now().Settings.Shop.Zone()
	due := c.Clock.Time().Add(time.Hour)
	if opens, ok := script.Open.Next(c.Clock.Time(), zone); ok {
		due = opens.Add(time.Hour)
	}
	return people.AddTask(ctx, gateway.Task{
		Performer: performer, Order: h.Order, Customer: h.Customer, Phone: h.Phone.String(), Text: h.Text, DueAt: due,
	})
}

// responsible are the CRM's users who answer for a matter, the order's manager first.
func (c *Clerk) responsible(ctx context.Context, people gateway.People, h gateway.HandOver) ([]int64, error) {
	var ids []int64
	who := gateway.Who{Customer: h.Customer, Phone: h.Phone}
	if h.Order != 0 {
		if orders := c.Orders(); orders != nil {
			o, err := orders.Order(ctx, h.Order)
			switch {
			case err == nil:
				ids = append(ids, o.ManagerID)
				if who.Customer == 0 {
					who.Customer = o.CustomerID
				}
			case device.KindOf(err) != device.NotFound:
				return nil, err
			}
		}
	} else if recent, err := people.OrdersOf(ctx, who, 1); err != nil {
		return nil, err
	} else if len(recent) == 1 {
		ids = append(ids, recent[0].ManagerID)
	}
	cards, err := people.CustomersOf(ctx, who)
	if err != nil {
		return nil, err
	}
	if len(cards) == 1 {
		ids = append(ids, cards[0].ManagerID)
	}
	return slices.DeleteFunc(ids, func(id int64) bool { return id == 0 }), nil
}

// pick is the first of those preferred who fits, else the first manager who does.
func pick(users []gateway.CRMUser, preferred []int64, fits func(gateway.CRMUser) bool) int64 {
	for _, id := range preferred {
		if i := slices.IndexFunc(users, func(u gateway.CRMUser) bool { return u.ID == id && fits(u) }); i >= 0 {
			return id
		}
	}
	for _, managers := range []bool{true, false} {
		for _, u := range users {
			if u.Manager == managers && fits(u) {
				return u.ID
			}
		}
	}
	return 0
}

// handOver finds a person for a customer who waits: the order's or the customer's
// manager, else who is online. Nobody there: a task for the next working hours.
func (c *Clerk) handOver(ctx context.Context, e gateway.Effect) error {
	h, err := read[gateway.HandOver](e)
	if err != nil {
		return err
	}
	t, err := c.Store.Conversation(ctx, h.Conversation)
	if err != nil {
		return err
	}
	if !t.Waits() {
		return nil // somebody has come
	}
	people, err := c.crm("talk: hand over")
	if err != nil {
		return err
	}
	if h, err = c.whose(ctx, t, h); err != nil {
		return err
	}
	users, err := people.Users(ctx)
	if err != nil {
		return err
	}
	preferred, err := c.responsible(ctx, people, h)
	if err != nil {
		return err
	}
	if t.Channel == device.Chat {
		taken, err := c.assign(ctx, t, preferred)
		if err != nil || taken {
			return err
		}
	}
	if to := pick(users, preferred, present); to != 0 {
		return people.Notify(ctx, []int64{to}, h.Text)
	}
	return c.giveTask(ctx, people, users, preferred, h)
}

// whose fills in whose a matter is: the customer was answered without waiting for that.
func (c *Clerk) whose(ctx context.Context, t gateway.Conversation, h gateway.HandOver) (gateway.HandOver, error) {
	if h.Customer == 0 {
		h.Customer = t.Customer // known since
	}
	if h.Customer == 0 && t.Channel == device.Chat {
		card, one, err := c.meet(ctx, t)
		switch {
		case err != nil:
			return h, err
		case one:
			h.Customer = card.ID
			if h.Phone == "" {
				h.Phone = c.onlyPhone(t, card)
			}
		}
	}
	if h.Phone == "" {
		h.Phone = t.Phone
	}
	return h, nil
}

// assign gives a chat's dialog to somebody who takes dialogs now; false when nobody does.
func (c *Clerk) assign(ctx context.Context, t gateway.Conversation, preferred []int64) (bool, error) {
	chats := c.Chats()
	if chats == nil {
		return false, nil
	}
	users, err := chats.ChatUsers(ctx)
	if err != nil {
		return false, notAway(err)
	}
	var to int64
	for _, u := range users {
		switch {
		case !u.Online || !u.Available:
		case slices.Contains(preferred, u.CRMUser):
			return true, notAway(chats.Assign(ctx, t.Alias, u.ID))
		case to == 0:
			to = u.ID
		}
	}
	if to == 0 {
		return false, notAway(chats.Unassign(ctx, t.Alias))
	}
	return true, notAway(chats.Assign(ctx, t.Alias, to))
}

// notAway keeps the CRM's other effects going when it is only the chats that are away.
func notAway(err error) error {
	if device.KindOf(err) == device.Unavailable {
		return &device.Error{Kind: device.RateLimited, Op: "talk: chats", Err: err}
	}
	return err
}

func (c *Clerk) chatsNow() (gateway.Chats, error) {
	if chats := c.Chats(); chats != nil {
		return chats, nil
	}
	return nil, device.Errorf(device.Unavailable, "talk: chats", "the chats are switched off")
}

func (c *Clerk) private(ctx context.Context, e gateway.Effect) error {
	n, err := read[gateway.PrivateNote](e)
	if err != nil {
		return err
	}
	chats, err := c.chatsNow()
	if err != nil {
		return err
	}
	if c.Clock.Time().Sub(e.At) > time.Hour {
		return nil // the operator has long gone on
	}
	return chats.Private(ctx, n.Chat, n.Text)
}

// closeDialog ends a dialog in which nothing is left to be answered. The bot's own wish
// is forgotten when anybody wrote since.
func (c *Clerk) closeDialog(ctx context.Context, e gateway.Effect) error {
	d, err := read[gateway.CloseDialog](e)
	if err != nil {
		return err
	}
	chats, err := c.chatsNow()
	if err != nil {
		return err
	}
	if !d.HeardAt.IsZero() {
		t, err := c.Store.Conversation(ctx, d.Conversation)
		if err != nil {
			return err
		}
		if t.Chat.Dialog != d.Dialog || !t.HeardAt.Equal(d.HeardAt) || t.Waits() || t.SilentUntil.After(c.Clock.Time()) {
			return nil
		}
	}
	return chats.Close(ctx, d.Chat, d.Dialog)
}
