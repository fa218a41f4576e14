package api

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"vestnik/device"
)

type numbersRequest struct {
	Phones []string `json:"phones"`
}

type checkedNumber struct {
	Phone     string        `json:"phone"` // E.164 when valid, else as it was sent
	Valid     bool          `json:"valid"`
	Kind      string        `json:"kind,omitempty"`
	WhatsApp  device.Answer `json:"whatsapp"`
	CheckedAt *time.Time    `json:"checked_at,omitempty"`
	Source    device.Source `json:"source,omitempty"`
	Problem   string        `json:"problem,omitempty"`
}

// maxNumbers is how many numbers one call may ask about.
const maxNumbers = 50

func (a *api) checkNumbers(c *fiber.Ctx) error {
	var in numbersRequest
	if err := readBody(c, &in); err != nil {
		return err
	}
	if len(in.Phones) == 0 || len(in.Phones) > maxNumbers {
		return fiber.NewError(fiber.StatusBadRequest, "phones is a list of 1 to 50 numbers.")
	}
	checks, err := a.Desk.CheckNumbers(c.UserContext(), in.Phones)
	if err != nil {
		return err
	}
	out := make([]checkedNumber, 0, len(checks))
	for _, n := range checks {
		row := checkedNumber{
			Phone: n.Raw, Valid: n.Phone != "", Kind: string(n.Kind), WhatsApp: n.Presence.On, Source: n.Presence.Source, Problem: string(n.Problem),
		}
		if row.Valid {
			row.Phone = n.Phone.String()
		}
		if !n.Presence.At.IsZero() {
			at := n.Presence.At.UTC()
			row.CheckedAt = &at
		}
		out = append(out, row)
	}
	return c.JSON(out)
}
