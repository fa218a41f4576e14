package retailcrm

import (
	"context"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/outbound"
)

// laneKey marks a context whose calls are nobody's who waits.
type laneKey struct{}

// laneOf is the lane of a call: that which its method asks for, but background for calls
// of the background view.
func laneOf(ctx context.Context, wanted outbound.Lane) outbound.Lane {
	if ctx.Value(laneKey{}) != nil {
		return background
	}
	return wanted
}

// quiet is a client whose calls let those of persons pass.
type quiet struct{ c *Client }

// Background is the same connection for work that nobody waits for: its calls go when no
// person's do, and it keeps the names of statuses and deliveries fresh, for which no person
// waits.
func (c *Client) Background() gateway.Profiles { return quiet{c} }

func behind(ctx context.Context) context.Context { return context.WithValue(ctx, laneKey{}, true) }

func (q quiet) ProfilesBy(ctx context.Context, email string, phone device.Phone) ([]gateway.Profile, error) {
	return q.c.ProfilesBy(behind(ctx), email, phone)
}

func (q quiet) Profile(ctx context.Context, id int64) (gateway.Profile, error) {
	return q.c.Profile(behind(ctx), id)
}

func (q quiet) ProfileOrders(ctx context.Context, customer int64, page int) ([]gateway.ProfileOrder, int, error) {
	return q.c.ProfileOrders(behind(ctx), customer, page)
}

func (q quiet) ProfileEntries(ctx context.Context, customer int64) ([]gateway.ProfileEntry, error) {
	return q.c.ProfileEntries(behind(ctx), customer)
}

func (q quiet) ProfileOrder(ctx context.Context, id gateway.OrderID) (gateway.ProfileOrder, error) {
	return q.c.ProfileOrder(behind(ctx), id)
}

func (q quiet) OrdersByNumber(ctx context.Context, number string) ([]gateway.ProfileOrder, error) {
	return q.c.OrdersByNumber(behind(ctx), number)
}

func (q quiet) SampleCustomers(ctx context.Context, from, to time.Time, n int) ([]gateway.Profile, error) {
	return q.c.SampleCustomers(behind(ctx), from, to, n)
}

func (q quiet) TouchedCustomers(ctx context.Context, after int64) ([]int64, int64, bool, error) {
	return q.c.TouchedCustomers(behind(ctx), after)
}

func (q quiet) MakeCustomer(ctx context.Context, n gateway.NewCustomer) (int64, bool, error) {
	return q.c.MakeCustomer(behind(ctx), n)
}

func (q quiet) Sites(ctx context.Context) ([]gateway.Site, error) { return q.c.Sites(behind(ctx)) }
