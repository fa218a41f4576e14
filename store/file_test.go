package store_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/store/storetest"
)

// A picture stays while a mailing has it or a message went with it, and for a day in any case.
func TestFilesThatNobodyRefersToGo(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := openAt(t, filepath.Join(t.TempDir(), "vestnik.db"))
	keep := func(data string) device.FileID {
		id, err := s.SaveFile(ctx, device.File{Name: data, MIME: "image/png", Data: []byte(data)})
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	drawn, sent, free := keep("drawn"), keep("sent"), keep("free")
	c := storetest.Mailing("Осень")
	c.Text.File = drawn
	if _, err := s.SaveCampaign(ctx, c, "olga"); err != nil {
		t.Fatal(err)
	}
	m := storetest.Draft("test", "+79161234568")
	m.File = sent
	if _, err := s.Decide(ctx, 0, []gateway.Decision{{Verdict: gateway.Send, Reason: gateway.InQueue, At: time.Now(), Message: m}}); err != nil {
		t.Fatal(err)
	}
	if n, err := s.DropFiles(ctx, time.Now().Add(-time.Hour)); err != nil || n != 0 {
		t.Fatalf("%d went at once, %v", n, err)
	}
	if n, err := s.DropFiles(ctx, time.Now().Add(time.Hour)); err != nil || n != 1 {
		t.Fatalf("%d went, %v", n, err)
	}
	for id, there := range map[device.FileID]bool{drawn: true, sent: true, free: false} {
		if _, err := s.File(ctx, id); (err == nil) != there {
			t.Errorf("file %d: %v", id, err)
		}
	}
}
