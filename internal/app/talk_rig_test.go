package app_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/sim/messagegateway"
	"vestnik/sim/whatsapp"
	"vestnik/sim/world"
)

// talkingAs is talking with more of a configuration.
func talkingAs(t *testing.T, config string) *box {
	t.Helper()
	b := talking(t)
	b.apply(config)
	return b
}

// writes: somebody writes to the shop's number by WhatsApp.
func (b *box) writes(p *world.Person, text string) {
	b.t.Helper()
	if _, err := p.Messenger.SendText(world.ShopPhone, text, whatsapp.ByLID); err != nil {
		b.t.Fatal(err)
	}
}

func alias(p *messagegateway.Customer) string { return strconv.Itoa(p.Chat()) }

// talk is the conversation with a number or a chat, the zero one before there is any.
func (b *box) talk(ch device.Channel, to string) gateway.Conversation {
	b.t.Helper()
	list, err := b.app.Store().Conversations(b.t.Context(), gateway.ConversationFilter{Limit: 200})
	if err != nil {
		b.t.Fatal(err)
	}
	for _, c := range list {
		if c.Channel == ch && (c.Phone.String() == to || c.Alias == to) {
			return c
		}
	}
	return gateway.Conversation{}
}

// lines are those of a conversation from one side.
func (b *box) lines(ch device.Channel, to string, from gateway.TalkFrom) []gateway.TalkLine {
	b.t.Helper()
	c := b.talk(ch, to)
	if c.ID == 0 {
		return nil
	}
	lines, err := b.app.Store().TalkLines(b.t.Context(), c.ID, 200)
	if err != nil {
		b.t.Fatal(err)
	}
	return slices.DeleteFunc(lines, func(l gateway.TalkLine) bool { return l.From != from })
}

// dealt waits until just so many words of a customer have been dealt with and nothing is
// under way any more, and answers what the bot made of each.
func (b *box) dealt(ch device.Channel, to string, n int) []string {
	b.t.Helper()
	var whys []string
	b.until(strconv.Itoa(n)+" words of "+to+" by "+string(ch)+" are dealt with", func() bool {
		whys = nil
		for _, l := range b.lines(ch, to, gateway.TalkCustomer) {
			if l.Why != "" {
				whys = append(whys, l.Why)
			}
		}
		return len(whys) == n && b.rests()
	})
	return whys
}

// inChat is dealt for a customer of a messenger.
func (b *box) inChat(p *messagegateway.Customer, n int) []string {
	b.t.Helper()
	return b.dealt(device.Chat, alias(p), n)
}

var allEffects = []gateway.EffectKind{
	gateway.EffectMark, gateway.EffectHandOver, gateway.EffectTask, gateway.EffectNote, gateway.EffectFields, gateway.EffectPrivate, gateway.EffectClose,
}

// rests tells whether all that was heard is dealt with, and nothing is on its way.
func (b *box) rests() bool {
	b.t.Helper()
	ctx, st := b.t.Context(), b.app.Store()
	open, err := st.PendingTalks(ctx, nil, 1)
	if err != nil {
		b.t.Fatal(err)
	}
	totals, err := st.Totals(ctx, time.Now().Add(-time.Hour))
	if err != nil {
		b.t.Fatal(err)
	}
	_, due, err := st.DueEffect(ctx, time.Now(), allEffects)
	if err != nil {
		b.t.Fatal(err)
	}
	return len(open) == 0 && !due && totals.Open[gateway.Queued]+totals.Open[gateway.Sending]+totals.Open[gateway.UnknownState] == 0
}

func (b *box) rest() {
	b.t.Helper()
	b.until("everything has come to rest", b.rests)
}

// sees wants a customer of a messenger to have exactly these texts since the first skip,
// each with its words, one after the other.
func (b *box) sees(p *messagegateway.Customer, skip int, words ...string) {
	b.t.Helper()
	b.shows(p.Name(), p.Texts()[min(skip, len(p.Texts())):], words...)
}

// phone wants a person's WhatsApp to show exactly these texts since the first skip.
func (b *box) phone(p *world.Person, skip int, words ...string) {
	b.t.Helper()
	texts, _ := b.world.Texts(p)
	b.shows(p.Name, texts[min(skip, len(texts)):], words...)
}

func (b *box) shows(who string, texts []string, words ...string) {
	b.t.Helper()
	ok := len(texts) == len(words)
	for i := 0; ok && i < len(words); i++ {
		ok = strings.Contains(texts[i], words[i])
	}
	if !ok {
		b.t.Errorf("%s has %q, want texts with %q\n%s", who, texts, words, b.story())
	}
}

// reaches moves an order to a status and has the box look at once.
func (b *box) reaches(order int, status string) {
	b.t.Helper()
	if err := b.world.CRM.SetStatus(order, status); err != nil {
		b.t.Fatal(err)
	}
	b.app.Wake()
}

// news is the message about a new order of a person that is ready, once nothing is
// under way any more.
func (b *box) news(p *world.Person) (number string) {
	b.t.Helper()
	id, number := b.world.NewOrder(p)
	b.reaches(id, "ready-for-pickup")
	b.until("the news of order "+number+" is made", func() bool {
		rows, _, err := b.app.Store().Messages(b.t.Context(), gateway.MessageFilter{Order: number})
		return err == nil && len(rows) == 1
	})
	return number
}

// settled waits for a message about an order to be delivered, and answers its story.
func (b *box) settled(number string, ch device.Channel) gateway.Story {
	b.t.Helper()
	b.until("the news of order "+number+" is delivered by "+string(ch), func() bool {
		m := b.message(number)
		return (m.State == gateway.Delivered || m.State == gateway.Read) && m.Channel == ch
	})
	story, err := b.app.Store().Story(b.t.Context(), b.message(number).ID)
	if err != nil {
		b.t.Fatal(err)
	}
	return story
}

// because wants a story to have a step for a reason.
func (b *box) because(s gateway.Story, why gateway.Reason) gateway.Step {
	b.t.Helper()
	for _, step := range s.Trace {
		if step.Reason == why {
			return step
		}
	}
	b.t.Errorf("no step says %s\n%s", why, b.story())
	return gateway.Step{}
}

// telegram adds somebody who writes in Telegram and whose card is that of a person.
func (b *box) telegram(id, name string, card int) *messagegateway.Customer {
	b.t.Helper()
	p := b.world.MG.AddCustomer(b.world.OnTelegram.Channel(), id, name)
	p.LinkTo(card)
	return p
}

// connected waits for the chats.
func (b *box) connected() {
	b.t.Helper()
	b.until("the chats are connected", func() bool { return b.link(device.Chat).State == device.LinkConnected })
}

func count(texts []string, words string) (n int) {
	for _, text := range texts {
		if strings.Contains(text, words) {
			n++
		}
	}
	return n
}

// personOf adds somebody with WhatsApp whom the CRM does not know.
func personOf(b *box, phone string) *world.Person {
	return &world.Person{Name: "Гость", Phone: phone, Messenger: b.world.WhatsApp.AddCustomer(phone, "Гость")}
}

// pastSecond waits for the next second: messengers tell the time of a message in whole
// ones.
func (b *box) pastSecond() {
	b.t.Helper()
	from := time.Now().Truncate(time.Second)
	b.until("the next second", func() bool { return time.Since(from) >= time.Second })
}
