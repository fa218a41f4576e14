package webui

import (
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"vestnik/device"
	"vestnik/gateway/campaign"
)

// ForecastView is when it will be over, in a sentence and a picture.
type ForecastView struct {
	Known bool
	// Says is the sentence; Never that by this plan it does not end.
	Says  string
	Never bool
	Extra []string
	Days  []ForecastLine
	More  string // how many further days there are
	Ways  []WayMark
}

// ForecastLine is a day with what leaves on it.
type ForecastLine struct {
	Day  string
	Says string
	Bar  ShareBar
}

// WayMark is a channel with its colour in the picture.
type WayMark struct{ Class, Name string }

// channelOrder is the order in which channels are named and drawn.
var channelOrder = []device.Channel{device.Chat, device.WhatsApp, device.SMS}

// forecastDays is how many days are drawn.
const forecastDays = 10

func wayClass(ch device.Channel) string { return "way-" + string(ch) }

func (s *Server) forecastView(c *fiber.Ctx, h *campaignHead) (ForecastView, error) {
	if h.Draft && h.C.Collect.State != campaign.CollectDone {
		return ForecastView{}, nil
	}
	f, err := s.o.Campaigns.Forecast(c.UserContext(), h.C.ID)
	if err != nil {
		return ForecastView{}, err
	}
	return h.forecastView(f), nil
}

func (h *campaignHead) forecastView(f campaign.Forecast) ForecastView {
	v := ForecastView{Known: true}
	ways := h.byChannel(f.ByChannel, f.SMSParts)
	switch {
	case f.Ends.IsZero() && f.Why != "":
		v.Never, v.Says = true, h.words.say("campaign.never", "why", strings.TrimSuffix(h.Says(f.Why, nil), "."))
	case f.Ends.IsZero() && ways == "":
		v.Never, v.Says = true, h.words.say("campaign.nobody_goes")
	case f.Ends.IsZero():
		v.Never, v.Says = true, h.words.say("campaign.never_ends")
	case ways == "":
		v.Says = h.words.say("campaign.ends", "at", h.soon(f.Ends))
	default:
		v.Says = h.words.say("campaign.forecast", "at", h.soon(f.Ends), "ways", ways)
	}
	if f.NewChats > 0 {
		v.Extra = append(v.Extra, h.count("campaign.new_chats", f.NewChats))
	}
	if f.Late > 0 {
		v.Extra = append(v.Extra, h.count("campaign.late", f.Late))
	}
	most := 0
	for _, d := range f.Days {
		most = max(most, total(d.ByChannel))
	}
	used := map[device.Channel]bool{}
	for i, d := range f.Days {
		for ch, n := range d.ByChannel {
			used[ch] = used[ch] || n > 0
		}
		if i >= forecastDays {
			continue
		}
		line := ForecastLine{Day: h.dayName(d.Date), Says: h.byChannel(d.ByChannel, 0)}
		var parts []barPart
		for _, ch := range channelOrder {
			parts = append(parts, barPart{wayClass(ch), d.ByChannel[ch]})
		}
		line.Bar = stackBar(most, parts...)
		v.Days = append(v.Days, line)
	}
	if rest := len(f.Days) - forecastDays; rest > 0 {
		v.More = h.count("campaign.more_days", rest)
	}
	for _, ch := range channelOrder {
		if used[ch] {
			v.Ways = append(v.Ways, WayMark{wayClass(ch), channelName(ch, h.words)})
		}
	}
	return v
}

func total(by map[device.Channel]int) int {
	n := 0
	for _, one := range by {
		n += one
	}
	return n
}

// byChannel is "1 240 в WhatsApp, 310 по SMS ≈ 620 частей"; without parts when there are none.
func (h *campaignHead) byChannel(by map[device.Channel]int, parts int) string {
	var list []string
	for _, ch := range channelOrder {
		if by[ch] == 0 {
			continue
		}
		says := h.count("campaign.goes_by."+string(ch), by[ch])
		if ch == device.SMS && parts > 0 {
			says += " ≈ " + h.count("length.parts", parts)
		}
		list = append(list, says)
	}
	return strings.Join(list, ", ")
}

// dayName is "чт 26.11".
func (h *campaignHead) dayName(date string) string {
	d, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return date
	}
	return h.words.say("weekday."+strconv.Itoa(int(d.Weekday()))) + " " + d.Format("02.01")
}
