package webui

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"vestnik/bot"
	"vestnik/gateway"
)

// botTopics are the entries beside the commands, in the order of the page.
var botTopics = []string{"welcome", "open", "person", "marks", "words", "orders", "other", "limits"}

// topicLines says under which topic each of the bot's sentences is edited.
var topicLines = map[string][]bot.Line{
	"welcome": {bot.LineWelcome, bot.LineListHeader, bot.LineListTap, bot.LineListBack},
	"open":    {},
	"person":  {bot.LineHandOver, bot.LineBusy, bot.LineClosed, bot.LineLost, bot.LineBack},
	"marks": {
		bot.LineMarkShop, bot.LineMarkCourier, bot.LineMarkBoth, bot.LineMarkRange, bot.LineMarkThanks, bot.LineMarkReview,
		bot.LineMarkSorry, bot.LineComment, bot.LineMarkFixed, bot.LineMarkSkip,
	},
	"words": {bot.LineStop, bot.LineStart},
	"orders": {
		bot.LineOrder, bot.LineOrderWhich, bot.LineOrderAsk, bot.LineOrderDigits, bot.LineOrderFound, bot.LineOrderNotFound,
		bot.LineOrderLimited, bot.LineCRMAway, bot.LineCRMBack,
	},
	"other":  {bot.LineNotUnderstood, bot.LineWhich, bot.LineMedia, bot.LineClosedNow, bot.LineSame, bot.LineTooMany},
	"limits": {},
}

// place of a command in a script.
type commandPlace struct {
	list  *[]bot.Command
	i     int
	depth int    // 1 for the first list
	where string // as bot.Problem names it
}

func (p commandPlace) command() *bot.Command { return &(*p.list)[p.i] }

// findCommand finds a command by its id; nil when there is none.
func findCommand(s *bot.Script, id string) *commandPlace {
	return findIn(&s.Commands, id, 1, "commands")
}

func findIn(list *[]bot.Command, id string, depth int, where string) *commandPlace {
	for i := range *list {
		at := where + "[" + strconv.Itoa(i) + "]"
		if (*list)[i].ID == id {
			return &commandPlace{list, i, depth, at}
		}
		if p := findIn(&(*list)[i].Answer.List, id, depth+1, at+".answer.list"); p != nil {
			return p
		}
	}
	return nil
}

// eachCommand goes through all lists, a sub-list after its own command.
func eachCommand(list []bot.Command, depth int, do func(c bot.Command, depth, i, of int)) {
	for i, c := range list {
		do(c, depth, i, len(list))
		if c.Answer.Kind == bot.AnswerList {
			eachCommand(c.Answer.List, depth+1, do)
		}
	}
}

// entries are the left pane.
func (w *scriptWork) entries(uses []gateway.CommandUse, problems bot.Problems) (list, topics []BotEntry) {
	count, wrong := map[string]int{}, map[string]int{}
	for _, u := range uses {
		count[u.Command] = u.Count
	}
	if w.checked {
		for _, p := range problems {
			key, _ := w.entryOf(p.Where)
			wrong[key]++
		}
	}
	eachCommand(w.draft.Script.Commands, 0, func(c bot.Command, depth, i, of int) {
		e := BotEntry{
			Key: "cmd:" + c.ID, ID: c.ID, Number: c.Number, Name: w.titleOf(c), Uses: count[c.ID], Depth: depth,
			First: i == 0, Last: i == of-1, Wrong: wrong["cmd:"+c.ID],
		}
		if c.Audience != bot.AudienceAll {
			e.Note = w.words.say("bot.note." + string(c.Audience))
		}
		e.Here = e.Key == w.at
		list = append(list, e)
	})
	for _, key := range botTopics {
		topics = append(topics, BotEntry{Key: key, Name: w.words.say("bot.topic." + key), Here: key == w.at, Wrong: wrong[key]})
	}
	return list, topics
}

// titleOf is a command's title as the page calls it.
func (w *scriptWork) titleOf(c bot.Command) string {
	for _, lang := range append([]string{w.Lang}, w.draft.Script.Languages...) {
		if t := strings.TrimSpace(c.Title[lang]); t != "" {
			return t
		}
	}
	return w.words.say("bot.untitled")
}

// open settles which entry is shown: the one asked for, or the first that has a problem
// when the asked one has none, or the first command.
func (w *scriptWork) open(problems bot.Problems) {
	known := slices.Contains(botTopics, w.at)
	if id, ok := strings.CutPrefix(w.at, "cmd:"); ok {
		known = findCommand(&w.draft.Script, id) != nil
	}
	if known {
		return
	}
	w.at = "welcome"
	if len(w.draft.Script.Commands) > 0 {
		w.at = "cmd:" + w.draft.Script.Commands[0].ID
	}
	if w.checked && len(problems) > 0 {
		w.at, _ = w.entryOf(problems[0].Where)
	}
}

var (
	commandWhere = regexp.MustCompile(`^commands\[\d+\](?:\.answer\.list\[\d+\])*`)
	indexes      = regexp.MustCompile(`\[(\d+)\]`)
)

// entryOf is the entry that a problem belongs to, and the field within it.
func (w *scriptWork) entryOf(where string) (key, field string) {
	if at := commandWhere.FindString(where); at != "" {
		list := w.draft.Script.Commands
		id := ""
		for _, m := range indexes.FindAllStringSubmatch(at, -1) {
			i, err := strconv.Atoi(m[1])
			if err != nil || i >= len(list) {
				return "other", where
			}
			id, list = list[i].ID, list[i].Answer.List
		}
		return "cmd:" + id, strings.TrimPrefix(strings.TrimPrefix(where, at), ".")
	}
	if rest, ok := strings.CutPrefix(where, "lines."); ok {
		line, _, _ := strings.Cut(rest, ".")
		for topic, lines := range topicLines {
			if slices.Contains(lines, bot.Line(line)) {
				return topic, where
			}
		}
	}
	for prefix, topic := range map[string]string{
		"stop_words": "words", "start_words": "words", "person_words": "words", "list_words": "words", "again_after": "welcome",
		"languages": "welcome", "human_for": "person", "marks.": "marks", "limits.": "limits",
	} {
		if strings.HasPrefix(where, prefix) {
			return topic, where
		}
	}
	return "other", where
}

var wordIndex = regexp.MustCompile(`((?:^|\.|_)words)\[\d+\]$`)

// explainProblems puts the problems into words: beside the fields of the open entry, and
// as a list of all.
func (w *scriptWork) explainProblems(problems bot.Problems) []ProblemLine {
	var list []ProblemLine
	for _, p := range problems {
		key, field := w.entryOf(p.Where)
		says := p.Sentence(w.Lang)
		list = append(list, ProblemLine{Key: key, Name: w.entryName(key), Says: says})
		if key != w.at {
			continue
		}
		field = wordIndex.ReplaceAllString(field, "$1")
		if w.Errors[field] != "" && w.Errors[field] != says {
			says = w.Errors[field] + " " + says
		}
		w.Errors[field] = says
	}
	return list
}

func (w *scriptWork) entryName(key string) string {
	id, ok := strings.CutPrefix(key, "cmd:")
	if !ok {
		return w.words.say("bot.topic." + key)
	}
	if p := findCommand(&w.draft.Script, id); p != nil {
		return strconv.Itoa(p.command().Number) + ". " + w.titleOf(*p.command())
	}
	return id
}

// problems is what is wrong with the draft.
func (w *scriptWork) problems() bot.Problems {
	if found := w.draft.Script.Check(nil); len(found) > 0 {
		return found
	}
	return w.told
}
