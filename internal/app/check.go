package app

import (
	"context"
	"fmt"
	"io"
	"time"

	"golang.org/x/sys/unix"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/retailcrm"
)

// Check is one line of `vestnik check`.
type Check struct {
	OK   bool
	Name string
	Says string
}

// WriteChecks prints checks and tells whether all are well.
func WriteChecks(w io.Writer, checks []Check) bool {
	well := true
	for _, c := range checks {
		mark := "ok  "
		if !c.OK {
			mark, well = "LOOK", false
		}
		fmt.Fprintf(w, "%s  %-10s  %s\n", mark, c.Name, c.Says)
	}
	return well
}

// Check tells what is connected, what is missing and what to do, with the daemon
// stopped or running: the settings, a question to RetailCRM, and the last known states
// of the links.
func (b *Book) Check(ctx context.Context) ([]Check, error) {
	s, err := b.Settings(ctx)
	if err != nil {
		return nil, err
	}
	lang := s.Shop.Language
	say := func(ru, en string) string {
		if lang == "ru" {
			return ru
		}
		return en
	}
	var checks []Check
	daemon := Check{OK: b.daemonRuns(), Name: "daemon", Says: say("работает", "running")}
	if !daemon.OK {
		daemon.Says = say("Служба не запущена (vestnik serve): ниже последнее, что известно.", "The daemon (vestnik serve) is not running: below is what was known last.")
	}
	checks = append(checks, daemon)
	users, err := b.Users(ctx)
	if err != nil {
		return nil, err
	}
	owner := Check{OK: len(users) > 0, Name: "owner", Says: say("владелец заведён", "there is an owner")}
	if !owner.OK {
		owner.Says = say("Владельца ещё нет: откройте страницу устройства и введите код, который печатает vestnik serve.", "There is no owner yet: open the box's page and enter the code that vestnik serve prints.")
	}
	checks = append(checks, owner)

	crm, theirTime := b.askCRM(ctx, s)
	clock, err := b.checkClock(ctx, s, theirTime)
	if err != nil {
		return nil, err
	}
	checks = append(checks, clock, b.checkDisk(lang), Check{OK: crm.State == gateway.CRMConnected, Name: "retailcrm", Says: gateway.CRMSentence(crm, lang)})

	rules, err := b.Rules(ctx)
	if err != nil {
		return nil, err
	}
	on := 0
	for _, r := range rules {
		if r.Enabled {
			on++
		}
	}
	rc := Check{OK: on > 0, Name: "rules", Says: fmt.Sprintf(say("включено правил: %d", "rules switched on: %d"), on)}
	if on == 0 {
		rc.Says = say("Ни одно правило не включено: сообщений не будет. Добавьте правило на странице «Правила».", "No rule is switched on, so nothing is sent. Add one on the page Rules.")
	}
	checks = append(checks, rc)
	backup, err := b.checkBackup(ctx, s, lang)
	if err != nil {
		return nil, err
	}
	checks = append(checks, backup)

	for _, ch := range []device.Channel{device.WhatsApp, device.SMS} {
		history, err := b.LinkHistory(ctx, ch, time.Now())
		if err != nil {
			return nil, err
		}
		checks = append(checks, linkCheck(ch, s, history, lang))
	}
	totals, err := b.Totals(ctx, time.Now().Add(-24*time.Hour))
	if err != nil {
		return nil, err
	}
	q := Check{OK: totals.NeedPerson == 0, Name: "queue"}
	q.Says = fmt.Sprintf(say("ждут отправки: %d, требуют решения: %d", "waiting: %d, need a decision: %d"),
		totals.Open[gateway.Queued]+totals.Open[gateway.Held], totals.NeedPerson)
	audit, err := b.checkAudit(ctx, s)
	return append(checks, q, audit), err
}

// askCRM asks the account itself: a kept state may be old. It also answers what time
// the account's server says it is; zero when it does not say.
func (b *Book) askCRM(ctx context.Context, s gateway.Settings) (_ gateway.CRMStatus, theirs time.Time) {
	if s.RetailCRM.URL == "" || s.RetailCRM.Key == "" {
		return gateway.CRMStatus{State: gateway.CRMOff}, theirs
	}
	client, err := retailcrm.New(retailcrm.Options{
		URL: s.RetailCRM.URL, Key: s.RetailCRM.Key, WhatsAppField: s.RetailCRM.WhatsAppField, Timeout: 15 * time.Second,
		OnDate: func(t time.Time) { theirs = t },
	})
	if err != nil {
		return gateway.CRMStatus{State: gateway.CRMNotCRM}, theirs
	}
	test, err := client.Test(ctx)
	if err != nil {
		return gateway.CRMStatus{State: gateway.CRMUnreachable}, theirs
	}
	return test.CRMStatus, theirs
}

// checkClock judges the clock as the daemon would at its start.
func (b *Book) checkClock(ctx context.Context, s gateway.Settings, outside time.Time) (Check, error) {
	guard := &gateway.ClockGuard{Kept: b.Store, Sync: newBoard(b.dir).Clock, Built: builtAt()}
	if err := guard.Load(ctx); err != nil {
		return Check{}, err
	}
	guard.Outside(outside)
	st := guard.Look()
	return Check{OK: !st.Holds, Name: "clock", Says: st.Sentence(s.Shop.Language, s.Shop.Zone())}, nil
}

// checkDisk tells how much room there is. What a daemon has given up of its reserve,
// only that daemon knows.
func (b *Book) checkDisk(lang string) Check {
	room := newBoard(b.dir).Free()
	state := (&diskGuard{}).judge(room)
	c := Check{OK: state == gateway.DiskFine || state == gateway.DiskUnknown, Name: "disk", Says: fmt.Sprintf("%d MB free", room.Free>>20)}
	if lang == "ru" {
		c.Says = fmt.Sprintf("свободно %d МБ", room.Free>>20)
	}
	if state == gateway.DiskLow {
		c.Says += ". " + gateway.FaultSentence(&device.Error{Code: gateway.FaultDiskLow}, lang)
	} else if err := gateway.DiskFault(state); err != nil {
		c.Says += ". " + gateway.FaultSentence(err, lang)
	}
	return c
}

// freeSpace is what this user may still write to the folder's disk, in bytes.
func freeSpace(dir string) (uint64, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, err
	}
	return s.Bavail * uint64(s.Bsize), nil
}

// daemonRuns tells whether a daemon holds the data folder.
func (b *Book) daemonRuns() bool {
	lock, err := lockFolder(b.dir)
	if err != nil {
		return true
	}
	lock.Close()
	return false
}

func linkCheck(ch device.Channel, s gateway.Settings, history []device.Link, lang string) Check {
	c := Check{Name: string(ch)}
	on := s.WhatsApp.Enabled
	if ch == device.SMS {
		on = s.SMS.Enabled
	}
	last := device.Link{Channel: ch, State: device.LinkOff}
	if on {
		last.State = device.LinkAbsent
		if ch == device.WhatsApp {
			last.State = device.LinkUnpaired
		}
		if len(history) > 0 {
			last = history[len(history)-1]
		}
	}
	words := device.LinkWords(ch, last.State, lang)
	c.OK = !last.NeedsPerson()
	c.Says = words.What
	if words.Do != "" {
		c.Says += " " + words.Do
	}
	return c
}
