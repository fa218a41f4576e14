package bot

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

var update = flag.Bool("update", false, "write what the bot says now into testdata/dialogues")

// TestDialogues plays every dialogue of testdata/dialogues. README.txt there says how they
// are written.
func TestDialogues(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/dialogues/[0-9]*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no dialogues: %v", err)
	}
	count := 0
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, d := range dialoguesOf(string(data)) {
			if strings.HasPrefix(d[0], "== ") {
				count++
			}
			t.Run(strings.TrimPrefix(d[0], "== "), func(t *testing.T) { out = append(out, play(t, d)...) })
		}
		if *update {
			if err := os.WriteFile(file, []byte(strings.TrimRight(strings.Join(out, "\n"), "\n")+"\n"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	if count < 120 {
		t.Errorf("%d dialogues, want at least 120", count)
	}
}

func dialoguesOf(text string) [][]string {
	var all [][]string
	for _, line := range strings.Split(text, "\n") {
		if strings.HasPrefix(line, "== ") || len(all) == 0 {
			all = append(all, nil)
		}
		all[len(all)-1] = append(all[len(all)-1], line)
	}
	return all
}

// stage is the world around one dialogue.
type stage struct {
	t       *testing.T
	bot     *Bot
	c       Conversation
	f       Facts
	foreign []Lookup
	phone   device.Phone
	id      int
	last    Message
	orders  []Order
	away    bool
	passed  bool // time passed before this line
}

var passing = regexp.MustCompile(`^\+(\d+) (ms|s|min|h|days?)$`)

// play runs a dialogue and answers it as the bot speaks it.
func play(t *testing.T, lines []string) []string {
	s := &stage{t: t, bot: testBot(t, Russian), phone: "+79161234567", f: Facts{
		Now: monday(), Zone: moscow, Open: testWeek(), CRM: true, Operators: 1,
		Person: Person{Fields: map[string]string{}}, Fields: map[string]string{"shop.name": "Лавка"},
	}}
	var out, got, want []string
	at := 0
	check := func() {
		if strings.Join(trimmed(want), "\n") != strings.Join(got, "\n") {
			if !*update {
				t.Errorf("line %d:\nwant\n%s\ngot\n%s", at, strings.Join(want, "\n"), strings.Join(got, "\n"))
			}
		}
		out = append(out, got...)
		if n := len(want); n > len(trimmed(want)) {
			out = append(out, want[len(trimmed(want)):]...)
		}
		got, want = nil, nil
	}
	for i, line := range lines {
		if line != "" && strings.ContainsRune("<|!~[", rune(line[0])) || line == "" && len(want) > 0 {
			want = append(want, line)
			continue
		}
		check()
		out = append(out, line)
		at = i + 1
		kind, rest, _ := strings.Cut(line, " ")
		switch {
		case line == "" || kind == "==" || kind == "#":
		case kind == "@":
			s.passed = true
			s.pass(rest)
		case kind == "=":
			s.fact(rest)
		case kind == "?":
			got = s.askMark(rest)
		default:
			got = s.write(kind, rest)
		}
	}
	check()
	return out
}

func trimmed(lines []string) []string {
	for len(lines) > 0 && lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

func (s *stage) pass(text string) {
	if m := passing.FindStringSubmatch(text); m != nil {
		n, _ := strconv.Atoi(m[1])
		unit := map[string]time.Duration{"ms": time.Millisecond, "s": time.Second, "min": time.Minute, "h": time.Hour, "day": 24 * time.Hour, "days": 24 * time.Hour}[m[2]]
		s.f.Now = s.f.Now.Add(time.Duration(n) * unit)
		return
	}
	at, err := time.ParseInLocation("2006-01-02 15:04", text, moscow)
	if err != nil {
		s.t.Fatalf("no time: %q", text)
	}
	s.f.Now = at
}

// orderID is the CRM's id of an order in the dialogues: the digits of its number.
func orderID(number string) gateway.OrderID {
	n, _ := strconv.Atoi(onlyDigits(number))
	return gateway.OrderID(n)
}

var orderPattern = regexp.MustCompile(`^(\S+) ([^(]+?)(?: \((.*), (.*)\))?$`)

func (s *stage) fact(text string) {
	what, rest, _ := strings.Cut(text, " ")
	number := func() int {
		n, err := strconv.Atoi(rest)
		if err != nil {
			s.t.Fatalf("no number: %q", text)
		}
		return n
	}
	switch what {
	case "orders":
		s.orders = nil
		for _, one := range strings.Split(rest, "; ") {
			if m := orderPattern.FindStringSubmatch(one); m != nil {
				s.orders = append(s.orders, Order{ID: orderID(m[1]), Number: m[1], Status: m[2], Date: m[3], Sum: m[4], Fields: map[string]string{"customer.firstName": "Чужой"}})
			}
		}
	case "foreign":
		m := strings.SplitN(rest, " ", 3)
		s.foreign = append(s.foreign, Lookup{State: LookupFound, Number: m[0], Last4: m[1], Order: Order{
			ID: 900, Number: m[0], Status: m[2], Sum: "9 000 ₽", Fields: map[string]string{"customer.firstName": "Чужой", "order.delivery.address": "Тайная, 1"},
		}})
	case "crm":
		s.away = rest == "away"
	case "name":
		s.f.Person.Fields["customer.firstName"] = rest
	case "card":
		s.f.Person.Language = rest
	case "operators":
		s.f.Operators = number()
	case "opted-out":
		s.f.Person.OptedOut = true
	case "opted-in":
		s.f.Person.OptedOut = false
	case "erased":
		s.f.Person.Erased = true
	case "taps":
		s.f.Channel.Suggestions = number()
	case "chars":
		s.f.Channel.MaxChars = number()
	case "phone":
		s.phone = device.Phone(rest)
	case "shop":
		s.bot = testBot(s.t, rest)
	default:
		s.t.Fatalf("no fact: %q", text)
	}
}

func (s *stage) write(who, text string) []string {
	if s.id++; !s.passed && who != "again>" {
		s.f.Now = s.f.Now.Add(10 * time.Second)
	}
	s.passed = false
	in := Message{ID: strconv.Itoa(s.id), Channel: device.WhatsApp, From: FromCustomer, Phone: s.phone, Text: text, At: s.f.Now}
	if strings.HasPrefix(text, "[") {
		in.Media, in.Text, _ = strings.Cut(strings.TrimPrefix(text, "["), "]")
		in.Text = strings.TrimSpace(in.Text)
	}
	switch who {
	case ">":
	case "shop>":
		in.From = FromPhone
	case "operator>":
		in.From = FromOperator
	case "echo>":
		in.From = FromUs
	case "group>":
		in.Group = true
	case "system>":
		in.From, in.Event, in.Text = FromSystem, Event(text), ""
	case "tap>":
		in.Text, in.Payload = "", text
	case "again>":
		in = s.last
	case "late>":
		in.At = in.At.Add(-time.Hour)
	default:
		s.t.Fatalf("who is %q?", who)
	}
	s.last = in
	return s.shown(s.ask(in))
}

// ask calls Reply as the caller does: with the facts at hand, and again with those that
// were missing.
func (s *stage) ask(in Message) ([]string, Reply) {
	f := s.f
	f.CRM = !s.away
	var needs []string
	for range 4 {
		before, _ := json.Marshal(s.c)
		r := s.bot.Reply(s.c, in, f)
		if after, _ := json.Marshal(s.c); string(after) != string(before) {
			s.t.Errorf("Reply changed its argument:\n%s\n%s", before, after)
		}
		if r.Need == nil {
			return needs, r
		}
		if len(r.Texts)+len(r.Actions) > 0 {
			s.t.Errorf("a need with words or actions: %+v", r)
		}
		switch r.Need.Kind {
		case NeedOrders:
			f.Orders, f.OrdersKnown = s.orders, true
		case NeedLookup:
			needs = append(needs, "! look up "+r.Need.Number+", "+r.Need.Last4)
			f.Lookup = Lookup{State: LookupNotFound, Number: r.Need.Number, Last4: r.Need.Last4}
			for _, l := range s.foreign {
				if l.Number == r.Need.Number && l.Last4 == r.Need.Last4 {
					f.Lookup = l
				}
			}
		}
	}
	s.t.Fatal("Reply always needs more")
	return nil, Reply{}
}

func (s *stage) shown(needs []string, r Reply) []string {
	data, err := json.Marshal(r.Next)
	if err != nil {
		s.t.Fatal(err)
	}
	if s.c, err = ParseConversation(data); err != nil {
		s.t.Fatal(err)
	}
	out := needs
	if r.Why.Reason == "" || strings.Contains(r.Why.Sentence(Russian), "{") || strings.Contains(r.Why.Sentence(English), "{") {
		s.t.Errorf("no whole reason: %+v: %s", r.Why, r.Why.Sentence(Russian))
	}
	if len(r.Texts) == 0 {
		out = append(out, "~ "+string(r.Why.Reason))
	}
	for _, text := range r.Texts {
		if strings.Contains(text, "Чужой") || strings.Contains(text, "Тайная") {
			s.t.Errorf("what is another one's was told: %q", text)
		}
		for i, line := range strings.Split(s.fold(text), "\n") {
			mark := "< "
			if i > 0 {
				mark = "| "
			}
			out = append(out, strings.TrimRight(mark+line, " "))
		}
	}
	if len(r.Suggestions) > 0 {
		var titles []string
		for _, g := range r.Suggestions {
			titles = append(titles, "["+g.Title+"]")
		}
		out = append(out, strings.Join(titles, " "))
	}
	for _, a := range r.Actions {
		out = append(out, "! "+actionWords(a))
	}
	return out
}

// fold writes the usual list as one word, so that a dialogue stays short.
func (s *stage) fold(text string) string {
	for lang, word := range map[string]string{Russian: "(список)", English: "(list)"} {
		t := s.bot.begin(Conversation{Language: lang}, Message{From: FromSystem}, Facts{Now: monday(), Zone: moscow})
		t.showList("", s.bot.top)
		text = strings.ReplaceAll(text, t.parts[0], word)
	}
	return text
}

func actionWords(a Action) string {
	words := []string{strings.ReplaceAll(string(a.Kind), "_", " ")}
	if a.Cause != "" {
		words = append(words, "("+string(a.Cause)+")")
	}
	if a.About != "" {
		words = append(words, string(a.About))
	}
	if a.Mark != 0 {
		words = append(words, strconv.Itoa(a.Mark))
	}
	if a.Order != 0 {
		words = append(words, fmt.Sprintf("(order %d)", a.Order))
	}
	if a.Corrects {
		words = append(words, "instead of the first")
	}
	if a.Comment != "" {
		words = append(words, fmt.Sprintf("«%s»", a.Comment))
	}
	if a.Phrase != "" {
		words = append(words, fmt.Sprintf("«%s»", a.Phrase))
	}
	return strings.Join(words, " ")
}

func (s *stage) askMark(text string) []string {
	words := strings.Fields(text)
	var about []Subject
	for _, w := range words[1:] {
		about = append(about, Subject(w))
	}
	id, err := strconv.Atoi(words[0])
	if err != nil {
		s.t.Fatalf("no order: %q", text)
	}
	return s.shown(nil, s.bot.AskMark(s.c, Order{ID: gateway.OrderID(id), Number: words[0]}, about, s.f))
}
