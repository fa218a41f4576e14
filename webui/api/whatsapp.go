package api

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"vestnik/device"
)

type pairingRequest struct {
	Phone string `json:"phone"`
}

type pairingBody struct {
	State     device.PairingState `json:"state"`
	QR        string              `json:"qr,omitempty"`
	Code      string              `json:"code,omitempty"`
	ExpiresAt *time.Time          `json:"expires_at,omitempty"`
	Reason    string              `json:"reason,omitempty"`
	Phone     device.Phone        `json:"phone,omitempty"`
}

// startPairing shows a QR code, or with a phone an 8-character code for it.
func (a *api) startPairing(c *fiber.Ctx) error {
	var in pairingRequest
	if err := readBody(c, &in); err != nil {
		return err
	}
	var phone device.Phone
	if in.Phone != "" {
		s, err := a.Book.Settings(c.UserContext())
		if err != nil {
			return err
		}
		n, err := device.ParsePhone(in.Phone, s.Shop.Region)
		if err != nil {
			return err
		}
		phone = n.Phone
	}
	if err := a.Desk.StartPairing(c.UserContext(), phone, phone); err != nil {
		return err
	}
	return c.Status(fiber.StatusAccepted).JSON(pairing(a.Desk.Pairing()))
}

func (a *api) showPairing(c *fiber.Ctx) error { return c.JSON(pairing(a.Desk.Pairing())) }

func (a *api) stopPairing(c *fiber.Ctx) error {
	if err := a.Desk.StopPairing(c.UserContext()); err != nil {
		return err
	}
	return c.JSON(pairing(a.Desk.Pairing()))
}

func (a *api) unlink(c *fiber.Ctx) error {
	if err := a.Desk.Unlink(c.UserContext()); err != nil {
		return err
	}
	return c.SendStatus(fiber.StatusNoContent)
}

func pairing(p device.Pairing) pairingBody {
	b := pairingBody{State: p.State, QR: p.QR, Code: p.Code, Reason: p.Reason, Phone: p.Phone}
	if !p.ExpiresAt.IsZero() {
		at := p.ExpiresAt.UTC()
		b.ExpiresAt = &at
	}
	return b
}
