package webui

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"vestnik/bot"
	"vestnik/gateway"
)

// read puts what was typed into the open entry of the draft.
func (w *scriptWork) read() {
	if id, ok := strings.CutPrefix(w.at, "cmd:"); ok {
		if place := findCommand(&w.draft.Script, id); place != nil {
			w.readCommand(place.command())
		}
		return
	}
	script := &w.draft.Script
	switch w.at {
	case "welcome":
		w.readLines() // in the languages that the form was drawn in
		script.AgainAfter = w.readDuration("again_after", 24*time.Hour, script.AgainAfter)
		if chosen := w.c.FormValue("languages"); chosen != "" {
			script.Languages = strings.Split(chosen, ",")
		}
		return
	case "open":
		if week, ok := w.readWeekForm(); ok {
			script.Open = week
		}
	case "person":
		script.HumanFor = w.readDuration("human_for", time.Hour, script.HumanFor)
	case "marks":
		w.readMarks(&script.Marks)
	case "words":
		script.StopWords, script.StartWords = lines(w.c.FormValue("stop_words")), lines(w.c.FormValue("start_words"))
		script.PersonWords, script.ListWords = lines(w.c.FormValue("person_words")), lines(w.c.FormValue("list_words"))
	case "limits":
		w.readLimits(script)
	}
	w.readLines()
}

// readLines reads the sentences of the open topic; an emptied one is the standard one
// again.
func (w *scriptWork) readLines() {
	for _, l := range topicLines[w.at] {
		for _, lang := range w.draft.Script.Languages {
			name := "line_" + string(l) + "_" + lang
			if !w.sent(name) {
				continue
			}
			text := strings.TrimSpace(strings.ReplaceAll(w.c.FormValue(name), "\r\n", "\n"))
			if text == "" {
				text = standardLines()[l][lang]
			}
			setLine(&w.draft.Script, l, lang, text)
		}
	}
}

// sent tells whether a field is in the form at all.
func (w *scriptWork) sent(name string) bool { return len(formValues(w.c, name)) > 0 }

func (w *scriptWork) readMarks(m *bot.MarkRules) {
	m.Ask.On = w.c.FormValue("ask_on") != ""
	m.Ask.Statuses = formValues(w.c, "statuses")
	m.Ask.After = w.readDuration("marks.ask.after", time.Hour, m.Ask.After)
	from, err1 := gateway.ParseClock(w.c.FormValue("ask_from"))
	to, err2 := gateway.ParseClock(w.c.FormValue("ask_to"))
	switch {
	case w.c.FormValue("ask_any") != "":
		m.Ask.Hours = gateway.Hours{}
	case err1 != nil || err2 != nil:
		w.cannotRead("marks.ask.hours")
	default:
		m.Ask.Hours = gateway.Hours{From: from, To: to}
	}
	m.Ask.About = nil
	for _, about := range []bot.Subject{bot.AboutShop, bot.AboutCourier} {
		if slices.Contains(formValues(w.c, "ask_about"), string(about)) {
			m.Ask.About = append(m.Ask.About, about)
		}
	}
	m.ReviewLink = strings.TrimSpace(w.c.FormValue("review_link"))
	m.Ask.ShopField, m.Ask.CourierField = strings.TrimSpace(w.c.FormValue("shop_field")), strings.TrimSpace(w.c.FormValue("courier_field"))
	m.Ask.CommentField = strings.TrimSpace(w.c.FormValue("comment_field"))
}

func (w *scriptWork) readLimits(s *bot.Script) {
	l := &s.Limits
	for key, n := range map[string]*int{
		"limits.per_minute": &l.PerMinute, "limits.per_day": &l.PerDay, "limits.lookups_per_hour": &l.LookupsPerHour, "limits.lookups_per_day": &l.LookupsPerDay,
	} {
		if v, err := strconv.Atoi(strings.TrimSpace(w.c.FormValue(key))); err == nil {
			*n = v
		} else {
			w.cannotRead(key)
		}
	}
	for key, d := range map[string]*time.Duration{
		"limits.same_within": &l.SameWithin, "limits.silence": &l.Silence, "limits.list_valid": &l.ListValid, "marks.correct_within": &s.Marks.CorrectWithin,
	} {
		*d = w.readDuration(key, time.Minute, *d)
	}
	s.Marks.Valid = w.readDuration("marks.valid", 24*time.Hour, s.Marks.Valid)
}

// readDuration reads a number of units, which may have a fraction.
func (w *scriptWork) readDuration(key string, unit, old time.Duration) time.Duration {
	n, err := strconv.ParseFloat(strings.ReplaceAll(strings.TrimSpace(w.c.FormValue(key)), ",", "."), 64)
	if err != nil || n < 0 || n > 1e6 {
		w.cannotRead(key)
		return old
	}
	return time.Duration(n * float64(unit)).Round(time.Second)
}

// cannotRead notes that a field holds something that cannot be kept even in a draft; it
// stands in the form again as it was typed.
func (w *scriptWork) cannotRead(key string) {
	w.wrong = true
	w.typed[key] = w.c.FormValue(key)
	w.Errors[key] = bot.Problem{Kind: bot.ProblemRange}.Sentence(w.Lang)
}

// val is a field's value: as typed when it could not be read.
func (w *scriptWork) val(key, value string) string {
	if typed, ok := w.typed[key]; ok {
		return typed
	}
	return value
}

func (w *scriptWork) readWeekForm() (bot.Week, bool) {
	w.week = &WeekForm{}
	week, ok := readWeek(w.c, w.Frame, w.week)
	w.wrong = w.wrong || !ok
	if ok {
		w.week = nil
	}
	return week, ok
}

// weekOf is a week for the form: as typed when it could not be read.
func (w *scriptWork) weekOf(week bot.Week) WeekForm {
	if w.week != nil {
		return *w.week
	}
	return weekForm(w.words, week)
}
