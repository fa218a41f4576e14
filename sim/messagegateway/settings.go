package messagegateway

import (
	"slices"
	"time"
)

// Feature says which way something passes, seen from the channel: what it
// receives goes out to the customer, what it sends comes in from him.
type Feature string

// The features; an empty one counts as None.
const (
	None    Feature = "none"
	Receive Feature = "receive"
	Send    Feature = "send"
	Both    Feature = "both"
)

func (f Feature) out() bool { return f == Receive || f == Both }

func (f Feature) in() bool { return f == Send || f == Both }

func (f Feature) known() bool {
	return slices.Contains([]Feature{"", None, Receive, Send, Both}, f)
}

// KindSettings is what a channel can do with one kind of message.
type KindSettings struct {
	Creating     Feature `json:"creating,omitempty"`
	Editing      Feature `json:"editing,omitempty"`
	Quoting      Feature `json:"quoting,omitempty"`
	Deleting     Feature `json:"deleting,omitempty"`
	Reaction     Feature `json:"reaction,omitempty"`
	MaxChars     int     `json:"max_chars_count,omitempty"`
	MaxItems     int     `json:"max_items_count,omitempty"`
	MaxItemSize  int     `json:"max_item_size,omitempty"`
	NoteMaxChars int     `json:"note_max_chars_count,omitempty"`
}

// Statuses says whether a channel tells of delivery and reading.
type Statuses struct {
	Delivered Feature `json:"delivered,omitempty"`
	Read      Feature `json:"read,omitempty"`
}

// SuggestionKinds says which quick replies a channel can show.
type SuggestionKinds struct {
	Text  Feature `json:"text,omitempty"`
	Email Feature `json:"email,omitempty"`
	Phone Feature `json:"phone,omitempty"`
	URL   Feature `json:"url,omitempty"`
}

// SendingPolicy says to whom and when may be written.
type SendingPolicy struct {
	NewCustomer       string `json:"new_customer,omitempty"`        // no, template, text
	AfterReplyTimeout string `json:"after_reply_timeout,omitempty"` // no, template; empty: no window
	Outgoing          string `json:"outgoing,omitempty"`            // allowed, restricted
}

// Settings of a channel, as both APIs show them.
type Settings struct {
	CustomerExternalID string           `json:"customer_external_id,omitempty"` // any, phone
	SendingPolicy      *SendingPolicy   `json:"sending_policy,omitempty"`
	Status             *Statuses        `json:"status,omitempty"`
	Text               *KindSettings    `json:"text,omitempty"`
	Product            *KindSettings    `json:"product,omitempty"`
	Order              *KindSettings    `json:"order,omitempty"`
	Image              *KindSettings    `json:"image,omitempty"`
	File               *KindSettings    `json:"file,omitempty"`
	Audio              *KindSettings    `json:"audio,omitempty"`
	Suggestions        *SuggestionKinds `json:"suggestions,omitempty"`
	Template           any              `json:"template,omitempty"`
	WhatsApp           any              `json:"whatsapp,omitempty"`
	Reactions          any              `json:"reactions,omitempty"`
}

// of returns the settings for a kind of message, never nil.
func (s *Settings) of(kind string) *KindSettings {
	found := map[string]*KindSettings{
		"text": s.Text, "product": s.Product, "order": s.Order, "image": s.Image, "file": s.File, "audio": s.Audio,
	}[kind]
	if found == nil {
		return &KindSettings{}
	}
	return found
}

// suggests tells whether a quick reply of a kind can be shown.
func (s *Settings) suggests(kind string) bool {
	if s.Suggestions == nil {
		return false
	}
	return map[string]Feature{
		"text": s.Suggestions.Text, "email": s.Suggestions.Email, "phone": s.Suggestions.Phone, "url": s.Suggestions.URL,
	}[kind].out()
}

func (s *Settings) restricted() bool {
	return s.SendingPolicy != nil && s.SendingPolicy.Outgoing == "restricted"
}

func (s *Settings) readSeen() bool { return s.Status != nil && s.Status.Read.in() }

// wrong names the first value that the schema does not know, "" when all is well.
func (s *Settings) wrong() string {
	for name, k := range map[string]*KindSettings{
		"text": s.Text, "product": s.Product, "order": s.Order, "image": s.Image, "file": s.File, "audio": s.Audio,
	} {
		if k == nil {
			continue
		}
		for _, f := range []Feature{k.Creating, k.Editing, k.Quoting, k.Deleting, k.Reaction} {
			if !f.known() {
				return name
			}
		}
	}
	if !slices.Contains([]string{"", "any", "phone"}, s.CustomerExternalID) {
		return "customer_external_id"
	}
	if p := s.SendingPolicy; p != nil && (!slices.Contains([]string{"", "no", "template", "text"}, p.NewCustomer) ||
		!slices.Contains([]string{"", "no", "template"}, p.AfterReplyTimeout) ||
		!slices.Contains([]string{"", "allowed", "restricted"}, p.Outgoing)) {
		return "sending_policy"
	}
	return ""
}

// Preset is how a channel of a kind usually is.
type Preset struct {
	Settings Settings
	// Window is how long a customer may be answered after he wrote; 0 is for ever.
	Window time.Duration
}

// PresetOf is the usual preset of a channel type. The kinds and limits follow a
// recorded channel of the Telegram transport; Assumed: those of the other
// messengers follow from what the messengers can do.
func PresetOf(kind string) Preset {
	both := func(max int) *KindSettings {
		return &KindSettings{Creating: Both, Editing: Both, Quoting: Both, Deleting: Receive, MaxChars: max}
	}
	media := func(items int) *KindSettings {
		return &KindSettings{Creating: Both, Editing: Both, Quoting: Both, Deleting: Receive, MaxItems: items}
	}
	card := func() *KindSettings { return &KindSettings{Creating: Receive, Editing: Receive} }
	sound := func() *KindSettings {
		return &KindSettings{Creating: Both, Quoting: Both, Deleting: Receive, MaxItems: 1}
	}
	out := Preset{Settings: Settings{
		CustomerExternalID: "any",
		SendingPolicy:      &SendingPolicy{NewCustomer: "no"},
		Status:             &Statuses{Delivered: Send, Read: Send},
		Text:               both(4096), Product: card(), Order: card(), Image: media(10), File: media(1), Audio: sound(),
	}}
	s := &out.Settings
	switch kind {
	case "telegram":
		s.Status = &Statuses{Delivered: Send}
		s.Suggestions = &SuggestionKinds{Text: Both, Email: Both, Phone: Both}
	case "instagram", "fbmessenger":
		out.Window = 24 * time.Hour
		s.SendingPolicy.AfterReplyTimeout = "no"
		s.Text = &KindSettings{Creating: Both, Quoting: Send, Deleting: Send, MaxChars: 1000}
		s.Image, s.File = &KindSettings{Creating: Both, MaxItems: 1}, &KindSettings{Creating: Send, MaxItems: 1}
		s.Order, s.Product, s.Audio = &KindSettings{Creating: None}, &KindSettings{Creating: None}, &KindSettings{Creating: Send}
	case "vk", "odnoklassniki", "max":
		s.Suggestions = &SuggestionKinds{Text: Both, URL: Both}
	case "whatsapp":
		out.Window = 24 * time.Hour
		s.CustomerExternalID = "phone"
		s.SendingPolicy = &SendingPolicy{NewCustomer: "template", AfterReplyTimeout: "template"}
		s.Suggestions = &SuggestionKinds{Text: Both}
		s.WhatsApp = map[string]any{"tier": 250, "channel_quality": "high", "channel_status": "connected"}
	case "consultant":
		s.Suggestions = &SuggestionKinds{Text: Both, Phone: Both, Email: Both}
		s.Text.MaxChars = 2000
	}
	return out
}
