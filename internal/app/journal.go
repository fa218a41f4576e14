package app

import (
	"context"
	"time"

	"vestnik/device/modem"
	"vestnik/store"
)

// journal gives the modem room its memory in the ledger's database. The store does
// not know the modem room, so a part is said in its own words.
type journal struct{ *store.Store }

// SavePart implements modem.Journal.
func (j journal) SavePart(ctx context.Context, p modem.Part) error {
	return j.SaveModemPart(ctx, store.ModemPart{
		WireID: p.WireID, Seq: p.Seq, Total: p.Total, Device: p.Device, To: p.To, ConcatRef: p.ConcatRef,
		State: string(p.State), MR: p.MR, SubmittedAt: p.SubmittedAt, Report: p.Report,
	})
}

// Parts implements modem.Journal.
func (j journal) Parts(ctx context.Context, wireID string) ([]modem.Part, error) {
	found, err := j.ModemParts(ctx, wireID)
	return modemParts(found), err
}

// PartsByMR implements modem.Journal.
func (j journal) PartsByMR(ctx context.Context, imei string, mr int, since time.Time) ([]modem.Part, error) {
	found, err := j.ModemPartsByMR(ctx, imei, mr, since)
	return modemParts(found), err
}

func modemParts(found []store.ModemPart) []modem.Part {
	parts := make([]modem.Part, 0, len(found))
	for _, p := range found {
		parts = append(parts, modem.Part{
			WireID: p.WireID, Seq: p.Seq, Total: p.Total, Device: p.Device, To: p.To, ConcatRef: p.ConcatRef,
			State: modem.PartState(p.State), MR: p.MR, SubmittedAt: p.SubmittedAt, Report: p.Report,
		})
	}
	return parts
}
