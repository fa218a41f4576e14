package webui

import (
	"strings"
	"testing"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

func TestAStopListIsKeptAndWhatIsNoNumberComesBack(t *testing.T) {
	t.Parallel()
	s := inviting()
	cookie, srv := s.enter(gateway.Manager, "ru"), newServer(t, s)
	status, body := post(t, srv, cookie, "/campaigns/consents/stop", "csrf=form-token&note=1С&numbers=Анна%09%2B7+916+123-45-67%0D%0A12%0D%0A89161234567;+8+912+000+00+01")
	if status != 422 || !strings.Contains(body, "Строка 2: 12") || !strings.Contains(body, ">12\n</textarea>") {
		t.Errorf("%d %s", status, body)
	}
	kept := s.invites.kept
	if len(kept) != 2 || kept[0].Phone != "+79161234567" || kept[1].Phone != "+79120000001" || kept[0].Answer != device.No || kept[0].Note != "1С" || kept[0].By != "Ольга" || kept[0].Source != gateway.ConsentImport {
		t.Errorf("kept %+v", kept)
	}
	if status, to := post(t, srv, cookie, "/campaigns/consents/stop", "csrf=form-token&numbers=89161234567"); status != 303 || to != "/campaigns/consents?answer=no&kept=1" {
		t.Errorf("%d %s", status, to)
	}
}

func TestWhoAllowsAdvertisingIsNotedWithTheReason(t *testing.T) {
	t.Parallel()
	s := inviting()
	cookie, srv := s.enter(gateway.Manager, "ru"), newServer(t, s)
	if status, _ := post(t, srv, cookie, "/campaigns/consents", "csrf=form-token&phone=89161234567&answer=yes&note="); status != 422 || len(s.invites.kept) > 0 {
		t.Errorf("without a note: %d, %+v", status, s.invites.kept)
	}
	status, to := post(t, srv, cookie, "/campaigns/consents", "csrf=form-token&phone=89161234567&answer=yes&note=по+телефону")
	if status != 303 || to != "/campaigns/consents/person?phone=%2B79161234567&done=consent" {
		t.Errorf("%d %s", status, to)
	}
	if k := s.invites.kept; len(k) != 1 || k[0].Answer != device.Yes || k[0].Source != gateway.ConsentHand || k[0].By != "Ольга" || !k[0].At.IsZero() { // the ledger knows when
		t.Errorf("kept %+v", k)
	}
}

func TestExportedConsentsAreNoFormulas(t *testing.T) {
	t.Parallel()
	s := inviting()
	s.invites.words[0].Note = "=HYPERLINK(\"http://evil.test\")"
	status, body := get(t, newServer(t, s), s.enter(gateway.Manager, "ru"), "/campaigns/consents.csv")
	if status != 200 || !strings.Contains(body, "79161234568") || strings.Contains(body, ";=") || strings.Contains(body, `;"=`) {
		t.Errorf("%d %s", status, body)
	}
}

func TestAnInvitationIsSavedAsTyped(t *testing.T) {
	t.Parallel()
	s := inviting()
	cookie, srv := s.enter(gateway.Manager, "ru"), newServer(t, s)
	status, to := post(t, srv, cookie, "/campaigns/invitations", "csrf=form-token&enabled=1&statuses=ready&statuses=send&after=36&unit=hours&way=whatsapp,sms&per_day=0&text_ru=Отзыв:%0D%0A{{review.link}}&text_en=")
	if status != 303 || to != "/campaigns/invitations?done=saved" {
		t.Fatalf("%d %s", status, to)
	}
	i := s.settings.Invitation
	if !i.On || len(i.Statuses) != 2 || i.After != 36*time.Hour || i.PerDay != 0 || i.HappyOnly || i.Texts["ru"] != "Отзыв:\n{{review.link}}" || i.Texts["en"] != "" || len(i.Channels) != 2 {
		t.Errorf("%+v", i)
	}
}

// Whatever is pasted, each number of it is a whole one and stands once.
func FuzzStopList(f *testing.F) {
	f.Add("Анна\t+7 916 123-45-67\r\n12\n89161234567; 8 912 000 00 01,")
	f.Add("\"=1+1\";+49 30 123456\n\x00\xff")
	m, err := loadMatter()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		words, refused := stopList(text, "RU", m.words["ru"])
		seen := map[device.Phone]bool{}
		for _, w := range words {
			if n, err := device.ParsePhone(string(w.Phone), "RU"); err != nil || n.Phone != w.Phone || seen[w.Phone] || w.Answer != device.No {
				t.Errorf("%+v of %q: %v", w, text, err)
			}
			seen[w.Phone] = true
		}
		for _, r := range refused {
			if strings.Contains(r.Says, "⟦") || r.N < 1 {
				t.Errorf("%+v of %q", r, text)
			}
		}
	})
}
