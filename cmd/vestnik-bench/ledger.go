package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"vestnik/gateway"
	"vestnik/internal/app"
	"vestnik/store/storefill"
)

// fullLedger is a data folder with n messages in it and somebody who may look at them.
func fullLedger(ctx context.Context, dir string, n int) error {
	book, err := app.OpenBook(ctx, dir, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	if err := book.AddUser(ctx, benchUser, benchPassword, gateway.Owner); err != nil {
		return err
	}
	// Orders of a CRM that is not there; WhatsApp and the modem are off, so that those who
	// wait go on waiting.
	if _, err := app.ApplyConfig(ctx, book, []byte(idleConfig), "bench"); err != nil {
		return err
	}
	if err := book.Close(); err != nil {
		return err
	}
	return fill(ctx, dir, func(tx *sql.Tx) error { return storefill.Ledger(ctx, tx, n) })
}

// fill writes into the database of a data folder without any care for its safety.
func fill(ctx context.Context, dir string, write func(*sql.Tx) error) error {
	db, err := sql.Open("sqlite", filepath.Join(dir, "vestnik.db"))
	if err != nil {
		return err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	for _, pragma := range []string{`PRAGMA journal_mode = OFF`, `PRAGMA synchronous = OFF`, `PRAGMA foreign_keys = OFF`, `PRAGMA cache_size = -400000`} {
		if _, err := db.ExecContext(ctx, pragma); err != nil {
			return err
		}
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := write(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, `PRAGMA journal_mode = WAL`)
	return err
}

const (
	benchUser, benchPassword = "bench", "a long password for the bench"

	idleConfig = `
shop: {name: "Лавка", language: ru, timezone: Europe/Moscow, region: RU}
whatsapp: {enabled: false}
sms: {enabled: false}
`
	small, large = 10_000, 1_000_000
	looks        = 100 // requests of each page
)

// benchLedger asks the shipped daemon, over HTTP as a browser does, for every kind of
// list and search and for why-pages, with few messages in the ledger and with many.
func benchLedger(ctx context.Context, dir, daemon string) ([]figure, error) {
	var start time.Duration
	times := map[int]map[string][]time.Duration{}
	var full float64
	for _, n := range []int{small, large} {
		data := mkdir(dir, fmt.Sprint(n))
		if err := fullLedger(ctx, data, n); err != nil {
			return nil, err
		}
		var err error
		if start, err = startTime(ctx, daemon, data, 5); err != nil {
			return nil, err
		}
		d, err := startDaemon(ctx, daemon, data)
		if err != nil {
			return nil, err
		}
		times[n], err = look(ctx, d.url, n)
		if err == nil {
			full, err = rss(d.cmd.Process.Pid)
		}
		d.kill()
		if err != nil {
			return nil, err
		}
	}
	worst := func(why bool) (name string, slow time.Duration) {
		for page, all := range times[large] {
			if t := p99(all); strings.HasPrefix(page, whyPage) == why && t > slow {
				name, slow = page, t
			}
		}
		return name, slow
	}
	var growth []float64
	most, grown := 0.0, ""
	for page, all := range times[large] {
		r := ms(median(all)) / ms(median(times[small][page]))
		growth = append(growth, r)
		if r > most {
			most, grown = r, page
		}
	}
	lists, slowest := worst(false)
	_, why := worst(true)
	note := func(page string) string {
		return fmt.Sprintf("%s; median %.1f ms, with 10,000 messages %.1f ms", page, ms(median(times[large][page])), ms(median(times[small][page])))
	}
	return []figure{
		{"start: exec to first HTTP answer, 1,000,000 messages", ms(start), "ms", atMost(100), "median of 5"},
		{"lists and searches, 1,000,000 messages, p99 of the slowest", ms(slowest), "ms", atMost(50), fmt.Sprintf("%d requests of each of %d; slowest: %s", looks, len(times[large])-1, note(lists))},
		{"why-page, 1,000,000 messages, p99", ms(why), "ms", atMost(20), note(whyPage)},
		{"the same pages, 1,000,000 messages against 10,000", middle(growth), "times", atMost(1.5), fmt.Sprintf("median over the pages; %.1f times: %s, which finds more and looks through at most 30,000 rows", most, grown)},
		{"memory: after those pages", full, "MiB", target{}, "RSS"},
	}, nil
}

const whyPage = "why-page"

// look logs in and asks for every page in turn, so that each finds the others' pages of
// the file in the cache and not only its own.
func look(ctx context.Context, base string, n int) (map[string][]time.Duration, error) {
	c, err := login(ctx, base)
	if err != nil {
		return nil, err
	}
	times := map[string][]time.Duration{}
	for i := range looks {
		id := (i*7919+13)%n + 1
		for id%11 == 0 {
			id++
		}
		number, phone := fmt.Sprint(100000+id), fmt.Sprintf("+79%09d", id*7919%200000)
		for name, path := range map[string]string{
			"overview":               "/",
			"journal":                "/journal",
			"journal, some way back": "/journal?cursor=" + url.QueryEscape(cursor(ctx, c, base)),
			"journal, failed":        "/journal?state=failed",
			"journal, expired":       "/journal?state=expired",
			"journal, skipped":       "/journal?verdict=skip",
			"journal, of a rule":     "/journal?rule=3",
			"journal, sms of a rule": "/journal?rule=5&channel=sms",
			"search, order number":   "/journal?q=" + number,
			"search, phone":          "/journal?q=" + url.QueryEscape(phone),
			"search, last digits":    "/journal?q=" + phone[len(phone)-4:],
			"search, name":           "/journal?q=" + url.QueryEscape("анна "+fmt.Sprint(id)),
			"search, nobody":         "/journal?q=" + url.QueryEscape("боб"),
			whyPage:                  fmt.Sprintf("/messages/%d", id),
		} {
			began := time.Now()
			if _, err := get(ctx, c, base+path); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			times[name] = append(times[name], time.Since(began))
		}
	}
	return times, nil
}

var (
	formToken = regexp.MustCompile(`name="(\w+)" value="([^"]+)"`)
	earlier   = regexp.MustCompile(`/journal\?cursor=([^"&]+)`)
)

// cursor is that of the journal's second page.
func cursor(ctx context.Context, c *http.Client, base string) string {
	page, err := get(ctx, c, base+"/journal")
	if err != nil {
		return ""
	}
	if m := earlier.FindStringSubmatch(page); m != nil {
		text, _ := url.QueryUnescape(m[1])
		return text
	}
	return ""
}

func login(ctx context.Context, base string) (*http.Client, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	c := &http.Client{Jar: jar}
	page, err := get(ctx, c, base+"/login")
	if err != nil {
		return nil, err
	}
	form := url.Values{}
	for _, m := range formToken.FindAllStringSubmatch(page, -1) {
		form.Set(m[1], m[2])
	}
	form.Set("name", benchUser)
	form.Set("password", benchPassword)
	resp, err := c.PostForm(base+"/login", form)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK || strings.HasSuffix(resp.Request.URL.Path, "/login") {
		return nil, fmt.Errorf("login: %s at %s", resp.Status, resp.Request.URL)
	}
	return c, nil
}

func get(ctx context.Context, c *http.Client, address string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return "", err
	}
	resp, err := c.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = errors.New(resp.Status)
	}
	return string(text), err
}
