package app

import (
	"context"
	"fmt"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

// radioReady is how long a radio must have been ready before an alarm that nobody served
// is the box's fault.
const radioReady = 10 * time.Minute

// newAuditor makes the auditor of the ledger; the dispatchers and the watch must be there.
func (a *App) newAuditor(link func(device.Channel) device.Link) *gateway.Auditor {
	return &gateway.Auditor{
		Box: box, Live: a.live, Ledger: a.store, Chores: a.store, Topics: a.topics, Log: a.log, Now: a.clock.Time,
		Next: a.ear.Next,
		Sends: func(id gateway.MessageID) bool {
			for _, d := range a.dispatchers {
				if d.Sends(id) {
					return true
				}
			}
			return false
		},
		Works: func(ch device.Channel) bool {
			l, clock := link(ch), a.clock.Look()
			return a.live.Now().On(ch) && l.CanReply() && a.clock.Time().Sub(l.Since) > radioReady && !clock.Holds && !clock.Mending
		},
		CRMAnswers: func() bool { return a.watch.Status().State == gateway.CRMConnected && !a.clock.Look().Holds },
		Answers:    func() bool { return !a.supervisor.down("talks") && !a.clock.Look().Holds },
		Wake:       a.wakeAll, WakeWatch: a.watch.Wake,
	}
}

// checkAudit tells how the last audit went, from what is kept.
func (b *Book) checkAudit(ctx context.Context, s gateway.Settings) (Check, error) {
	c := Check{OK: true, Name: "ledger"}
	ru := s.Shop.Language == "ru"
	say := func(inRussian, inEnglish string, args ...any) string {
		if ru {
			return fmt.Sprintf(inRussian, args...)
		}
		return fmt.Sprintf(inEnglish, args...)
	}
	chores, err := b.Chores(ctx)
	if err != nil {
		return c, err
	}
	last, ran := chores[gateway.ChoreAudit]
	if !ran {
		c.Says = say("журнал ещё не проверялся: проверка идёт каждые 10 минут работы службы", "not audited yet: the daemon does it every 10 minutes")
		return c, nil
	}
	found, err := b.Findings(ctx, time.Now().Add(24*time.Hour)) // those that wait only
	if err != nil {
		return c, err
	}
	at := last.At.In(s.Shop.Zone()).Format("02.01 15:04")
	if len(found) == 0 {
		c.Says = say("журнал сходится, проверен %s", "the ledger holds together, audited %s", at)
		return c, nil
	}
	words := found[0].Words(s.Shop.Language)
	c.OK = false
	c.Says = say("несоответствий в журнале: %d, проверен %s. %s %s", "things in the ledger that do not fit: %d, audited %s. %s %s", len(found), at, words.What, words.Do)
	if len(found) > 1 {
		c.Says += " " + say("Остальные — на странице «Устройство».", "The others stand on the page Device.")
	}
	return c, nil
}
