package webui

import (
	"html/template"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"vestnik/device"
	"vestnik/gateway"
)

// RuleForm is a rule as typed: what was mistyped stands in the form again.
type RuleForm struct {
	gateway.Rule
	Fallback, Expires string // minutes, hours
	From, To          string
	AllDay            bool
	OncePerOrder      bool
	Order             string // the order to try it on
}

func formOf(r gateway.Rule) RuleForm {
	f := RuleForm{
		Rule: r, Fallback: strconv.Itoa(int(r.FallbackAfter / time.Minute)), Expires: strconv.Itoa(int(r.ExpiresAfter / time.Hour)),
		From: r.Hours.From.String(), To: r.Hours.To.String(), AllDay: r.Hours.Any(), OncePerOrder: r.Once == gateway.OncePerOrder,
	}
	if f.AllDay {
		f.From, f.To = "09:00", "21:00"
	}
	return f
}

// readRule reads the form of a rule; old is the rule as it was, so that what the form
// does not show stays.
func readRule(c *fiber.Ctx, old gateway.Rule) (RuleForm, gateway.FieldErrors) {
	wrong := gateway.FieldErrors{}
	f := RuleForm{
		Rule: old, Fallback: strings.TrimSpace(c.FormValue("fallback")), Expires: strings.TrimSpace(c.FormValue("expires")),
		From: c.FormValue("from"), To: c.FormValue("to"), AllDay: c.FormValue("limit_hours") == "",
		OncePerOrder: c.FormValue("once") != "", Order: strings.TrimSpace(c.FormValue("order")),
	}
	f.Name, f.Enabled = strings.TrimSpace(c.FormValue("name")), c.FormValue("enabled") != ""
	f.Text = strings.ReplaceAll(c.FormValue("text"), "\r\n", "\n")
	f.Statuses = formValues(c, "statuses")
	f.Channels = splitWay(c.FormValue("way"))
	f.Once = gateway.OncePerChange
	if f.OncePerOrder {
		f.Once = gateway.OncePerOrder
	}
	f.IfMissing = gateway.IfMissing(c.FormValue("if_missing"))
	f.FallbackAfter = readNumber(f.Fallback, time.Minute, "fallback_after", wrong)
	f.ExpiresAfter = readNumber(f.Expires, time.Hour, "expires_after", wrong)
	f.Hours = gateway.Hours{}
	if !f.AllDay {
		from, err1 := gateway.ParseClock(f.From)
		to, err2 := gateway.ParseClock(f.To)
		if err1 != nil || err2 != nil {
			wrong["hours"] = gateway.ProblemRange
		}
		f.Hours = gateway.Hours{From: from, To: to}
	}
	return f, wrong
}

func readNumber(typed string, unit time.Duration, field string, wrong gateway.FieldErrors) time.Duration {
	if typed == "" {
		return 0
	}
	n, err := strconv.Atoi(typed)
	if err != nil || n < 0 || n > 100_000 {
		wrong[field] = gateway.ProblemRange
		return 0
	}
	return time.Duration(n) * unit
}

// formValues are all values of a field that may be given several times.
func formValues(c *fiber.Ctx, name string) []string {
	var values []string
	add := func(raw [][]byte) {
		for _, v := range raw {
			values = append(values, string(v))
		}
	}
	add(c.Request().PostArgs().PeekMulti(name))
	if form, err := c.MultipartForm(); err == nil {
		values = append(values, form.Value[name]...)
	}
	return values
}

func splitWay(way string) []device.Channel {
	var list []device.Channel
	for _, ch := range strings.Split(way, ",") {
		if ch != "" {
			list = append(list, device.Channel(ch))
		}
	}
	return list
}

func joinWay(channels []device.Channel) string {
	names := make([]string, len(channels))
	for i, ch := range channels {
		names[i] = string(ch)
	}
	return strings.Join(names, ",")
}

// swatch draws a colour of the CRM. A drawing's fill is no style in the sense of the
// content policy, so the colour can be the CRM's own.
func swatch(color string) template.HTML {
	if !hexColor.MatchString(color) {
		return `<svg class="swatch" viewBox="0 0 10 10" aria-hidden="true"><rect class="swatch-none" width="10" height="10" rx="3"/></svg>`
	}
	return template.HTML(`<svg class="swatch" viewBox="0 0 10 10" aria-hidden="true"><rect width="10" height="10" rx="3" fill="` + color + `"/></svg>`)
}

var hexColor = regexp.MustCompile(`^#[0-9A-Fa-f]{6}$`)
