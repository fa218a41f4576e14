package webui

import (
	"context"
	"fmt"
	"io"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

// copies is the part of the fake shop that is about backups.
type copies struct {
	status   gateway.BackupStatus
	restored gateway.Restored
	held     []gateway.BackupMessage
}

func (s *shop) BackupStatus(context.Context) (gateway.BackupStatus, error) {
	s.copies.status.On = s.settings.Backup.Passphrase != ""
	return s.copies.status, nil
}

func (s *shop) StartBackup(_ context.Context, what gateway.ChoreName) error {
	return s.did("start " + string(what))
}

func (s *shop) OpenBackup(_ context.Context, name string) (io.ReadCloser, int64, error) {
	for _, f := range s.copies.status.Files {
		if f.Name == name {
			return io.NopCloser(strings.NewReader("sealed")), 6, nil
		}
	}
	return nil, 0, device.Errorf(device.NotFound, "backup", "none")
}
func (s *shop) Restored(context.Context) (gateway.Restored, error) { return s.copies.restored, nil }

func (s *shop) FromBackup(_ context.Context, reason gateway.Reason, after gateway.MessageID, limit int) ([]gateway.BackupMessage, error) {
	var list []gateway.BackupMessage
	for _, m := range s.copies.held {
		if m.Reason == reason && m.ID > after && len(list) < limit {
			list = append(list, m)
		}
	}
	return list, nil
}

func (s *shop) FromBackupCounts(context.Context) (map[gateway.Reason]int, error) {
	counts := map[gateway.Reason]int{}
	for _, m := range s.copies.held {
		counts[m.Reason]++
	}
	return counts, nil
}

func (s *shop) deal(what string, reason gateway.Reason, expect int) (int, error) {
	counts, _ := s.FromBackupCounts(context.Background())
	if counts[reason] != expect {
		return 0, device.Errorf(device.Conflict, "held", "others by now")
	}
	s.copies.held = slices.DeleteFunc(s.copies.held, func(m gateway.BackupMessage) bool { return m.Reason == reason })
	return expect, s.did(fmt.Sprintf("%s %d %s", what, expect, reason))
}

func (s *shop) ReleaseFromBackup(_ context.Context, reason gateway.Reason, expect int, _ string) (int, error) {
	return s.deal("release", reason, expect)
}

func (s *shop) CancelFromBackup(_ context.Context, reason gateway.Reason, expect int, _ string) (int, error) {
	return s.deal("discard", reason, expect)
}

func (s *shop) ReleaseOne(_ context.Context, id gateway.MessageID, _ string) (bool, error) {
	before := len(s.copies.held)
	s.copies.held = slices.DeleteFunc(s.copies.held, func(m gateway.BackupMessage) bool { return m.ID == id })
	return len(s.copies.held) < before, s.did(fmt.Sprintf("release message %d", id))
}

var _ Backups = (*shop)(nil)

// restoredShop was restored this morning; some of its messages wait.
func restoredShop() *shop {
	s := busyShop()
	s.copies.restored = gateway.Restored{At: ago(time.Hour), MadeAt: ago(7 * time.Hour)}
	add := func(n int, reason gateway.Reason, order string, args gateway.Args) {
		for range n {
			id := gateway.MessageID(len(s.copies.held) + 1)
			m := gateway.Message{
				ID: id, To: "+79161234568", Text: "Здравствуйте, Анна! Заказ ждёт вас: ул. Ленина, 5.", State: gateway.Held, Reason: reason,
				OrderNumber: order, CreatedAt: ago(8 * time.Hour), UpdatedAt: ago(time.Hour),
			}
			s.copies.held = append(s.copies.held, gateway.BackupMessage{Message: m, Status: "ready", Args: args})
		}
	}
	add(22, gateway.BackupUnsent, "10501", nil)
	add(1, gateway.BackupUnclear, "", gateway.Args{"why": "no_order"})
	add(3, gateway.BackupSent, "10490", gateway.Args{"why": "moved", "now": "Передан в доставку"})
	add(5, gateway.FromBackup, "10488", gateway.Args{"made_at": gateway.At(ago(7 * time.Hour))})
	return s
}

func copiedShop() *shop {
	s := busyShop()
	s.settings.Backup = gateway.BackupSettings{Folder: "/mnt/usb", Hour: 3, Passphrase: ownerPassword}
	s.copies.status = gateway.BackupStatus{
		Folder: "/mnt/usb", Hour: 3, Next: noon.Add(15 * time.Hour),
		Last:      &gateway.Chore{Name: gateway.ChoreBackup, At: ago(9 * time.Hour), OK: true, Detail: gateway.Args{"file": "vestnik-20261121-000000.age", "size_mb": "4.2"}},
		Rehearsed: &gateway.Chore{Name: gateway.ChoreRehearsal, At: ago(33 * time.Hour), OK: true, Detail: gateway.Args{"made_at": gateway.At(ago(33 * time.Hour)), "messages": "1204"}},
		Files:     []gateway.BackupFile{{Name: "vestnik-20261121-000000.age", At: ago(9 * time.Hour), Size: 4 << 20}, {Name: "vestnik-20261120-000000.age", At: ago(33 * time.Hour), Size: 4 << 20}},
	}
	return s
}

func backupScenes() []scene {
	const owner, manager, operator = gateway.Owner, gateway.Manager, gateway.Operator
	return []scene{
		{name: "held", shop: restoredShop, role: manager, path: "/held"},
		{name: "held-one-group", shop: restoredShop, role: manager, path: "/held?group=backup_unsent"},
		{name: "held-send-sure", shop: restoredShop, role: manager, path: "/held/all?group=backup_unsent&do=send"},
		{name: "held-discard-sure", shop: restoredShop, role: manager, path: "/held/all?group=backup_sent&do=discard"},
		{name: "held-operator", shop: restoredShop, role: operator, path: "/held"},
		{name: "held-none", shop: busyShop, role: manager, path: "/held"},
		{name: "overview-held", shop: restoredShop, role: manager, path: "/"},
		{name: "held-operator-may-not", shop: restoredShop, role: operator, path: "/held/all", form: "group=backup_unsent&n=22&do=send", status: 403},
		{name: "backup", shop: copiedShop, role: owner, path: "/settings/backup"},
		{name: "backup-off", shop: with(busyShop, func(s *shop) {
			s.copies.status = gateway.BackupStatus{Folder: "/var/lib/vestnik/backups", Hour: 3, SameDisk: true}
		}), role: owner, path: "/settings/backup"},
		{name: "backup-running", shop: with(copiedShop, func(s *shop) {
			s.copies.status.Running, s.copies.status.Done, s.copies.status.Total = gateway.ChoreBackup, 3, 7
		}), role: owner, path: "/settings/backup"},
		{name: "backup-begins", shop: with(copiedShop, func(s *shop) { s.copies.status.Running = gateway.ChoreBackup }), role: owner, path: "/settings/backup"},
		{name: "backup-rehearses", shop: with(copiedShop, func(s *shop) { s.copies.status.Running = gateway.ChoreRehearsal }), role: owner, path: "/settings/backup"},
		{name: "backup-failing", shop: with(copiedShop, func(s *shop) {
			f := &gateway.BackupFault{Problem: gateway.BackupGone, Path: "/mnt/usb"}
			s.copies.status.Last = &gateway.Chore{Name: gateway.ChoreBackup, At: ago(time.Hour), Detail: f.Args()}
			s.copies.status.Unusable, s.copies.status.Files, s.copies.status.Rehearsed = f, nil, nil
		}), role: owner, path: "/settings/backup"},
		{name: "backup-wrong", shop: copiedShop, role: owner, path: "/settings/backup", form: "folder=usb&hour=3&passphrase=short&again=short", status: 422},
		{name: "backup-different", shop: copiedShop, role: owner, path: "/settings/backup", form: "folder=&hour=x&passphrase=one+long+passphrase&again=another", status: 422},
		{name: "backup-manager-may-not", shop: copiedShop, role: manager, path: "/settings/backup", status: 403},
	}
}

func TestAManagerSortsOutWhatARestoreHeld(t *testing.T) {
	t.Parallel()
	s := restoredShop()
	cookie, srv := s.enter(gateway.Manager, "ru"), newServer(t, s)
	_, body := get(t, srv, cookie, "/")
	if !strings.Contains(body, "После восстановления ждут решения 31 сообщение") && !strings.Contains(body, "После восстановления ждёт решения 31 сообщение") {
		t.Error("the overview does not say that messages wait")
	}
	for _, c := range []struct{ form, to, did string }{
		{"/held/all?group=backup_unsent&n=21&do=send", "/held?done=held_changed", ""},
		{"/held/all?group=backup_unsent&n=22&do=send", "/held?done=held_sent", "release 22 backup_unsent"},
		{"/held/all?group=backup_sent&n=3&do=discard", "/held?done=held_discarded", "discard 3 backup_sent"},
		{"/held/23?do=send", "/held?done=held_sent", "release message 23"},
		{"/held/23?do=send", "/held?done=held_changed", "release message 23"},
		{"/held/27?do=discard", "/held?done=held_discarded", "cancel"},
	} {
		path, form, _ := strings.Cut(c.form, "?")
		status, to := post(t, srv, cookie, path, "csrf=form-token&"+form)
		if status != 303 || to != c.to {
			t.Errorf("%s: %d %s", c.form, status, to)
		}
		if c.did != "" && s.done[len(s.done)-1] != c.did {
			t.Errorf("%s did %q", c.form, s.done)
		}
	}
}

func TestOnlyAnOwnerTouchesBackups(t *testing.T) {
	t.Parallel()
	for role, want := range map[gateway.Role]int{gateway.Owner: 303, gateway.Manager: 403, gateway.Operator: 403} {
		s := copiedShop()
		cookie, srv := s.enter(role, "en"), newServer(t, s)
		for _, form := range []string{"what=backup", "what=rehearsal"} {
			if status, _ := post(t, srv, cookie, "/settings/backup/now", "csrf=form-token&"+form); status != want {
				t.Errorf("%s: %s: %d", role, form, status)
			}
		}
		if status, _ := post(t, srv, cookie, "/settings/backup", "csrf=form-token&folder=/mnt/b&hour=4&passphrase=&again="); status != want {
			t.Errorf("%s saves: %d", role, status)
		}
		req := httptest.NewRequest("GET", "/settings/backup/file/vestnik-20261121-000000.age", nil)
		req.Header.Set("Cookie", loginCookie+"="+cookie)
		res, err := srv.App().Test(req, 5000)
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(res.Body)
		res.Body.Close()
		if role == gateway.Owner && (string(text) != "sealed" || !strings.Contains(res.Header.Get("Content-Disposition"), "vestnik-20261121-000000.age")) || role != gateway.Owner && res.StatusCode != 403 {
			t.Errorf("%s downloads: %d %q %v", role, res.StatusCode, text, res.Header)
		}
		if status, _ := get(t, srv, cookie, "/settings/backup/file/..%2f..%2fvestnik.db"); status != 404 && status != 403 {
			t.Errorf("%s leads out: %d", role, status)
		}
		if role == gateway.Owner && (s.settings.Backup.Passphrase != ownerPassword || s.settings.Backup.Folder != "/mnt/b" || s.settings.Backup.Hour != 4) {
			t.Errorf("%+v", s.settings.Backup)
		}
	}
}

func TestThePassphraseIsNeverShown(t *testing.T) {
	t.Parallel()
	s := copiedShop()
	cookie, srv := s.enter(gateway.Owner, "en"), newServer(t, s)
	for _, form := range []string{"", "folder=bad&hour=3&passphrase=another+long+one&again=another+long+one"} {
		_, body := get(t, srv, cookie, "/settings/backup")
		if form != "" {
			_, body = post(t, srv, cookie, "/settings/backup", "csrf=form-token&"+form)
		}
		if strings.Contains(body, ownerPassword) || strings.Contains(body, "another long one") {
			t.Error("a passphrase stands on the page")
		}
	}
}
