package bot

import (
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// full is a conversation in which everything is set.
func full() Conversation {
	at := monday().UTC()
	return Conversation{
		Version: ConversationVersion, Mode: ModeHuman, Until: at.Add(time.Hour), Why: WhyPhone, SayBack: true, Welcomed: at, Heard: at, Language: Russian,
		Seen: []string{"a", "b"}, Question: &Question{Kind: AskWhich, At: at, Until: at, Orders: nil, Tries: 1, Choices: []string{"order"}},
		Mark:     &MarkQuestion{Order: 7, About: []Subject{AboutShop}, At: at, Until: at, Tries: 1, Lowest: 2},
		LastMark: &GivenMark{Order: 7, About: []Subject{AboutCourier}, Until: at, Low: true},
		List:     "delivery", ListUntil: at, ListShown: true, Answers: []time.Time{at}, Day: "2026-11-23", DayCount: 3,
		Said: []Said{{Core: 1<<64 - 1, Sent: 2, At: at}}, SaidAt: at, Words: 1<<63 + 1, WordsAt: at, Repeats: 1, Quick: 1, QuickTo: at, Automatic: 1, Misunderstood: 1,
		Lookups: []time.Time{at}, Owed: &Owed{Number: "10482", Last4: "4567", At: at}, Asked: nil, Reviewed: at,
	}
}

func TestAConversationIsKept(t *testing.T) {
	t.Parallel()
	for _, c := range []Conversation{{}, full()} {
		data, err := json.Marshal(c.clone())
		if err != nil {
			t.Fatal(err)
		}
		back, err := ParseConversation(data)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.clone(), back); diff != "" {
			t.Error(diff)
		}
	}
}

func TestACopySharesNothing(t *testing.T) {
	t.Parallel()
	c := full()
	before, _ := json.Marshal(c)
	d := c.clone()
	d.Seen[0], d.Answers[0], d.Said[0], d.Lookups[0] = "x", time.Time{}, Said{}, time.Time{}
	d.Question.Choices[0], d.Question.Tries, d.Mark.About[0], d.LastMark.About[0], d.Owed.Number = "x", 9, "x", "x", "x"
	if after, _ := json.Marshal(c); string(after) != string(before) {
		t.Errorf("%s\n%s", before, after)
	}
}

func TestAConversationOfAnotherVersion(t *testing.T) {
	t.Parallel()
	b, f := testBot(t, Russian), Facts{Now: monday(), Zone: moscow, OrdersKnown: true}
	read := func(text string) Conversation {
		c, err := ParseConversation([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	c := read(`{"v":99,"mode":"human","until":"2026-11-23T10:00:00Z","welcomed":"2026-11-22T10:00:00Z","heard":"2026-11-22T10:00:00Z","question":"of another form"}`)
	if r := b.Reply(c, Message{ID: "1", From: FromCustomer, Text: "1", At: f.Now}, f); len(r.Texts) > 0 {
		t.Errorf("talked over a person: %q", r.Texts)
	}
	c = read(`{"v":99,"mode":"dance","welcomed":"2026-11-22T10:00:00Z","heard":"2026-11-22T10:00:00Z"}`)
	if r := b.Reply(c, Message{ID: "1", From: FromCustomer, Text: "привет", At: f.Now}, f); len(r.Texts) != 1 || !r.Next.Welcomed.Equal(c.Welcomed) {
		t.Errorf("welcomed again: %q", r.Texts)
	}
	if c = read(`{}`); c.Version != ConversationVersion {
		t.Errorf("%+v", c)
	}
	for _, text := range []string{"", "{", "[]", `{"v":1,"mark":3}`, `{"v":"one"}`} {
		if c, err := ParseConversation([]byte(text)); err == nil || c.Mode != "" {
			t.Errorf("%q: %+v, %v", text, c, err)
		}
	}
}

func TestASilenceThatBeganByAWrongClockEnds(t *testing.T) {
	t.Parallel()
	b, f := testBot(t, Russian), Facts{Now: monday(), Zone: moscow, OrdersKnown: true}
	for _, mode := range []Mode{ModeHuman, ModeMuted} {
		c := Conversation{Mode: mode, Until: f.Now.AddDate(10, 0, 0), Why: WhyPhone}
		now := f
		for i := range 6 { // he writes every hour, which does not prolong it
			r := b.Reply(c, Message{ID: fmt.Sprint(i), From: FromCustomer, Text: "2", At: now.Now}, now)
			c, now.Now = r.Next, now.Now.Add(time.Hour)
		}
		if _, _, silent := c.Silent(now.Now); silent {
			t.Errorf("%s: still silent until %s", mode, c.Until)
		}
	}
}

func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	b, f := testBot(t, Russian), Facts{Now: monday(), Zone: moscow, Open: testWeek(), OrdersKnown: true}
	want := b.Reply(Conversation{}, Message{ID: "1", From: FromCustomer, Text: "где вы находитесь", At: f.Now}, f)
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			got := b.Reply(Conversation{}, Message{ID: "1", From: FromCustomer, Text: "где вы находитесь", At: f.Now}, f)
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("writer %d: %+v", i, got)
			}
		})
	}
	all.Wait()
}
