package card

import (
	"strings"
	"time"

	"vestnik/gateway"
)

// StatusText is what a customer is told of his order: nothing in it is meant for employees
// only. An operator reads it before it leaves.
func StatusText(o gateway.ProfileOrder, lang string) string {
	say := func(ru, en string) string {
		if lang == "ru" {
			return ru
		}
		return en
	}
	status := o.StatusName
	if status == "" {
		status = o.Status
	}
	var b strings.Builder
	b.WriteString(say("Заказ ", "Order ") + o.Number + ": " + status + ".")
	if o.Open() {
		if way := strings.TrimSpace(o.Delivery); way != "" {
			b.WriteString(say(" Доставка: ", " Delivery: ") + way)
			if day, err := time.Parse(time.DateOnly, o.DeliverOn); err == nil {
				b.WriteString(", " + day.Format("02.01.2006"))
			}
			b.WriteString(".")
		}
		if o.Track != "" {
			b.WriteString(say(" Трек-номер: ", " Tracking number: ") + o.Track + ".")
		}
	}
	return b.String()
}
