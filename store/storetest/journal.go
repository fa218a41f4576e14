package storetest

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vestnik/device"
	"vestnik/gateway"
)

// fill puts a small shop into the ledger: order 1001 delivered to Анна, 1002 failed by SMS to
// Борис, 1003 without a phone, 1004 waiting, and one from the API.
func fill(t testing.TB, l Ledger) (ids map[string]gateway.MessageID) {
	t.Helper()
	ids = map[string]gateway.MessageID{}
	decide := func(name, number string, rule gateway.RuleID, hour int, m *gateway.Message, reason gateway.Reason) {
		at := noon.Add(time.Duration(hour) * time.Hour)
		d := gateway.Decision{RuleID: rule, Rule: fmt.Sprint("rule ", rule), Verdict: gateway.Send, Reason: gateway.InQueue, Number: number, Name: name, At: at, Message: m}
		if m == nil {
			d.Verdict, d.Reason = gateway.Skip, reason
		} else {
			m.OrderNumber, m.RuleID, m.CreatedAt, m.UpdatedAt, m.NotBefore = number, rule, at, at, at
		}
		kept, err := l.Decide(context.Background(), 0, []gateway.Decision{d})
		must(t, err)
		ids[number] = kept[0].MessageID
	}
	decide("Анна Ёлкина", "1001", 7, 0, Draft("a", anna), "")
	decide("Борис", "1002", 7, 1, Draft("b", boris), "")
	decide("Вера Анненкова", "1003", 8, 2, nil, gateway.NoPhone)
	decide("Глеб", "1004", 8, 3, Draft("d", "+79111111111"), "")
	decide("+79222222222", "", 0, 4, Draft("e", "+79222222222"), "")
	send(t, l, ids["1001"], device.WhatsApp, "w1", noon)
	settle(t, l, ids["1001"], gateway.Accepted, gateway.Change{State: gateway.Delivered, Reason: gateway.WasDelivered})
	settle(t, l, ids["1002"], gateway.Queued, gateway.Change{State: gateway.Failed, Reason: gateway.NoReach, Channel: device.SMS})
	settle(t, l, ids["1004"], gateway.Queued, gateway.Change{State: gateway.Held, Reason: gateway.HeldPerson})
	return ids
}

func numbers(t testing.TB, l Ledger, f gateway.DecisionFilter) []string {
	t.Helper()
	rows, next, err := l.Decisions(context.Background(), f)
	must(t, err)
	if next != "" {
		t.Fatalf("%+v: another page after %d rows", f, len(rows))
	}
	list := []string{}
	for _, r := range rows {
		list = append(list, r.Number)
		if (r.Sent != nil) != (r.Verdict == gateway.Send) || r.Sent != nil && r.Sent.ID != r.MessageID {
			t.Fatalf("%+v with message %+v", r.Decision, r.Sent)
		}
	}
	return list
}

func listsDecisions(t *testing.T, l Ledger) {
	fill(t, l)
	for name, c := range map[string]struct {
		f    gateway.DecisionFilter
		want []string
	}{
		"all":               {gateway.DecisionFilter{}, []string{"", "1004", "1003", "1002", "1001"}},
		"sent":              {gateway.DecisionFilter{Verdict: gateway.Send}, []string{"", "1004", "1002", "1001"}},
		"skipped":           {gateway.DecisionFilter{Verdict: gateway.Skip}, []string{"1003"}},
		"state":             {gateway.DecisionFilter{State: gateway.Failed}, []string{"1002"}},
		"state and rule":    {gateway.DecisionFilter{State: gateway.Delivered, RuleID: 7}, []string{"1001"}},
		"state, other rule": {gateway.DecisionFilter{State: gateway.Delivered, RuleID: 8}, []string{}},
		"state and verdict": {gateway.DecisionFilter{State: gateway.Failed, Verdict: gateway.Skip}, []string{}},
		"channel":           {gateway.DecisionFilter{Channel: device.SMS}, []string{"1002"}},
		"rule":              {gateway.DecisionFilter{RuleID: 8}, []string{"1004", "1003"}},
		"rule and verdict":  {gateway.DecisionFilter{RuleID: 8, Verdict: gateway.Skip}, []string{"1003"}},
		"since":             {gateway.DecisionFilter{Since: noon.Add(90 * time.Minute)}, []string{"", "1004", "1003"}},
		"since and state":   {gateway.DecisionFilter{Since: noon.Add(time.Hour), State: gateway.Failed}, []string{"1002"}},
		"since later":       {gateway.DecisionFilter{Since: noon.Add(100 * time.Hour)}, []string{}},
		"search and rule":   {gateway.DecisionFilter{Search: "100", RuleID: 8}, []string{"1004", "1003"}},
		"search and state":  {gateway.DecisionFilter{Search: "анн", State: gateway.Delivered}, []string{"1001"}},
	} {
		if diff := cmp.Diff(c.want, numbers(t, l, c.f)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func searches(t *testing.T, l Ledger) {
	fill(t, l)
	for text, want := range map[string][]string{
		"1001":               {"1001"},
		" 100 ":              {"1004", "1003", "1002", "1001"},
		"+7 912 345-67-89":   {"1001"},
		"8 (912) 345 67 89":  {"1001"},
		"79123456789":        {"1001"},
		"6789":               {"1001"},
		"4321":               {"1002"},
		"912345":             {"1001"},
		"анн":                {"1003", "1001"},
		"АННА":               {"1001"},
		"елкина":             {"1001"},
		"Ёлк":                {"1001"},
		"%":                  {},
		"_":                  {},
		"'; drop table user": {},
		"9999":               {},
		"боб":                {},
	} {
		if diff := cmp.Diff(want, numbers(t, l, gateway.DecisionFilter{Search: text})); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
}

func listsMessages(t *testing.T, l Ledger) {
	ids := fill(t, l)
	for name, c := range map[string]struct {
		f    gateway.MessageFilter
		want []string
	}{
		"all":             {gateway.MessageFilter{}, []string{"", "1004", "1002", "1001"}},
		"state":           {gateway.MessageFilter{State: gateway.Delivered}, []string{"1001"}},
		"to":              {gateway.MessageFilter{To: boris}, []string{"1002"}},
		"to and state":    {gateway.MessageFilter{To: boris, State: gateway.Delivered}, []string{}},
		"order":           {gateway.MessageFilter{Order: "1004"}, []string{"1004"}},
		"order and state": {gateway.MessageFilter{Order: "1004", State: gateway.Held}, []string{"1004"}},
		"order and to":    {gateway.MessageFilter{Order: "1004", To: anna}, []string{}},
		"no such order":   {gateway.MessageFilter{Order: "1003"}, []string{}},
		"since":           {gateway.MessageFilter{Since: noon.Add(2 * time.Hour)}, []string{"", "1004"}},
	} {
		rows, next, err := l.Messages(context.Background(), c.f)
		must(t, err)
		got := []string{}
		for _, m := range rows {
			got = append(got, m.OrderNumber)
		}
		if diff := cmp.Diff(c.want, got); diff != "" || next != "" {
			t.Errorf("%s: next %q %s", name, next, diff)
		}
	}
	full, _, err := l.Messages(context.Background(), gateway.MessageFilter{Order: "1001"})
	must(t, err)
	if diff := cmp.Diff(message(t, l, ids["1001"]), full[0]); diff != "" {
		t.Fatal(diff)
	}
}

func pages(t *testing.T, l Ledger) {
	ctx := context.Background()
	var want []gateway.MessageID
	for i := range 23 {
		m := Draft("", anna)
		m.OrderNumber, m.RuleID = "77", 7
		id := Enqueue(t, l, m)
		if i%2 == 0 {
			settle(t, l, id, gateway.Queued, gateway.Change{State: gateway.Cancelled, Reason: gateway.WasCancelled})
		}
		want = append(want, id)
	}
	slices.Reverse(want)
	for name, f := range map[string]gateway.MessageFilter{"all": {}, "to": {To: anna}, "order": {Order: "77"}, "since": {Since: noon}} {
		var got []gateway.MessageID
		for f.Limit = 5; ; {
			rows, next, err := l.Messages(ctx, f)
			must(t, err)
			for _, m := range rows {
				got = append(got, m.ID)
			}
			if f.Cursor = next; next == "" {
				break
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	for name, f := range map[string]gateway.DecisionFilter{
		"all": {}, "rule": {RuleID: 7}, "search": {Search: "77"}, "name": {Search: "анна"}, "queued": {State: gateway.Queued}, "cancelled": {State: gateway.Cancelled, RuleID: 7},
	} {
		n := 0
		seen := map[int64]bool{}
		for f.Limit = 4; ; {
			rows, next, err := l.Decisions(ctx, f)
			must(t, err)
			for _, r := range rows {
				if seen[r.ID] {
					t.Fatalf("%s: decision %d twice", name, r.ID)
				}
				seen[r.ID] = true
				n++
			}
			if f.Cursor = next; next == "" {
				break
			}
		}
		total := map[gateway.State]int{"": 23, gateway.Queued: 11, gateway.Cancelled: 12}[f.State]
		count(t, name, n, total)
	}
}

func refusesBadFilters(t *testing.T, l Ledger) {
	ctx := context.Background()
	for _, f := range []gateway.MessageFilter{{State: "gone"}, {Limit: 201}, {Limit: -1}, {Cursor: "x"}, {Cursor: "m"}, {Cursor: "d1"}, {Cursor: "m-5"}, {Cursor: "m1'"}} {
		_, _, err := l.Messages(ctx, f)
		wantKind(t, err, device.Invalid)
	}
	for _, f := range []gateway.DecisionFilter{{State: "gone"}, {Verdict: "maybe"}, {Channel: "fax"}, {Limit: 1000}, {Cursor: "m1"}, {Cursor: "d1", State: gateway.Queued}} {
		_, _, err := l.Decisions(ctx, f)
		wantKind(t, err, device.Invalid)
	}
}

func tellsStories(t *testing.T, l Ledger) {
	ctx := context.Background()
	id := Enqueue(t, l, Draft("k", anna))
	n := begin(t, l, gateway.Queued, Attempt(id, device.WhatsApp, "w", noon))
	settle(t, l, id, gateway.Sending, gateway.Change{State: gateway.UnknownState, Reason: gateway.Uncertain, Attempt: n, AttemptState: gateway.AttemptUncertain, AttemptCode: "timeout", ResolveAt: noon})
	n = begin(t, l, gateway.UnknownState, Attempt(id, device.WhatsApp, "w", noon.Add(time.Minute)))
	settle(t, l, id, gateway.Sending, gateway.Change{
		State: gateway.Accepted, Reason: gateway.WasAccepted, Attempt: n, AttemptState: gateway.AttemptAccepted, Effects: []gateway.Effect{mark(id, "yes", noon)},
		Presence: []device.Presence{{Phone: anna, On: device.Yes, Canonical: anna, At: noon, Source: device.FromReceipt}},
	})
	_, err := l.ApplyReceipt(ctx, device.Receipt{Channel: device.WhatsApp, Device: "d", WireIDs: []string{"w"}, Kind: device.ReceiptDelivered, At: noon.Add(time.Hour), From: anna, Evidence: "receipt"}, deliver(nil))
	must(t, err)
	story, err := l.Story(ctx, id)
	must(t, err)
	if story.Message.State != gateway.Delivered || story.Decision.MessageID != id || len(story.Attempts) != 2 || len(story.Effects) != 1 {
		t.Fatalf("%+v", story)
	}
	if a := story.Attempts[0]; a.State != gateway.AttemptUncertain || a.Code != "timeout" || len(a.Receipts) != 0 {
		t.Fatalf("first attempt %+v", a)
	}
	want := []device.Receipt{{Channel: device.WhatsApp, Device: "d", WireIDs: []string{"w"}, Kind: device.ReceiptDelivered, At: noon.Add(time.Hour), From: anna, Evidence: "receipt"}}
	if diff := cmp.Diff(want, story.Attempts[1].Receipts); diff != "" {
		t.Fatal(diff)
	}
	if _, ok, err := l.Presence(ctx, anna); err != nil || !ok {
		t.Fatalf("the presence of the settlement was not kept: %v", err)
	}
}

func countsTotals(t *testing.T, l Ledger) {
	ctx := context.Background()
	fill(t, l)
	_, err := l.SaveIncoming(ctx, device.Incoming{Channel: device.WhatsApp, ID: "in", From: boris, At: noon}, nil)
	must(t, err)
	got, err := l.Totals(ctx, noon)
	must(t, err)
	want := gateway.Totals{
		ByState:    map[gateway.State]int{gateway.Delivered: 1, gateway.Failed: 1, gateway.Held: 1, gateway.Queued: 1},
		Open:       map[gateway.State]int{gateway.Held: 1, gateway.Queued: 1},
		NeedPerson: 1, Skipped: 1, ByChannel: map[device.Channel]int{device.WhatsApp: 1},
		OldestWait: noon.Add(3 * time.Hour), Incoming: 1,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatal(diff)
	}
	got, err = l.Totals(ctx, noon.Add(210*time.Minute))
	must(t, err)
	want.ByState, want.ByChannel, want.Skipped = map[gateway.State]int{gateway.Queued: 1}, map[device.Channel]int{}, 0
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatal(diff)
	}
	if _, err = l.Totals(ctx, time.Time{}); err != nil {
		t.Fatal(err)
	}
}
