package webui

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/campaign"
)

// recipientsPage are the people of a mailing, a page at a time.
type recipientsPage struct {
	campaignHead
	Rows     []PersonRow
	Filter   campaign.PeopleFilter
	States   []Choice
	Gots     []Choice
	Because  string // the reason that the list is narrowed to, in words
	Filtered bool
	Next     string // address of the next page; "" at the end
	Later    bool   // not the first page
	Live     string
}

// PersonRow is a person with what became of his message.
type PersonRow struct {
	campaign.Person
	Path string // his message's why-page; "" without one
	Who  string
	Tel  string
	Word string
	Mood Mood
	Says string
	// Variant is the wording that he gets, where there are several.
	Variant string
}

func (h *campaignHead) personRow(p campaign.Person) PersonRow {
	r := PersonRow{Person: p, Who: p.Name, Tel: showPhone(p.Phone), Word: h.personWord(p.State), Mood: personMood(p)}
	if p.Variant > 0 && len(h.C.Text.Variants) > 1 {
		r.Variant = h.words.say("campaign.variant_got", "name", variantName(p.Variant))
	}
	if p.Message != 0 {
		r.Path = "/messages/" + strconv.FormatInt(int64(p.Message), 10)
	}
	if r.Who == "" && r.Tel == "" {
		r.Who = h.words.say("campaign.nameless")
	}
	var says []string
	for _, got := range []struct {
		key string
		yes bool
	}{
		{"opted_out", !p.OptedOutAt.IsZero()},
		{"marked", !p.MarkedAt.IsZero()},
		{"clicked", !p.ClickedAt.IsZero()},
		{"answered", !p.AnsweredAt.IsZero()},
		{"read", !p.ReadAt.IsZero()},
		{"delivered", !p.DeliveredAt.IsZero() && p.ReadAt.IsZero()},
	} {
		if got.yes {
			says = append(says, h.words.say("campaign.did."+got.key))
		}
	}
	switch {
	case len(says) > 0:
		r.Says = strings.Join(says, ", ")
	case p.Reason != "" && p.State != campaign.PersonWaits && p.State != campaign.PersonSent:
		r.Says = h.Says(p.Reason, p.Args)
	}
	return r
}

func personMood(p campaign.Person) Mood {
	switch {
	case !p.OptedOutAt.IsZero(), p.State == campaign.PersonFailed, p.State == campaign.PersonDoubt:
		return Act
	case !p.DeliveredAt.IsZero(), !p.ReadAt.IsZero():
		return Fine
	case p.State == campaign.PersonOut:
		return Off
	}
	return Waiting
}

// peopleShown is how many are on a page.
const peopleShown = 50

func (s *Server) showRecipients(c *fiber.Ctx) error {
	h, err := s.campaignHead(c, "people")
	if err != nil {
		return err
	}
	p := recipientsPage{campaignHead: h, Filter: peopleFilter(c)}
	rows, next, err := s.o.Campaigns.People(c.UserContext(), h.C.ID, p.Filter)
	if err != nil {
		return err
	}
	for _, person := range rows {
		p.Rows = append(p.Rows, h.personRow(person))
	}
	query := peopleQuery(p.Filter)
	p.Filtered, p.Later = len(query) > 0, p.Filter.After != 0
	p.Because = h.narrowed(p.Filter)
	p.Live = h.Base + "/people?part=people&" + query.Encode()
	if next != 0 {
		query.Set("after", strconv.FormatInt(next, 10))
		p.Next = h.Base + "/people?" + query.Encode()
	}
	for _, st := range campaign.PersonStates {
		if h.Draft && st != campaign.PersonWaits && st != campaign.PersonOut {
			continue
		}
		p.States = append(p.States, Choice{string(st), h.personWord(st), st == p.Filter.State})
	}
	for _, got := range funnelKeys {
		p.Gots = append(p.Gots, Choice{got, h.words.say("campaign.got." + got), got == p.Filter.Got})
	}
	return s.render(c, fiber.StatusOK, "campaign_people", p)
}

// narrowed is what a list shows besides what its form says, in words.
func (h *campaignHead) narrowed(f campaign.PeopleFilter) string {
	var words []string
	if f.Reason != "" {
		words = append(words, h.outSays(f.Reason))
	}
	if f.Channel != "" {
		words = append(words, channelName(f.Channel, h.words))
	}
	if f.Variant != 0 {
		words = append(words, h.words.say("campaign.variant_n", "name", variantName(f.Variant)))
	}
	return strings.Join(words, ", ")
}

// personWord says how far a person has come; in a draft nobody's turn comes yet.
func (h *campaignHead) personWord(st campaign.PersonState) string {
	if h.Draft && st == campaign.PersonWaits {
		return h.words.say("campaign.person.listed")
	}
	return h.words.say("campaign.person." + string(st))
}

// peopleFilter reads the filters of the address; what is no filter is ignored.
func peopleFilter(c *fiber.Ctx) campaign.PeopleFilter {
	f := campaign.PeopleFilter{Search: strings.TrimSpace(c.Query("q")), Limit: peopleShown}
	for _, st := range campaign.PersonStates {
		if c.Query("state") == string(st) {
			f.State = st
		}
	}
	for _, got := range funnelKeys {
		if c.Query("got") == got {
			f.Got = got
		}
	}
	if r := c.Query("reason"); len(r) < 60 {
		f.Reason = gateway.Reason(r)
	}
	if ch := device.Channel(c.Query("channel")); ch.Known() {
		f.Channel = ch
	}
	if n, err := strconv.Atoi(c.Query("variant")); err == nil && n > 0 && n <= maxVariants {
		f.Variant = n
	}
	f.After, _ = strconv.ParseInt(c.Query("after"), 10, 64)
	return f
}

func peopleQuery(f campaign.PeopleFilter) url.Values {
	q := url.Values{}
	variant := ""
	if f.Variant != 0 {
		variant = strconv.Itoa(f.Variant)
	}
	for k, v := range map[string]string{"state": string(f.State), "reason": string(f.Reason), "got": f.Got, "channel": string(f.Channel), "variant": variant, "q": f.Search} {
		if v != "" {
			q.Set(k, v)
		}
	}
	return q
}
