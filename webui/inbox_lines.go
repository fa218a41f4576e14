package webui

import (
	"html/template"
	"strconv"
	"time"

	"vestnik/gateway"
)

// Bubble is a line of a talk as shown.
type Bubble struct {
	Day   string // a heading above it, where a day begins
	At    time.Time
	Side  string // them, us or note: a class
	From  string // who said it, in words
	Text  string
	Media string // the attachment in words
	Word  string // the state of our message
	Mood  Mood
	Path  string // its why-page
	Why   string // what the bot made of it
}

// bubbles are the lines of a talk, oldest first.
func bubbles(f *Frame, lines []gateway.TalkLine) []Bubble {
	var list []Bubble
	day := ""
	for _, l := range lines {
		b := Bubble{At: l.At, Side: "us", Text: l.Text, Why: botReason(f, l.Why, l.Args), Media: mediaWord(f, l.Media), From: f.words.say("talk.from." + string(l.From))}
		switch l.From {
		case gateway.TalkCustomer:
			b.Side, b.From = "them", ""
		case gateway.TalkSystem:
			b.Side, b.From = "note", ""
		case gateway.TalkPerson:
			if l.By != "" {
				b.From = l.By
			}
		}
		if l.Event != "" {
			b.Side, b.Text, b.From = "note", f.words.say("talk.event."+string(l.Event), "text", l.Text), ""
		}
		if l.Message != 0 {
			b.Path = "/messages/" + strconv.FormatInt(int64(l.Message), 10)
			b.Word, b.Mood = gateway.StateWord(l.State, f.Lang), stateMood(l.State)
		}
		if d := l.At.In(f.zone).Format("2006-01-02"); d != day {
			day, b.Day = d, f.dayName(l.At)
		}
		list = append(list, b)
	}
	return list
}

// mediaWord is a kind of attachment in words.
func mediaWord(f *Frame, kind string) string {
	switch key := "media." + kind; {
	case kind == "":
		return ""
	case f.words.has(key):
		return f.words.say(key)
	}
	return f.words.say("media.other", "kind", kind)
}

// Short is a moment for a narrow list: the time of today, else the day.
func (f *Frame) Short(t time.Time) template.HTML {
	if t.IsZero() {
		return ""
	}
	local, now := t.In(f.zone), f.now.In(f.zone)
	text := local.Format("02.01")
	switch local.Format("2006-01-02") {
	case now.Format("2006-01-02"):
		text = local.Format("15:04")
	case now.AddDate(0, 0, -1).Format("2006-01-02"):
		text = f.words.say("talk.yesterday")
	}
	return template.HTML(`<time datetime="` + t.UTC().Format(time.RFC3339) + `" title="` + local.Format("02.01.2006 15:04:05") + `">` + template.HTMLEscapeString(text) + `</time>`)
}

// dayName is a day as a heading.
func (f *Frame) dayName(t time.Time) string {
	local, now := t.In(f.zone), f.now.In(f.zone)
	switch local.Format("2006-01-02") {
	case now.Format("2006-01-02"):
		return f.words.say("talk.today")
	case now.AddDate(0, 0, -1).Format("2006-01-02"):
		return f.words.say("talk.yesterday")
	}
	return local.Format("02.01.2006")
}

// Minute is the time of day.
func (f *Frame) Minute(t time.Time) string { return t.In(f.zone).Format("15:04") }
