package webui

import (
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"vestnik/gateway"
)

type channelsPage struct {
	settingsFrame
	WhatsApp PaceForm
	SMS      PaceForm
	NewChats string
	Port     string
	HasPIN   bool
	Modems   int
	Unknown  gateway.UnknownPolicy
	Policies []gateway.UnknownPolicy
	// Patience is how long a report has its chance, in minutes.
	Patience string
}

// PaceForm is the pace of a channel as typed.
type PaceForm struct {
	Name               string // whatsapp or sms: the prefix of the fields
	Enabled            bool
	Gap, Hourly, Daily string
}

func paceForm(name string, enabled bool, p gateway.PaceSettings) PaceForm {
	return PaceForm{name, enabled, strconv.FormatFloat(p.Gap.Seconds(), 'f', -1, 64), strconv.Itoa(p.PerHour), strconv.Itoa(p.PerDay)}
}

func (s *Server) channelsPage(c *fiber.Ctx, settings gateway.Settings) (channelsPage, error) {
	f, err := s.settingsFrame(c)
	p := channelsPage{
		settingsFrame: f, WhatsApp: paceForm("whatsapp", settings.WhatsApp.Enabled, settings.WhatsApp.PaceSettings),
		SMS: paceForm("sms", settings.SMS.Enabled, settings.SMS.PaceSettings), NewChats: strconv.Itoa(settings.WhatsApp.NewChatsPerDay),
		Port: "auto", Modems: len(settings.SMS.Modems), Unknown: settings.SMS.Unknown, Policies: gateway.UnknownPolicies,
		Patience: strconv.FormatFloat(settings.SMS.UnknownAfter.Minutes(), 'f', -1, 64),
	}
	if len(settings.SMS.Modems) > 0 {
		p.Port, p.HasPIN = settings.SMS.Modems[0].Port, settings.SMS.Modems[0].PIN != ""
	}
	return p, err
}

func (s *Server) showChannels(c *fiber.Ctx) error {
	settings, err := s.o.Book.Settings(c.UserContext())
	if err != nil {
		return err
	}
	p, err := s.channelsPage(c, settings)
	if err != nil {
		return err
	}
	return s.render(c, fiber.StatusOK, "settings_channels", p)
}

func (s *Server) postChannels(c *fiber.Ctx) error {
	settings, err := s.o.Book.Settings(c.UserContext())
	if err != nil {
		return err
	}
	p, err := s.channelsPage(c, settings)
	if err != nil {
		return err
	}
	wrong := gateway.FieldErrors{}
	settings.WhatsApp.Enabled, settings.WhatsApp.PaceSettings = readPace(c, &p.WhatsApp, wrong)
	settings.SMS.Enabled, settings.SMS.PaceSettings = readPace(c, &p.SMS, wrong)
	p.NewChats = strings.TrimSpace(c.FormValue("new_chats"))
	settings.WhatsApp.NewChatsPerDay = readCount(p.NewChats, "whatsapp.new_chats_per_day", wrong)
	p.Unknown, p.Patience = gateway.UnknownPolicy(c.FormValue("unknown")), strings.TrimSpace(c.FormValue("patience"))
	settings.SMS.Unknown = p.Unknown
	settings.SMS.UnknownAfter = time.Duration(readCount(p.Patience, "sms.unknown_after", wrong)) * time.Minute
	p.Port = strings.TrimSpace(c.FormValue("port"))
	if p.Port == "" {
		p.Port = "auto"
	}
	modem := gateway.ModemSettings{}
	if len(settings.SMS.Modems) > 0 {
		modem = settings.SMS.Modems[0]
	}
	modem.Port = p.Port
	if visitorOf(c).User.Role.Atleast(gateway.Owner) { // a PIN is a secret
		if pin := strings.TrimSpace(c.FormValue("pin")); pin != "" {
			modem.PIN = pin
		} else if c.FormValue("pin_off") != "" {
			modem.PIN = ""
		}
	}
	settings.SMS.Modems = append([]gateway.ModemSettings{modem}, settings.SMS.Modems[min(1, len(settings.SMS.Modems)):]...)
	if err = wrong.OrNil(); err == nil {
		err = s.o.Desk.SaveSettings(c.UserContext(), settings, visitorOf(c).User.Name)
	}
	if err != nil {
		p.explain(err)
		return s.render(c, fiber.StatusUnprocessableEntity, "settings_channels", p)
	}
	return c.Redirect("/settings/channels?done=saved", fiber.StatusSeeOther)
}

func readPace(c *fiber.Ctx, f *PaceForm, wrong gateway.FieldErrors) (bool, gateway.PaceSettings) {
	f.Enabled = c.FormValue(f.Name+"_enabled") != ""
	f.Gap, f.Hourly, f.Daily = c.FormValue(f.Name+"_gap"), c.FormValue(f.Name+"_hourly"), c.FormValue(f.Name+"_daily")
	gap, err := strconv.ParseFloat(strings.ReplaceAll(strings.TrimSpace(f.Gap), ",", "."), 64)
	if err != nil || gap < 0 || gap > 3600 {
		wrong[f.Name+".gap"] = gateway.ProblemRange
		gap = 0
	}
	return f.Enabled, gateway.PaceSettings{
		Gap:     time.Duration(gap * float64(time.Second)),
		PerHour: readCount(f.Hourly, f.Name+".per_hour", wrong), PerDay: readCount(f.Daily, f.Name+".per_day", wrong),
	}
}

func readCount(typed, field string, wrong gateway.FieldErrors) int {
	n, err := strconv.Atoi(strings.TrimSpace(typed))
	if err != nil || n < 0 {
		wrong[field] = gateway.ProblemRange
		return 0
	}
	return n
}
