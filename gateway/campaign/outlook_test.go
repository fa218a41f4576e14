package campaign_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/campaign"
)

var moscow = mustZone("Europe/Moscow")

func mustZone(name string) *time.Location {
	zone, err := time.LoadLocation(name)
	if err != nil {
		panic(err)
	}
	return zone
}

// monday is a Monday at ten in the shop's zone.
var monday = time.Date(2026, 11, 30, 10, 0, 0, 0, moscow)

func outlook(change func(*campaign.Outlook)) campaign.Outlook {
	o := campaign.Outlook{
		Now: monday, Groups: []campaign.Group{{Class: campaign.Warm, N: 600}},
		Plan:       campaign.Plan{Channels: []device.Channel{device.WhatsApp, device.SMS}},
		Window:     campaign.Window{Decent: gateway.Hours{From: 9 * 60, To: 21 * 60}, Zone: moscow},
		Usable:     []device.Channel{device.WhatsApp, device.SMS},
		Paces:      map[device.Channel]gateway.PaceSettings{device.WhatsApp: {Gap: 6 * time.Second}, device.SMS: {Gap: 6 * time.Second}},
		OnWhatsApp: 0.85, Parts: 2,
	}
	if change != nil {
		change(&o)
	}
	return o
}

func TestForecasts(t *testing.T) {
	at := func(day, hour, minute int) time.Time { return time.Date(2026, 11, 30+day, hour, minute, 0, 0, moscow) }
	for name, c := range map[string]struct {
		change  func(*campaign.Outlook)
		ends    time.Time // to ten minutes
		wa, sms int
	}{
		"six hundred at seven seconds": {nil, at(0, 11, 10), 600, 0},
		"fifty an hour":                {func(o *campaign.Outlook) { o.Plan.PerHour = 50 }, at(0, 21, 0), 550, 0},
		"twenty new chats a day, the others wait": {func(o *campaign.Outlook) {
			o.Groups = []campaign.Group{{Class: campaign.Cold, N: 100}}
			o.Plan.NewChatsWait, o.NewChats = true, func(int) int { return 20 }
		}, at(4, 10, 0), 85, 15},
		"twenty new chats, the others by SMS": {func(o *campaign.Outlook) {
			o.Groups = []campaign.Group{{Class: campaign.Cold, N: 100}}
			o.NewChats = func(int) int { return 20 }
		}, at(0, 10, 10), 20, 80},
		"Kamchatka waits for the shop's morning": {func(o *campaign.Outlook) {
			o.Groups = []campaign.Group{{Zone: "Asia/Kamchatka", Class: campaign.Warm, N: 10}}
			o.Window.Shop = gateway.Daily(9*60, 20*60)
		}, at(0, 10, 2), 10, 0},
		"Kamchatka is asleep": {func(o *campaign.Outlook) {
			o.Now = at(0, 13, 0)
			o.Groups = []campaign.Group{{Zone: "Asia/Kamchatka", Class: campaign.Warm, N: 10}}
			o.Window.Shop = gateway.Daily(9*60, 20*60)
		}, at(1, 9, 2), 10, 0},
		"working days": {func(o *campaign.Outlook) {
			o.Now = at(5, 10, 0)
			for d := 1; d <= 5; d++ {
				o.Window.Week.Days[d] = []gateway.Span{{From: 10 * 60, To: 18 * 60}}
			}
		}, at(7, 11, 10), 600, 0},
	} {
		t.Run(name, func(t *testing.T) {
			f := campaign.Predict(outlook(c.change))
			if name == "fifty an hour" { // the evening comes first
				c.ends = at(1, 9, 10)
				c.wa = 600
			}
			if d := f.Ends.Sub(c.ends); d < -10*time.Minute || d > 10*time.Minute {
				t.Errorf("ends %v, want %v", f.Ends.In(moscow), c.ends)
			}
			if f.ByChannel[device.WhatsApp] != c.wa || f.ByChannel[device.SMS] != c.sms || f.SMSParts != 2*c.sms {
				t.Errorf("%+v", f)
			}
		})
	}
}

func TestForecastsThatDoNotEnd(t *testing.T) {
	never := campaign.Predict(outlook(func(o *campaign.Outlook) {
		o.Window.Week = gateway.Daily(2*60, 4*60)
	}))
	if !never.Ends.IsZero() || never.Why != gateway.HeldHours {
		t.Errorf("a window at night: %+v", never)
	}
	late := campaign.Predict(outlook(func(o *campaign.Outlook) { o.Plan.EndAt = monday.Add(30 * time.Minute) }))
	if late.Late < 330 || late.Late > 360 || late.ByChannel[device.WhatsApp]+late.Late != 600 {
		t.Errorf("half an hour for 600: %+v", late)
	}
}

// groups draws who waits.
func groups(t *rapid.T) []campaign.Group {
	var list []campaign.Group
	for _, zone := range []string{"", "Asia/Kamchatka", "Asia/Almaty", "Europe/Madrid"} {
		for _, class := range []campaign.Class{campaign.Warm, campaign.Cold, campaign.SMSOnly} {
			if n := rapid.IntRange(0, 400).Draw(t, zone+string(class)); n > 0 {
				list = append(list, campaign.Group{Zone: zone, Class: class, N: n})
			}
		}
	}
	return list
}

func TestForecastsKeepEveryCap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		perDay, newChats, smsDay := rapid.IntRange(0, 200).Draw(t, "per day"), rapid.IntRange(0, 50).Draw(t, "new chats"), rapid.IntRange(0, 60).Draw(t, "sms")
		o := outlook(func(o *campaign.Outlook) {
			o.Groups = groups(t)
			o.Paces[device.WhatsApp] = gateway.PaceSettings{Gap: 10 * time.Second, PerDay: perDay}
			o.NewChats = func(int) int { return newChats }
			o.Plan.SMSPerDay, o.Plan.NewChatsWait = smsDay, rapid.Bool().Draw(t, "wait")
		})
		f := campaign.Predict(o)
		total := 0
		for _, g := range o.Groups {
			total += g.N
		}
		sent := 0
		for _, d := range f.Days {
			sent += d.ByChannel[device.WhatsApp] + d.ByChannel[device.SMS]
			if n := d.ByChannel[device.WhatsApp]; perDay > 0 && n > perDay {
				t.Fatalf("%s: %d by WhatsApp, %d are allowed", d.Date, n, perDay)
			}
			if n := d.ByChannel[device.SMS]; smsDay > 0 && n > smsDay {
				t.Fatalf("%s: %d by SMS, %d are allowed", d.Date, n, smsDay)
			}
		}
		if f.NewChats > newChats*(len(f.Days)+1) {
			t.Fatalf("%d new chats in %d days of %d", f.NewChats, len(f.Days), newChats)
		}
		if !f.Ends.IsZero() && sent != total || sent > total || f.FirstHour < 0 || f.LastHour > 23 {
			t.Fatalf("%d of %d: %+v", sent, total, f)
		}
	})
}

func TestALongerWindowNeverEndsLater(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		from, to := rapid.IntRange(8, 14).Draw(t, "from"), rapid.IntRange(15, 22).Draw(t, "to")
		o := outlook(func(o *campaign.Outlook) {
			o.Groups = []campaign.Group{{Zone: rapid.SampledFrom([]string{"", "Asia/Almaty", "Asia/Kamchatka"}).Draw(t, "zone"), Class: campaign.Warm, N: rapid.IntRange(1, 3000).Draw(t, "n")}}
			o.Paces[device.WhatsApp] = gateway.PaceSettings{Gap: 20 * time.Second, PerHour: rapid.IntRange(0, 100).Draw(t, "hour"), PerDay: rapid.IntRange(0, 400).Draw(t, "day")}
			o.Window.Decent = gateway.Hours{From: gateway.Clock(from * 60), To: gateway.Clock(to * 60)}
		})
		short := campaign.Predict(o)
		o.Window.Decent.From -= gateway.Clock(60 * rapid.IntRange(0, 4).Draw(t, "earlier"))
		o.Window.Decent.To += gateway.Clock(60 * rapid.IntRange(0, 2).Draw(t, "later"))
		long := campaign.Predict(o)
		if !short.Ends.IsZero() && (long.Ends.IsZero() || long.Ends.After(short.Ends)) {
			t.Fatalf("longer %v, shorter %v", long.Ends, short.Ends)
		}
	})
}

func BenchmarkForecast(b *testing.B) {
	var all []campaign.Group
	for _, zone := range []string{"", "Europe/Kaliningrad", "Europe/Samara", "Asia/Yekaterinburg", "Asia/Omsk", "Asia/Krasnoyarsk", "Asia/Irkutsk", "Asia/Yakutsk", "Asia/Vladivostok", "Asia/Magadan", "Asia/Kamchatka", "Asia/Almaty"} {
		for _, class := range []campaign.Class{campaign.Warm, campaign.Cold, campaign.SMSOnly} {
			all = append(all, campaign.Group{Zone: zone, Class: class, N: 2777})
		}
	}
	o := outlook(func(o *campaign.Outlook) {
		o.Groups, o.NewChats, o.Plan.NewChatsWait = all, func(int) int { return 20 }, true
		o.Paces[device.WhatsApp] = gateway.PaceSettings{Gap: 4 * time.Second, PerHour: 60, PerDay: 300}
		o.Window.Shop = gateway.Daily(9*60, 21*60)
	})
	for b.Loop() {
		campaign.Predict(o)
	}
}
