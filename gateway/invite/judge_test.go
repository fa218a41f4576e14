package invite_test

import (
	"strings"
	"testing"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/invite"
)

var noon = time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)

func handedOver() invite.Case {
	s := gateway.DefaultSettings()
	s.Decency.ReviewURL, s.Decency.PublicURL = "https://reviews.example/lavka?add=1", "https://go.lavka.example"
	s.Invitation.On, s.Invitation.Statuses = true, []string{"complete"}
	return invite.Case{
		Invitation: gateway.Invitation{Order: 10482, At: noon.Add(-72 * time.Hour), DueAt: noon},
		Order: gateway.Order{
			ID: 10482, Number: "10482A", Status: "complete", Name: "Анна", CustomerID: 7, Phones: []string{"8 916 123-45-67"},
			Fields: map[string]string{"customer.firstName": "Анна", "order.number": "10482A"},
		},
		Settings: s, Ref: gateway.Reference{Statuses: []gateway.Status{{Code: "returned", Name: "Возврат"}}},
		Usable: func(device.Channel) bool { return true }, MaxParts: 6, Now: noon, Token: "k7m2q9xw",
	}
}

func TestAnInvitationIsWritten(t *testing.T) {
	t.Parallel()
	v := invite.Judge(handedOver())
	m := v.Decision.Message
	if m == nil {
		t.Fatalf("not invited: %+v", v)
	}
	const want = "Анна, спасибо за заказ 10482A! Расскажите, всё ли понравилось: https://go.lavka.example/r/k7m2q9xw\n\nЧтобы не получать рассылки, ответьте СТОП."
	if m.Text != want {
		t.Errorf("he gets %q", m.Text)
	}
	if m.To != "+79161234567" || m.Purpose != gateway.ForRating || m.DedupeKey != "invitation/order/10482" || m.Order != 10482 || m.OrderNumber != "10482A" ||
		m.Customer != 7 || !m.ExpiresAt.Equal(noon.Add(7*24*time.Hour)) || len(m.Channels) != 3 || m.RuleID != 0 || m.Rule != "" {
		t.Errorf("the message %+v", m)
	}
	if v.Link != (gateway.ReviewLink{Token: "k7m2q9xw", Order: 10482, MadeAt: noon}) {
		t.Errorf("the link %+v", v.Link)
	}
	if tr := v.Decision.Trace; len(tr) != 2 || tr[0].Reason != gateway.FromInvitation || tr[0].Args["order"] != "10482A" || tr[1].Reason != gateway.StatusReached {
		t.Errorf("the trace %+v", tr)
	}
}

func TestWhoIsInvitedHowAndWhoIsNot(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*invite.Case)
		why    gateway.Reason // of a refusal; empty: invited
		wait   time.Duration
		text   string
	}{
		"without a public address":   {func(c *invite.Case) { c.Settings.Decency.PublicURL = "" }, "", 0, "https://reviews.example/lavka?add=1"},
		"in the customer's language": {func(c *invite.Case) { c.Language = "en" }, "", 0, "Reply STOP"},
		"in a language without a text": {func(c *invite.Case) {
			c.Language, c.Settings.Invitation.Texts = "en", map[string]string{"ru": "Отзыв: {{review.link}}", "en": " "}
		}, "", 0, "Отзыв"},
		"gave 4":                           {func(c *invite.Case) { c.Mark = 4 }, "", 0, ""},
		"gave 3":                           {func(c *invite.Case) { c.Mark = 3 }, gateway.LowMark, 0, ""},
		"gave 3, and everybody is invited": {func(c *invite.Case) { c.Mark, c.Settings.Invitation.HappyOnly = 3, false }, "", 0, ""},
		"sent back":                        {func(c *invite.Case) { c.Order.Status = "returned" }, gateway.StatusPassed, 0, ""},
		"another status of the list": {func(c *invite.Case) {
			c.Order.Status, c.Settings.Invitation.Statuses = "issued", []string{"complete", "issued"}
		}, "", 0, ""},
		"gone":                     {func(c *invite.Case) { c.Order = gateway.Order{ID: 10482, Deleted: true} }, gateway.OrderGone, 0, ""},
		"said stop":                {func(c *invite.Case) { c.Refused, c.RefusedAt = true, noon.Add(-time.Hour) }, gateway.OptedOut, 0, ""},
		"no number and no card":    {func(c *invite.Case) { c.Order.Phones, c.Order.CustomerID = nil, 0 }, gateway.NoPhone, 0, ""},
		"a bad number and no card": {func(c *invite.Case) { c.Order.Phones, c.Order.CustomerID = []string{"12"}, 0 }, gateway.BadPhone, 0, ""},
		"no number, a chat may do": {func(c *invite.Case) { c.Order.Phones = nil }, "", 0, ""},
		"all channels off":         {func(c *invite.Case) { c.Usable = func(device.Channel) bool { return false } }, gateway.ChannelsOff, 0, ""},
		"invited 13 days ago":      {func(c *invite.Case) { c.Invited = noon.Add(-13 * 24 * time.Hour) }, gateway.WrittenLately, 0, ""},
		"invited 14 days ago":      {func(c *invite.Case) { c.Invited = noon.Add(-14 * 24 * time.Hour) }, "", 0, ""},
		"two weeks late":           {func(c *invite.Case) { c.Now = noon.Add(14*24*time.Hour + time.Second) }, gateway.TooOld, 0, ""},
		"the bot asks today":       {func(c *invite.Case) { c.Ask = &gateway.Ask{State: gateway.AskWaits, DueAt: noon.Add(5 * time.Hour)} }, "", 24 * time.Hour, ""},
		"the bot asks next week":   {func(c *invite.Case) { c.Ask = &gateway.Ask{State: gateway.AskWaits, DueAt: noon.Add(100 * time.Hour)} }, "", 0, ""},
		"the bot never got to ask": {func(c *invite.Case) { c.Ask = &gateway.Ask{State: gateway.AskWaits, DueAt: noon.Add(-100 * time.Hour)} }, "", 0, ""},
		"the bot asked today":      {func(c *invite.Case) { c.Ask = &gateway.Ask{State: gateway.AskDone, DueAt: noon.Add(-5 * time.Hour)} }, "", 24 * time.Hour, ""},
		"the bot asked yesterday":  {func(c *invite.Case) { c.Ask = &gateway.Ask{State: gateway.AskDone, DueAt: noon.Add(-24 * time.Hour)} }, "", 0, ""},
		"the bot will not ask":     {func(c *invite.Case) { c.Ask = &gateway.Ask{State: gateway.AskNever, DueAt: noon} }, "", 0, ""},
		"due before a restore": {func(c *invite.Case) {
			c.Restored = gateway.Restored{At: noon.Add(time.Minute), MadeAt: noon.Add(-24 * time.Hour)}
		}, gateway.BackupUnclear, 0, ""},
		"due before a restore, and the bot asks today": {func(c *invite.Case) {
			c.Restored = gateway.Restored{At: noon.Add(time.Minute), MadeAt: noon.Add(-24 * time.Hour)}
			c.Ask = &gateway.Ask{State: gateway.AskWaits, DueAt: noon.Add(5 * time.Hour)}
		}, gateway.BackupUnclear, 0, ""},
		"due after a restore": {func(c *invite.Case) {
			c.Restored = gateway.Restored{At: noon.Add(-time.Minute), MadeAt: noon.Add(-24 * time.Hour)}
		}, "", 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := handedOver()
			c.change(&in)
			v := invite.Judge(in)
			if got := v.Wait; c.wait > 0 != !got.IsZero() || c.wait > 0 && !got.Equal(in.Now.Add(c.wait)) {
				t.Fatalf("waits until %v, want %v from now", got, c.wait)
			}
			if c.wait > 0 {
				return
			}
			d := v.Decision
			if c.why == "" {
				if d.Message == nil || d.Verdict != gateway.Send || !strings.Contains(d.Message.Text, c.text) {
					t.Errorf("invited: %+v %+v", d, d.Message)
				}
				return
			}
			if d.Message != nil || d.Verdict != gateway.Skip || d.Reason != c.why || d.Trace[len(d.Trace)-1].Reason != c.why || v.Link.Token != "" {
				t.Errorf("not invited: %+v", d)
			}
			for i, s := range d.Trace[:len(d.Trace)-1] {
				if s.Reason == gateway.ChannelsOff || s.Reason == gateway.NoPhone && i > 0 {
					t.Errorf("step %d of %+v", i, d.Trace)
				}
			}
		})
	}
}

func TestATrialLooksAtAnyOrder(t *testing.T) {
	t.Parallel()
	c := handedOver()
	c.Trial, c.Invitation, c.Order.Status = true, gateway.Invitation{}, "new"
	c.Ask = &gateway.Ask{State: gateway.AskWaits, DueAt: noon}
	if d := invite.Judge(c).Decision; d.Message == nil {
		t.Errorf("the trial says %+v", d)
	}
	c.Mark = 1
	if d := invite.Judge(c).Decision; d.Reason != gateway.LowMark {
		t.Errorf("the trial says %+v", d)
	}
}
