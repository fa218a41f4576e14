package card_test

import (
	"testing"

	"vestnik/gateway"
	"vestnik/gateway/card"
)

func TestStatusText(t *testing.T) {
	t.Parallel()
	way := gateway.ProfileOrder{
		Number: "5123А", Status: "delivering", StatusName: "Доставляется", Group: "delivery", Delivery: "СДЭК", DeliverOn: "2026-12-03", Track: "RB1", Comment: "код домофона 12",
	}
	for _, c := range []struct{ lang, want string }{
		{"ru", "Заказ 5123А: Доставляется. Доставка: СДЭК, 03.12.2026. Трек-номер: RB1."},
		{"en", "Order 5123А: Доставляется. Delivery: СДЭК, 03.12.2026. Tracking number: RB1."},
	} {
		if got := card.StatusText(way, c.lang); got != c.want {
			t.Errorf("%s: %q", c.lang, got)
		}
	}
	done := way
	done.Group, done.StatusName = "complete", ""
	if got := card.StatusText(done, "ru"); got != "Заказ 5123А: delivering." {
		t.Errorf("a finished one: %q", got)
	}
}
