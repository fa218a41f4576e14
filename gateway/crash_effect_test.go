package gateway_test

import (
	"context"
	"testing"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

// What a person does with the mark on an order is told of the mark: a message that was
// delivered is neither cancelled nor sent again by it.
func TestAPersonsHandOnAMarkIsNotOnTheMessage(t *testing.T) {
	t.Parallel()
	open(t, func(s *shop) { s.crm.marksDown = device.Errorf(device.Unavailable, "crm: mark", "down") }, func(s *shop) {
		ctx := context.Background()
		s.rule(nil)
		s.crm.reach(1, "ready")
		s.pass(2 * time.Minute)
		story, err := s.store.Story(ctx, s.only().ID)
		if err != nil || len(story.Effects) != 1 {
			t.Fatalf("%d effects, %v", len(story.Effects), err)
		}
		for _, do := range []func(context.Context, int64, string) error{s.desk.RetryEffect, s.desk.DropEffect} {
			if err := do(ctx, story.Effects[0].ID, "olga"); err != nil {
				t.Fatal(err)
			}
			s.pass(time.Second)
		}
		story, err = s.store.Story(ctx, s.only().ID)
		if err != nil || countReason(story.Trace, gateway.EffectAgain) != 1 || countReason(story.Trace, gateway.EffectGivenUp) != 1 {
			t.Fatalf("%v\n%s", err, s.story())
		}
		if countReason(story.Trace, gateway.SentAgain)+countReason(story.Trace, gateway.WasCancelled) > 0 {
			t.Errorf("the message's own story speaks of it\n%s", s.story())
		}
	})
}
