package campaign

import (
	"context"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

// keepConsents keeps what the source of people says of advertising, of those who are about to be
// written to and of whom nothing is known: the list's statement, or the card's subscription. A
// word that is in force stays.
func (r *Runner) keepConsents(ctx context.Context, c Campaign, people []Person, now time.Time) error {
	var words []gateway.Consent
	for _, p := range people {
		if p.Allows != device.Yes {
			continue
		}
		_, said, err := r.Consents.ConsentOf(ctx, p.Phone, p.Customer)
		if err != nil {
			return err
		}
		if said {
			continue
		}
		word := gateway.Consent{Phone: p.Phone, Customer: p.Customer, Answer: device.Yes, Source: gateway.ConsentCRM, At: now}
		if a := c.Audience; a.Source == FromList || a.Source == FromFile {
			word.Source, word.Note, word.At, word.By = gateway.ConsentImport, a.ConsentFrom, a.ConsentAt, c.By
			if a.File.Name != "" && a.Source == FromFile {
				word.Note += " (" + a.File.Name + ")"
			}
		}
		words = append(words, word)
	}
	if len(words) == 0 {
		return nil
	}
	_, err := r.Consents.KeepConsents(ctx, words...)
	return err
}
