package app_test

import (
	"strings"
	"testing"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/sim/retailcrm"
)

const inviteConfig = `
retailcrm: {poll: 5m}
decency: {review_url: "https://reviews.example/lavka?add=1", public_url: "https://go.lavka.example"}
invitation: {enabled: true, statuses: [complete], after: 1h, channels: [sms], per_day: 2}
`

// handedOver makes an order and brings it to its end.
func (b *box) handedOver(phone string, customer int) retailcrm.Order {
	b.t.Helper()
	o := b.world.CRM.AddOrder(retailcrm.Order{FirstName: "Нина", LastName: "Орлова", Phone: phone, CustomerID: customer, Status: "new"})
	b.reaches(o.ID, "complete")
	return o
}

// invitation is the one message that was made for an order, if any.
func (b *box) invitation(o retailcrm.Order) (gateway.Message, bool) {
	b.t.Helper()
	rows, _, err := b.app.Store().Messages(b.t.Context(), gateway.MessageFilter{Order: o.Number})
	if err != nil {
		b.t.Fatal(err)
	}
	var found []gateway.Message
	for _, m := range rows {
		if strings.HasPrefix(m.DedupeKey, "invitation/") {
			found = append(found, m)
		}
	}
	if len(found) > 1 {
		b.t.Errorf("order %s has %d invitations", o.Number, len(found))
	}
	if len(found) == 0 {
		return gateway.Message{}, false
	}
	return found[0], true
}

// why is the reason for which an order's customer was not invited; empty while nothing is settled.
func (b *box) whyNot(o retailcrm.Order) gateway.Reason {
	b.t.Helper()
	last, err := b.app.Store().LastInvitations(b.t.Context(), 50)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, i := range last {
		if int(i.Order) == o.ID {
			return i.Why
		}
	}
	return ""
}

func TestInvitationsGoOutInTheirTimeOncePerOrderAlsoAfterACrash(t *testing.T) {
	t.Parallel()
	inOwnTime(t, shop{config: inviteConfig}, func(t *testing.T, b *box) {
		time.Sleep(6 * time.Minute) // the first look notes where the history ends
		o := b.handedOver("+79165550101", 0)
		back := b.handedOver("+79165550102", 0)
		refuses := b.handedOver("+79165550103", 0)
		time.Sleep(50 * time.Minute)
		if _, ok := b.invitation(o); ok {
			t.Error("invited too early")
		}
		if err := b.world.CRM.SetStatus(back.ID, "cancel-other"); err != nil {
			t.Fatal(err)
		}
		if _, err := b.app.Store().KeepConsents(t.Context(), gateway.Consent{Phone: "+79165550103", Answer: device.No, Source: gateway.ConsentHand, At: time.Now()}); err != nil {
			t.Fatal(err)
		}
		b.stop() // down when the time comes
		time.Sleep(20 * time.Minute)
		b.start()
		time.Sleep(10 * time.Minute)
		m, ok := b.invitation(o)
		if !ok {
			t.Fatalf("not invited: %q\n%s", b.whyNot(o), b.story())
		}
		if m.Purpose != gateway.ForRating || m.To != "+79165550101" || !strings.Contains(m.Text, "https://go.lavka.example/r/") || !strings.Contains(m.Text, "СТОП") {
			t.Errorf("he gets %+v", m)
		}
		story, err := b.app.Store().Story(t.Context(), m.ID)
		if err != nil || len(story.Trace) == 0 || story.Trace[0].Reason != gateway.FromInvitation {
			t.Errorf("the story %+v, %v", story.Trace, err)
		}
		if got := b.whyNot(back); got != gateway.StatusPassed {
			t.Errorf("the one that was sent back: %q", got)
		}
		if got := b.whyNot(refuses); got != gateway.OptedOut {
			t.Errorf("the one who refused: %q", got)
		}
		_, token, _ := strings.Cut(m.Text, "/r/")
		token, _, _ = strings.Cut(token, "\n")
		link, err := b.app.Store().LinkByToken(t.Context(), token)
		if err != nil || int(link.Order) != o.ID {
			t.Errorf("the link %q: %+v, %v", token, link, err)
		}
		// The same status again, and the same person's next order within two weeks, invite nobody.
		b.reaches(o.ID, "new")
		b.reaches(o.ID, "complete")
		again := b.handedOver("+79165550101", 0)
		time.Sleep(75 * time.Minute)
		b.invitation(o)
		if got := b.whyNot(again); got != gateway.WrittenLately {
			t.Errorf("the next order: %q", got)
		}
		if n, err := b.app.Store().InvitationsSince(t.Context(), time.Now().AddDate(0, 0, -30)); err != nil || n.NotSent < 3 {
			t.Errorf("the figures %+v, %v", n, err)
		}
	})
}
