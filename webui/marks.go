package webui

import (
	"cmp"
	"fmt"
	"html/template"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"vestnik/gateway"
)

func (s *Server) marksRoutes(a *fiber.App, manager fiber.Handler) {
	a.Get("/bot/marks", manager, s.showMarks)
	a.Get("/bot/marks.csv", manager, s.exportMarks)
}

type marksPage struct {
	*Frame
	Tabs     []MenuItem
	Days     int
	Periods  []MenuItem
	Shop     *MarkLine
	Couriers []MarkLine // those with enough marks first, the best first
	Low      []LowMark
	None     bool
	AskOn    bool
	Export   string
}

// MarkLine is the marks of the shop or of one courier.
type MarkLine struct {
	Name   string
	Marks  int
	Mean   string
	Range  string
	Enough bool
	Low    int // marks of 1 to 3
	Bar    template.HTML
	confidence
}

// LowMark is a mark of 1 to 3.
type LowMark struct {
	gateway.Mark
	What string
	Path string // the talk
	URL  string // the order in the CRM; may be empty
}

// markPeriods are the periods on offer, in days.
var markPeriods = []int{7, 30, 90}

func markDays(c *fiber.Ctx) int {
	for _, d := range markPeriods {
		if c.Query("days") == strconv.Itoa(d) {
			return d
		}
	}
	return 30
}

func (s *Server) showMarks(c *fiber.Ctx) error {
	f, err := s.newFrame(c, "bot.tab_marks")
	if err != nil {
		return err
	}
	p := marksPage{Frame: f, Days: markDays(c)}
	ctx, since := c.UserContext(), f.now.AddDate(0, 0, -p.Days)
	if p.Tabs, err = s.botTabs(c, f); err != nil {
		return err
	}
	for _, d := range markPeriods {
		name, _ := f.words.tn("marks.days", d)
		p.Periods = append(p.Periods, MenuItem{Path: "/bot/marks?days=" + strconv.Itoa(d), Name: name, Here: d == p.Days})
	}
	tables, err := s.o.Talk.MarkTables(ctx, since)
	if err != nil {
		return err
	}
	for _, t := range tables {
		if t.Marks() == 0 {
			continue
		}
		line := f.markLine(t)
		if t.About == "shop" {
			p.Shop = &line
			continue
		}
		p.Couriers = append(p.Couriers, line)
	}
	slices.SortStableFunc(p.Couriers, func(a, b MarkLine) int {
		if a.Enough != b.Enough {
			if a.Enough {
				return -1
			}
			return 1
		}
		return cmp.Compare(b.confidence.Low, a.confidence.Low)
	})
	low, err := s.o.Talk.Marks(ctx, since, true, 50)
	if err != nil {
		return err
	}
	for _, m := range low {
		low := LowMark{Mark: m, What: f.aboutWhat(m), Path: "/inbox/" + strconv.FormatInt(int64(m.Conversation), 10)}
		if base := f.settings.RetailCRM.URL; base != "" && m.Order != 0 {
			low.URL = webAddress(base + "/orders/" + strconv.FormatInt(int64(m.Order), 10) + "/edit")
		}
		p.Low = append(p.Low, low)
	}
	script, _, err := s.o.Talk.Script(ctx)
	if err != nil {
		return err
	}
	p.AskOn, p.None = script.Marks.Ask.On, p.Shop == nil && len(p.Couriers) == 0
	p.Export = "/bot/marks.csv?days=" + strconv.Itoa(p.Days)
	return s.render(c, fiber.StatusOK, "marks", p)
}

func (f *Frame) aboutWhat(m gateway.Mark) string {
	if m.About == "courier" && m.Courier != "" {
		return m.Courier
	}
	return f.words.say("about." + m.About)
}

func (f *Frame) markLine(t gateway.MarkTable) MarkLine {
	conf := confidenceOf(t)
	l := MarkLine{
		Name: t.Courier, Marks: t.Marks(), Mean: f.decimal(t.Mean()), Enough: conf.enough(t.Marks()), Low: t.Counts[1] + t.Counts[2] + t.Counts[3],
		Range: f.words.say("marks.range", "low", f.decimal(conf.Low), "high", f.decimal(conf.High)), confidence: conf,
	}
	switch {
	case t.About == "shop":
		l.Name = f.words.say("about.shop")
	case l.Name == "":
		l.Name = f.words.say("marks.nameless")
	}
	l.Bar = markBar(t, conf, l.Enough, l.Range)
	return l
}

// decimal is a number with one digit after the point of the language.
func (f *Frame) decimal(v float64) string {
	text := strconv.FormatFloat(v, 'f', 1, 64)
	if f.Lang == "ru" {
		return strings.Replace(text, ".", ",", 1)
	}
	return text
}

// markBar draws the scale from 1 to 5 with the interval on it, and the mean as a stroke when
// there are marks enough to believe it.
func markBar(t gateway.MarkTable, c confidence, enough bool, label string) template.HTML {
	at := func(mark float64) int { return int((mark-1)*50 + .5) }
	class, stroke := "range-thin", ""
	if enough {
		class, stroke = "range", fmt.Sprintf(`<rect class="range-mean" x="%d" width="3" height="12"/>`, max(0, at(t.Mean())-1))
	}
	return template.HTML(fmt.Sprintf(`<svg class="mark-bar" role="img" aria-label="%s" viewBox="0 0 200 12" preserveAspectRatio="none"><rect class="bar-off" y="4" width="200" height="4" rx="2"/><rect class="%s" x="%d" y="2" width="%d" height="8" rx="2"/>%s</svg>`,
		template.HTMLEscapeString(label), class, at(c.Low), max(2, at(c.High)-at(c.Low)), stroke))
}

// exportMarks is every mark of the period, for a spreadsheet.
func (s *Server) exportMarks(c *fiber.Ctx) error {
	f, err := s.newFrame(c, "bot.tab_marks")
	if err != nil {
		return err
	}
	days := markDays(c)
	marks, err := s.o.Talk.Marks(c.UserContext(), f.now.AddDate(0, 0, -days), false, 50_000)
	if err != nil {
		return err
	}
	rows := [][]string{strings.Split(f.words.say("marks.csv"), ";")}
	for _, m := range marks {
		rows = append(rows, []string{
			m.At.In(f.zone).Format(time.DateTime), m.OrderNumber, f.words.say("about." + m.About), m.Courier, strconv.Itoa(m.Mark), m.Name, m.Comment,
		})
	}
	return sendTable(c, fmt.Sprintf("marks-%s-%d.csv", f.now.In(f.zone).Format(time.DateOnly), days), rows)
}
