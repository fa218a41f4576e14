package store_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/campaign"
	"vestnik/store/storetest"
)

// After a restore no mailing goes on by itself, nothing of it is made anew, and nobody is invited whom the lost
// ledger may have invited.
func TestRestoredMailingsRest(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := openAt(t, filepath.Join(t.TempDir(), "vestnik.db"))
	c, err := s.SaveCampaign(ctx, storetest.Mailing("Осень"), "olga")
	if err != nil {
		t.Fatal(err)
	}
	storetest.Gather(t, s, c.ID, storetest.Someone(1), storetest.Someone(2))
	storetest.Start(t, s, c.ID, storetest.Everybody())
	people, _, err := s.People(ctx, c.ID, campaign.PeopleFilter{})
	if err != nil {
		t.Fatal(err)
	}
	if n, err := s.Feed(ctx, c.ID, 0, []campaign.Fed{storetest.Feeding(people[0])}); err != nil || n != 1 {
		t.Fatal(n, err)
	}
	later, err := s.SaveCampaign(ctx, storetest.Mailing("Зима"), "olga")
	if err != nil {
		t.Fatal(err)
	}
	storetest.Gather(t, s, later.ID, storetest.Someone(3))
	if ok, err := s.Shift(ctx, later.ID, campaign.Draft, campaign.Starting, "", nil, ""); err != nil || !ok {
		t.Fatal(ok, err)
	}
	rests, err := s.SaveCampaign(ctx, storetest.Mailing("Весна"), "olga")
	if err != nil {
		t.Fatal(err)
	}
	storetest.Gather(t, s, rests.ID, storetest.Someone(4))
	storetest.Start(t, s, rests.ID, storetest.Everybody())
	if ok, err := s.Shift(ctx, rests.ID, campaign.Running, campaign.Paused, gateway.PausedByPerson, nil, "olga"); err != nil || !ok {
		t.Fatal(ok, err)
	}
	if _, err := s.QueueInvitations(ctx, []string{"complete"}, time.Hour); err != nil {
		t.Fatal(err)
	}
	if _, err := s.SaveChanges(ctx, []gateway.StatusChange{{HistoryID: 1, Order: 1, To: "complete"}}, gateway.Cursor{SinceID: 1}); err != nil {
		t.Fatal(err)
	}
	if n, err := s.QueueInvitations(ctx, []string{"complete"}, time.Hour); err != nil || n != 1 {
		t.Fatal(n, err)
	}

	if _, err := s.HoldFromBackup(ctx, time.Now().Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	for _, id := range []gateway.CampaignID{c.ID, later.ID, rests.ID} {
		if c, err := s.Campaign(ctx, id); err != nil || c.State != campaign.Paused || c.Why != gateway.PausedRestored {
			t.Errorf("%+v, %v", c, err)
		}
	}
	if n, err := s.TakeBack(ctx, c.ID); err != nil || n != 0 {
		t.Errorf("%d taken back that may have left, %v", n, err)
	}
	if due, err := s.DueInvitations(ctx, time.Now().AddDate(1, 0, 0), 9); err != nil || len(due) != 0 {
		t.Errorf("%+v, %v", due, err)
	}
	// The history that the lost ledger had read is passed over.
	if _, err := s.SaveChanges(ctx, []gateway.StatusChange{{HistoryID: 2, Order: 2, To: "complete"}}, gateway.Cursor{SinceID: 2}); err != nil {
		t.Fatal(err)
	}
	if n, err := s.QueueInvitations(ctx, []string{"complete"}, time.Hour); err != nil || n != 0 {
		t.Error(n, err)
	}
	if err := s.CaughtUp(ctx, 3); err != nil {
		t.Fatal(err)
	}
	if _, err := s.SaveChanges(ctx, []gateway.StatusChange{{HistoryID: 3, Order: 3, To: "complete"}, {HistoryID: 4, Order: 4, To: "complete"}}, gateway.Cursor{SinceID: 4}); err != nil {
		t.Fatal(err)
	}
	if n, err := s.QueueInvitations(ctx, []string{"complete"}, time.Hour); err != nil || n != 1 {
		t.Error(n, err)
	}
}

// Cards of a former account of the CRM mean other people in the next one.
func TestMailingsLeaveAnAccount(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := openAt(t, filepath.Join(t.TempDir(), "vestnik.db"))
	settings, err := s.Settings(ctx)
	if err != nil {
		t.Fatal(err)
	}
	settings.RetailCRM.URL = "https://one.retailcrm.ru"
	if err := s.SaveSettings(ctx, settings, "olga"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.KeepConsents(ctx,
		gateway.Consent{Customer: 5, Answer: device.No, Source: gateway.ConsentCRM},
		gateway.Consent{Phone: "+79123456789", Customer: 6, Answer: device.No, Source: gateway.ConsentWord},
	); err != nil {
		t.Fatal(err)
	}
	person := storetest.Someone(1)
	person.Customer, person.Order = 7, 10482
	var ids []gateway.CampaignID
	for _, source := range []campaign.Source{campaign.FromList, campaign.FromCustomers} {
		m := storetest.Mailing(string(source))
		m.Audience.Source = source
		c, err := s.SaveCampaign(ctx, m, "olga")
		if err != nil {
			t.Fatal(err)
		}
		storetest.Gather(t, s, c.ID, person)
		ids = append(ids, c.ID)
	}
	storetest.Start(t, s, ids[0], storetest.Everybody())

	settings.RetailCRM.URL = "https://two.retailcrm.ru"
	if err := s.SaveSettings(ctx, settings, "olga"); err != nil {
		t.Fatal(err)
	}
	for _, customer := range []int64{5, 6} {
		if c, ok, err := s.ConsentOf(ctx, "", customer); err != nil || ok {
			t.Errorf("somebody else refuses: %+v, %v", c, err)
		}
	}
	if c, ok, err := s.ConsentOf(ctx, "+79123456789", 0); err != nil || !ok || c.Answer != device.No {
		t.Errorf("%+v, %v, %v", c, ok, err)
	}
	rows, _, err := s.People(ctx, ids[0], campaign.PeopleFilter{})
	if err != nil || len(rows) != 1 || rows[0].Customer != 0 || rows[0].Order != 0 || rows[0].State != campaign.PersonWaits {
		t.Errorf("%+v, %v", rows, err)
	}
	rows, _, err = s.People(ctx, ids[1], campaign.PeopleFilter{})
	draft, err2 := s.Campaign(ctx, ids[1])
	if err != nil || err2 != nil || len(rows) != 0 || draft.Collect.State != campaign.CollectNone {
		t.Errorf("%+v, %+v, %v, %v", rows, draft.Collect, err, err2)
	}
}
