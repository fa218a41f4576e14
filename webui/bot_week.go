package webui

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"vestnik/bot"
	"vestnik/gateway"
)

// WeekForm is opening hours as typed: a line of text for each day, since "10-14, 15-20"
// is quicker to type than any number of pickers.
type WeekForm struct {
	Always bool
	Days   []WeekDay // Monday first
	Except string    // a line for each date that differs
	Says   string    // the week in a sentence
}

// WeekDay is a weekday of the form.
type WeekDay struct {
	Day   int // as time.Weekday
	Name  string
	Typed string
}

// weekOrder is the week as people here read it.
var weekOrder = []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday, time.Saturday, time.Sunday}

func weekForm(w *words, week bot.Week) WeekForm {
	f := WeekForm{Always: week.Always(), Says: weekSays(w, week)}
	for _, d := range weekOrder {
		f.Days = append(f.Days, WeekDay{Day: int(d), Name: w.say("weekday." + strconv.Itoa(int(d))), Typed: spansText(w, week.Days[d], !f.Always)})
	}
	var lines []string
	for _, e := range week.Except {
		date := e.Date
		if d, err := time.Parse(time.DateOnly, e.Date); err == nil {
			date = d.Format(w.say("week.date"))
		}
		lines = append(lines, date+" "+spansText(w, e.Spans, true))
	}
	f.Except = strings.Join(lines, "\n")
	return f
}

// spansText writes hours as they may be typed.
func spansText(w *words, spans []bot.Span, sayClosed bool) string {
	if len(spans) == 0 {
		if sayClosed {
			return w.say("week.closed")
		}
		return ""
	}
	var parts []string
	for _, s := range spans {
		if s.From == s.To || s.From == 0 && s.To == 24*60 {
			parts = append(parts, w.say("week.whole"))
			continue
		}
		parts = append(parts, s.From.String()+"–"+s.To.String())
	}
	return strings.Join(parts, ", ")
}

// weekSays is a week in a sentence: neighbouring days with the same hours are named
// together.
func weekSays(w *words, week bot.Week) string {
	if week.Always() {
		return w.say("week.always")
	}
	var parts []string
	for i := 0; i < len(weekOrder); {
		j := i
		for j+1 < len(weekOrder) && slices.Equal(week.Days[weekOrder[j+1]], week.Days[weekOrder[i]]) {
			j++
		}
		name := w.say("weekday." + strconv.Itoa(int(weekOrder[i])))
		if j > i {
			name += "–" + w.say("weekday."+strconv.Itoa(int(weekOrder[j])))
		}
		parts = append(parts, name+" "+spansText(w, week.Days[weekOrder[i]], true))
		i = j + 1
	}
	return strings.Join(parts, "; ")
}

// readWeek reads the form. What is mistyped is told in wrong under "hours.…" and stands
// in the form again.
func readWeek(c *fiber.Ctx, f *Frame, typed *WeekForm) (bot.Week, bool) {
	var week bot.Week
	ok := true
	*typed = WeekForm{Always: c.FormValue("week") != "hours", Except: strings.ReplaceAll(c.FormValue("week_except"), "\r\n", "\n")}
	for _, d := range weekOrder {
		day := WeekDay{Day: int(d), Name: f.words.say("weekday." + strconv.Itoa(int(d))), Typed: c.FormValue("week_" + strconv.Itoa(int(d)))}
		typed.Days = append(typed.Days, day)
		spans, err := parseSpans(day.Typed)
		if err != nil && !typed.Always {
			f.Errors["hours.days["+strconv.Itoa(int(d))+"]"] = f.words.say("week.wrong", "text", day.Typed)
			ok = false
		}
		week.Days[d] = spans
	}
	if typed.Always {
		return bot.Week{}, true
	}
	var err error
	if week.Except, err = parseExcept(typed.Except, f.now.In(f.zone)); err != nil {
		f.Errors["hours.except"] = f.words.say("week.wrong_date", "text", err.Error())
		ok = false
	}
	if ok && week.Always() {
		f.Errors["hours"] = f.words.say("week.never")
		ok = false
	}
	typed.Says = weekSays(f.words, week)
	return week, ok
}

var (
	closedWords = []string{"", "-", "–", "—", "закрыто", "выходной", "нет", "closed", "off", "no"}
	wholeWords  = []string{"круглосуточно", "24", "24 часа", "24/7", "весь день", "all day", "24 hours"}
	spanPattern = regexp.MustCompile(`^(?:с |from )?(\d{1,2})(?:[:.](\d{2}))?\s*(?:-|–|—|до|to|till|until)\s*(\d{1,2})(?:[:.](\d{2}))?$`)
)

// errSpan is hours that nobody can read.
var errSpan = errors.New("webui: no hours")

// parseSpans reads the hours of a day: "10-14, 15:00–20:00", "22–2", "закрыто".
func parseSpans(text string) ([]bot.Span, error) {
	text = strings.ToLower(strings.TrimSpace(text))
	if slices.Contains(closedWords, text) {
		return nil, nil
	}
	if slices.Contains(wholeWords, text) {
		return []bot.Span{{From: 0, To: 24 * 60}}, nil
	}
	var spans []bot.Span
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ';' }) {
		m := spanPattern.FindStringSubmatch(strings.TrimSpace(part))
		if m == nil || len(spans) >= 10 {
			return nil, errSpan
		}
		from, err1 := gateway.ParseClock(m[1] + ":" + minutes(m[2]))
		to, err2 := gateway.ParseClock(m[3] + ":" + minutes(m[4]))
		if err1 != nil || err2 != nil || from >= 24*60 {
			return nil, errSpan
		}
		spans = append(spans, bot.Span{From: from, To: to})
	}
	if len(spans) == 0 {
		return nil, errSpan
	}
	return spans, nil
}

func minutes(s string) string {
	if s == "" {
		return "00"
	}
	return s
}

var datePattern = regexp.MustCompile(`^(?:(\d{4})-(\d{1,2})-(\d{1,2})|(\d{1,2})\.(\d{1,2})(?:\.(\d{4}))?)\s*:?\s*(.*)$`)

// parseExcept reads a line for each date: "31.12.2026 закрыто", "30.12 10-15",
// "2026-12-31 closed". A date without a year is the next one. The error is the line that
// nobody can read.
func parseExcept(text string, now time.Time) ([]bot.Day, error) {
	var days []bot.Day
	for _, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		m := datePattern.FindStringSubmatch(line)
		if m == nil || len(days) >= 100 {
			return days, errors.New(line)
		}
		year, month, day := m[1], m[2], m[3]
		if day == "" {
			day, month, year = m[4], m[5], m[6]
		}
		if year == "" {
			year = strconv.Itoa(now.Year())
			if d, err := time.Parse("2006-1-2", year+"-"+month+"-"+day); err == nil && d.Before(now.AddDate(0, 0, -1)) {
				year = strconv.Itoa(now.Year() + 1)
			}
		}
		d, err := time.Parse("2006-1-2", fmt.Sprintf("%s-%s-%s", year, month, day))
		if err != nil {
			return days, errors.New(line)
		}
		spans, err := parseSpans(m[7])
		if err != nil {
			return days, errors.New(line)
		}
		days = append(days, bot.Day{Date: d.Format(time.DateOnly), Spans: spans})
	}
	return days, nil
}
