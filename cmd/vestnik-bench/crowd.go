package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"vestnik/internal/app"
	"vestnik/sim/retailcrm"
	"vestnik/sim/whatsapp"
	"vestnik/sim/world"
	"vestnik/store/storefill"
)

const openTalks = 10_000 // conversations in the ledger

// fillConfig is what the child of that role gets.
type fillConfig struct {
	Dir   string
	Talks int
	Cards map[int]int // the CRM's card by conversation, of those who are going to write
}

// runFill is the child: a data folder with open conversations. It is one of its own, so
// that what it takes of memory is nobody else's.
func runFill(ctx context.Context, c fillConfig) error {
	book, err := app.OpenBook(ctx, c.Dir, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	if err := book.Close(); err != nil {
		return err
	}
	return fill(ctx, c.Dir, func(tx *sql.Tx) error {
		if err := storefill.Talks(ctx, tx, c.Talks, memory()); err != nil {
			return err
		}
		for talk, card := range c.Cards {
			if _, err := tx.ExecContext(ctx, `UPDATE conversation SET customer_id = ? WHERE id = ?`, card, talk); err != nil {
				return err
			}
		}
		return nil
	})
}

// memory is the bot's of a conversation of some days ago.
func memory() string {
	at := time.Now().Add(-storefill.Quiet).UTC().Format(time.RFC3339)
	return fmt.Sprintf(`{"v":1,"mode":"bot","welcomed":%[1]q,"heard":%[1]q,"lang":"ru","seen":["3A0011223344556677","3A8899AABBCCDDEEFF","3A0123456789ABCDEF"],`+
		`"answers":[%[1]q,%[1]q],"day":"2026-01-01","day_count":2,"said":[{"core":1234567890123,"sent":1234567890124,"at":%[1]q}],"said_at":%[1]q,"words":987654321,"words_at":%[1]q}`, at)
}

// writer is a customer who writes to the shop.
type writer struct {
	order string // the number of his order
	say   func(text string) error
	texts func() []string
}

// crowd is customers with cards and orders in the CRM whose conversations are open.
type crowd struct {
	world              *world.World
	whatsapp, telegram []*writer
	cards              map[int]int   // by conversation
	news               chan struct{} // something has come to somebody
}

func newCrowd(w *world.World, byWhatsApp, byTelegram int) (*crowd, error) {
	c := &crowd{world: w, cards: map[int]int{}, news: make(chan struct{}, 1)}
	telegram := w.OnTelegram.Channel()
	for i := range byTelegram {
		p := w.MG.AddCustomer(telegram, fmt.Sprint(500_000_000+i), fmt.Sprintf("Анна %d", i))
		p.WroteEarlier(w.CRM.Now().Add(-storefill.Quiet), "Где мой заказ?")
		talk := p.Chat() // the ledger's chats have the ids of their conversations
		if talk > openTalks/2 {
			return nil, fmt.Errorf("the ledger has no chat %d", talk)
		}
		card, number, err := c.customer(talk, "")
		if err != nil {
			return nil, err
		}
		p.LinkTo(card)
		c.telegram = append(c.telegram, &writer{order: number, say: func(text string) error { p.Write(text); return nil }, texts: p.Texts})
	}
	for talk := openTalks/2 + 1; len(c.whatsapp) < byWhatsApp; talk++ {
		if !storefill.ByWhatsApp(talk, openTalks) {
			continue
		}
		phone := storefill.Phone(talk)
		p := w.WhatsApp.AddCustomer(phone, fmt.Sprintf("Анна %d", talk))
		_, number, err := c.customer(talk, phone)
		if err != nil {
			return nil, err
		}
		c.whatsapp = append(c.whatsapp, &writer{order: number, say: func(text string) error {
			_, err := p.SendText(world.ShopPhone, text, whatsapp.ByLID)
			return err
		}, texts: func() []string { return textsOf(p) }})
	}
	w.MG.OnChange(c.told)
	w.WhatsApp.OnReceive(func(string, whatsapp.Received) { c.told() })
	return c, nil
}

func textsOf(p *whatsapp.Customer) []string {
	var texts []string
	for _, m := range p.Inbox() {
		texts = append(texts, m.Text)
	}
	return texts
}

func (c *crowd) told() {
	select {
	case c.news <- struct{}{}:
	default:
	}
}

// customer makes the card of a conversation's customer in the CRM, with an order.
func (c *crowd) customer(talk int, phone string) (card int, number string, err error) {
	body := map[string]any{"firstName": "Анна", "lastName": fmt.Sprint(talk)}
	if phone != "" {
		body["phones"] = []map[string]any{{"number": phone}}
	}
	text, err := json.Marshal(body)
	if err != nil {
		return 0, "", err
	}
	resp, err := http.PostForm(c.world.CRMURL+"/api/v5/customers/create", url.Values{
		"apiKey": {world.CRMKey}, "site": {c.world.CRM.Customers()[0].Site}, "customer": {string(text)},
	})
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	var made struct {
		ID       int
		ErrorMsg string
	}
	if err := json.NewDecoder(resp.Body).Decode(&made); err != nil {
		return 0, "", fmt.Errorf("make a card: %w", err)
	}
	if made.ID == 0 {
		return 0, "", fmt.Errorf("make a card: %s: %s", resp.Status, made.ErrorMsg)
	}
	c.cards[talk] = made.ID
	o := c.world.CRM.AddOrder(retailcrm.Order{
		FirstName: "Анна", LastName: fmt.Sprint(talk), Phone: phone, CustomerID: made.ID,
		Items: []retailcrm.Item{{Name: "Чай «Лесной»", Price: 450, Quantity: 2}},
	})
	return made.ID, o.Number, nil
}

// fill makes the data folder of a box in which these conversations are open.
func (c *crowd) fill(ctx context.Context, dir string) error {
	child, err := startChild(ctx, roleFill, fillConfig{Dir: dir, Talks: openTalks, Cards: c.cards})
	if err != nil {
		return err
	}
	return child.cmd.Wait()
}

// calm is after what time without a word to anybody nothing is waited for any more.
const calm = 20 * time.Second

// await waits until somebody's phone shows more than n texts.
func (c *crowd) await(ctx context.Context, w *writer, n int) ([]string, error) {
	limit := time.NewTimer(calm)
	defer limit.Stop()
	for {
		if texts := w.texts(); len(texts) > n {
			return texts[n:], nil
		}
		select {
		case <-c.news:
			limit.Reset(calm)
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-limit.C:
			return nil, fmt.Errorf("a customer was not answered, and nobody else for %s", calm)
		}
	}
}

// ask has somebody write and waits for his answer. The time is from before the message is
// encrypted until his phone shows the answer.
func (c *crowd) ask(ctx context.Context, w *writer, text string) (answer string, took time.Duration, err error) {
	have := len(w.texts())
	began := time.Now()
	if err := w.say(text); err != nil {
		return "", 0, err
	}
	texts, err := c.await(ctx, w, have)
	took = time.Since(began)
	if err != nil {
		return "", 0, err
	}
	return texts[0], took, nil
}
