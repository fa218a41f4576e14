package campaign_test

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/campaign"
)

// used is what this process has used of the processors.
func used() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// TestAHundredThousand measures the beginning of a large mailing by the real clock. It is run by
// VESTNIK_LARGE=100000, since it takes a minute; what it used of the processor stands behind each time.
func TestAHundredThousand(t *testing.T) {
	if os.Getenv("VESTNIK_LARGE") == "" {
		t.Skip("VESTNIK_LARGE is not set")
	}
	b := &box{t: t, path: t.TempDir() + "/vestnik.db", settings: gateway.DefaultSettings(), wa: newRadio(device.WhatsApp), sms: newRadio(device.SMS), disk: gateway.DiskFine}
	b.settings.WhatsApp.PaceSettings, b.settings.WhatsApp.NewChatsPerDay, b.settings.Conduct.LookUpsPerDay = gateway.PaceSettings{}, 0, 0
	b.settings.Decency.Hours, b.settings.Decency.WhenOpen = gateway.Hours{}, false
	b.settings.Conduct.StopRefused = 0
	b.start()
	defer func() { b.cancel(); b.running.Wait(); b.must(b.store.Close()) }()
	n, err := strconv.Atoi(os.Getenv("VESTNIK_LARGE"))
	b.must(err)
	c := campaign.Campaign{
		Name: "large", Kind: campaign.Advertising, Text: ru("{{customer.firstName}}, у нас новинки"),
		Audience: campaign.Audience{Source: campaign.FromList, Pasted: list(1, n), ConsentFrom: "анкета", ConsentAt: time.Now().Add(-time.Hour)},
		Plan:     campaign.Plan{Channels: []device.Channel{device.WhatsApp}},
	}
	c, err = b.store.SaveCampaign(t.Context(), c, "anna")
	b.must(err)
	began, cpu := time.Now(), used()
	b.must(b.runner.Collect(t.Context(), c.ID))
	for b.now(c).Collect.State != campaign.CollectDone {
		time.Sleep(50 * time.Millisecond)
	}
	fmt.Printf("gathered in %v, processor %v\n", time.Since(began), used()-cpu)
	began, cpu = time.Now(), used()
	count, err := b.store.Count(t.Context(), c.ID, campaign.DeductionsOf(c, b.live.Now(), time.Now()))
	b.must(err)
	fmt.Printf("counted %d in %v, processor %v\n", count.Goes, time.Since(began), used()-cpu)
	began, cpu = time.Now(), used()
	_, err = b.runner.Ahead(t.Context(), c.ID)
	b.must(err)
	fmt.Printf("forecast in %v, processor %v\n", time.Since(began), used()-cpu)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	began, cpu = time.Now(), used()
	b.begin(c)
	for b.now(c).State != campaign.Running {
		time.Sleep(5 * time.Millisecond)
	}
	fmt.Printf("frozen in %v, processor %v\n", time.Since(began), used()-cpu)
	running := time.Now()
	for len(b.wa.all()) == 0 {
		time.Sleep(time.Millisecond)
	}
	fmt.Printf("first send %v after, processor %v\n", time.Since(running), used()-cpu)
	time.Sleep(10 * time.Second)
	runtime.ReadMemStats(&after)
	fmt.Printf("%d sent in %v, heap %d MiB more, processor %v\n", len(b.wa.all()), time.Since(running), (int64(after.HeapInuse)-int64(before.HeapInuse))>>20, used()-cpu)
	began, cpu = time.Now(), used()
	b.must(b.runner.Pause(t.Context(), c.ID, "anna"))
	fmt.Printf("paused in %v, processor %v\n", time.Since(began), used()-cpu)
}
