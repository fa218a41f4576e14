package world_test

import (
	"net/http"
	"testing"

	"vestnik/sim/world"
)

func TestPeopleInChats(t *testing.T) {
	t.Parallel()
	w, err := world.New(world.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	cards := map[int]int{}
	for _, o := range w.CRM.Orders() {
		cards[o.CustomerID]++
	}
	for _, c := range w.CRM.Customers()[:3] {
		if cards[c.ID] == 0 {
			t.Errorf("customer %d has no orders", c.ID)
		}
	}
	if w.OnTelegram.Chat() == 0 || w.OnInstagram.Chat() == 0 || w.Stranger.Chat() != 0 {
		t.Errorf("chats %+v", w.MG.Chats())
	}
	if c, _ := w.MG.Chat(w.OnInstagram.Chat()); c.Dialog.Open || !c.ReplyDeadline.Before(w.CRM.Now()) {
		t.Errorf("the window on Instagram is open: %+v", c)
	}
	resp, err := http.Get(w.MGURL + "/api/bot/v1/bots")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("without a token: %d", resp.StatusCode)
	}
	if puzzles := w.NotUnderstood(); len(puzzles) > 0 {
		t.Errorf("not understood: %q", puzzles)
	}
	if _, err := http.Get(w.MGURL + "/api/bot/v2"); err != nil || len(w.NotUnderstood()) != 1 {
		t.Errorf("the chats' puzzles are not the world's: %v", err)
	}
}
