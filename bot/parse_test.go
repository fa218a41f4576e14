package bot

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vestnik/device"
)

// A script is kept as JSON: every field of it has to come back.
func TestScriptSurvivesJSON(t *testing.T) {
	t.Parallel()
	full := DefaultScript(English)
	full.On = true
	full.Open = Week{Except: []Day{{Date: "2026-12-31", Spans: []Span{{From: 9 * 60, To: 15 * 60}}}, {Date: "2027-01-01"}}}
	full.Open.Days[time.Sunday] = []Span{{From: 22 * 60, To: 2 * 60}, {From: 10 * 60, To: 12 * 60}}
	full.TryOut = []device.Phone{"+79123456789"}
	full.Limits.SameWithin, full.Marks.CorrectWithin = 0, 0
	full.Marks.ReviewLink = "https://example.com/?a=1&b=<2>"
	full.Marks.Ask.On, full.Marks.Ask.Statuses = true, []string{"complete"}
	full.Commands = append(full.Commands, Command{
		ID: "more", Number: 5, Title: Local{Russian: "Ещё"}, Words: []string{"ещё"}, Hours: Daily(9*60, 18*60), Audience: AudienceTryOut,
		Answer: Answer{Kind: AnswerList, List: []Command{
			{ID: "p", Number: 1, Answer: Answer{Kind: AnswerPoints, Points: []Point{{Name: Local{Russian: "Центр"}, Phone: "8 800", Link: "https://example.com"}}}},
			{ID: "q", Number: 2, Answer: Answer{Kind: AnswerQuestion, About: []Subject{AboutCourier}}},
			{ID: "l", Number: 3, Answer: Answer{Kind: AnswerLink, Link: "https://example.com", Text: Local{Russian: "Смотрите"}}},
		}},
	})
	bare := Former{Welcome: "Привет"}.Script(Russian)
	bare.Lines, bare.StopWords, bare.Languages = map[Line]Local{LineStop: {Russian: "Хорошо"}}, []string{}, []string{Russian}
	bare.Commands, bare.Marks.Ask.About = nil, nil
	for name, want := range map[string]Script{"full": full, "bare": bare, "default": DefaultScript(Russian)} {
		text, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := ParseScript(text)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v\n%s", name, err, diff)
		}
	}
}

// A limit that an earlier version did not know is the usual one.
func TestOlderScriptsGetTheUsualLimits(t *testing.T) {
	t.Parallel()
	got, err := ParseScript([]byte(`{"On":true,"Languages":["ru"],"Limits":{"PerMinute":5}}`))
	usual := DefaultScript(Russian)
	if err != nil || !got.On || got.Limits.PerMinute != 5 || got.Limits.PerDay != usual.Limits.PerDay || got.HumanFor != usual.HumanFor || got.Commands != nil {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := ParseScript([]byte(`{`)); err == nil {
		t.Error("half a script was read")
	}
}
