package whatsapp

import (
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"go.mau.fi/whatsmeow"
)

func TestWhatCustomersDoByThemselves(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	stop := r.srv.AddCustomer("+79161234561", "Stop", Devices(2), Answers(func(m Received) string {
		if strings.Contains(m.Text, "СТОП") {
			return "стоп"
		}
		return ""
	}))
	lost := r.srv.AddCustomer("+79161234562", "Lost", NeverGets())
	blocks := r.srv.AddCustomer("+79161234563", "Blocks", BlocksAfter(1))
	c := r.linked()
	for _, who := range []*Customer{stop, lost, blocks} {
		c.mustSend(who.Number(), "новости")
		c.mustSend(who.Number(), "ответьте СТОП, чтобы не получать")
	}
	if evt := c.message("стоп"); evt.Info.SenderAlt.User != digits(stop.Number()) && evt.Info.Sender.User != digits(stop.Number()) {
		t.Errorf("from %+v", evt.Info.MessageSource)
	}
	r.await("what arrives", func() bool { return len(stop.Inbox()) == 2 && len(blocks.Inbox()) == 1 })
	if n := len(lost.Inbox()); n != 0 {
		t.Errorf("the lost phone shows %d messages", n)
	}
	if n := len(stop.SentIDs()); n != 1 {
		t.Errorf("he answered %d times", n)
	}
}

func TestUploadsAreRefusedAsOftenAsAsked(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	c := r.linked()
	r.srv.Faults().RefuseUploads(http.StatusServiceUnavailable, 1)
	if _, err := c.Upload(t.Context(), []byte("picture"), whatsmeow.MediaImage); err == nil {
		t.Error("the first upload went through")
	}
	if _, err := c.Upload(t.Context(), []byte("picture"), whatsmeow.MediaImage); err != nil {
		t.Error(err)
	}
	if n := r.srv.Uploads(); n != 1 {
		t.Errorf("%d uploads", n)
	}
}

func TestManyCustomersCostLittle(t *testing.T) {
	srv, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	numbers := make([]string, 30_000)
	for i := range numbers {
		numbers[i] = fmt.Sprintf("+7916%07d", i)
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	began := time.Now()
	srv.AddCustomers(numbers, ReadsAtOnce())
	took := time.Since(began)
	runtime.GC()
	runtime.ReadMemStats(&after)
	each := int64(after.HeapAlloc-before.HeapAlloc) / int64(len(numbers))
	t.Logf("%d customers in %v, %d bytes each", len(numbers), took.Round(time.Millisecond), each)
	if each > 2000 || took > 5*time.Second {
		t.Error("that is too much")
	}
	if srv.Customer(numbers[29_999]) == nil {
		t.Error("the last is not there")
	}
}
