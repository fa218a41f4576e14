package whatsapp

import (
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"

	"vestnik/device"
)

// takeReceipt gives a customer's receipt to the sink. True means that the server need
// not send it again.
func (s *Session) takeReceipt(l *line, e *events.Receipt) bool {
	kind, ok := proves(e.Type)
	if !ok || e.IsGroup || e.IsFromMe || len(e.MessageIDs) == 0 {
		return true
	}
	ctx, cancel := s.taking(l)
	defer cancel()
	phone, _ := s.person(ctx, l, e.MessageSource)
	evidence := "receipt delivered"
	if e.Type != types.ReceiptTypeDelivered {
		evidence = "receipt " + clean(string(e.Type), 20)
	}
	err := s.opt.Sink.Receipt(ctx, device.Receipt{
		Channel: device.WhatsApp, Device: l.account.User, WireIDs: e.MessageIDs,
		Kind: kind, At: e.Timestamp, From: phone, Evidence: evidence,
	})
	if err != nil {
		s.log.Error("whatsapp receipt not stored, it will come again", "ids", e.MessageIDs, "err", err)
		return false
	}
	return true
}

// proves says what a type of receipt is worth. Of the others, "retry" asks for the
// message once more, "inactive" comes from a sleeping linked device, "sender" and
// "read-self" from the shop's own phone.
func proves(t types.ReceiptType) (device.ReceiptKind, bool) {
	switch t {
	case types.ReceiptTypeDelivered:
		return device.ReceiptDelivered, true
	case types.ReceiptTypeRead, types.ReceiptTypePlayed:
		return device.ReceiptRead, true
	}
	return "", false
}
