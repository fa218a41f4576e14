package card

import (
	"context"

	"vestnik/gateway"
)

// Quiet is a Keeper for work that nobody waits for: the CRM is asked by Behind, and given the time
// that this takes.
type Quiet struct{ k *Keeper }

// Quiet is the same keeper for work that nobody waits for.
func (k *Keeper) Quiet() Quiet { return Quiet{k} }

// Find is Keeper.Find.
func (q Quiet) Find(ctx context.Context, h Hints) (Found, error) { return q.k.find(ctx, h, true) }

// Card is Keeper.Card.
func (q Quiet) Card(ctx context.Context, customer int64) (Card, error) {
	return q.k.card(ctx, customer, true)
}

// Make is Keeper.Make, which somebody does wait for now and then.
func (q Quiet) Make(ctx context.Context, c gateway.NewCustomer, by string) (int64, error) {
	return q.k.Make(ctx, c, by)
}
