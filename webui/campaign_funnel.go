package webui

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"vestnik/device"
	"vestnik/gateway/campaign"
)

// The steps of the funnel.
const (
	gotSent = iota
	gotDelivered
	gotRead
	gotAnswered
	gotClicked
	gotMarked
	gotOptedOut
	gotSteps
)

// funnelKeys name the steps, in the filter of people and in the locale.
var funnelKeys = [gotSteps]string{"sent", "delivered", "read", "answered", "clicked", "marked", "opted_out"}

// funnel is how many people came to each step.
type funnel [gotSteps]int

func (f *funnel) add(r campaign.TallyRow) {
	for i, yes := range [gotSteps]bool{r.Sent, r.Delivered, r.Read, r.Answered, r.Clicked, r.Marked, r.OptedOut} {
		if yes {
			f[i] += r.N
		}
	}
}

func sumFunnel(tally []campaign.TallyRow) (f funnel) {
	for _, r := range tally {
		f.add(r)
	}
	return f
}

// FunnelView is the funnel as a picture and as a table.
type FunnelView struct {
	By     string // "", "channel", "variant", "hour"
	Tabs   []MenuItem
	Names  []string // of the steps
	Groups []FunnelGroup
	Empty  bool
}

// FunnelGroup is the funnel of a channel, a wording or an hour.
type FunnelGroup struct {
	Name  string
	Steps []FunnelStep
	Bar   ShareBar // how many were sent, against the largest group
}

// FunnelStep is a step with its share of those whom the message was sent to.
type FunnelStep struct {
	Name    string
	N       string
	Percent string
	Bar     ShareBar
	Path    string
}

// funnelBys are the ways to divide it.
var funnelBys = []string{"", "channel", "variant", "hour"}

func (h *campaignHead) funnelView(tally []campaign.TallyRow, by string) FunnelView {
	if !slices.Contains(funnelBys, by) {
		by = ""
	}
	v := FunnelView{By: by}
	for _, one := range funnelBys {
		if one == "variant" && len(h.C.Text.Variants) < 2 {
			continue
		}
		name, path := "all", h.Base
		if one != "" {
			name, path = one, h.Base+"?by="+one
		}
		v.Tabs = append(v.Tabs, MenuItem{Path: path + "#funnel", Name: h.words.say("campaign.by." + name), Here: one == by})
	}
	for _, key := range funnelKeys {
		v.Names = append(v.Names, h.words.say("campaign.got."+key))
	}
	order, groups := funnelGroups(tally, by)
	most := 0
	for _, f := range groups {
		most = max(most, f[gotSent])
	}
	for _, key := range order {
		g := h.funnelGroup(by, key, *groups[key])
		g.Bar = shareBar(groups[key][gotSent], most, "bar-on")
		v.Groups = append(v.Groups, g)
	}
	v.Empty = sumFunnel(tally)[gotSent] == 0
	return v
}

// funnelGroups sums the tally up by channel, variant or hour; the order of the keys is a person's.
func funnelGroups(tally []campaign.TallyRow, by string) ([]string, map[string]*funnel) {
	groups := map[string]*funnel{}
	var order []string
	for _, r := range tally {
		if !r.Sent {
			continue
		}
		key := ""
		switch by {
		case "channel":
			key = string(r.Channel)
		case "variant":
			key = strconv.Itoa(r.Variant)
		case "hour":
			key = fmt.Sprintf("%02d", max(r.Hour, 0))
		}
		if groups[key] == nil {
			groups[key] = &funnel{}
			order = append(order, key)
		}
		groups[key].add(r)
	}
	slices.SortFunc(order, func(a, b string) int {
		if by == "channel" {
			return slices.Index(channelOrder, device.Channel(a)) - slices.Index(channelOrder, device.Channel(b))
		}
		return strings.Compare(a, b)
	})
	return order, groups
}

func (h *campaignHead) funnelGroup(by, key string, f funnel) FunnelGroup {
	g := FunnelGroup{Name: h.groupName(by, key)}
	those := campaign.PeopleFilter{}
	switch by {
	case "channel":
		those.Channel = device.Channel(key)
	case "variant":
		those.Variant, _ = strconv.Atoi(key)
	}
	for i, n := range f {
		class := "bar-on"
		if i == gotOptedOut {
			class = "bar-act"
		}
		step := FunnelStep{Name: h.words.say("campaign.got." + funnelKeys[i]), N: h.Num(n), Bar: shareBar(n, f[gotSent], class)}
		if i != gotSent {
			step.Percent = h.shareSays(n, f[gotSent])
		}
		those.Got = funnelKeys[i]
		step.Path = h.Base + "/people?" + peopleQuery(those).Encode()
		g.Steps = append(g.Steps, step)
	}
	return g
}

func (h *campaignHead) groupName(by, key string) string {
	switch {
	case by == "channel" && key != "":
		return channelName(device.Channel(key), h.words)
	case by == "variant":
		n, _ := strconv.Atoi(key)
		return h.words.say("campaign.variant_n", "name", variantName(max(n, 1)))
	case by == "hour":
		return key + ":00"
	}
	return h.words.say("campaign.by.all")
}

// exportFunnel is the funnel by channel, wording and hour, for a spreadsheet.
func (s *Server) exportFunnel(c *fiber.Ctx) error {
	h, err := s.campaignHead(c, "")
	if err != nil {
		return err
	}
	tally, err := s.o.Campaigns.Tally(c.UserContext(), h.C.ID)
	if err != nil {
		return err
	}
	type key struct {
		channel device.Channel
		variant int
		hour    int
	}
	sums := map[key]*funnel{}
	var keys []key
	for _, r := range tally {
		if !r.Sent {
			continue
		}
		k := key{r.Channel, r.Variant, r.Hour}
		if sums[k] == nil {
			sums[k] = &funnel{}
			keys = append(keys, k)
		}
		sums[k].add(r)
	}
	slices.SortFunc(keys, func(a, b key) int {
		if a.channel != b.channel {
			return slices.Index(channelOrder, a.channel) - slices.Index(channelOrder, b.channel)
		}
		return (a.variant-b.variant)*100 + a.hour - b.hour
	})
	head := strings.Split(h.words.say("campaign.funnel_csv"), ";")
	for _, step := range funnelKeys {
		head = append(head, h.words.say("campaign.got."+step))
	}
	rows := [][]string{head}
	for _, k := range keys {
		hour := ""
		if k.hour >= 0 {
			hour = fmt.Sprintf("%02d:00", k.hour)
		}
		row := []string{h.groupName("channel", string(k.channel)), variantName(max(k.variant, 1)), hour}
		for _, n := range sums[k] {
			row = append(row, strconv.Itoa(n))
		}
		rows = append(rows, row)
	}
	return sendTable(c, fmt.Sprintf("funnel-%d.csv", h.C.ID), rows)
}
