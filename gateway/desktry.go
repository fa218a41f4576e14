package gateway

import "context"

// OrderToTry is the order with a number, or the newest one without. Errors are those of Try.
func (d *Desk) OrderToTry(ctx context.Context, number string) (Order, error) {
	return d.orderToTry(ctx, number)
}

// WayOf adds to a trial which way a message would take now; nothing is asked of WhatsApp.
func (d *Desk) WayOf(ctx context.Context, m *Message, t *Trial) error { return d.wayOf(ctx, m, t) }
