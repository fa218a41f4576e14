package card_test

import (
	"fmt"
	"testing"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/card"
)

func TestCompose(t *testing.T) {
	virtually(t, func(t *testing.T, h *shop) {
		now := time.Now() // midnight in UTC, three in the morning in Moscow
		today := now.Format(time.DateOnly)
		h.crm.add(5, "Анна", "", "8 912 345-67-89")
		p := h.crm.people[5]
		p.ManagerID = 99 // nobody knows him
		h.crm.people[5] = p
		order := func(id int, group, status, deliver string, manager int64) {
			h.crm.order(5, gateway.ProfileOrder{
				ID: gateway.OrderID(id), Number: fmt.Sprintf("%dA", id), Group: group, Status: status, StatusName: "«" + status + "»", DeliverOn: deliver, Manager: manager,
				CreatedAt: now.Add(time.Duration(id) * time.Minute), URL: fmt.Sprint("https://crm/", id),
			})
		}
		order(1, "delivery", "courier", now.AddDate(0, 0, -3).Format(time.DateOnly), 0)
		order(2, "cancel", "no-call", now.AddDate(0, 0, -3).Format(time.DateOnly), 21)
		order(3, "assembling", "assembling", today, 22)
		for id := 4; id <= 12; id++ {
			order(id, "complete", "done", "", 0)
		}
		h.crm.entries[5] = []gateway.ProfileEntry{{Kind: "note", At: now.Add(30 * time.Minute), Text: "Звонила", By: "Ольга"}}
		_, err := h.store.SaveChanges(h.ctx, []gateway.StatusChange{
			{HistoryID: 1, Order: 1, To: "courier", At: now.Add(time.Hour)}, {HistoryID: 2, Order: 3, To: "packing", At: now.Add(20 * time.Minute)},
		}, gateway.Cursor{SinceID: 2})
		h.check(err)
		h.check(h.store.SaveReference(h.ctx, gateway.Reference{Statuses: []gateway.Status{{Code: "packing", Name: "Собирается"}}}))
		h.check(h.Live.Reload(h.ctx))
		_, err = h.store.SaveIncoming(h.ctx, device.Incoming{Channel: device.SMS, Device: "d", ID: "1", From: anna, Text: "где?", At: now.Add(40 * time.Minute)}, nil)
		h.check(err)

		c := h.card(5)
		var got string
		for _, o := range c.Orders {
			got += o.Number + " "
		}
		if got != "3A 1A 12A 11A 10A 9A 8A 7A 6A 5A " || c.OrdersTotal != 12 {
			t.Errorf("orders %s of %d", got, c.OrdersTotal)
		}
		if o := c.Orders[1]; !o.Delivery || o.Problem || o.Late != 3 {
			t.Errorf("%+v", o)
		}
		if o := c.Orders[0]; o.Delivery || !o.Problem || o.Late != 0 {
			t.Errorf("%+v", o)
		}
		if c.Manager == nil || c.Manager.Name != "Пётр" {
			t.Errorf("%+v", c.Manager)
		}
		var lines string
		for _, l := range c.Lines {
			lines += fmt.Sprintf("%s/%s/%s/%s ", l.Kind, l.Channel, l.Text, l.Order)
		}
		if lines != "status//«courier»/1A talk/sms/где?/ note//Звонила/ status//Собирается/3A " {
			t.Error(lines)
		}
		if c.Lines[0].URL != "https://crm/1" {
			t.Errorf("%+v", c.Lines[0])
		}
		c.Mention([]string{"12а", "77"})
		for _, o := range c.Orders {
			if o.Mentioned != (o.Number == "12A") {
				t.Errorf("%+v", o)
			}
		}
		// The day ends at the shop's midnight.
		time.Sleep(21*time.Hour + time.Minute)
		if c = h.card(5); c.Orders[0].Late != 1 || c.Orders[1].Late != 4 {
			t.Errorf("late %d and %d", c.Orders[0].Late, c.Orders[1].Late)
		}
		// His own manager counts once somebody knows him.
		h.crm.set(func() { h.crm.users = append(h.crm.users, gateway.CRMUser{ID: 99, Name: "Анна М."}) })
		if c, err = h.Renew(h.ctx, 5); err != nil || c.Manager == nil || c.Manager.Name != "Анна М." {
			t.Errorf("%+v, %v", c.Manager, err)
		}
	}, func(s *gateway.Settings) {
		s.Helpdesk.Delivery, s.Helpdesk.Problem = []string{"courier"}, []string{"assembling"}
	})
}

func TestManyLines(t *testing.T) {
	virtually(t, func(t *testing.T, h *shop) {
		h.crm.add(5, "Анна", "", "8 912 345-67-89")
		now := time.Now()
		for i := range 40 {
			_, err := h.store.SaveIncoming(h.ctx, device.Incoming{Channel: device.SMS, Device: "d", ID: fmt.Sprint(i), From: anna, Text: fmt.Sprint(i), At: now.Add(time.Duration(i) * time.Minute)}, nil)
			h.check(err)
			h.crm.entries[5] = append(h.crm.entries[5], gateway.ProfileEntry{Kind: "note", At: now.Add(time.Duration(i)*time.Minute + time.Second), Text: fmt.Sprint("note ", i)})
		}
		c := h.card(5)
		if len(c.Lines) != 30 || c.Lines[0].Kind != card.LineNote || c.Lines[0].Text != "note 39" || c.Lines[29].Text != "25" {
			t.Errorf("%d lines, %+v", len(c.Lines), c.Lines[0])
		}
	})
}
