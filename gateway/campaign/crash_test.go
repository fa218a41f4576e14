package campaign_test

import (
	"context"
	"errors"
	"flag"
	"testing"
	"time"

	"pgregory.net/rapid"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/campaign"
)

var errFuse = errors.New("the box lost its power here")

// fuse is a ledger that fails at a call, before it or after it was written: as a box that dies
// there leaves it.
type fuse struct {
	campaign.Ledger
	left  int
	after bool
	blown chan struct{}
}

func (f *fuse) burn() bool {
	if f.left--; f.left == 0 {
		close(f.blown)
	}
	return f.left <= 0
}

func (f *fuse) Feed(ctx context.Context, id gateway.CampaignID, every time.Duration, fed []campaign.Fed) (int, error) {
	return fused(f, func() (int, error) { return f.Ledger.Feed(ctx, id, every, fed) })
}

func (f *fuse) Freeze(ctx context.Context, id gateway.CampaignID, d campaign.Deductions, piece int) (bool, error) {
	return fused(f, func() (bool, error) { return f.Ledger.Freeze(ctx, id, d, min(piece, 20)) })
}

func (f *fuse) TakeBack(ctx context.Context, id gateway.CampaignID) (int, error) {
	return fused(f, func() (int, error) { return f.Ledger.TakeBack(ctx, id) })
}

func (f *fuse) Shift(ctx context.Context, id gateway.CampaignID, from, to campaign.State, why gateway.Reason, args gateway.Args, by string) (bool, error) {
	return fused(f, func() (bool, error) { return f.Ledger.Shift(ctx, id, from, to, why, args, by) })
}

func fused[T any](f *fuse, do func() (T, error)) (T, error) {
	var none T
	dead := f.burn()
	if dead && !(f.after && f.left == 0) {
		return none, errFuse
	}
	v, err := do()
	if dead {
		return none, errFuse
	}
	return v, err
}

// TestWhereverItDies kills the box at every call that changes something, before and after it.
func TestWhereverItDies(t *testing.T) {
	for _, after := range []bool{false, true} {
		for at := 1; at <= 12; at++ {
			inBubble(t, func(b *box) {
				b.between = func(l campaign.Ledger) campaign.Ledger {
					return &fuse{Ledger: l, left: 1 << 30, blown: make(chan struct{})}
				}
			}, func(b *box) {
				c := b.mailing(1, 50, nil)
				f := b.runner.Ledger.(*fuse)
				b.begin(c)
				f.left, f.after = at, after
				limit := time.After(5 * time.Minute)
				select {
				case <-f.blown:
				case <-limit:
				}
				b.restart()
				b.pass(20 * time.Minute)
				b.is(c, campaign.Done, "")
				b.got(50, 1)
			})
		}
	}
}

// TestWhateverAPersonDoes pauses, resumes, edits and restarts at random: nobody is lost, nobody
// is written to twice or out of hours.
func TestWhateverAPersonDoes(t *testing.T) {
	asked := false
	flag.Visit(func(f *flag.Flag) { asked = asked || f.Name == "rapid.checks" })
	if checks := flag.Lookup("rapid.checks").Value; !asked {
		was := checks.String()
		if err := checks.Set("40"); err != nil {
			t.Fatal(err)
		}
		defer func() { _ = checks.Set(was) }()
	}
	rapid.Check(t, func(rt *rapid.T) {
		steps := rapid.SliceOfN(rapid.IntRange(0, 5), 1, 12).Draw(rt, "steps")
		waits := rapid.SliceOfN(rapid.IntRange(0, 90), 12, 12).Draw(rt, "waits")
		inBubble(t, func(b *box) {
			b.settings.Decency.Hours = gateway.Hours{From: 11 * 60, To: 12*60 + 10}
		}, func(b *box) {
			c := b.mailing(1, 80, nil)
			b.begin(c)
			for i, what := range steps {
				b.pass(time.Duration(waits[i]) * time.Second)
				switch what {
				case 0:
					_ = b.runner.Pause(b.t.Context(), c.ID, "anna")
				case 1:
					_ = b.runner.Resume(b.t.Context(), c.ID, "anna")
				case 2:
					now := b.now(c)
					if _, err := b.store.SaveCampaign(b.t.Context(), now, "anna"); err == nil {
						b.must(b.runner.Edited(b.t.Context(), c.ID))
					}
				case 3:
					b.restart()
				case 4:
					b.wa.setLink(device.LinkUnlinked)
				case 5:
					b.wa.setLink(device.LinkConnected)
				}
			}
			b.wa.setLink(device.LinkConnected)
			_ = b.runner.Resume(b.t.Context(), c.ID, "anna")
			// Most are over within minutes, and a night costs as much as a hundred of those.
			for until := time.Now().Add(26 * time.Hour); b.now(c).State != campaign.Done && time.Now().Before(until); {
				b.pass(10 * time.Minute)
			}
			b.pass(10 * time.Minute)
			b.is(c, campaign.Done, "")
			for _, s := range b.got(80, 1) {
				if at := s.at.In(moscow); at.Hour() != 11 && (at.Hour() != 12 || at.Minute() >= 10) {
					b.t.Errorf("written to at %v", at)
				}
			}
		})
		if t.Failed() {
			rt.Fatal("see above")
		}
	})
}
