package card

import "context"

// Kept is a card out of the cache: the CRM is not asked. NotFound when none is kept.
func (k *Keeper) Kept(ctx context.Context, customer int64) (Card, error) {
	kept, err := k.Store.Card(ctx, customer)
	if err != nil {
		return Card{}, err
	}
	c, err := k.compose(ctx, kept)
	c.FromCache = true
	return c, err
}
