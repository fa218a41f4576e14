package webui

import (
	"context"
	"maps"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"vestnik/bot"
	"vestnik/device"
	"vestnik/gateway"
)

// talkView is one conversation as shown.
type talkView struct {
	gateway.Conversation
	Who, Where string
	Base       string // address of the talk, without the list's choice
	Live       string // address of the part that refreshes itself
	Back       string // the list
	Lines      []Bubble
	More       string // address with older lines; "" when these are all
	Mode       string // who answers, in a sentence
	Silent     bool
	Called     string // since when and why a person is waited for; "" when nobody is
	Cannot     string // why nothing can be written here; "" when it can
	Warn       string // what should be known before writing
	ElseWhere  bool   // the CRM's operators answer here too
	Text       string // what was typed and not sent
	Facts      *factsView
	Tongue     string // the customer's language, in a word
}

// talkLines is how many lines of a talk are shown at first, and moreLines at the most.
const (
	talkLines = 60
	moreLines = 500
)

func (s *Server) showTalk(c *fiber.Ctx) error {
	t, err := s.talkOf(c)
	if err != nil {
		return err
	}
	if t.Unread > 0 && c.Query("part") == "" {
		if err := s.o.Talk.SeeTalk(c.UserContext(), t.ID); err != nil {
			return err
		}
	}
	return s.drawTalk(c, fiber.StatusOK, t, "", nil)
}

func (s *Server) talkOf(c *fiber.Ctx) (gateway.Conversation, error) {
	id, _ := strconv.ParseInt(c.Params("id"), 10, 64)
	return s.o.Talk.Conversation(c.UserContext(), gateway.ConversationID(id))
}

// drawTalk draws the page with a talk open; text and failed are what was typed and why it
// was not sent.
func (s *Server) drawTalk(c *fiber.Ctx, status int, t gateway.Conversation, text string, failed error) error {
	p, err := s.inboxFrame(c)
	if err != nil {
		return err
	}
	if failed != nil {
		p.explain(failed)
		if p.Errors["text"] == "" {
			p.Errors["text"] = p.Wrong
		}
	}
	if c.Query("part") == "list" { // the talk itself is not asked for
		return s.render(c, status, "inbox", p)
	}
	if p.Talk, err = s.talkView(c, p.Frame, t); err != nil {
		return err
	}
	p.Talk.Text, p.Talk.Back = text, "/inbox"
	p.Title = p.Talk.Who
	if p.Query != "" {
		p.Talk.Back += "?" + p.Query
	}
	return s.render(c, status, "inbox", p)
}

func (s *Server) talkView(c *fiber.Ctx, f *Frame, t gateway.Conversation) (*talkView, error) {
	limit := talkLines
	if c.Query("lines") == "all" {
		limit = moreLines
	}
	lines, err := s.o.Talk.TalkLines(c.UserContext(), t.ID, limit)
	if err != nil {
		return nil, err
	}
	base := "/inbox/" + strconv.FormatInt(int64(t.ID), 10)
	v := &talkView{
		Conversation: t, Who: whoWrites(f, t), Where: placeOf(f, t), Base: base, Live: base + "?part=talk",
		Lines: bubbles(f, lines), Silent: t.SilentUntil.After(f.now),
	}
	if t.Waits() {
		v.Called = f.words.say("inbox.called", "at", f.moment(t.CalledAt.In(f.zone)), "why", botReason(f, t.CalledWhy, nil))
	}
	if limit == moreLines {
		v.Live += "&lines=all"
	} else if len(lines) == limit {
		v.More = base + "?lines=all"
	}
	on, err := s.botIsOn(c.UserContext())
	if err != nil {
		return nil, err
	}
	v.Mode = talkMode(f, t, on)
	v.Cannot, v.Warn = s.mayWrite(f, t)
	v.ElseWhere = t.Channel == device.Chat
	if memory, err := bot.ParseConversation(t.State); err == nil && f.words.has("tongue."+memory.Language) {
		v.Tongue = f.words.say("tongue." + memory.Language)
	}
	if c.Query("part") == "" {
		v.Facts = s.factsOf(c.UserContext(), f, t)
	}
	return v, nil
}

func (s *Server) botIsOn(ctx context.Context) (bool, error) {
	script, _, err := s.o.Talk.Script(ctx)
	return script.On, err
}

// talkMode says who answers, until when, and why.
func talkMode(f *Frame, t gateway.Conversation, on bool) string {
	switch {
	case t.SilentUntil.After(f.now):
		return f.words.say("inbox.silent", "until", f.moment(t.SilentUntil.In(f.zone)), "why", silentWhy(f, t))
	case !on:
		return f.words.say("inbox.bot_off")
	}
	return f.words.say("inbox.bot_answers")
}

// silentWhy is the cause of the bot's silence in a few words.
func silentWhy(f *Frame, t gateway.Conversation) string {
	if key := "silent." + t.SilentWhy; f.words.has(key) {
		return f.words.say(key)
	}
	return f.words.say("silent.other")
}

// botReason is a reason of the bot in words.
func botReason(f *Frame, reason string, args gateway.Args) string {
	if reason == "" {
		return ""
	}
	if media := mediaWord(f, args["media"]); media != "" {
		args = maps.Clone(args)
		args["media"] = media
	}
	return bot.Why{Reason: bot.Reason(reason), Args: args}.Sentence(f.Lang)
}

// mayWrite tells why nothing can be written in a talk, or what should be known before.
func (s *Server) mayWrite(f *Frame, t gateway.Conversation) (cannot, warn string) {
	if t.Channel == device.Chat {
		heard := t
		heard.HeardAt = f.now // what counts here is the chat, not when he wrote
		_, why, args, ok := gateway.ChooseChat([]gateway.Conversation{heard}, 0, s.chatChannel, false, f.now)
		if !ok && why != gateway.NoChat {
			return f.Says(why, args), ""
		}
		if until := t.Chat.AnswerUntil; until.After(f.now) && until.Before(f.now.Add(24*time.Hour)) {
			warn = f.words.say("inbox.window", "until", f.moment(until.In(f.zone)))
		}
	}
	for _, l := range s.o.Desk.Links() {
		if l.Channel != t.Channel || l.CanReply() {
			if l.Channel == t.Channel {
				return "", warn
			}
			continue
		}
		warn = device.LinkWords(l.Channel, l.State, f.Lang).What + " " + f.words.say("inbox.waits_link")
	}
	return "", warn
}

func (s *Server) chatChannel(id int64) (gateway.ChatChannel, bool) {
	for _, ch := range s.o.Talk.ChatChannels() {
		if ch.ID == id {
			return ch, true
		}
	}
	return gateway.ChatChannel{}, false
}
