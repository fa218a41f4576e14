package app_test

import (
	"context"
	"testing"

	"vestnik/device"
	"vestnik/gateway/campaign"
	"vestnik/sim/world"
)

// The answer to the last piece of a list may be lost: the same piece once more is no conflict.
func TestTheLastPieceOnceMore(t *testing.T) {
	t.Parallel()
	b := newBox(t, world.Options{})
	ctx, desk := context.Background(), b.app.Campaigns()
	c, err := desk.SaveCampaign(ctx, campaign.Campaign{
		Name: "Осень", Kind: campaign.Invitation, Audience: campaign.Audience{Source: campaign.FromFile},
		Text: campaign.Text{Variants: []campaign.Variant{{Texts: map[string]string{"ru": "Привет"}}}},
		Plan: campaign.Plan{Channels: []device.Channel{device.SMS}},
	}, "Ольга")
	if err != nil {
		t.Fatal(err)
	}
	const list = "79161234568\n"
	send := func(name string, offset, size int64) (int64, error) {
		return desk.KeepUpload(ctx, c.ID, name, size, offset, []byte(list[offset:]), "Ольга")
	}
	if have, err := desk.KeepUpload(ctx, c.ID, "клиенты.csv", 12, 0, []byte(list[:5]), "Ольга"); err != nil || have != 5 {
		t.Fatalf("the first piece: %d, %v", have, err)
	}
	for range 2 {
		if have, err := send("клиенты.csv", 5, 12); err != nil || have != 12 {
			t.Fatalf("the last piece: %d, %v", have, err)
		}
	}
	if look, err := desk.LookAtFile(ctx, c.ID); err != nil || look.Lines != 1 {
		t.Errorf("the list: %+v, %v", look, err)
	}
	if _, err := send("другой.csv", 5, 12); device.KindOf(err) != device.Conflict {
		t.Errorf("the end of another list: %v", err)
	}
}
