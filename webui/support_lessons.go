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

	"vestnik/gateway/support"
)

type lessonsPage struct {
	*Frame
	Tabs    []MenuItem
	Periods []MenuItem
	Topics  []topicRow
	Total   int
	Export  string
	None    bool
}

// topicRow is a topic with the products that were asked about.
type topicRow struct {
	Name string
	askedCount
	Products []productRow
	More     int
}

type productRow struct {
	Name string
	askedCount
	Path, Number string // an example
}

// askedCount is how often something was asked, and how often before.
type askedCount struct {
	Tickets, Before int
	Bar             template.HTML
	Says            string
}

// shownProducts is how many products of a topic are shown.
const shownProducts = 8

func (s *Server) showLessons(c *fiber.Ctx) error {
	f, err := s.newFrame(c, "support.tab.lessons")
	if err != nil {
		return err
	}
	days := markDays(c)
	p := lessonsPage{Frame: f, Tabs: supportTabs(f), Periods: periods(f, "/support/lessons", days), Export: "/support/lessons.csv?days=" + strconv.Itoa(days)}
	questions, err := s.o.Support.Questions(c.UserContext(), f.now.AddDate(0, 0, -days), f.now)
	if err != nil {
		return err
	}
	p.Topics = topicRows(f, questions)
	for _, t := range p.Topics {
		p.Total += t.Tickets
	}
	p.None = len(questions) == 0
	return s.render(c, fiber.StatusOK, "support_lessons", p)
}

func periods(f *Frame, path string, days int) []MenuItem {
	var list []MenuItem
	for _, d := range markPeriods {
		name, _ := f.words.tn("marks.days", d)
		list = append(list, MenuItem{Path: path + "?days=" + strconv.Itoa(d), Name: name, Here: d == days})
	}
	return list
}

func topicRows(f *Frame, questions []support.Question) []topicRow {
	var rows []topicRow
	most := 1
	for _, q := range questions {
		i := slices.IndexFunc(rows, func(r topicRow) bool { return r.Name == topicName(f, q.Topic) })
		if i < 0 {
			rows, i = append(rows, topicRow{Name: topicName(f, q.Topic)}), len(rows)
		}
		rows[i].Tickets, rows[i].Before = rows[i].Tickets+q.Tickets, rows[i].Before+q.Before
		most = max(most, rows[i].Tickets, rows[i].Before)
		if q.Product == "" {
			continue
		}
		if len(rows[i].Products) == shownProducts {
			rows[i].More++
			continue
		}
		pr := productRow{Name: q.Product, askedCount: askedCount{Tickets: q.Tickets, Before: q.Before}, Number: q.Number}
		if q.Example != 0 {
			pr.Path = "/card/t/" + strconv.FormatInt(int64(q.Example), 10)
			pr.Number = cmp.Or(pr.Number, strconv.FormatInt(int64(q.Example), 10))
		}
		rows[i].Products = append(rows[i].Products, pr)
	}
	slices.SortStableFunc(rows, func(a, b topicRow) int { return cmp.Compare(b.Tickets, a.Tickets) })
	for i := range rows {
		rows[i].askedCount = f.asked(rows[i].askedCount, most)
		for j := range rows[i].Products {
			rows[i].Products[j].askedCount = f.asked(rows[i].Products[j].askedCount, most)
		}
	}
	return rows
}

func topicName(f *Frame, topic string) string { return support.TopicWord(topic, f.Lang) }

// asked adds the bar and the words to a count.
func (f *Frame) asked(n askedCount, most int) askedCount {
	now, _ := f.words.tn("lessons.tickets", n.Tickets)
	key := "lessons.same"
	switch {
	case n.Before == 0:
		key = "lessons.new"
	case n.Tickets > n.Before:
		key = "lessons.up"
	case n.Tickets < n.Before:
		key = "lessons.down"
	}
	n.Says = now + ", " + f.words.say(key, "before", n.Before)
	n.Bar = askedBar(n.Tickets, n.Before, most)
	return n
}

// askedBar draws a count over the one before. The words beside it say the same.
func askedBar(now, before, most int) template.HTML {
	wide := func(n int) int { return n * 300 / max(most, 1) }
	return template.HTML(fmt.Sprintf(`<svg class="asked-bar" aria-hidden="true" viewBox="0 0 300 14" preserveAspectRatio="none"><rect class="bar-on" y="1" width="%d" height="7" rx="2"/><rect class="beat-waiting" y="10" width="%d" height="3"/></svg>`, wide(now), wide(before)))
}

// exportLessons is every question of the period, for a spreadsheet.
func (s *Server) exportLessons(c *fiber.Ctx) error {
	f, err := s.newFrame(c, "support.tab.lessons")
	if err != nil {
		return err
	}
	days := markDays(c)
	questions, err := s.o.Support.Questions(c.UserContext(), f.now.AddDate(0, 0, -days), f.now)
	if err != nil {
		return err
	}
	rows := [][]string{strings.Split(f.words.say("lessons.csv"), ";")}
	for _, q := range questions {
		rows = append(rows, []string{topicName(f, q.Topic), q.Product, strconv.Itoa(q.Tickets), strconv.Itoa(q.Before), q.Number})
	}
	return sendTable(c, fmt.Sprintf("questions-%s-%d.csv", f.now.In(f.zone).Format(time.DateOnly), days), rows)
}

type qualityPage struct {
	*Frame
	Tabs    []MenuItem
	Periods []MenuItem
	Quality support.Quality
	Rated   string
	Groups  []qualityGroup
	Export  string
	None    bool
}

// qualityGroup is one way to part tickets into groups.
type qualityGroup struct {
	Name, ID string
	Rows     []qualityRow
}

type qualityRow struct {
	Name    string
	Tickets int
	Few     bool // too few to say anything
	Cells   [3]qualityCell
}

// qualityCell is how many came back, beside those who had no ticket.
type qualityCell struct {
	Back, Others   string // per cent; "" when nothing is known
	Of, OthersOf   int
	Bar            template.HTML
	Few, OthersFew bool
}

const (
	// fewCustomers is the least sample of which a per cent is more than chance.
	fewCustomers = 30
	qualityDays  = 180
)

var qualityPeriods = []int{90, 180, 365}

func (s *Server) showQuality(c *fiber.Ctx) error {
	f, err := s.newFrame(c, "support.tab.quality")
	if err != nil {
		return err
	}
	days := qualityPeriod(c)
	p := qualityPage{Frame: f, Tabs: supportTabs(f), Export: "/support/quality.csv?days=" + strconv.Itoa(days)}
	for _, d := range qualityPeriods {
		name, _ := f.words.tn("marks.days", d)
		p.Periods = append(p.Periods, MenuItem{Path: "/support/quality?days=" + strconv.Itoa(d), Name: name, Here: d == days})
	}
	if p.Quality, err = s.o.Support.Quality(c.UserContext(), f.now.AddDate(0, 0, -days)); err != nil {
		return err
	}
	p.None = p.Quality.Tickets == 0
	p.Rated, _ = f.words.tn("quality.rated", p.Quality.Rated, "tickets", p.Quality.Tickets)
	for _, r := range p.Quality.Rows {
		i := slices.IndexFunc(p.Groups, func(g qualityGroup) bool { return g.ID == r.By })
		if i < 0 {
			p.Groups, i = append(p.Groups, qualityGroup{Name: qualityName(f, "quality.by.", r.By), ID: r.By}), len(p.Groups)
		}
		p.Groups[i].Rows = append(p.Groups[i].Rows, f.qualityRow(r))
	}
	return s.render(c, fiber.StatusOK, "support_quality", p)
}

func qualityPeriod(c *fiber.Ctx) int {
	for _, d := range qualityPeriods {
		if c.Query("days") == strconv.Itoa(d) {
			return d
		}
	}
	return qualityDays
}

// qualityName is a word of the analysis, or itself when it has none: marks are free texts of the
// helpdesk.
func qualityName(f *Frame, prefix, word string) string {
	if word == "" {
		word = "none" // no mark was given
	}
	if f.words.has(prefix + word) {
		return f.words.say(prefix + word)
	}
	return word
}

func (f *Frame) qualityRow(r support.QualityRow) qualityRow {
	row := qualityRow{Name: qualityName(f, "quality."+r.By+".", r.Value), Tickets: r.Tickets, Few: r.Tickets < fewCustomers}
	if r.By == "all" {
		row.Name = f.words.say("quality.all")
	}
	for i := range row.Cells {
		cell := qualityCell{Of: r.Known[i], OthersOf: r.Others[i], Few: r.Known[i] < fewCustomers, OthersFew: r.Others[i] < fewCustomers}
		cell.Back, cell.Others = share(r.Back[i], r.Known[i]), share(r.OthersBack[i], r.Others[i])
		cell.Bar = backBar(r.Back[i], r.Known[i], r.OthersBack[i], r.Others[i], cell.Few || cell.OthersFew)
		row.Cells[i] = cell
	}
	return row
}

func share(part, of int) string {
	if of == 0 {
		return ""
	}
	return strconv.Itoa((part*100+of/2)/of) + " %"
}

// backBar draws the share that came back over that of the others. The table says the same.
func backBar(back, known, othersBack, others int, few bool) template.HTML {
	class := "bar-on"
	if few {
		class = "beat-off"
	}
	return template.HTML(fmt.Sprintf(`<svg class="asked-bar" aria-hidden="true" viewBox="0 0 100 14" preserveAspectRatio="none"><rect class="%s" y="1" width="%d" height="7" rx="1"/><rect class="beat-waiting" y="10" width="%d" height="3"/></svg>`,
		class, back*100/max(known, 1), othersBack*100/max(others, 1)))
}

func (s *Server) exportQuality(c *fiber.Ctx) error {
	f, err := s.newFrame(c, "support.tab.quality")
	if err != nil {
		return err
	}
	days := qualityPeriod(c)
	q, err := s.o.Support.Quality(c.UserContext(), f.now.AddDate(0, 0, -days))
	if err != nil {
		return err
	}
	rows := [][]string{strings.Split(f.words.say("quality.csv"), ";")}
	for _, r := range q.Rows {
		row := []string{qualityName(f, "quality.by.", r.By), qualityName(f, "quality."+r.By+".", r.Value), strconv.Itoa(r.Tickets)}
		for i := range r.Known {
			row = append(row, strconv.Itoa(r.Known[i]), strconv.Itoa(r.Back[i]), strconv.Itoa(r.Others[i]), strconv.Itoa(r.OthersBack[i]))
		}
		rows = append(rows, row)
	}
	return sendTable(c, fmt.Sprintf("quality-%s-%d.csv", f.now.In(f.zone).Format(time.DateOnly), days), rows)
}
