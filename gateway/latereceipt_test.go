package gateway_test

import (
	"testing"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

// What is heard of a WhatsApp copy after the text went on by SMS is told, whichever receipt it is, and is not the
// delivery of the SMS.
func TestAReceiptAfterTheTextWentOn(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 21, 17, 35, 0, 0, time.UTC)
	m := gateway.Message{ID: 1, To: anna, State: gateway.Accepted, Channel: device.SMS, Attempts: 2}
	for name, c := range map[string]struct {
		kind  device.ReceiptKind
		state gateway.AttemptState
		told  gateway.Reason
	}{
		"delivered":                 {device.ReceiptDelivered, gateway.AttemptAccepted, gateway.LateReceipt},
		"read":                      {device.ReceiptRead, gateway.AttemptAccepted, gateway.WasRead},
		"taken back, yet delivered": {device.ReceiptDelivered, gateway.AttemptRevoked, gateway.LateReceipt},
		"taken back, and read":      {device.ReceiptRead, gateway.AttemptRevoked, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := gateway.Attempt{Message: 1, N: 1, Channel: device.WhatsApp, State: c.state}
			r := device.Receipt{Channel: device.WhatsApp, Kind: c.kind, At: now, From: anna}
			got, ok := gateway.Judge(m, a, nil, r, now, func(gateway.Message) device.Channel { return "" })
			if ok != (c.told != "") || got.State != "" {
				t.Fatalf("%+v, %v", got, ok)
			}
			if ok && (len(got.Steps) != 1 || got.Steps[0].Reason != c.told || got.Steps[0].Args["channel"] != "whatsapp") {
				t.Errorf("told: %+v", got.Steps)
			}
		})
	}
}
