package webui

import (
	"reflect"
	"testing"
	"time"

	"vestnik/bot"
)

func TestHoursAreReadAsPeopleTypeThem(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string][]bot.Span{
		"": nil, "закрыто": nil, " Выходной ": nil, "closed": nil, "—": nil,
		"10-20": {{From: 600, To: 1200}}, "10:00–20:00": {{From: 600, To: 1200}}, "с 9 до 18:30": {{From: 540, To: 1110}}, "from 9 to 18": {{From: 540, To: 1080}},
		"10.30 - 14, 15—20": {{From: 630, To: 840}, {From: 900, To: 1200}}, "22–2": {{From: 1320, To: 120}}, "0-24": {{From: 0, To: 1440}}, "круглосуточно": {{From: 0, To: 1440}},
	} {
		if got, err := parseSpans(typed); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %v, %v", typed, got, err)
		}
	}
	for _, typed := range []string{"утром", "10", "10-25", "24-2", "10:70-12", "10-12-14", ",", "1-2,3-4,5-6,7-8,9-10,11-12,13-14,15-16,17-18,19-20,21-22"} {
		if got, err := parseSpans(typed); err == nil {
			t.Errorf("%q is read as %v", typed, got)
		}
	}
}

func TestHolidaysAreReadAsPeopleTypeThem(t *testing.T) {
	t.Parallel()
	got, err := parseExcept("31.12.2026 10-15\n\n1.01 закрыто\n2026-11-04: closed\n 7.1  ", noon)
	want := []bot.Day{
		{Date: "2026-12-31", Spans: []bot.Span{{From: 600, To: 900}}}, {Date: "2027-01-01"}, {Date: "2026-11-04"}, {Date: "2027-01-07"},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v, %v", got, err)
	}
	for _, typed := range []string{"Новый год", "31.02.2026", "31.12 утром", "13.13.2026"} {
		if got, err := parseExcept(typed, noon); err == nil {
			t.Errorf("%q is read as %v", typed, got)
		}
	}
}

// What the form shows of a week is read as the same week.
func TestAWeekSurvivesTheForm(t *testing.T) {
	t.Parallel()
	all, err := loadWords()
	if err != nil {
		t.Fatal(err)
	}
	week := busyScript().Open
	week.Days[5] = []bot.Span{{From: 1320, To: 120}}
	week.Days[6] = []bot.Span{{From: 0, To: 1440}}
	for _, lang := range languages {
		form := weekForm(all[lang], week)
		var back bot.Week
		for _, d := range form.Days {
			if back.Days[d.Day], err = parseSpans(d.Typed); err != nil {
				t.Errorf("%s: %q: %v", lang, d.Typed, err)
			}
		}
		if back.Except, err = parseExcept(form.Except, noon); err != nil || !reflect.DeepEqual(back, week) {
			t.Errorf("%s: %v %+v", lang, err, back)
		}
	}
	if got := weekSays(all["ru"], week); got != "Пн–Чт 10:00–20:00; Пт 22:00–02:00; Сб круглосуточно; Вс закрыто" {
		t.Error(got)
	}
}

func FuzzParseSpans(f *testing.F) {
	f.Add("10-20, 22:00–2")
	f.Fuzz(func(t *testing.T, text string) {
		spans, err := parseSpans(text)
		if err != nil {
			return
		}
		for _, s := range spans {
			if s.From < 0 || s.From >= 1440 || s.To < 0 || s.To > 1440 {
				t.Fatalf("%q: %v", text, s)
			}
		}
	})
}

func FuzzParseExcept(f *testing.F) {
	f.Add("31.12.2026 закрыто\n1.1 10-12")
	f.Fuzz(func(t *testing.T, text string) {
		days, err := parseExcept(text, noon)
		if err != nil {
			return
		}
		for _, d := range days {
			if _, err := time.Parse(time.DateOnly, d.Date); err != nil {
				t.Fatalf("%q: %v", text, d)
			}
		}
	})
}
