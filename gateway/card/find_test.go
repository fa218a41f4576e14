package card_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/card"
)

func TestFind(t *testing.T) {
	virtually(t, func(t *testing.T, h *shop) {
		h.crm.add(5, "Анна", "anna@mail.ru", "8 (912) 345-67-89")
		h.crm.add(6, "Борис", "family@mail.ru", "+7 921 765-43-21")
		h.crm.add(7, "Вера", "family@mail.ru")
		h.crm.add(8, "Вера в другом магазине", "vera@mail.ru", "89990000001")
		h.crm.add(9, "Вера", "", "+79990000001")
		h.crm.order(6, gateway.ProfileOrder{ID: 60, Number: "600A"})
		h.crm.order(7, gateway.ProfileOrder{ID: 70, Number: "700A"})
		h.crm.order(5, gateway.ProfileOrder{ID: 50, Number: "500A"})
		h.check(h.Choose(h.ctx, 77, 8, "olga"))
		type want struct {
			status   card.FoundStatus
			by       string
			customer int64
			ids      []int64
			noHints  bool
		}
		for name, c := range map[string]struct {
			h card.Hints
			w want
		}{
			"chosen before":            {card.Hints{Requester: 77, Emails: []string{"anna@mail.ru"}}, want{card.FoundOne, "choice", 8, nil, false}},
			"e-mail":                   {card.Hints{Requester: 78, Emails: []string{" ANNA@Mail.ru"}}, want{card.FoundOne, "email", 5, nil, false}},
			"e-mail before phone":      {card.Hints{Emails: []string{"anna@mail.ru"}, Phones: []string{"8 921 765 43 21"}}, want{card.FoundOne, "email", 5, nil, false}},
			"phone":                    {card.Hints{Emails: []string{"x@mail.ru"}, Phones: []string{"тел. 9217654321 доб. 5"}}, want{card.FoundOne, "phone", 6, nil, false}},
			"several":                  {card.Hints{Emails: []string{"family@mail.ru"}}, want{card.FoundMany, "email", 0, []int64{6, 7}, false}},
			"number chooses":           {card.Hints{Emails: []string{"family@mail.ru"}, Numbers: []string{"700а"}}, want{card.FoundOne, "email", 7, nil, false}},
			"number of another":        {card.Hints{Emails: []string{"family@mail.ru"}, Numbers: []string{"500A"}}, want{card.FoundMany, "email", 0, []int64{6, 7}, false}},
			"numbers of both":          {card.Hints{Emails: []string{"family@mail.ru"}, Numbers: []string{"600A", "700A"}}, want{card.FoundMany, "email", 0, []int64{6, 7}, false}},
			"two shops":                {card.Hints{Phones: []string{"8 999 000-00-01"}}, want{card.FoundMany, "phone", 0, []int64{8, 9}, false}},
			"number alone suggests":    {card.Hints{Emails: []string{"new@mail.ru"}, Numbers: []string{"500А"}}, want{card.FoundMany, "order", 0, []int64{5}, false}},
			"number does not overrule": {card.Hints{Emails: []string{"anna@mail.ru"}, Numbers: []string{"600A"}}, want{card.FoundOne, "email", 5, nil, false}},
			"nobody":                   {card.Hints{Emails: []string{"new@mail.ru"}, Phones: []string{"+79990000099"}, Numbers: []string{"1"}}, want{card.FoundNone, "", 0, nil, false}},
			"robot":                    {card.Hints{Emails: []string{"noreply@mail.ru", "tg@telegram.helpdeskeddy.com", "x@bot.shop.ru"}, Phones: []string{"нет"}}, want{card.FoundNone, "", 0, nil, true}},
			"nothing":                  {card.Hints{Requester: 79}, want{card.FoundNone, "", 0, nil, true}},
		} {
			found, err := h.Find(h.ctx, c.h)
			h.check(err)
			var ids []int64
			for _, candidate := range found.Candidates {
				ids = append(ids, candidate.Customer)
				if candidate.Name == "" || candidate.By != c.w.by {
					t.Errorf("%s: %+v", name, candidate)
				}
			}
			if got := (want{found.Status, found.By, found.Customer, ids, found.NoHints}); fmt.Sprint(got) != fmt.Sprint(c.w) || found.Away != "" {
				t.Errorf("%s: %+v, want %+v", name, found, c.w)
			}
		}
	}, func(s *gateway.Settings) { s.Helpdesk.IgnoreDomains = []string{"bot.shop.ru"} })
}

// An answer of the CRM counts for a while, until some customer changes.
func TestFindAsksOnce(t *testing.T) {
	virtually(t, func(t *testing.T, h *shop) {
		h.crm.add(5, "Анна", "anna@mail.ru")
		find := func(status card.FoundStatus, requests int) {
			t.Helper()
			f, err := h.Find(h.ctx, card.Hints{Emails: []string{"anna@mail.ru"}})
			if n := h.crm.requests(); err != nil || f.Status != status || len(n) != requests {
				t.Errorf("%+v, %v, %v", f, n, err)
			}
		}
		h.running(func() {
			time.Sleep(time.Second)
			h.crm.requests()
			find(card.FoundOne, 1)
			find(card.FoundOne, 0)
			h.crm.add(6, "Анна", "anna@mail.ru")
			h.crm.set(func() { h.crm.touched = []int64{6} })
			time.Sleep(2 * time.Minute)
			h.crm.requests()
			find(card.FoundMany, 1)
		})
		time.Sleep(time.Hour)
		find(card.FoundMany, 1)
	})
}

// Without the CRM what is kept counts, and it is waited for three seconds at most.
func TestFindWithoutTheCRM(t *testing.T) {
	virtually(t, func(t *testing.T, h *shop) {
		h.crm.add(5, "Анна", "anna@mail.ru", "+79123456789")
		h.crm.add(6, "Борис", "boris@mail.ru")
		h.card(5)
		known, unknown := card.Hints{Emails: []string{"x@mail.ru"}, Phones: []string{"8 912 345 67 89"}}, card.Hints{Emails: []string{"boris@mail.ru"}}
		for name, fail := range map[string]func(){
			"away":   func() { h.crm.state = gateway.CRMUnreachable },
			"errors": func() { h.crm.err = device.Errorf(device.Unavailable, "retailcrm", "503") },
			"rights": func() { h.crm.err = device.Errorf(device.Unauthorized, "retailcrm", "403") },
			"silent": func() { h.crm.takes = time.Hour },
		} {
			h.crm.set(fail)
			for i, hints := range []card.Hints{known, unknown} {
				began := time.Now()
				f, err := h.Find(h.ctx, hints)
				if took := time.Since(began); err != nil || took > 3*time.Second || f.Away == "" || f.Away == gateway.CRMConnected {
					t.Errorf("%s: %+v after %s, %v", name, f, took, err)
				}
				if i == 0 && (f.Status != card.FoundOne || f.By != "phone" || f.Customer != 5) || i == 1 && f.Status != card.FoundAway {
					t.Errorf("%s: %+v", name, f)
				}
			}
			h.crm.set(func() { h.crm.state, h.crm.err, h.crm.takes = gateway.CRMConnected, nil, 0 })
		}
		gone, cancel := context.WithCancel(h.ctx)
		cancel()
		if _, err := h.Find(gone, known); err == nil || !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}
