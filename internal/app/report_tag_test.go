package app_test

import (
	"context"
	"log/slog"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"vestnik/bot/talk"
	"vestnik/gateway"
	"vestnik/gateway/retailcrm"
	sim "vestnik/sim/retailcrm"
	"vestnik/store"
)

// The tag at a mailing's end stands once on the customer's card, whatever happens on the way: the
// CRM is away, an answer is lost, the same report is made again after a crash.
func TestReportsTagReachesTheCard(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		crm := sim.New(sim.Options{Seed: true})
		card := crm.AddCustomer(sim.Customer{FirstName: "Анна", Tags: []string{"чай"}})
		client, err := retailcrm.New(retailcrm.Options{URL: "https://lavka.retailcrm.ru", Key: "test-key", Transport: crm.Transport()})
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "vestnik.db")
		tag := gateway.Effect{
			Kind: gateway.EffectTag, Key: "campaign/3/tag/55", Value: `{"customer":` + strconv.Itoa(card.ID) + `,"name":"Рассылка: осень"}`,
			State: gateway.EffectPending, At: time.Now(), NextAt: time.Now(),
		}
		for life := range 2 {
			s, err := store.Open(t.Context(), store.Options{Path: path})
			if err != nil {
				t.Fatal(err)
			}
			if err := s.AddEffect(t.Context(), tag); err != nil {
				t.Fatal(err)
			}
			clerk := talk.NewClerk()
			clerk.People = func() gateway.People { return client }
			o := gateway.NewOutbox()
			o.Name, o.Effects, o.Topics, o.Log, o.Do = "crm", s, &gateway.Topics{}, slog.New(slog.DiscardHandler), clerk.Doers()
			o.Ready = func() bool { return true }
			if life == 0 {
				crm.Faults().Down(true)
				time.AfterFunc(3*time.Minute, func() {
					crm.Faults().Down(false)
					crm.Faults().LoseAnswer(3)
				})
			}
			ctx, cancel := context.WithTimeout(t.Context(), 12*time.Hour)
			if err := o.Run(ctx); err != nil {
				t.Fatal(err)
			}
			cancel()
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			got, _ := crm.Customer(card.ID)
			if !slices.Equal(got.Tags, []string{"чай", "Рассылка: осень"}) {
				t.Errorf("life %d: the card has %q", life, got.Tags)
			}
		}
		written := 0
		for _, r := range crm.Requests() {
			if r.Method == "POST" {
				written++
			}
		}
		if written == 0 || written > 3 {
			t.Errorf("the card was written %d times", written)
		}
	})
}
