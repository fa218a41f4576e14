package webui

import (
	"maps"
	"strings"
	"time"

	"vestnik/bot"
	"vestnik/device"
	"vestnik/gateway"
)

// sampleWorld is what the bot is told on the phone of the page: the facts of the one as
// whom the manager talks.
type sampleWorld struct {
	facts   bot.Facts
	orders  []bot.Order // told when the bot asks for them
	known   map[string]bot.Order
	channel device.Channel
	phone   device.Phone
	says    string
}

// The sample phone, whose last digits find the sample order when somebody else asks.
const (
	samplePhone  device.Phone = "+79161234567"
	sampleDigits string       = "4567"
)

// tryStep is the phone's time between two words: the bot counts how quickly somebody
// answers, and a manager must not look like another bot.
const tryStep = 20 * time.Second

func (s *Server) sampleWorld(w *scriptWork, t *tryState) (sampleWorld, error) {
	ctx := w.c.UserContext()
	ref, err := s.o.Book.Reference(ctx)
	if err != nil {
		return sampleWorld{}, err
	}
	orders := sampleOrders(w, ref, s.recentOrders(ctx))
	world := sampleWorld{channel: device.WhatsApp, phone: samplePhone, known: map[string]bot.Order{orders[0].Number: orders[0]}}
	f := &world.facts
	*f = bot.Facts{
		Now: w.now, Zone: w.zone, Open: w.draft.Script.Open, CRM: true, Operators: 1,
		Person: bot.Person{Fields: map[string]string{}, Language: t.Tongue}, Fields: map[string]string{"shop.name": w.Shop.Name},
	}
	if !t.At.IsZero() && t.At.Before(w.now.Add(24*time.Hour)) && t.At.Add(tryStep).After(f.Now) {
		f.Now = t.At.Add(tryStep)
	}
	first := sampleName(orders[0])
	world.orders = orders[:1]
	switch t.Who {
	case "several":
		world.orders = orders
	case "none", "stranger":
		world.orders = nil
	case "crm_away":
		f.CRM, world.orders = false, nil
	case "night":
		f.Now = nightOf(w.draft.Script.Open, f.Now, t, w.zone)
	case "nobody":
		f.Operators = 0
	case "tryout":
		if phones := w.draft.Script.TryOut; len(phones) > 0 {
			world.phone = phones[0]
		}
	}
	if t.Who != "stranger" && first != "" {
		f.Person.Fields["customer.firstName"] = first
	}
	if t.Where == "taps" {
		world.channel, f.Channel = device.Chat, bot.Abilities{Suggestions: 8, MaxTitle: 64, MaxChars: 4000}
	}
	world.says = w.words.say("phone.says."+t.Who, "order", orders[0].Number, "digits", sampleDigits, "name", first)
	if t.Who == "tryout" && len(w.draft.Script.TryOut) == 0 {
		world.says = w.words.say("phone.no_tryout")
	}
	if t.Who == "night" && w.draft.Script.Open.Open(f.Now, w.zone) {
		world.says = w.words.say("phone.never_closed")
	}
	return world, nil
}

// answer asks the bot, and tells it what it needs to know.
func (o *sampleWorld) answer(b *bot.Bot, memory bot.Conversation, in bot.Message) bot.Reply {
	f := o.facts
	for range 4 { // the orders, and one order of somebody's
		r := b.Reply(memory, in, f)
		if r.Need == nil {
			return r
		}
		switch r.Need.Kind {
		case bot.NeedOrders:
			f.Orders, f.OrdersKnown = o.orders, true
		case bot.NeedLookup:
			f.Lookup = bot.Lookup{State: bot.LookupNotFound, Number: r.Need.Number, Last4: r.Need.Last4}
			if order, ok := o.known[r.Need.Number]; ok && r.Need.Last4 == sampleDigits {
				f.Lookup.State, f.Lookup.Order = bot.LookupFound, order
			}
		}
	}
	f.CRM = false // it asks for something that the phone does not know
	return b.Reply(memory, in, f)
}

// nightOf is a moment from now on at which nobody answers, and not for a short break only,
// if there is such a one; now when the shop is always open.
func nightOf(open bot.Week, now time.Time, t *tryState, zone *time.Location) time.Time {
	if !t.At.IsZero() && !open.Open(t.At.Add(tryStep), zone) {
		return t.At.Add(tryStep)
	}
	found := now
	for at, n := now, 0; n < 8*24*4; at, n = at.Add(15*time.Minute), n+1 {
		if open.Open(at, zone) {
			continue
		}
		if opens, ok := open.Next(at, zone); !ok || opens.Sub(at) > 4*time.Hour {
			return at
		}
		if found.Equal(now) {
			found = at
		}
	}
	return found
}

// sampleOrders are the shop's newest orders, or examples when the CRM is away; always two
// or more.
func sampleOrders(w *scriptWork, ref gateway.Reference, recent []gateway.Order) []bot.Order {
	examples := map[string]string{}
	for _, f := range ref.Fields {
		if f.Example != "" {
			examples[f.Path] = f.Example
		}
	}
	var list []bot.Order
	for _, o := range recent {
		fields := maps.Clone(o.Fields)
		if fields == nil {
			fields = map[string]string{}
		}
		if st, ok := ref.Status(o.Status); ok && fields["order.status"] == "" {
			fields["order.status"] = st.Name
		}
		list = append(list, sampleOrder(w, o.ID, o.Number, fields))
		if len(list) == 3 {
			break
		}
	}
	for i := len(list); i < 2; i++ {
		fields := maps.Clone(examples)
		fields["order.number"] = []string{"10482", "10471"}[i]
		list = append(list, sampleOrder(w, gateway.OrderID(i+1), fields["order.number"], fields))
	}
	return list
}

func sampleOrder(w *scriptWork, id gateway.OrderID, number string, fields map[string]string) bot.Order {
	o := bot.Order{ID: id, Number: number, Status: fields["order.status"], Date: fields["order.createdAt"], Sum: fields["order.totalSumm"], Fields: fields}
	if o.Status == "" {
		o.Status = w.words.say("phone.status")
	}
	return o
}

func sampleName(o bot.Order) string { return strings.TrimSpace(o.Fields["customer.firstName"]) }
