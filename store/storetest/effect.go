package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vestnik/device"
	"vestnik/gateway"
)

var marks = []gateway.EffectKind{gateway.EffectMark}

func mark(id gateway.MessageID, value string, at time.Time) gateway.Effect {
	return gateway.Effect{Kind: gateway.EffectMark, Key: "mark/10482", Order: 10_482, Message: id, Value: value, State: gateway.EffectPending, NextAt: at, At: at}
}

func renewsEffects(t *testing.T, l Ledger) {
	ctx := context.Background()
	one, two := Enqueue(t, l, Draft("a", anna)), Enqueue(t, l, Draft("b", anna))
	enqueue := func(e gateway.Effect) {
		settle(t, l, one, gateway.Queued, gateway.Change{Effects: []gateway.Effect{e}})
	}
	now := func() gateway.Effect {
		t.Helper()
		e, ok, err := l.DueEffect(ctx, noon.Add(24*time.Hour), marks)
		must(t, err)
		if !ok {
			t.Fatal("no effect is due")
		}
		return e
	}
	_, ok, err := l.NextEffectAt(ctx, marks)
	must(t, err)
	if ok {
		t.Fatal("an empty outbox has a next time")
	}
	enqueue(mark(one, "yes", noon.Add(time.Minute)))
	first := now()
	want := mark(one, "yes", noon.Add(time.Minute))
	want.ID = first.ID
	if diff := cmp.Diff(want, first); diff != "" {
		t.Fatal(diff)
	}
	if _, ok, err := l.DueEffect(ctx, noon, marks); err != nil || ok {
		t.Fatalf("due before its time: %v", err)
	}
	at, ok, err := l.NextEffectAt(ctx, marks)
	must(t, err)
	if !ok || !at.Equal(noon.Add(time.Minute)) {
		t.Fatalf("NextEffectAt = %v", at)
	}
	enqueue(mark(two, "yes", noon.Add(time.Hour)))
	if got := now(); got.Message != one || !got.NextAt.Equal(first.NextAt) {
		t.Fatalf("the same value changed it: %+v", got)
	}
	enqueue(mark(two, "no", noon.Add(time.Hour)))
	if got := now(); got.ID != first.ID || got.Message != two || got.Value != "no" || !got.NextAt.Equal(noon.Add(time.Hour)) {
		t.Fatalf("another value: %+v", got)
	}
	done := now()
	done.State = gateway.EffectDone
	must(t, l.SettleEffect(ctx, done, nil))
	enqueue(mark(two, "no", noon))
	if _, ok, err := l.DueEffect(ctx, noon.Add(48*time.Hour), marks); err != nil || ok {
		t.Fatal("what is done was renewed with the same value")
	}
	for _, ended := range []gateway.EffectState{gateway.EffectFailed, gateway.EffectDropped} {
		done.State, done.Tries, done.Error = ended, 5, "no"
		must(t, l.SettleEffect(ctx, done, nil))
		enqueue(mark(one, "no", noon))
		if got := now(); got.State != gateway.EffectPending || got.Tries != 0 || got.Error != "" {
			t.Fatalf("%s was not renewed: %+v", ended, got)
		}
		done = now()
	}
}

func settlesEffects(t *testing.T, l Ledger) {
	ctx := context.Background()
	id := Enqueue(t, l, Draft("a", anna))
	settle(t, l, id, gateway.Queued, gateway.Change{Effects: []gateway.Effect{mark(id, "yes", noon)}})
	e, _, err := l.DueEffect(ctx, noon, marks)
	must(t, err)
	e.Tries, e.Error, e.NextAt = 1, "503", noon.Add(time.Minute)
	waits := step(gateway.EffectWaits, noon, "error", "unavailable")
	must(t, l.SettleEffect(ctx, e, &waits))
	got, err := l.Effect(ctx, e.ID)
	must(t, err)
	if diff := cmp.Diff(e, got); diff != "" {
		t.Fatal(diff)
	}
	// The wish changes while the old one is being done: the new one stays to be done.
	settle(t, l, id, gateway.Queued, gateway.Change{Effects: []gateway.Effect{mark(id, "no", noon)}})
	e.State, e.Tries = gateway.EffectDone, 2
	marked := step(gateway.OrderMarked, noon, "value", "yes")
	must(t, l.SettleEffect(ctx, e, &marked))
	got, err = l.Effect(ctx, e.ID)
	must(t, err)
	if got.State != gateway.EffectPending || got.Value != "no" || got.Tries != 0 {
		t.Fatalf("%+v", got)
	}
	story, err := l.Story(ctx, id)
	must(t, err)
	if diff := cmp.Diff([]gateway.Step{step(gateway.FromAPI, noon, "user", "test"), waits, marked}, story.Trace); diff != "" {
		t.Fatal(diff)
	}
	count(t, "effects in the story", len(story.Effects), 1)
	_, err = l.Effect(ctx, 999)
	wantKind(t, err, device.NotFound)
	wantKind(t, l.SettleEffect(ctx, gateway.Effect{ID: 999, State: gateway.EffectDone}, nil), device.NotFound)
}
