package webui

import (
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"vestnik/device"
	"vestnik/gateway"
)

type setupShopPage struct {
	setupFrame
	ShopForm
}

func (s *Server) showSetupShop(c *fiber.Ctx) error {
	f, err := s.newFrame(c, "setup.shop")
	if err != nil {
		return err
	}
	return s.render(c, fiber.StatusOK, "setup_shop", setupShopPage{s.setupFrame(f, "shop"), shopForm(f, f.Shop)})
}

func (s *Server) saveSetupShop(c *fiber.Ctx) error {
	settings, err := s.o.Book.Settings(c.UserContext())
	if err != nil {
		return err
	}
	settings.Shop = readShop(c)
	if err := s.saveShop(c, settings); err != nil {
		f, frameErr := s.newFrame(c, "setup.shop")
		if frameErr != nil {
			return frameErr
		}
		f.explain(err)
		return s.render(c, fiber.StatusUnprocessableEntity, "setup_shop", setupShopPage{s.setupFrame(f, "shop"), shopForm(f, settings.Shop)})
	}
	return c.Redirect("/setup/crm", fiber.StatusSeeOther)
}

type setupCRMPage struct {
	setupFrame
	CRMForm
}

func (s *Server) showSetupCRM(c *fiber.Ctx) error {
	f, err := s.newFrame(c, "setup.crm")
	if err != nil {
		return err
	}
	form, err := s.crmForm(c)
	if err != nil {
		return err
	}
	return s.render(c, fiber.StatusOK, "setup_crm", setupCRMPage{s.setupFrame(f, "crm"), form})
}

// saveSetupCRM tries the address and the key; "save" keeps them when they work.
func (s *Server) saveSetupCRM(c *fiber.Ctx) error {
	f, err := s.newFrame(c, "setup.crm")
	if err != nil {
		return err
	}
	form, saved, err := s.takeCRM(c, f)
	if err != nil {
		return err
	}
	if saved {
		return c.Redirect("/setup/phone", fiber.StatusSeeOther)
	}
	status := fiber.StatusOK
	if f.Wrong != "" {
		status = fiber.StatusUnprocessableEntity
	}
	return s.render(c, status, "setup_crm", setupCRMPage{s.setupFrame(f, "crm"), form})
}

type setupPhonePage struct {
	setupFrame
	Pairing PairingView
}

func (s *Server) showSetupPhone(c *fiber.Ctx) error {
	f, err := s.newFrame(c, "setup.phone")
	if err != nil {
		return err
	}
	return s.render(c, fiber.StatusOK, "setup_phone", setupPhonePage{s.setupFrame(f, "phone"), s.pairingView(f, "/setup/phone")})
}

type setupModemPage struct {
	setupFrame
	Modems []RadioCard
}

func (s *Server) showSetupModem(c *fiber.Ctx) error {
	f, err := s.newFrame(c, "setup.modem")
	if err != nil {
		return err
	}
	p := setupModemPage{setupFrame: s.setupFrame(f, "modem")}
	for _, l := range s.o.Desk.Links() {
		if l.Channel != device.SMS {
			continue
		}
		card := RadioCard{Link: l, Words: device.LinkWords(l.Channel, l.State, f.Lang), Mood: moodOf(l)}
		if l.SignalDBM != 0 {
			card.Bars = drawBars(bars(l.SignalDBM), f.words.say("device.bars", "n", bars(l.SignalDBM)))
		}
		p.Modems = append(p.Modems, card)
	}
	return s.render(c, fiber.StatusOK, "setup_modem", p)
}

type setupTestPage struct {
	setupFrame
	Phone, Text, Way string
	Sent             *gateway.Message
	Word             string
	Mood             Mood
	TraceSteps       []TraceStep
	Live             string
}

func (s *Server) showSetupTest(c *fiber.Ctx) error {
	f, err := s.newFrame(c, "setup.test")
	if err != nil {
		return err
	}
	p := setupTestPage{setupFrame: s.setupFrame(f, "test"), Text: f.words.say("setup.test_text", "shop", f.Shop.Name), Way: "whatsapp,sms"}
	if id, err := strconv.ParseInt(c.Query("message"), 10, 64); err == nil {
		story, err := s.o.Journal.Story(c.UserContext(), gateway.MessageID(id))
		if err != nil {
			return err
		}
		m := story.Message
		p.Sent, p.Word, p.Mood, p.TraceSteps = &m, gateway.StateWord(m.State, f.Lang), stateMood(m.State), traceSteps(f, story.Trace)
		p.Phone, p.Text = showPhone(m.To), m.Text
		p.Live = "/setup/test?part=progress&message=" + c.Query("message")
	}
	return s.render(c, fiber.StatusOK, "setup_test", p)
}

func (s *Server) sendSetupTest(c *fiber.Ctx) error {
	d := gateway.Draft{
		To: strings.TrimSpace(c.FormValue("phone")), Text: strings.TrimSpace(c.FormValue("text")), Purpose: gateway.ForTest,
		Channels: splitWay(c.FormValue("way")), By: visitorOf(c).User.Name,
	}
	m, _, err := s.o.Desk.Enqueue(c.UserContext(), d)
	if err == nil {
		return c.Redirect("/setup/test?message="+strconv.FormatInt(int64(m.ID), 10), fiber.StatusSeeOther)
	}
	f, frameErr := s.newFrame(c, "setup.test")
	if frameErr != nil {
		return frameErr
	}
	f.explain(err)
	if to := f.Errors["to"]; to != "" {
		f.Errors["phone"] = to
	}
	return s.render(c, fiber.StatusUnprocessableEntity, "setup_test",
		setupTestPage{setupFrame: s.setupFrame(f, "test"), Phone: d.To, Text: d.Text, Way: c.FormValue("way")})
}

type setupDonePage struct {
	setupFrame
	Lines []StateLine
	Rules int
}

func (s *Server) showSetupDone(c *fiber.Ctx) error {
	f, err := s.newFrame(c, "setup.done")
	if err != nil {
		return err
	}
	rules, err := s.o.Book.Rules(c.UserContext())
	if err != nil {
		return err
	}
	return s.render(c, fiber.StatusOK, "setup_done", setupDonePage{s.setupFrame(f, "done"), s.stateLines(f), len(rules)})
}
