package storetest

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/campaign"
)

func mergesPeople(t *testing.T, l Ledger) {
	ctx := context.Background()
	people := someones(2)
	people[0].Customer, people[1].Customer = 5, 7
	people[0].Fields = map[string]string{"x": "y"}
	id := running(t, l, people...)
	_, err := l.KeepConsents(ctx, gateway.Consent{Customer: 5, Answer: device.No, Source: gateway.ConsentHand, At: noon}, gateway.Consent{Customer: 6, Answer: device.Yes, Source: gateway.ConsentCRM, At: noon.Add(time.Hour)})
	must(t, err)
	must(t, l.MergeCard(ctx, 5, 6))
	if got, ok, err := l.ConsentOf(ctx, "", 6); err != nil || !ok || got.Answer != device.No {
		t.Fatalf("%+v, %v, %v", got, ok, err)
	}
	if _, ok, err := l.ConsentOf(ctx, "", 5); err != nil || ok {
		t.Fatal(ok, err)
	}
	if p := byLine(t, l, id, 1); p.Customer != 6 {
		t.Fatalf("%+v", p)
	}
	must(t, l.EraseCard(ctx, 6))
	p := byLine(t, l, id, 1)
	if p.State != campaign.PersonOut || p.Reason != gateway.PersonErased || p.Name != "" || p.Fields != nil {
		t.Fatalf("%+v", p)
	}
	if got, ok, err := l.ConsentOf(ctx, "", 6); err != nil || !ok || got.Answer != device.No {
		t.Fatalf("that he refused is forgotten: %+v, %v, %v", got, ok, err)
	}
	tallied(t, l, id)
}

// mergesPeopleInTheMiddle joins two cards while a mailing is on its way to both: he gets it once.
func mergesPeopleInTheMiddle(t *testing.T, l Ledger) {
	ctx := context.Background()
	people := someones(12)
	for i := range people {
		people[i].Customer = int64(11 + i)
	}
	id := running(t, l, people...)
	count(t, "fed", feed(t, l, id, 0, 1, 3, 4, 5, 6, 11, 12), 7)
	send(t, l, byLine(t, l, id, 1).Message, device.WhatsApp, "w1", noon)
	for _, line := range []int{11, 12} { // one of them is on its way when their cards are joined, whichever has the smaller id
		begin := byLine(t, l, id, line)
		if other := byLine(t, l, id, 23-line); begin.ID < other.ID {
			continue
		}
		_, ok, err := l.Begin(ctx, gateway.Queued, Attempt(begin.Message, device.WhatsApp, "w11", time.Now()), gateway.Step{At: time.Now(), Reason: gateway.SendingNow})
		must(t, err)
		if !ok {
			t.Fatal("not begun")
		}
	}
	refusedByNetwork := byLine(t, l, id, 5)
	_, err := l.Move(ctx, refusedByNetwork.Message, gateway.Queued, gateway.Change{State: gateway.Failed, Reason: gateway.NotOnWhatsApp})
	must(t, err)
	for from, into := range map[int64]int64{12: 11, 14: 13, 17: 15, 16: 18, 22: 21} { // sent, both queued, failed, one queued, one on its way
		must(t, l.MergeCard(ctx, from, into))
	}
	for line, want := range map[int]campaign.PersonState{
		1: campaign.PersonSent, 2: campaign.PersonOut, 5: campaign.PersonFailed, 6: campaign.PersonQueued, 7: campaign.PersonWaits, 8: campaign.PersonOut,
	} {
		p := byLine(t, l, id, line)
		if p.State != want || want == campaign.PersonOut && p.Reason != gateway.SamePerson {
			t.Errorf("line %d: %s %s, want %s", line, p.State, p.Reason, want)
		}
	}
	queued, err := l.InQueue(ctx, id, time.Time{})
	must(t, err)
	count(t, "messages in the queue", queued[device.WhatsApp], 2)
	count(t, "of two of whom one is on its way", strings.Count(fmt.Sprint(byLine(t, l, id, 11).State, byLine(t, l, id, 12).State), "queued"), 1)
	tallied(t, l, id)

	// In a draft the one with a number stays, whichever has the smaller id.
	draft := save(t, l, Mailing("Зима")).ID
	people = someones(16)
	for i := range people {
		if people[i].Customer = int64(101 + i); i%2 == 0 {
			people[i].Phone = ""
		}
	}
	Gather(t, l, draft, people...)
	for i := int64(101); i < 117; i += 2 {
		must(t, l.MergeCard(ctx, i, i+1))
	}
	Start(t, l, draft, Everybody())
	for line := 1; line <= 16; line++ {
		want := map[bool]campaign.PersonState{true: campaign.PersonWaits, false: campaign.PersonOut}[line%2 == 0]
		if p := byLine(t, l, draft, line); p.State != want || (p.Class != "") != (want == campaign.PersonWaits) {
			t.Errorf("line %d: %s %s %s, want %s", line, p.State, p.Reason, p.Class, want)
		}
	}
}
