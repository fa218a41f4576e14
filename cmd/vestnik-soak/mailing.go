package main

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	_ "modernc.org/sqlite" // reads what a dead box left
)

// mailings is the crash test of mailings, in the shape of the one that listmonk was measured with: each
// run is a new box and a new mailing to people who were never written to, SIGKILL once on the way, a
// restart, and a wait until the mailing says that it is over. What counts is what the customers' phones
// could read.
type mailings struct {
	on                 bool
	slowRuns, fastRuns int
	slow, fast         int // people of a run
	rate               int // a second, of a slow run
}

func mailingFlags(flags *flag.FlagSet) *mailings {
	m := &mailings{}
	flags.BoolVar(&m.on, "mailings", false, "instead of the scenarios: mailings that are killed once on the way, at a moment of its own in each run")
	flags.IntVar(&m.slowRuns, "slow-mailings", 5, "with --mailings: how many runs at --rate")
	flags.IntVar(&m.fastRuns, "fast-mailings", 5, "with --mailings: how many runs as fast as it goes")
	flags.IntVar(&m.slow, "slow-people", 1500, "with --mailings: people of a slow run")
	flags.IntVar(&m.fast, "fast-people", 30000, "with --mailings: people of a fast run")
	flags.IntVar(&m.rate, "rate", 10, "with --mailings: messages a second of a slow run")
	return m
}

// instant is when the box of a run is killed.
type instant struct {
	name string
	// after is the part of the people who have their message before it happens, in per cent.
	after int
	pause bool // a person pauses the mailing at that moment
	// sharp: the very moment in which the last of them reads it, before the box can have heard that the
	// network took it; else up to 25 ms later.
	sharp bool
	// lost: the connection to WhatsApp breaks on the next message, which nobody gets, and the box is killed
	// before it can know more. It has to send it again.
	lost bool
}

// instants are taken in turn.
var instants = []instant{
	{name: "while freezing the audience"},
	{name: "inside a send, at 10 %", after: 10, sharp: true},
	{name: "while pausing, at 40 %", after: 40, pause: true},
	{name: "inside a send that the network lost, at 55 %", after: 55, lost: true},
	{name: "while sending, at 85 %", after: 85},
}

// run does all runs, one after the other.
func (m *mailings) run(ctx context.Context, o options) ([]MailingRun, error) {
	var done []MailingRun
	for _, kind := range []struct {
		name         string
		runs, people int
		gap          time.Duration
	}{
		// The box makes each gap up to a third longer by chance.
		{fmt.Sprintf("%d a second", m.rate), m.slowRuns, m.slow, time.Second * 6 / 7 / time.Duration(max(m.rate, 1))},
		{"fast", m.fastRuns, m.fast, 0},
	} {
		for i := range kind.runs {
			at := instants[i%len(instants)]
			run := o
			run.Seed = o.Seed + uint64(len(done))
			run.Dir = filepath.Join(o.Dir, fmt.Sprintf("mailing-%d", len(done)+1))
			if err := os.MkdirAll(run.Dir, 0o700); err != nil {
				return done, err
			}
			result := MailingRun{Run: fmt.Sprintf("%s %d", kind.name, i+1), Killed: at.name, Recipients: kind.people}
			run.Log = o.Log.With("run", result.Run)
			err := mail(ctx, run, kind.gap, at, &result)
			done = append(done, result)
			run.Log.Info("mailing", "killed", at.name, "before", result.Before, "in_all", result.InAll, "never", result.Never, "twice", result.Twice, "state", result.State, "took", took(result.Took), "err", err)
			if err != nil {
				return done, fmt.Errorf("%s: %w", result.Run, err)
			}
			if result.OK() {
				err = os.RemoveAll(run.Dir)
			}
			if err != nil {
				return done, err
			}
		}
	}
	return done, nil
}

// mailingConfig lets a mailing go at any hour and to anybody, so that only the gap bounds it.
const mailingConfig = `
shop: {name: "Лавка", language: ru, timezone: Europe/Moscow, region: RU}
retailcrm: {url: "http://%%s", key: "%%s", poll: 5s}
whatsapp: {enabled: true, gap: %s, per_hour: 0, per_day: 0, new_chats_per_day: 0}
sms: {enabled: true, gap: 0, per_hour: 0, per_day: 0, modems: [{port: "%%s"}]}
decency: {hours: {from: "00:00", to: "00:00"}, when_open: false, every: 0s, talk_rest: 0s}
conduct: {typing: false, mailing_share: 100, warm_up: false, look_ups_per_day: 0}
`

// mail does one run.
func mail(ctx context.Context, o options, gap time.Duration, at instant, result *MailingRun) error {
	r, err := newRig(ctx, rigOptions{Dir: o.Dir, Binary: o.Binary, Seed: o.Seed, Log: o.Log, Config: fmt.Sprintf(mailingConfig, gap)})
	if err != nil {
		return err
	}
	defer r.Close()
	people := numbers(result.Recipients)
	r.World.WhatsApp.AddCustomers(people)
	var arrived atomic.Int64
	enough := int64(result.Recipients * at.after / 100)
	r.OnMoment(func(m moment) {
		if m == shown && arrived.Add(1) == enough && at.sharp {
			if err := r.box.signal(syscall.SIGKILL); err != nil {
				r.Note("%v", err)
			}
		}
	})
	began := time.Now()
	defer func() { result.Took = time.Since(began) }()
	id, err := r.prepareMailing(ctx, people)
	if err != nil {
		return err
	}
	began = time.Now()
	if _, err := r.api.call(ctx, "POST", fmt.Sprintf("/api/v1/campaigns/%d/start", id), nil, nil); err != nil {
		return fmt.Errorf("start: %w", err)
	}
	if err := r.killMailing(ctx, id, at, enough, &arrived); err != nil {
		return err
	}
	result.Before = r.reached(people).in
	if result.Stood, err = r.mailingInFile(ctx, id); err != nil {
		return err
	}
	if at.after == 0 && result.Stood != "starting" {
		r.Note("the audience was frozen already when the box was killed: the mailing was %s", result.Stood)
	}
	if err := r.StartBox(ctx); err != nil {
		return err
	}
	if err := r.messengerUp(ctx, 2*time.Minute); err != nil {
		return fmt.Errorf("after the kill: %w", err)
	}
	last, err := r.finishMailing(ctx, id, at.pause, &arrived)
	if err != nil {
		return err
	}
	result.State = last.shown()
	result.Rate = last.rate()
	return r.judgeMailing(result, people, last)
}

// mailingInFile is the state of a mailing in the file that a dead box left; nothing in it is changed.
func (r *rig) mailingInFile(ctx context.Context, id int64) (state string, err error) {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(r.o.DataDir, "vestnik.db")+"?mode=ro")
	if err != nil {
		return "", err
	}
	defer db.Close()
	err = db.QueryRowContext(ctx, `SELECT state FROM campaign WHERE id = ?`, id).Scan(&state)
	return state, err
}

// numbers are mobile numbers that nobody else in the world has.
func numbers(n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("+7902%07d", 1000000+i)
	}
	return all
}

// mailing is what the box says of one.
type mailing struct {
	State  string `json:"state"`
	Why    string `json:"why"`
	People struct {
		Gathering string `json:"gathering"`
		Error     string `json:"error"`
	} `json:"people"`
	Counts struct {
		Total, Waits, Queued, Sent, Delivered, Doubt, Failed, Out int
	} `json:"counts"`
	Started time.Time `json:"started_at"`
	Ended   time.Time `json:"ended_at"`
}

// shown is what its page says at the end.
func (m mailing) shown() string {
	s := fmt.Sprintf("%s %d/%d", m.State, m.Counts.Sent, m.Counts.Total)
	if m.Why != "" {
		s += ": " + m.Why
	}
	return s
}

// rate is how many a second left on average, the restart and the wait for what was in doubt counted.
func (m mailing) rate() float64 {
	if m.Ended.Before(m.Started) || m.Ended.Equal(m.Started) {
		return 0
	}
	return float64(m.Counts.Sent) / m.Ended.Sub(m.Started).Seconds()
}

func (r *rig) mailing(ctx context.Context, id int64) (m mailing, err error) {
	_, err = r.api.call(ctx, "GET", fmt.Sprintf("/api/v1/campaigns/%d", id), nil, &m)
	return m, err
}

// prepareMailing makes a draft and waits until its people are known.
func (r *rig) prepareMailing(ctx context.Context, people []string) (int64, error) {
	var made struct {
		ID int64 `json:"id"`
	}
	_, err := r.api.call(ctx, "POST", "/api/v1/campaigns", map[string]any{
		"name": "Осень", "kind": "advertising", "pasted": strings.Join(people, "\n"), "channels": []string{whatsApp},
		"texts":   []map[string]string{{"ru": "Здравствуйте! У нас осенние новинки."}, {"ru": "Добрый день! Осенние новинки уже в лавке."}},
		"consent": map[string]string{"from": "галочка на сайте", "at": "2026-03-01"},
	}, &made)
	if err != nil {
		return 0, fmt.Errorf("make the mailing: %w", err)
	}
	limited, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	return made.ID, until(limited, 50*time.Millisecond, func() (bool, error) {
		m, err := r.mailing(limited, made.ID)
		if err == nil && m.People.Gathering == "failed" {
			err = errors.New("the people could not be gathered: " + m.People.Error)
		}
		return m.People.Gathering == "done", err
	})
}

// killMailing waits for the instant and kills the box.
func (r *rig) killMailing(ctx context.Context, id int64, at instant, enough int64, arrived *atomic.Int64) error {
	last, since := int64(0), time.Now()
	if err := until(ctx, time.Millisecond, func() (bool, error) {
		n := arrived.Load()
		if n != last {
			last, since = n, time.Now()
		}
		if at.after > 0 && time.Since(since) > stallWait {
			m, _ := r.mailing(ctx, id)
			return false, fmt.Errorf("nothing arrives any more after %d messages; the mailing is %s", n, m.shown())
		}
		return n >= enough, nil
	}); err != nil {
		return err
	}
	switch {
	case at.sharp:
		return r.KillBox() // it is dying already
	case at.lost:
		srv := r.World.WhatsApp
		srv.Faults().CutBeforeProcessing(1)
		limited, cancel := context.WithTimeout(ctx, time.Minute)
		defer cancel()
		if err := srv.Await(limited, func() bool { return srv.Connected() == 0 }); err != nil {
			return err
		}
		return r.KillBox()
	}
	paused := make(chan struct{})
	go func() {
		defer close(paused)
		if at.pause {
			// The answer may die with the box.
			_, _ = r.api.call(ctx, "POST", fmt.Sprintf("/api/v1/campaigns/%d/pause", id), nil, nil)
		}
	}()
	// A small audience is frozen within some milliseconds.
	if at.after > 0 && !sleep(ctx, r.span(0, 25*time.Millisecond)) {
		return ctx.Err()
	}
	select {
	case <-r.BoxExited():
		r.Note("the box ended by itself before it was killed: %v", r.box.ending())
	default:
	}
	err := r.KillBox()
	<-paused
	return err
}

// finishMailing waits until the mailing says that it is over and nothing of it is in doubt, and lets it go on
// if the kill left it paused. A mailing in which nothing moves any more is answered as it stands.
func (r *rig) finishMailing(ctx context.Context, id int64, resume bool, arrived *atomic.Int64) (last mailing, err error) {
	var seen string
	changed := time.Now()
	err = until(ctx, 300*time.Millisecond, func() (bool, error) {
		select {
		case <-r.BoxExited():
			return false, fmt.Errorf("the box ended after the kill (%w): see %s", r.box.ending(), r.box.logPath)
		default:
		}
		m, err := r.mailing(ctx, id)
		if err != nil {
			return false, nil // asked again; a box that is gone shows above
		}
		last = m
		if resume && m.State == "paused" {
			if _, err := r.api.call(ctx, "POST", fmt.Sprintf("/api/v1/campaigns/%d/resume", id), nil, nil); err != nil {
				return false, fmt.Errorf("resume: %w", err)
			}
			resume = false
		}
		if now := fmt.Sprint(m.State, m.Counts, arrived.Load()); now != seen {
			seen, changed = now, time.Now()
		}
		over := m.State == "done" && m.Counts.Doubt+m.Counts.Queued+m.Counts.Waits == 0 && time.Since(changed) > quietFor
		return over || time.Since(changed) > stallWait, nil
	})
	return last, err
}
