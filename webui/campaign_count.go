package webui

import (
	"cmp"
	"slices"

	"github.com/gofiber/fiber/v2"

	"vestnik/gateway"
	"vestnik/gateway/campaign"
)

// CollectView is how far the gathering has come.
type CollectView struct {
	campaign.Collect
	Says string
	Bar  ShareBar
}

func (h *campaignHead) collectView() CollectView {
	v := CollectView{Collect: h.C.Collect}
	switch v.State {
	case campaign.CollectRunning:
		v.Says = h.count("campaign.collecting", v.Found)
		if v.Total > 0 {
			v.Says = h.words.say("campaign.collecting_of", "read", h.Num(v.Read), "total", h.Num(v.Total), "found", h.Num(v.Found))
		}
		v.Bar = shareBar(v.Read, v.Total, "bar-on")
	case campaign.CollectFailed:
		v.Says = h.words.say("campaign.collect_failed")
	}
	return v
}

// CountView is who would get it, and who not.
type CountView struct {
	Goes, Found string
	N           int
	Out         []OutLine
	Whole       ShareBar
	// Refused are the first of those who were left out while the list was read; More there are.
	Refused []PersonRow
	More    bool
}

// readOut are the reasons for which a list's rows are left out while they are read.
var readOut = []gateway.Reason{gateway.NoPhone, gateway.BadPhone, gateway.RowRefused, gateway.SamePerson}

// OutLine is how many are left out for one reason.
type OutLine struct {
	Reason gateway.Reason
	Says   string
	N      string
	Path   string // exactly these people; "" while there is no list of them
	Bar    ShareBar
}

// refusedShown is how many of the refused are shown on the page itself.
const refusedShown = 8

func (s *Server) countView(c *fiber.Ctx, h *campaignHead) (*CountView, error) {
	count, err := s.o.Campaigns.Count(c.UserContext(), h.C.ID)
	if err != nil {
		return nil, err
	}
	v := &CountView{N: count.Goes, Goes: h.count("campaign.goes", count.Goes), Found: h.count("campaign.found", count.Found), Whole: shareBar(count.Goes, count.Found, "bar-on")}
	v.Out = h.outLines(count.Out, campaign.PersonOut)
	for i, r := range v.Out {
		if !slices.Contains(readOut, r.Reason) {
			v.Out[i].Path = "" // they are judged at the start: no row says it yet
		}
	}
	rows, next, err := s.o.Campaigns.People(c.UserContext(), h.C.ID, campaign.PeopleFilter{State: campaign.PersonOut, Limit: refusedShown})
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(rows, func(a, b campaign.Person) int { return cmp.Compare(a.Line, b.Line) })
	for _, person := range rows {
		v.Refused = append(v.Refused, h.personRow(person))
	}
	v.More = next != 0
	return v, nil
}

// outLines are the reasons for which people are in a state, the most frequent first, drawn against it.
func (h *campaignHead) outLines(out map[gateway.Reason]int, state campaign.PersonState) []OutLine {
	reasons := make([]gateway.Reason, 0, len(out))
	for r, n := range out {
		if n > 0 {
			reasons = append(reasons, r)
		}
	}
	slices.SortFunc(reasons, func(a, b gateway.Reason) int { return cmp.Or(cmp.Compare(out[b], out[a]), cmp.Compare(a, b)) })
	var lines []OutLine
	most := 0
	if len(reasons) > 0 {
		most = out[reasons[0]]
	}
	for _, r := range reasons {
		lines = append(lines, OutLine{
			Reason: r, Says: h.outSays(r), N: h.Num(out[r]), Path: h.Base + "/people?" + peopleQuery(campaign.PeopleFilter{State: state, Reason: r}).Encode(), Bar: shareBar(out[r], most, "bar-act"),
		})
	}
	return lines
}

// outSays is why many are left out; a reason's own sentence is about one of them.
func (h *campaignHead) outSays(r gateway.Reason) string {
	if key := "campaign.out." + string(r); h.words.has(key) {
		return h.words.say(key)
	}
	return h.Says(r, nil)
}
