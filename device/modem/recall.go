package modem

import (
	"context"

	"vestnik/device"
)

// Recall implements device.Memory from the journal; it needs no modem. A part is
// written down before its last byte goes to the modem, so what is not there has not left.
//
// A part that the network gave up is doubtful: its report, which is on its way to the
// sink, says more. The rest of a text whose first parts left by another modem is doubtful as
// well, since it cannot follow them.
func (m *Modem) Recall(ctx context.Context, env device.Envelope) (sent []device.AcceptedPart, doubtful int, err error) {
	parts, err := m.opts.Journal.Parts(ctx, env.WireID)
	if err != nil {
		return nil, 0, unavailable("the journal of parts cannot be read: %w", err)
	}
	here, elsewhere := m.Link().Device, false
	for _, p := range parts {
		switch p.State {
		case PartAccepted, PartDelivered:
			sent = append(sent, device.AcceptedPart{Seq: p.Seq, MR: p.MR, At: p.SubmittedAt})
			elsewhere = elsewhere || here != "" && p.Device != here
		case PartSending, PartFailed:
			doubtful++
		}
	}
	if elsewhere && len(sent) < env.Parts {
		doubtful = env.Parts - len(sent)
	}
	return sent, doubtful, nil
}
