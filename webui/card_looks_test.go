package webui

import (
	"testing"
	"time"
)

func TestALookIsForgottenInTime(t *testing.T) {
	t.Parallel()
	var o opens
	now := time.Now()
	k := openCard{"a", 51, 0}
	if o.recent(k, now) {
		t.Error("before it was opened")
	}
	o.note(k, now)
	if !o.recent(k, now.Add(openLife-time.Second)) || o.recent(k, now.Add(openLife)) || o.recent(openCard{"b", 51, 0}, now) || o.recent(openCard{"a", 52, 0}, now) {
		t.Error(o.at)
	}
	for i := range int64(3 * maxOpens) {
		o.note(openCard{"a", i, 0}, now)
	}
	if len(o.at) > maxOpens {
		t.Error(len(o.at))
	}
}
