package webui

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"vestnik/bot"
	"vestnik/gateway"
)

// topicForm is an entry beside the commands as it stands in the form.
type topicForm struct {
	Key, Name, Says string
	Lines           []lineForm
	Values          []valueForm // numbers
	Tongues         []Choice
	Week            *WeekForm
	Now             string // what the week means at this moment
	Marks           *marksForm
	Words           []wordsForm
}

// lineForm is a sentence of the bot in its languages.
type lineForm struct {
	Line  bot.Line
	When  string // when the bot says it
	Langs []lineField
}

type lineField struct {
	Lang, Name, Text string
	Key              string // as a problem names it
	Field            string // the input's name
	Changed          bool   // it is not the standard sentence
	Standard         string
}

// valueForm is a number with its unit.
type valueForm struct{ Key, Name, Unit, Value, Hint string }

type wordsForm struct{ Key, Name, Hint, Text string }

// marksForm is when marks are asked for.
type marksForm struct {
	bot.AskRule
	After    string
	From, To string
	Any      bool
	Statuses []Choice
	Shop     bool
	Courier  bool
	Link     string
	Says     string
}

func (w *scriptWork) topicForm(ref gateway.Reference) *topicForm {
	s := w.draft.Script
	t := &topicForm{Key: w.at, Name: w.words.say("bot.topic." + w.at), Says: w.words.say("bot.topic_says." + w.at)}
	for _, l := range topicLines[w.at] {
		t.Lines = append(t.Lines, w.lineForm(l))
	}
	switch w.at {
	case "welcome":
		chosen := strings.Join(s.Languages, ",")
		for _, list := range []string{"ru", "ru,en", "en,ru", "en"} {
			t.Tongues = append(t.Tongues, Choice{list, w.words.say("bot.tongues." + strings.ReplaceAll(list, ",", "_")), list == chosen})
		}
		t.Values = w.values("again_after", s.AgainAfter, 24*time.Hour)
	case "open":
		week := w.weekOf(s.Open)
		t.Week, t.Now = &week, w.openNow(s.Open)
	case "person":
		t.Values = w.values("human_for", s.HumanFor, time.Hour)
	case "marks":
		t.Marks = w.marksForm(ref)
	case "words":
		for key, list := range map[string][]string{"stop_words": s.StopWords, "start_words": s.StartWords, "person_words": s.PersonWords, "list_words": s.ListWords} {
			t.Words = append(t.Words, wordsForm{key, w.words.say("bot.list." + key), w.words.say("bot.list_hint." + key), strings.Join(list, "\n")})
		}
		slices.SortFunc(t.Words, func(a, b wordsForm) int {
			order := []string{"person_words", "list_words", "stop_words", "start_words"}
			return slices.Index(order, a.Key) - slices.Index(order, b.Key)
		})
	case "limits":
		t.Values = slices.Concat(
			w.counts("limits.per_minute", s.Limits.PerMinute), w.counts("limits.per_day", s.Limits.PerDay),
			w.values("limits.same_within", s.Limits.SameWithin, time.Minute), w.values("limits.silence", s.Limits.Silence, time.Minute),
			w.counts("limits.lookups_per_hour", s.Limits.LookupsPerHour), w.counts("limits.lookups_per_day", s.Limits.LookupsPerDay),
			w.values("limits.list_valid", s.Limits.ListValid, time.Minute), w.values("marks.valid", s.Marks.Valid, 24*time.Hour),
			w.values("marks.correct_within", s.Marks.CorrectWithin, time.Minute))
	}
	return t
}

func (w *scriptWork) lineForm(l bot.Line) lineForm {
	f := lineForm{Line: l, When: w.words.say("bot.line." + string(l))}
	standard := standardLines()[l]
	for _, lang := range w.draft.Script.Languages {
		text := lineText(w.draft.Script, l, lang)
		f.Langs = append(f.Langs, lineField{
			Lang: lang, Name: w.words.say("tongue." + lang), Text: text, Key: "lines." + string(l) + "." + lang, Field: "line_" + string(l) + "_" + lang,
			Changed: text != standard[lang], Standard: standard[lang],
		})
	}
	return f
}

func (w *scriptWork) values(key string, d, unit time.Duration) []valueForm {
	return []valueForm{w.valueForm(key, strconv.FormatFloat(d.Hours()/unit.Hours(), 'f', -1, 64))}
}

func (w *scriptWork) counts(key string, n int) []valueForm {
	return []valueForm{w.valueForm(key, strconv.Itoa(n))}
}

func (w *scriptWork) valueForm(key, value string) valueForm {
	name := "bot.value." + strings.ReplaceAll(key, ".", "_")
	if len(value) > 8 { // a third of an hour
		value = value[:8]
	}
	return valueForm{Key: key, Name: w.words.say(name), Unit: w.words.say(name + ".unit"), Value: w.val(key, value), Hint: w.words.say(name + ".hint")}
}

// openNow is what opening hours mean at this moment.
func (w *scriptWork) openNow(week bot.Week) string {
	if week.Open(w.now, w.zone) {
		return w.words.say("week.open_now")
	}
	if at, ok := week.Next(w.now, w.zone); ok {
		return w.words.say("week.opens", "at", at.In(w.zone).Format("02.01 15:04"))
	}
	return w.words.say("week.never_opens")
}

func (w *scriptWork) marksForm(ref gateway.Reference) *marksForm {
	m := w.draft.Script.Marks
	f := &marksForm{
		AskRule: m.Ask, After: w.val("marks.ask.after", strconv.FormatFloat(m.Ask.After.Hours(), 'f', -1, 64)), From: m.Ask.Hours.From.String(), To: m.Ask.Hours.To.String(),
		Any: m.Ask.Hours.Any(), Shop: slices.Contains(m.Ask.About, bot.AboutShop), Courier: slices.Contains(m.Ask.About, bot.AboutCourier), Link: m.ReviewLink,
	}
	if f.Any {
		f.From, f.To = "10:00", "20:00"
	}
	for _, st := range ref.Statuses {
		if chosen := slices.Contains(m.Ask.Statuses, st.Code); chosen || st.Active {
			f.Statuses = append(f.Statuses, Choice{st.Code, st.Name, chosen})
		}
	}
	for _, code := range m.Ask.Statuses {
		if _, ok := ref.Status(code); !ok {
			f.Statuses = append(f.Statuses, Choice{code, code, true})
		}
	}
	f.Says = w.words.say("bot.ask_off")
	if m.Ask.On && len(m.Ask.Statuses) > 0 {
		var names []string
		for _, c := range f.Statuses {
			if c.Chosen {
				names = append(names, "«"+c.Name+"»")
			}
		}
		f.Says = w.words.say("bot.ask_says", "statuses", strings.Join(names, ", "), "hours", f.After)
	}
	return f
}
