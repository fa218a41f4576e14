package gateway_test

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

// audited lets an auditor work in the shop, and gives a way past every method of the
// store, to break things with. The ledger must be whole again at the end.
func audited(t *testing.T, change func(*shop), test func(s *shop, past func(string), audits *[]gateway.Report)) {
	t.Helper()
	open(t, change, func(s *shop) {
		db, err := sql.Open("sqlite", "file:"+s.path+"?_pragma=busy_timeout(10000)")
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		var reports []gateway.Report
		a := s.auditor()
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		s.running.Go(func() {
			for {
				select {
				case <-ctx.Done():
					return
				case <-time.After(10 * time.Minute):
				}
				r, err := a.Audit(ctx)
				if err != nil {
					t.Error(err)
				}
				reports = append(reports, r)
			}
		})
		test(s, func(statements string) {
			t.Helper()
			if _, err := db.Exec(statements); err != nil {
				t.Fatalf("%v\n%s", err, statements)
			}
		}, &reports)
	})
}

func mendedIn(reports []gateway.Report) string {
	var kinds []string
	for _, r := range reports {
		for _, f := range r.Mended {
			kinds = append(kinds, string(f.Kind))
		}
	}
	return strings.Join(kinds, " ")
}

// A claim that no dispatcher works on would lie there for good: the dispatchers look
// for such at their start only.
func TestTheAuditorWakesAMessageThatNobodySends(t *testing.T) {
	t.Parallel()
	audited(t, func(s *shop) { s.wa.link.State, s.sms.link.State = device.LinkConnecting, device.LinkConnecting }, func(s *shop, past func(string), audits *[]gateway.Report) {
		s.rule(nil)
		s.crm.reach(1, "ready")
		s.pass(2 * time.Minute)
		past(`INSERT INTO attempt (message, n, channel, box, device, wire_id, valid_for, parts, concat_ref, state, started_at)
			SELECT id, 1, 'whatsapp', 'main', 'box', 'whatsapp-lost', 0, 1, 0, 'sending', updated_at FROM message;
			UPDATE message SET state = 'sending', attempts = 1`)
		s.wa.setLink(device.LinkConnected)
		s.pass(7 * time.Minute)
		s.wants("lost", s.wa.texts(anna), nil)
		s.pass(5 * time.Minute)
		s.wants("found", s.wa.texts(anna), []string{ready})
		s.stateIs(gateway.Delivered)
		if len(s.wa.sentAt) != 1 || s.wa.n != 0 {
			t.Errorf("%d sends, %d new ids\n%s", len(s.wa.sentAt), s.wa.n, s.story())
		}
		s.pass(time.Hour)
		if got := mendedIn(*audits); got != "sending_lost mark_missing" {
			t.Errorf("mended %q", got)
		}
		if marks := s.crm.marks[1]; len(marks) != 1 || !marks[0] {
			t.Errorf("marks %v", marks)
		}
	})
}

// A change that was kept while nobody looked is decided long before the next poll.
func TestTheAuditorWakesTheWatch(t *testing.T) {
	t.Parallel()
	audited(t, func(s *shop) { s.settings.RetailCRM.Poll = time.Hour }, func(s *shop, past func(string), audits *[]gateway.Report) {
		s.rule(nil)
		s.pass(time.Minute)
		s.crm.mu.Lock()
		o := s.crm.orders[1]
		o.Status = "ready"
		s.crm.orders[1] = o
		s.crm.mu.Unlock()
		past(fmt.Sprintf(`INSERT INTO change (history_id, order_id, from_status, to_status, at, own) VALUES (77, 1, 'new', 'ready', %d, 0)`, time.Now().UnixMilli()))
		s.pass(30 * time.Minute)
		s.wants("Anna's WhatsApp", s.wa.texts(anna), []string{ready})
	})
}

// A proof that its message never heard of keeps the second copy from going out.
func TestTheAuditorCountsAReceiptBeforeTheSMSGoes(t *testing.T) {
	t.Parallel()
	audited(t, func(s *shop) { s.wa.deaf = true }, func(s *shop, past func(string), audits *[]gateway.Report) {
		s.rule(nil)
		s.crm.reach(1, "ready")
		s.pass(2 * time.Minute)
		s.stateIs(gateway.Accepted)
		past(`INSERT INTO receipt (wire_id, channel, kind, part, at, evidence, device, parts, phone, kept_at, message)
			SELECT wire_id, 'whatsapp', 'delivered', 0, started_at, 'receipt', 'box', 0, '', started_at, NULL FROM attempt`)
		s.pass(24 * time.Hour)
		s.stateIs(gateway.Delivered)
		s.wants("one copy", s.wa.texts(anna), []string{ready})
		s.wants("no SMS", s.sms.texts(anna), nil)
		if got := mendedIn(*audits); got != "receipt_uncounted" {
			t.Errorf("mended %q", got)
		}
	})
}

// The order's mark comes late rather than never.
func TestTheAuditorRemembersTheMark(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]string{
		"forgotten": `DELETE FROM effect`,
		"put off":   `UPDATE effect SET state = 'pending', next_at = next_at + 40 * 86400000`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			audited(t, nil, func(s *shop, past func(string), audits *[]gateway.Report) {
				s.rule(nil)
				s.crm.reach(1, "ready")
				s.pass(2 * time.Minute)
				past(damage)
				s.crm.mu.Lock()
				s.crm.marks[1] = nil
				s.crm.mu.Unlock()
				s.pass(30 * time.Minute)
				if marks := s.crm.marks[1]; len(marks) != 1 || !marks[0] {
					t.Errorf("marks %v\n%s", marks, s.story())
				}
			})
		})
	}
}

// auditor is one for the shop, as the daemon has it.
func (s *shop) auditor() *gateway.Auditor {
	return &gateway.Auditor{
		Box: "main", Live: s.live, Ledger: s.store, Chores: s.store, Topics: &gateway.Topics{}, Log: slog.New(slog.DiscardHandler),
		Sends: func(id gateway.MessageID) bool {
			for _, d := range s.dispatchers {
				if d.Sends(id) {
					return true
				}
			}
			return false
		},
		CRMAnswers: func() bool { return s.desk.Watch.Status().State == gateway.CRMConnected },
		WakeWatch:  s.desk.Watch.Wake,
		Wake: func() {
			for _, d := range s.dispatchers {
				d.Wake()
			}
			s.desk.EffectsDue()
		},
	}
}
