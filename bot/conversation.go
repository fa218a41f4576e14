package bot

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"vestnik/gateway"
)

// ConversationVersion is the form in which conversations are written now.
const ConversationVersion = 1

// Mode is who answers.
type Mode string

// The modes. The zero value is ModeBot.
const (
	ModeBot   Mode = "bot"
	ModeHuman Mode = "human" // a person of the shop talks, or was called
	ModeMuted Mode = "muted" // the other side looks like a bot
)

// Conversation is all that the bot remembers of a customer in one channel. The zero
// value is a conversation that never was. It is small, its own copy of everything, and
// written as JSON.
type Conversation struct {
	Version int       `json:"v"`
	Mode    Mode      `json:"mode,omitempty"`
	Until   time.Time `json:"until,omitzero"` // end of ModeHuman or ModeMuted
	Why     Reason    `json:"why,omitempty"`  // of the mode
	// SayBack: a person talked; the bot's next answer says that the bot is back.
	SayBack  bool      `json:"say_back,omitempty"`
	Welcomed time.Time `json:"welcomed,omitzero"`
	Heard    time.Time `json:"heard,omitzero"` // the customer's last message, by our clock
	Language string    `json:"lang,omitempty"` // of the customer's own words

	Seen     []string  `json:"seen,omitempty"` // ids of the last messages, the newest last
	Question *Question `json:"question,omitempty"`
	// Mark is the question about an order that waits behind everything else.
	Mark     *MarkQuestion `json:"mark,omitempty"`
	LastMark *GivenMark    `json:"last_mark,omitempty"`
	// List is the opened sub-list's command; it counts until ListUntil.
	List      string    `json:"list,omitempty"`
	ListUntil time.Time `json:"list_until,omitzero"`
	// ListShown: bare numbers mean the list, since it was shown after the mark was asked for.
	ListShown bool `json:"list_shown,omitempty"`

	Answers       []time.Time `json:"answers,omitempty"` // of the last minute
	Day           string      `json:"day,omitempty"`     // the shop's date that DayCount counts
	DayCount      int         `json:"day_count,omitempty"`
	Said          []Said      `json:"said,omitempty"` // the last texts
	SaidAt        time.Time   `json:"said_at,omitzero"`
	Words         uint64      `json:"words,omitempty"` // the customer's last text
	WordsAt       time.Time   `json:"words_at,omitzero"`
	Repeats       int         `json:"repeats,omitempty"` // how often it came again
	Quick         int         `json:"quick,omitempty"`   // answers of ours that were answered within a second
	QuickTo       time.Time   `json:"quick_to,omitzero"` // the last of them
	Automatic     int         `json:"auto,omitempty"`    // automatic answers in a row
	Misunderstood int         `json:"lost,omitempty"`    // in a row
	Lookups       []time.Time `json:"lookups,omitempty"` // tries of the last day
	Owed          *Owed       `json:"owed,omitempty"`
	// Asked are the last orders that a mark was asked for, Reviewed when the review link was
	// offered.
	Asked    []gateway.OrderID `json:"asked,omitempty"`
	Reviewed time.Time         `json:"reviewed,omitzero"`
}

// Said is an answer that was given, by its hashes: without what stood above it, and as
// it was sent.
type Said struct {
	Core uint64    `json:"core"`
	Sent uint64    `json:"sent"`
	At   time.Time `json:"at"`
}

// QuestionKind is what the bot waits for.
type QuestionKind string

// The questions.
const (
	AskNumber  QuestionKind = "number"  // an order's number, and maybe the digits
	AskDigits  QuestionKind = "digits"  // the last four digits
	AskWhich   QuestionKind = "which"   // one of several orders
	AskCommand QuestionKind = "command" // one of several commands
	AskComment QuestionKind = "comment" // what went wrong
)

// Question is an open question.
type Question struct {
	Kind    QuestionKind      `json:"kind"`
	At      time.Time         `json:"at"`
	Until   time.Time         `json:"until"`
	Tries   int               `json:"tries,omitempty"`
	Number  string            `json:"number,omitempty"`  // AskDigits
	Orders  []gateway.OrderID `json:"orders,omitempty"`  // AskWhich
	Choices []string          `json:"choices,omitempty"` // AskCommand: ids
	Order   gateway.OrderID   `json:"order,omitempty"`   // AskComment
	Got     bool              `json:"got,omitempty"`     // AskComment: the first words came
	Command string            `json:"command,omitempty"` // whose answer it is
}

// MarkQuestion is an open question for marks.
type MarkQuestion struct {
	Order gateway.OrderID `json:"order,omitempty"` // 0: about no order in particular
	About []Subject       `json:"about"`           // still to be marked, in this order
	At    time.Time       `json:"at"`
	Until time.Time       `json:"until"`
	Tries int             `json:"tries,omitempty"`
	// Lowest is the lowest mark given so far for the other subject; 0: none.
	Lowest int `json:"lowest,omitempty"`
}

// GivenMark is what was marked last, while that may be corrected.
type GivenMark struct {
	Order gateway.OrderID `json:"order,omitempty"`
	About []Subject       `json:"about"`
	Until time.Time       `json:"until"`
	Low   bool            `json:"low,omitempty"` // a task was made
}

// Owed is an answer that waits for the CRM.
type Owed struct {
	Number string    `json:"number,omitempty"` // of an order to look up; empty: the writer's own
	Last4  string    `json:"last4,omitempty"`
	At     time.Time `json:"at"`
}

// ParseConversation reads what was written as JSON. Of another version than ours only
// the promise to be silent and the time of the welcome are taken, so that after a change
// of versions the bot neither talks over a person nor greets twice; the rest starts anew.
// After an error the conversation is a new one.
func ParseConversation(data []byte) (Conversation, error) {
	var head struct {
		Version  int       `json:"v"`
		Mode     Mode      `json:"mode"`
		Until    time.Time `json:"until"`
		Welcomed time.Time `json:"welcomed"`
		Heard    time.Time `json:"heard"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return Conversation{}, fmt.Errorf("bot: read a conversation: %w", err)
	}
	if head.Version != ConversationVersion {
		c := Conversation{Version: ConversationVersion, Welcomed: head.Welcomed, Heard: head.Heard}
		if head.Mode == ModeHuman || head.Mode == ModeMuted {
			c.Mode, c.Until = head.Mode, head.Until
		}
		return c, nil
	}
	var c Conversation
	if err := json.Unmarshal(data, &c); err != nil {
		return Conversation{}, fmt.Errorf("bot: read a conversation: %w", err)
	}
	return c, nil
}

// Silent tells until when the bot says nothing here, and why; ok is false when it
// answers.
func (c Conversation) Silent(now time.Time) (until time.Time, why Reason, ok bool) {
	if (c.Mode == ModeHuman || c.Mode == ModeMuted) && now.Before(c.Until) {
		return c.Until, c.Why, true
	}
	return time.Time{}, "", false
}

// clone is a copy that shares nothing with c.
func (c Conversation) clone() Conversation {
	c.Version = ConversationVersion
	c.Seen, c.Answers, c.Said = slices.Clone(c.Seen), slices.Clone(c.Answers), slices.Clone(c.Said)
	c.Lookups, c.Asked = slices.Clone(c.Lookups), slices.Clone(c.Asked)
	if c.Question != nil {
		q := *c.Question
		q.Orders, q.Choices = slices.Clone(q.Orders), slices.Clone(q.Choices)
		c.Question = &q
	}
	if c.Mark != nil {
		m := *c.Mark
		m.About = slices.Clone(m.About)
		c.Mark = &m
	}
	if c.LastMark != nil {
		m := *c.LastMark
		m.About = slices.Clone(m.About)
		c.LastMark = &m
	}
	if c.Owed != nil {
		o := *c.Owed
		c.Owed = &o
	}
	return c
}
