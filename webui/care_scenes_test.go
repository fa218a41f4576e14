package webui

import (
	"strings"
	"testing"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

func clockIs(state gateway.ClockState, witness gateway.ClockWitness, off time.Duration) func(*shop) {
	return func(s *shop) {
		holds := state == gateway.ClockBehind || state == gateway.ClockAhead || state == gateway.ClockSettling
		s.care.Clock = gateway.ClockStatus{State: state, Witness: witness, Holds: holds, Now: noon.Add(off), Best: noon, Sync: device.ClockSync{Known: true}}
	}
}

// careScenes are the states of the box itself on the pages that say most of them.
func careScenes() []scene {
	const manager = gateway.Manager
	var list []scene
	add := func(name, path string, role gateway.Role, change func(*shop)) {
		list = append(list, scene{name: name, shop: with(busyShop, change), role: role, path: path})
	}
	add("care-clock-behind", "/device", manager, clockIs(gateway.ClockBehind, gateway.WitnessSeen, -500*24*time.Hour))
	add("care-clock-behind-crm", "/device", gateway.Operator, clockIs(gateway.ClockBehind, gateway.WitnessCRM, -11*time.Hour))
	add("care-clock-ahead", "/device", manager, clockIs(gateway.ClockAhead, gateway.WitnessCRM, 365*24*time.Hour))
	add("care-clock-settling", "/device", manager, clockIs(gateway.ClockSettling, gateway.WitnessNone, 0))
	add("care-clock-alone", "/device", manager, clockIs(gateway.ClockAlone, gateway.WitnessNone, 0))
	add("care-clock-by-crm", "/device", manager, clockIs(gateway.ClockRight, gateway.WitnessCRM, 0))
	add("care-clock-trusted", "/device?done=clock", manager, func(s *shop) {
		clockIs(gateway.ClockBehind, gateway.WitnessSeen, 0)(s)
		s.care.Clock.Holds, s.care.Clock.TrustedBy, s.care.Clock.Sync.Known = false, "Ольга", false
	})
	add("care-clock-was-ahead", "/device", manager, func(s *shop) {
		s.care.Clock.SetBackAt, s.care.Clock.SetBackFrom = ago(5*time.Hour), noon.AddDate(1, 0, 0)
	})
	add("care-overview", "/", manager, func(s *shop) {
		clockIs(gateway.ClockBehind, gateway.WitnessSeen, -500*24*time.Hour)(s)
		s.care.Disk, s.care.Health.Power.UnderVoltage = gateway.DiskLow, true
		s.care.Findings = findings()
	})
	for _, state := range []gateway.DiskState{gateway.DiskUnknown, gateway.DiskLow, gateway.DiskReserve, gateway.DiskFull, gateway.DiskReadOnly} {
		name := string(state)
		if name == "" {
			name = "unknown"
		}
		add("care-disk-"+name, "/device", manager, func(s *shop) {
			s.care.Disk, s.care.Ballast, s.unready = state, 0, gateway.DiskFault(state)
			s.care.Health.Disk.Free = 90 << 20
			s.care.Health.Disk.Known = state != gateway.DiskUnknown
		})
	}
	add("care-power-weak", "/device", manager, func(s *shop) { s.care.Health.Power.UnderVoltage = true })
	add("care-power-battery", "/device", manager, func(s *shop) {
		s.care.Health.Power = device.Power{Supply: device.SupplyBattery, HasBattery: true, Percent: 41}
	})
	add("care-power-hot", "/device", manager, func(s *shop) { s.care.Health.Celsius = 84.6 })
	add("care-findings", "/device", manager, func(s *shop) { s.care.Findings = findings() })
	add("care-rehearsal-failed", "/device", manager, func(s *shop) {
		s.care.Chores[gateway.ChoreRehearsal] = gateway.Chore{Name: gateway.ChoreRehearsal, At: ago(time.Hour), Detail: gateway.Args{"problem": string(gateway.BackupBroken), "path": "/media/stick/2026-11-20.vestnik"}}
		s.care.Chores[gateway.ChoreCheck] = gateway.Chore{Name: gateway.ChoreCheck, At: ago(time.Hour), Detail: gateway.Args{"problem": "too_slow"}}
	})
	list = append(list,
		scene{name: "care-damaged", shop: with(busyShop, func(s *shop) {
			s.damage = &Damage{At: noon, DataDir: "/var/lib/vestnik", Backup: "/var/lib/vestnik/backups/2026-11-21.vestnik", BackupAt: ago(9 * time.Hour)}
		}), path: "/device", status: 503},
		scene{name: "care-damaged-no-backup", shop: with(busyShop, func(s *shop) { s.damage = &Damage{At: noon, DataDir: "/var/lib/vestnik"} }), path: "/", status: 503},
	)
	for i := range list {
		if d := list[i].shop; list[i].status == 503 {
			list[i].shop = with(d, func(*shop) {})
		}
	}
	return list
}

func findings() []gateway.Finding {
	return []gateway.Finding{
		{Key: "queued_but_left/3", Kind: gateway.QueuedButLeft, Message: 3, FirstAt: ago(40 * time.Minute), LastAt: ago(5 * time.Minute)},
		{Key: "receipt_uncounted/1", Kind: gateway.ReceiptUncounted, Message: 1, FirstAt: ago(30 * time.Hour), LastAt: ago(29 * time.Hour), MendedAt: ago(29 * time.Hour)},
	}
}

func TestAManagerMayTrustTheClockAndAnOperatorMayNot(t *testing.T) {
	t.Parallel()
	s := with(busyShop, clockIs(gateway.ClockBehind, gateway.WitnessSeen, -time.Hour*1000))()
	operator, manager := s.enter(gateway.Operator, "ru"), s.enter(gateway.Manager, "ru")
	srv := newServer(t, s)
	if _, body := get(t, srv, operator, "/journal"); !strings.Contains(body, "Часы отстают") {
		t.Error("a page does not say that the clock is wrong")
	}
	if _, body := get(t, srv, operator, "/device"); strings.Contains(body, "/device/clock") {
		t.Error("an operator is offered to trust the clock")
	}
	if status, _ := post(t, srv, operator, "/device/clock", "csrf=form-token"); status != 403 {
		t.Errorf("an operator trusts the clock: %d", status)
	}
	if status, to := post(t, srv, manager, "/device/clock", "csrf=form-token"); status != 303 || to != "/device?done=clock" {
		t.Errorf("a manager: %d %s", status, to)
	}
	if _, body := get(t, srv, manager, "/device"); !strings.Contains(body, "Ольга подтверждает") {
		t.Error("the page does not say who trusts the clock")
	}
}

func TestADamagedDatabaseIsOnePageForEverybody(t *testing.T) {
	t.Parallel()
	s := busyShop()
	s.damage = &Damage{At: noon, DataDir: "/var/lib/vestnik", Backup: "/b/1.vestnik", BackupAt: noon}
	cookie := s.enter(gateway.Owner, "ru")
	only, err := NewDamaged(Options{Damage: func() *Damage { return s.damage }, AllowedHosts: []string{"example.com"}})
	if err != nil {
		t.Fatal(err)
	}
	for name, srv := range map[string]*Server{"at work": newServer(t, s), "at the start": only} {
		for path, want := range map[string]string{
			"/": "vestnik restore /b/1.vestnik --data /var/lib/vestnik", "/login": "vestnik restore /b/1.vestnik", "/messages/1": "vestnik restore",
			"/readyz": "vestnik restore", "/api/v1/status": "database_damaged", "/metrics": "vestnik restore",
		} {
			status, body := get(t, srv, cookie, path)
			if status != 503 || !strings.Contains(body, want) {
				t.Errorf("%s: %s: %d %s", name, path, status, body)
			}
			if strings.Contains(body, s.settings.RetailCRM.Key) {
				t.Errorf("%s: the page has a secret", path)
			}
		}
		if status, _ := get(t, srv, "", "/healthz"); status != 200 {
			t.Errorf("%s: healthz %d", name, status)
		}
		if status, _ := post(t, srv, cookie, "/login", "name=x&password=y"); status != 503 {
			t.Errorf("%s: a form is taken: %d", name, status)
		}
	}
}
