package bot

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"vestnik/gateway"
)

func TestTheDefaultScriptIsValid(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{Russian, English, ""} {
		if _, err := New(DefaultScript(lang)); err != nil {
			t.Errorf("%q: %v", lang, err)
		}
		if _, err := New(testScript(lang)); err != nil {
			t.Errorf("the tests' shop, %q: %v", lang, err)
		}
	}
	lines := defaultLines()
	for _, l := range Lines {
		for _, lang := range []string{Russian, English} {
			if lines[l][lang] == "" {
				t.Errorf("no default for %s in %s", l, lang)
			}
		}
	}
	if len(lines) != len(Lines) {
		t.Errorf("%d defaults for %d lines", len(lines), len(Lines))
	}
}

func TestWhatAnOlderBoxKept(t *testing.T) {
	t.Parallel()
	s := Former{Welcome: "Добро пожаловать в {{shop.name}}!", Commands: []FormerCommand{
		{Number: 1, Title: "Где мой заказ?", OrderStatus: true},
		{Number: 2, Title: "Адрес", Text: "Садовая, 40"},
		{Number: 3, Title: "Второй вопрос о заказе", OrderStatus: true},
		{Number: 9, Title: "Позвать оператора", Operator: true},
	}}.Script(Russian)
	b, err := New(s)
	if err != nil {
		t.Fatal(err)
	}
	f := Facts{Now: monday(), Zone: moscow, Fields: map[string]string{"shop.name": "Лавка"}, OrdersKnown: true}
	r := b.Reply(Conversation{}, Message{ID: "1", From: FromCustomer, Text: "2", At: f.Now}, f)
	if want := "Добро пожаловать в Лавка!\n\nСадовая, 40"; strings.Join(r.Texts, "|") != want {
		t.Errorf("got %q, want %q", r.Texts, want)
	}
	if r.Command != "n2" {
		t.Errorf("command %q", r.Command)
	}
	if r = b.Reply(r.Next, Message{ID: "2", From: FromCustomer, Text: "статус заказа", At: f.Now}, f); r.Why.Reason != WhyNoOrders {
		t.Errorf("the words of the default command were lost: %+v", r)
	}
	if _, err := New(Former{}.Script(English)); err != nil {
		t.Error(err)
	}
}

func TestProblems(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		change func(*Script)
		where  string
		kind   ProblemKind
	}{
		"no language":             {func(s *Script) { s.Languages = nil }, "languages", ProblemRequired},
		"a language twice":        {func(s *Script) { s.Languages = []string{"ru", "ru"} }, "languages", ProblemUnknown},
		"a language without bot":  {func(s *Script) { s.Languages = []string{"ru", "de"} }, "languages", ProblemUnknown},
		"one answer a minute":     {func(s *Script) { s.Limits.PerMinute = 1 }, "limits.per_minute", ProblemRange},
		"silence for a year":      {func(s *Script) { s.HumanFor = 365 * 24 * time.Hour }, "human_for", ProblemRange},
		"welcome every minute":    {func(s *Script) { s.AgainAfter = time.Minute }, "again_after", ProblemRange},
		"an emptied line":         {func(s *Script) { s.Lines[LineStop][Russian] = " " }, "lines.stop.ru", ProblemRequired},
		"an unknown line":         {func(s *Script) { s.Lines["joke"] = Local{Russian: "ха"} }, "lines.joke", ProblemUnknown},
		"an open place":           {func(s *Script) { s.Lines[LineBack][Russian] = "Я {{customer.firstName" }, "lines.back.ru", ProblemTemplate},
		"a place without value":   {func(s *Script) { s.Lines[LineWelcome][Russian] = "Ваш заказ {{order.number}}" }, "lines.welcome.ru", ProblemPlace},
		"a name for a stranger":   {func(s *Script) { s.Lines[LineOrderFound][Russian] = "{{customer.firstName}}!" }, "lines.order_found.ru", ProblemPlace},
		"an address for the same": {func(s *Script) { s.Lines[LineOrderFound][Russian] = "{{order.delivery.address}}" }, "lines.order_found.ru", ProblemPlace},
		"a review link by http":   {func(s *Script) { s.Marks.ReviewLink = "http://lavka.example" }, "marks.review_link", ProblemLink},
		"a command without id":    {func(s *Script) { s.Commands[0].ID = "" }, "commands[0].id", ProblemCode},
		"an id twice":             {func(s *Script) { s.Commands[1].ID = "order" }, "commands[1].id", ProblemDuplicate},
		"a number twice":          {func(s *Script) { s.Commands[1].Number = 1 }, "commands[1].number", ProblemDuplicate},
		"number 0":                {func(s *Script) { s.Commands[1].Number = 0 }, "commands[1].number", ProblemRange},
		"no title":                {func(s *Script) { s.Commands[1].Title = Local{English: "x"} }, "commands[1].title.ru", ProblemRequired},
		"another one's word":      {func(s *Script) { s.Commands[1].Words = append(s.Commands[1].Words, "Мой заказ!") }, "commands[1].words[24]", ProblemTaken},
		"a stop word":             {func(s *Script) { s.Commands[1].Words = []string{"Стоп"} }, "commands[1].words[0]", ProblemTaken},
		"a word of dashes":        {func(s *Script) { s.Commands[1].Words = []string{"--"} }, "commands[1].words[0]", ProblemRequired},
		"hours after midnight":    {func(s *Script) { s.Commands[1].Hours = Daily(600, 1500) }, "commands[1].hours.days[0]", ProblemRange},
		"a holiday on no day":     {func(s *Script) { s.Commands[1].Hours.Except = []Day{{Date: "31.12"}} }, "commands[1].hours.except[0]", ProblemDate},
		"nobody's audience":       {func(s *Script) { s.Commands[1].Audience = "cats" }, "commands[1].audience", ProblemUnknown},
		"no answer":               {func(s *Script) { s.Commands[1].Answer = Answer{Kind: AnswerText} }, "commands[1].answer.text.ru", ProblemRequired},
		"an unknown answer":       {func(s *Script) { s.Commands[1].Answer.Kind = "sing" }, "commands[1].answer.kind", ProblemUnknown},
		"a foreign field":         {func(s *Script) { s.Commands[1].Answer.Text[Russian] = "{{secret.key}}" }, "commands[1].answer.text.ru", ProblemPlace},
		"an empty list":           {func(s *Script) { s.Commands[1].Answer = Answer{Kind: AnswerList} }, "commands[1].answer.list", ProblemRequired},
		"a question about none":   {func(s *Script) { s.Commands[1].Answer = Answer{Kind: AnswerQuestion} }, "commands[1].answer.about", ProblemRequired},
		"a link to nowhere":       {func(s *Script) { s.Commands[1].Answer = Answer{Kind: AnswerLink, Link: "javascript:alert(1)"} }, "commands[1].answer.link", ProblemLink},
		"lists in lists in lists": {func(s *Script) { s.Commands[1].Answer = nested(4) }, "commands[1].answer.list[0].answer.list[0].answer.list", ProblemTooDeep},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := DefaultScript(Russian)
			c.change(&s)
			_, err := New(s)
			var problems Problems
			if !errors.As(err, &problems) {
				t.Fatalf("no problem was found: %v", err)
			}
			i := slices.IndexFunc(problems, func(p Problem) bool { return p.Where == c.where && p.Kind == c.kind })
			if i < 0 {
				t.Fatalf("want %s at %s, got %v", c.kind, c.where, problems)
			}
			for _, lang := range []string{Russian, English} {
				if w := problems[i].Sentence(lang); w == "" || w == string(c.kind) || strings.Contains(w, "{detail}") {
					t.Errorf("%s: no sentence: %q", lang, w)
				}
			}
		})
	}
}

func nested(depth int) Answer {
	if depth == 0 {
		return Answer{Kind: AnswerPerson}
	}
	return Answer{Kind: AnswerList, List: []Command{{
		ID: "deep-" + string(rune('a'+depth)), Number: 1, Title: Local{Russian: "Уровень " + string(rune('а'+depth))}, Audience: AudienceAll, Answer: nested(depth - 1),
	}}}
}

func TestFieldsAreCheckedAgainstTheDirectory(t *testing.T) {
	t.Parallel()
	s := DefaultScript(Russian)
	s.Commands[1].Answer = Answer{Kind: AnswerText, Text: Local{Russian: "{{order.custom.point}} {{order.custom.pint}} {{shop.name}}"}}
	problems := s.Check([]gateway.Field{{Path: "order.custom.point"}, {Path: "order.number"}, {Path: "order.status"}, {Path: "customer.firstName"}})
	if len(problems) != 1 || problems[0].Detail != "order.custom.pint" {
		t.Errorf("%v", problems)
	}
}

func TestAScriptIsKeptAsJSON(t *testing.T) {
	t.Parallel()
	s := testScript(Russian)
	data, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var back Script
	if err := json.Unmarshal(data, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(s, back, cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
	if _, err := New(back); err != nil {
		t.Error(err)
	}
}

// TestEveryReasonHasWords reads the constants from the source, so that none is forgotten.
func TestEveryReasonHasWords(t *testing.T) {
	t.Parallel()
	file, err := parser.ParseFile(token.NewFileSet(), "reason.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return true
		}
		lit, ok := spec.Values[0].(*ast.BasicLit)
		if !ok {
			return true
		}
		count++
		pair := reasonWords[Reason(strings.Trim(lit.Value, `"`))]
		if pair[0] == "" || pair[1] == "" {
			t.Errorf("no words for %s", spec.Names[0])
		}
		return true
	})
	if count != len(reasonWords) {
		t.Errorf("%d reasons, %d of them with words", count, len(reasonWords))
	}
	if w := because("new_one").Sentence(Russian); w != "new_one" {
		t.Errorf("%q", w)
	}
}

// A shop that gives the command for a person another name, or no name of its own, may
// use the words that call a person anyway.
func TestWordsForAPersonMayBeTheCommandsOwn(t *testing.T) {
	t.Parallel()
	s := DefaultScript(Russian)
	last := &s.Commands[len(s.Commands)-1]
	last.ID, last.Words = "n9", []string{"менеджер"}
	b, err := New(s)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	r := b.Reply(Conversation{}, Message{ID: "1", From: FromCustomer, Text: "менеджер", At: now}, Facts{Now: now, Zone: time.UTC, CRM: true, OrdersKnown: true})
	if r.Why.Reason != WhyAskedPerson {
		t.Errorf("%+v", r)
	}
}

// Where lists are buttons, two of them may stand under the same words.
func TestAListInAListIsAnotherAnswer(t *testing.T) {
	t.Parallel()
	s := DefaultScript(Russian)
	s.Commands = append(s.Commands, Command{
		ID: "delivery", Number: 3, Title: Local{Russian: "Доставка"}, Audience: AudienceAll,
		Answer: Answer{Kind: AnswerList, List: []Command{{
			ID: "price", Number: 1, Title: Local{Russian: "Цена"}, Audience: AudienceAll, Answer: Answer{Kind: AnswerText, Text: Local{Russian: "350 ₽"}},
		}}},
	})
	b, err := New(s)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	var c Conversation
	say := func(text string) Reply {
		now = now.Add(time.Minute)
		r := b.Reply(c, Message{ID: text + now.String(), From: FromCustomer, Text: text, At: now}, Facts{Now: now, Zone: time.UTC, CRM: true, Channel: Abilities{Suggestions: 10}})
		c = r.Next
		return r
	}
	say("меню")
	if r := say("Доставка"); len(r.Suggestions) != 2 || r.Suggestions[0].Title != "Цена" {
		t.Errorf("the list in the list: %+v", r)
	}
	if r := say("/3"); len(r.Suggestions) != 2 || len(r.Texts) != 1 || !strings.Contains(r.Texts[0], "Ответ тот же") {
		t.Errorf("the same once more: %+v", r)
	}
}
