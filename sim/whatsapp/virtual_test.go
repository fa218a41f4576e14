package whatsapp

import (
	"testing"
	"testing/synctest"
	"time"

	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
)

// The real client over in-memory pipes: hours pass in no time, whatsmeow's keepalives and reconnect pauses included.
func TestVirtualTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRigOn(t, (*Server).PipeHTTPClient)
		ana := r.srv.AddCustomer("+79161234567", "Ana", Offline())
		c := r.linked()
		id := c.mustSend(ana.Number(), "ready")
		began := time.Now()
		time.Sleep(6 * time.Hour)
		ana.SetOnline(true)
		receipt := c.receipt(id, types.ReceiptTypeDelivered)
		if waited := receipt.Timestamp.Sub(began); waited < 6*time.Hour-time.Second || waited > 6*time.Hour+time.Second {
			t.Errorf("delivered after %s", waited)
		}

		from := c.seen()
		r.srv.Faults().Down(true)
		time.Sleep(time.Hour)
		r.srv.Faults().Down(false)
		time.Sleep(10 * time.Minute)
		wait[*events.Connected](c, from, nil)
		c.mustSend(ana.Number(), "still there")
		r.texts(ana, 2)
		c.Disconnect()
	})
}
