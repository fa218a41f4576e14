package webui

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"vestnik/bot"
	"vestnik/device"
)

// tryState is the talk on the phone of the page. It travels with the page as the draft
// does: nothing of it is kept, and nothing is sent.
type tryState struct {
	Who, Tongue, Where string
	Memory             json.RawMessage // the bot's conversation
	At                 time.Time       // of the last word: the phone's own clock
	Lines              []tryLine
	N                  int // words so far
}

// tryLine is a line on the phone.
type tryLine struct {
	From string // me, bot or note
	Text string
	Why  string
	Taps []bot.Suggestion
}

// phoneView is the phone as shown.
type phoneView struct {
	State   string // packed
	Lines   []tryLine
	Who     []Choice
	Tongues []Choice
	Where   []Choice
	Broken  bool // the draft makes no bot: what is wrong stands on the page
	Silent  bool
	MayAsk  bool
	Person  string // the facts of the chosen one, in a sentence
	// Examples are words to begin with.
	Examples []string
}

// The bounds of a talk on the phone.
const (
	maxTryLines = 40
	maxTryWords = 500 // characters of one message
)

// askPause is how long the phone's time passes before the bot asks for a mark: it never does
// in the middle of a talk.
const askPause = 20 * time.Minute

// tryWho are those as whom the manager may talk, tryWhere the kinds of channel.
var (
	tryWho   = []string{"one", "several", "none", "stranger", "crm_away", "night", "nobody", "tryout"}
	tryWhere = []string{"plain", "taps"}
)

// typedPhone is the talk that a form carries; nil: none was begun.
func (s *Server) typedPhone(c *fiber.Ctx) (*tryState, error) {
	t := &tryState{}
	if packed := c.FormValue("talk"); packed != "" {
		if err := unpack(packed, t); err != nil {
			return nil, err
		}
	}
	before := *t
	t.Who, t.Tongue, t.Where = oneOf(c.FormValue("who"), tryWho), oneOf(c.FormValue("tongue"), languages), oneOf(c.FormValue("where"), tryWhere)
	if c.FormValue("fresh") != "" || before.Who != t.Who || before.Tongue != t.Tongue || before.Where != t.Where {
		t = &tryState{Who: t.Who, Tongue: t.Tongue, Where: t.Where}
	}
	if len(t.Lines) > maxTryLines {
		t.Lines = t.Lines[len(t.Lines)-maxTryLines:]
	}
	return t, nil
}

func oneOf(value string, known []string) string {
	for _, k := range known {
		if k == value {
			return value
		}
	}
	return known[0]
}

// tryScript lets the bot of the draft answer a word of the manager.
func (s *Server) tryScript(c *fiber.Ctx) error {
	w, err := s.typedWork(c)
	if err != nil {
		return err
	}
	t, err := s.typedPhone(c)
	if err != nil {
		return err
	}
	if w.wrong || len(w.problems()) > 0 {
		w.checked = true
		return s.renderBot(w, fiber.StatusUnprocessableEntity, t)
	}
	if err := s.talkOnPhone(w, t); err != nil {
		return err
	}
	return s.renderBot(w, fiber.StatusOK, t)
}

// talkOnPhone does what the form asks of the phone: a word, a tap, the question for a
// mark, or the end of a silence.
func (s *Server) talkOnPhone(w *scriptWork, t *tryState) error {
	b, err := bot.New(w.draft.Script)
	if err != nil {
		return err
	}
	said := strings.TrimSpace(w.c.FormValue("say"))
	title, payload := "", ""
	if tap := w.c.FormValue("tap"); tap != "" {
		payload, title, _ = strings.Cut(tap, "|")
		said = title
	}
	ask, back := w.c.FormValue("ask") != "", w.c.FormValue("back") != ""
	if said == "" && !ask && !back {
		return nil
	}
	if r := []rune(said); len(r) > maxTryWords {
		said = string(r[:maxTryWords])
	}
	memory := bot.Conversation{}
	if len(t.Memory) > 0 {
		if memory, err = bot.ParseConversation(t.Memory); err != nil {
			return device.Errorf(device.Invalid, "form", "not ours")
		}
	}
	world, err := s.sampleWorld(w, t)
	if err != nil {
		return err
	}
	t.N++
	var reply bot.Reply
	if ask {
		world.facts.Now = world.facts.Now.Add(askPause)
		reply = b.AskMark(memory, world.orders[0], w.askAbout(), world.facts)
		t.Lines = append(t.Lines, tryLine{From: "note", Text: w.words.say("phone.asked")})
	} else {
		in := bot.Message{ID: "try-" + strconv.Itoa(t.N), Channel: world.channel, From: bot.FromCustomer, Phone: world.phone, Text: said, Payload: payload, At: world.facts.Now}
		if back {
			in.From, in.Event, in.Text = bot.FromSystem, bot.EventReleased, ""
			t.Lines = append(t.Lines, tryLine{From: "note", Text: w.words.say("phone.given_back")})
		} else {
			t.Lines = append(t.Lines, tryLine{From: "me", Text: said})
		}
		reply = world.answer(b, memory, in)
	}
	w.showReply(t, reply)
	t.At = world.facts.Now
	t.Memory, err = json.Marshal(reply.Next)
	return err
}

// askAbout is what the question for a mark is about.
func (w *scriptWork) askAbout() []bot.Subject {
	if about := w.draft.Script.Marks.Ask.About; len(about) > 0 {
		return about
	}
	return []bot.Subject{bot.AboutShop}
}

// showReply writes the bot's answer, its reason and what it would do beside onto the
// phone.
func (w *scriptWork) showReply(t *tryState, r bot.Reply) {
	why := r.Why.Sentence(w.Lang)
	for i, text := range r.Texts {
		l := tryLine{From: "bot", Text: text}
		if i == len(r.Texts)-1 {
			l.Why, l.Taps, why = why, r.Suggestions, ""
		}
		t.Lines = append(t.Lines, l)
	}
	if why != "" {
		t.Lines = append(t.Lines, tryLine{From: "note", Text: w.words.say("phone.no_answer"), Why: why})
	}
	for _, a := range r.Actions {
		if key := "phone.act." + string(a.Kind); w.words.has(key) {
			about := ""
			if a.About != "" {
				about = w.words.say("about." + string(a.About))
			}
			t.Lines = append(t.Lines, tryLine{From: "note", Text: w.words.say(key, "mark", a.Mark, "about", about, "text", a.Comment+a.Phrase)})
		}
	}
	if len(t.Lines) > maxTryLines {
		t.Lines = t.Lines[len(t.Lines)-maxTryLines:]
	}
}

// phoneView draws the phone.
func (s *Server) phoneView(w *scriptWork, t *tryState) (phoneView, error) {
	if t == nil {
		t = &tryState{Who: tryWho[0], Where: tryWhere[0], Tongue: languages[0]}
		if langs := w.draft.Script.Languages; len(langs) > 0 {
			t.Tongue = oneOf(langs[0], languages)
		}
	}
	v := phoneView{Lines: t.Lines}
	for _, who := range tryWho {
		v.Who = append(v.Who, Choice{who, w.words.say("phone.who." + who), who == t.Who})
	}
	for _, where := range tryWhere {
		v.Where = append(v.Where, Choice{where, w.words.say("phone.where." + where), where == t.Where})
	}
	if len(w.draft.Script.Languages) > 1 {
		for _, lang := range languages {
			v.Tongues = append(v.Tongues, Choice{lang, w.words.say("tongue." + lang), lang == t.Tongue})
		}
	}
	for i := range v.Lines { // only the last suggestions can be tapped
		if i < len(v.Lines)-1 && v.Lines[i].From == "bot" && !onlyNotes(v.Lines[i+1:]) {
			v.Lines[i].Taps = nil
		}
	}
	if memory, err := bot.ParseConversation(t.Memory); err == nil {
		_, _, v.Silent = memory.Silent(t.At)
	}
	world, err := s.sampleWorld(w, t)
	if err != nil {
		return v, err
	}
	v.MayAsk = len(world.orders) > 0
	v.Person = world.says
	v.Examples = strings.Split(w.words.say("phone.examples"), ";")
	v.Broken = w.checked && (w.wrong || len(w.problems()) > 0)
	v.State, err = pack(t)
	return v, err
}

func onlyNotes(list []tryLine) bool {
	for _, l := range list {
		if l.From != "note" {
			return false
		}
	}
	return true
}
