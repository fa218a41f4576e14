package store

import (
	"context"
	"fmt"
	"runtime"
	"syscall"
	"testing"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/campaign"
)

// gathered is a draft with n people, of whom some have talks, words and marks.
func gathered(t testing.TB, s *Store, n int) gateway.CampaignID {
	t.Helper()
	ctx := context.Background()
	c, err := s.SaveCampaign(ctx, campaign.Campaign{Name: "Осень", Kind: campaign.Advertising, Plan: campaign.Plan{Channels: deductions(time.Time{}).Channels}}, "olga")
	if err != nil {
		t.Fatal(err)
	}
	token, err := s.BeginCollect(ctx, c.ID, n)
	if err != nil {
		t.Fatal(err)
	}
	zones := []string{"", "Europe/Kaliningrad", "Asia/Yekaterinburg", "Asia/Kamchatka"}
	var batch []campaign.Person
	for i := range n {
		batch = append(batch, campaign.Person{
			Line: i + 1, Phone: device.Phone(fmt.Sprintf("+79%09d", i*7919%1_000_000_000)), Customer: int64(i + 1), Name: fmt.Sprint("Анна Ёлкина ", i), Zone: zones[i%len(zones)],
			Known: true, Allows: device.Yes, Fields: map[string]string{"customer.firstName": "Анна", "customer.lastName": "Ёлкина", "customer.city": "Екатеринбург"},
		})
		if len(batch) == 500 || i == n-1 {
			if ok, err := s.AddPeople(ctx, c.ID, token, batch, i+1, n); err != nil || !ok {
				t.Fatal(ok, err)
			}
			batch = batch[:0]
		}
	}
	if err := s.EndCollect(ctx, c.ID, token, ""); err != nil {
		t.Fatal(err)
	}
	return c.ID
}

// deductions judge everything there is.
func deductions(now time.Time) campaign.Deductions {
	return campaign.Deductions{
		Now: now, Advertising: true, HappyOnly: true, Every: 30 * 24 * time.Hour,
		Channels: []device.Channel{device.Chat, device.WhatsApp, device.SMS},
	}
}

// spent is the processor's time of this process so far, which does not depend on what else the machine does.
func spent(t testing.TB) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkFreeze counts and freezes 100,000 people, of whom many are known in other ways.
func BenchmarkFreeze(b *testing.B) {
	const people = 100_000
	ctx := context.Background()
	for range b.N {
		b.StopTimer()
		s := testStore(b)
		const numbers = `WITH RECURSIVE n (i) AS (VALUES (0) UNION ALL SELECT i + 1 FROM n WHERE i < 99999),
			p AS (SELECT i, format('+79%09d', i * 7919 % 1000000000) AS phone FROM n) `
		for _, known := range []string{
			`INSERT INTO chat (phone, opened_at, opened_by) ` + numbers + `SELECT phone, 1, 'customer' FROM p WHERE i % 3 = 0`,
			`INSERT INTO presence (phone, answer, canonical, alias, at, source) ` + numbers + `SELECT phone, 'no', '', '', 1, '' FROM p WHERE i % 4 = 0`,
			`INSERT INTO conversation (channel, phone, phone_tail, alias, name, name_key, customer_id) ` + numbers + `SELECT 'whatsapp', phone, '', '', '', '', i + 1 FROM p WHERE i % 3 = 0`,
		} {
			if _, err := s.exec(known); err != nil {
				b.Fatal(err)
			}
		}
		began := time.Now()
		id := gathered(b, s, people)
		b.ReportMetric(time.Since(began).Seconds(), "s/gather")
		var words []gateway.Consent
		for i := range 2000 {
			words = append(words, gateway.Consent{Phone: device.Phone(fmt.Sprintf("+79%09d", i*7919%1_000_000_000)), Answer: device.No, Source: gateway.ConsentWord})
		}
		if _, err := s.KeepConsents(ctx, words...); err != nil {
			b.Fatal(err)
		}
		if ok, err := s.Shift(ctx, id, campaign.Draft, campaign.Starting, "", nil, ""); err != nil || !ok {
			b.Fatal(ok, err)
		}
		runtime.GC()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		b.StartTimer()
		now, cpu := time.Now(), spent(b)
		count, err := s.Count(ctx, id, deductions(now))
		if err != nil || count.Found != people {
			b.Fatal(count, err)
		}
		counted := time.Since(now)
		longest := time.Duration(0)
		for more := true; more; {
			piece := time.Now()
			if more, err = s.Freeze(ctx, id, deductions(now), 5000); err != nil {
				b.Fatal(err)
			}
			longest = max(longest, time.Since(piece))
		}
		b.ReportMetric(counted.Seconds(), "s/count")
		b.ReportMetric((spent(b) - cpu).Seconds(), "s/processor")
		b.ReportMetric(time.Since(now).Seconds(), "s/all")
		b.ReportMetric(longest.Seconds(), "s/longest")
		runtime.ReadMemStats(&after)
		b.ReportMetric((float64(after.HeapSys)-float64(before.HeapSys))/1e6, "MB")
		b.StopTimer()
	}
}
