package api

import (
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"vestnik/device"
	"vestnik/gateway"
)

type newMessage struct {
	To        string           `json:"to"`
	Text      string           `json:"text"`
	Key       string           `json:"key"`
	Purpose   gateway.Purpose  `json:"purpose"`
	Channels  []device.Channel `json:"channels"`
	NotBefore time.Time        `json:"not_before"`
	ExpiresAt time.Time        `json:"expires_at"`
}

type shortMessage struct {
	ID    gateway.MessageID `json:"id"`
	State gateway.State     `json:"state"`
}

func (a *api) createMessage(c *fiber.Ctx) error {
	var in newMessage
	if err := readBody(c, &in); err != nil {
		return err
	}
	m, existed, err := a.Desk.Enqueue(c.UserContext(), gateway.Draft{
		To: in.To, Text: in.Text, Key: in.Key, Purpose: in.Purpose, Channels: in.Channels,
		NotBefore: in.NotBefore, ExpiresAt: in.ExpiresAt, By: tokenName(c),
	})
	if err != nil {
		return err
	}
	status := fiber.StatusAccepted
	if existed {
		status = fiber.StatusOK
	}
	return c.Status(status).JSON(shortMessage{m.ID, m.State})
}

type listedMessage struct {
	ID         gateway.MessageID `json:"id"`
	To         device.Phone      `json:"to"`
	Text       string            `json:"text"`
	State      gateway.State     `json:"state"`
	Reason     string            `json:"reason"`
	ReasonCode gateway.Reason    `json:"reason_code"`
	Channel    device.Channel    `json:"channel"`
	Purpose    gateway.Purpose   `json:"purpose"`
	Order      string            `json:"order,omitempty"`
	CreatedAt  time.Time         `json:"created_at"`
	UpdatedAt  time.Time         `json:"updated_at"`
}

type fullMessage struct {
	listedMessage
	Attempts []attempt `json:"attempts"`
	Trace    []step    `json:"trace"`
}

type attempt struct {
	N        int                  `json:"n"`
	Channel  device.Channel       `json:"channel"`
	State    gateway.AttemptState `json:"state"`
	WireID   string               `json:"wire_id"`
	Code     string               `json:"code,omitempty"`
	At       time.Time            `json:"at"`
	Parts    int                  `json:"parts,omitempty"`
	Receipts []receipt            `json:"receipts"`
}

type receipt struct {
	Kind device.ReceiptKind `json:"kind"`
	At   time.Time          `json:"at"`
	Part int                `json:"part,omitempty"`
}

type step struct {
	At   time.Time      `json:"at"`
	Code gateway.Reason `json:"code"`
	Text string         `json:"text"`
}

// words is how sentences are told to this caller: in Russian when it asks for that
// or the shop speaks it, with times in the shop's zone.
type words struct {
	lang string
	zone *time.Location
}

func (a *api) words(c *fiber.Ctx) (words, error) {
	s, err := a.Book.Settings(c.UserContext())
	if err != nil {
		return words{}, err
	}
	lang := c.AcceptsLanguages("en", "ru")
	if c.Get(fiber.HeaderAcceptLanguage) == "" || lang == "" {
		lang = s.Shop.Language
	}
	return words{lang, s.Shop.Zone()}, nil
}

func (w words) message(m gateway.Message, args gateway.Args) listedMessage {
	return listedMessage{
		ID: m.ID, To: m.To, Text: m.Text, State: m.State, Reason: m.Reason.Sentence(args, w.lang, w.zone), ReasonCode: m.Reason,
		Channel: m.Channel, Purpose: m.Purpose, Order: m.OrderNumber, CreatedAt: m.CreatedAt.UTC(), UpdatedAt: m.UpdatedAt.UTC(),
	}
}

func (w words) trace(steps []gateway.Step) []step {
	out := make([]step, 0, len(steps))
	for _, s := range steps {
		out = append(out, step{s.At.UTC(), s.Reason, s.Reason.Sentence(s.Args, w.lang, w.zone)})
	}
	return out
}

func (a *api) listMessages(c *fiber.Ctx) error {
	f, err := messageFilter(c)
	if err != nil {
		return err
	}
	w, err := a.words(c)
	if err != nil {
		return err
	}
	rows, next, err := a.Journal.Messages(c.UserContext(), f)
	if err != nil {
		return err
	}
	items := make([]listedMessage, 0, len(rows))
	for _, m := range rows {
		items = append(items, w.message(m, reasonArgs(m)))
	}
	return c.JSON(map[string]any{"items": items, "next_cursor": next})
}

// reasonArgs are the places of a reason's sentence as far as the message's own row
// knows them; the trace has all.
func reasonArgs(m gateway.Message) gateway.Args {
	args := gateway.Args{"channel": string(m.Channel), "rule": m.Rule, "order": m.OrderNumber}
	if !m.NotBefore.IsZero() {
		args["until_at"] = gateway.At(m.NotBefore)
	}
	return args
}

func messageFilter(c *fiber.Ctx) (gateway.MessageFilter, error) {
	f := gateway.MessageFilter{State: gateway.State(c.Query("state")), Order: c.Query("order"), Cursor: c.Query("cursor")}
	if f.State != "" && !f.State.Known() {
		return f, fiber.NewError(fiber.StatusBadRequest, "There is no such state: "+string(f.State))
	}
	if s := c.Query("limit"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 || n > 200 {
			return f, fiber.NewError(fiber.StatusBadRequest, "limit is a number from 1 to 200.")
		}
		f.Limit = n
	}
	if s := c.Query("since"); s != "" {
		t, err := time.Parse(time.RFC3339, s)
		if err != nil {
			return f, fiber.NewError(fiber.StatusBadRequest, "since is a time such as 2026-11-21T09:00:00Z.")
		}
		f.Since = t
	}
	if s := c.Query("to"); s != "" {
		p, err := device.ParsePhone(s, "")
		if err != nil {
			return f, err
		}
		f.To = p.Phone
	}
	return f, nil
}

func messageID(c *fiber.Ctx) (gateway.MessageID, error) {
	id, err := strconv.ParseInt(c.Params("id"), 10, 64)
	if err != nil {
		return 0, fiber.NewError(fiber.StatusNotFound, "There is no such message.")
	}
	return gateway.MessageID(id), nil
}

func (a *api) showMessage(c *fiber.Ctx) error {
	id, err := messageID(c)
	if err != nil {
		return err
	}
	w, err := a.words(c)
	if err != nil {
		return err
	}
	story, err := a.Journal.Story(c.UserContext(), id)
	if err != nil {
		return err
	}
	args := reasonArgs(story.Message)
	for _, s := range story.Trace {
		if s.Reason == story.Message.Reason {
			args = s.Args
		}
	}
	out := fullMessage{listedMessage: w.message(story.Message, args), Attempts: []attempt{}, Trace: w.trace(story.Trace)}
	for _, at := range story.Attempts {
		out.Attempts = append(out.Attempts, showAttempt(at))
	}
	return c.JSON(out)
}

func showAttempt(at gateway.AttemptStory) attempt {
	out := attempt{
		N: at.N, Channel: at.Channel, State: at.State, WireID: at.Envelope.WireID, Code: at.Code, At: at.StartedAt.UTC(),
		Parts: at.Envelope.Parts, Receipts: []receipt{},
	}
	for _, r := range at.Receipts {
		out.Receipts = append(out.Receipts, receipt{r.Kind, r.At.UTC(), r.Part})
	}
	return out
}

func (a *api) cancelMessage(c *fiber.Ctx) error {
	id, err := messageID(c)
	if err != nil {
		return err
	}
	if err := a.Desk.Cancel(c.UserContext(), id, tokenName(c)); err != nil {
		return err
	}
	return c.JSON(shortMessage{id, gateway.Cancelled})
}
