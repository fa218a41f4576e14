package webui

import (
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/campaign"
)

// whomPage is the first step: what it is and who gets it.
type whomPage struct {
	campaignHead
	Sources  []Choice
	Kinds    []Choice
	Segments []Choice
	Shops    []Choice // when there are several
	Statuses []Choice
	// Typed are the fields as they stand in the form, also mistyped.
	Typed   WhomTyped
	Count   *CountView
	File    FileView
	Collect CollectView
	// CRMAway: the CRM could not be asked for its segments and shops.
	CRMAway bool
}

// WhomTyped is what the form has as text.
type WhomTyped struct{ Tags, From, To, Min, Max, ConsentAt string }

func (s *Server) showWhom(c *fiber.Ctx) error {
	h, err := s.campaignHead(c, "whom")
	if err != nil {
		return err
	}
	if !h.Draft {
		return c.Redirect(h.Base, fiber.StatusSeeOther)
	}
	return s.drawWhom(c, fiber.StatusOK, h, whomTyped(h))
}

func whomTyped(h campaignHead) WhomTyped {
	a := h.C.Audience
	t := WhomTyped{Tags: strings.Join(a.Query.Tags, ", "), From: h.date(a.Query.From), ConsentAt: h.date(a.ConsentAt)}
	if !a.Query.To.IsZero() {
		t.To = h.date(a.Query.To.Add(-time.Second)) // people name the last day, the query the end of it
	}
	if a.Query.MinTotal > 0 {
		t.Min = strconv.FormatInt(a.Query.MinTotal, 10)
	}
	if a.Query.MaxTotal > 0 {
		t.Max = strconv.FormatInt(a.Query.MaxTotal, 10)
	}
	return t
}

// date is a day as <input type=date> takes it.
func (f *Frame) date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(f.zone).Format(time.DateOnly)
}

// drawWhom draws the step; a part of it that the browser asks for costs only that part.
func (s *Server) drawWhom(c *fiber.Ctx, status int, h campaignHead, typed WhomTyped) error {
	p := whomPage{campaignHead: h, Typed: typed}
	p.Collect = p.collectView()
	part := c.Query("part")
	if part != "side" {
		if err := s.whomChoices(c, &p); err != nil {
			return err
		}
		if err := s.lookAtFile(c, &p); err != nil {
			return err
		}
	}
	if part != "file" && p.C.Collect.State == campaign.CollectDone {
		count, err := s.countView(c, &p.campaignHead)
		if err != nil {
			return err
		}
		p.Count = count
	}
	return s.render(c, status, "campaign_whom", p)
}

func (s *Server) whomChoices(c *fiber.Ctx, p *whomPage) error {
	a := p.C.Audience
	for _, kind := range []campaign.Kind{campaign.Invitation, campaign.Advertising} {
		p.Kinds = append(p.Kinds, Choice{string(kind), p.words.say("campaign.kind." + string(kind)), kind == p.C.Kind})
	}
	for _, source := range campaign.Sources {
		p.Sources = append(p.Sources, Choice{string(source), p.words.say("campaign.source." + string(source)), source == a.Source})
	}
	segments, err := s.o.Campaigns.Segments(c.UserContext())
	if err == nil {
		var shops []gateway.Site
		shops, err = s.o.Campaigns.Shops(c.UserContext())
		if len(shops) > 1 || a.Query.Site != "" {
			for _, shop := range shops {
				p.Shops = append(p.Shops, Choice{shop.Code, shop.Name, shop.Code == a.Query.Site})
			}
		}
	}
	p.CRMAway = err != nil
	for _, seg := range segments {
		p.Segments = append(p.Segments, Choice{seg.Code, seg.Name + " · " + p.count("campaign.customers", seg.Customers), seg.Code == a.Query.Segment})
	}
	if a.Query.Segment != "" && p.CRMAway { // what was chosen stays chosen while nobody can be asked
		p.Segments = append(p.Segments, Choice{a.Query.Segment, a.Query.Segment, true})
	}
	ref, err := s.o.Book.Reference(c.UserContext())
	if err != nil {
		return err
	}
	chosen := map[string]bool{}
	for _, code := range a.Query.Statuses {
		chosen[code] = true
	}
	for _, st := range ref.Statuses {
		if st.Active || chosen[st.Code] {
			p.Statuses = append(p.Statuses, Choice{st.Code, st.Name, chosen[st.Code]})
		}
	}
	return nil
}

// saveWhom keeps the step: by itself while the manager changes it, and before the next one.
func (s *Server) saveWhom(c *fiber.Ctx) error {
	h, err := s.campaignHead(c, "whom")
	if err != nil {
		return err
	}
	typed, status := s.keepWhom(c, &h)
	if status == fiber.StatusOK && !isPart(c) {
		return c.Redirect(h.Base+"/what", fiber.StatusSeeOther)
	}
	return s.drawWhom(c, status, h, typed)
}

func (s *Server) keepWhom(c *fiber.Ctx, h *campaignHead) (WhomTyped, int) {
	typed, wrong := readWhom(c, h)
	err := h.wantsDraft()
	if err == nil {
		err = wrong.OrNil()
	}
	if err == nil {
		err = s.keepCampaign(c, h)
	}
	return typed, h.explainStep(err)
}

// maxPasted bounds the pasted list, in bytes: a form is not larger.
const maxPasted = 900 << 10

func readWhom(c *fiber.Ctx, h *campaignHead) (WhomTyped, gateway.FieldErrors) {
	wrong := gateway.FieldErrors{}
	one := &h.C
	a := &one.Audience
	one.Name = strings.TrimSpace(c.FormValue("name"))
	if one.Name == "" {
		wrong["name"] = gateway.ProblemRequired
	}
	if len([]rune(one.Name)) > 100 {
		wrong["name"] = gateway.ProblemTooLong
	}
	switch kind := campaign.Kind(c.FormValue("kind")); kind {
	case campaign.Invitation, campaign.Advertising:
		one.Kind = kind
	default:
		wrong["kind"] = gateway.ProblemUnknown
	}
	source := campaign.Source(c.FormValue("source"))
	known := false
	for _, s := range campaign.Sources {
		known = known || s == source
	}
	if !known {
		wrong["source"] = gateway.ProblemUnknown
		source = a.Source
	}
	a.Source, a.NoMark = source, c.FormValue("no_mark") != ""
	t := WhomTyped{
		Tags: c.FormValue("tags"), From: c.FormValue("from"), To: c.FormValue("to"), Min: strings.TrimSpace(c.FormValue("min")), Max: strings.TrimSpace(c.FormValue("max")),
		ConsentAt: c.FormValue("consent_at"),
	}
	a.Query.ByOrders = source == campaign.FromOrders
	a.Query.Segment, a.Query.Statuses = c.FormValue("segment"), formValues(c, "statuses")
	a.Query.Site = c.FormValue("site_customers")
	if source == campaign.FromOrders {
		a.Query.Site = c.FormValue("site_orders")
	}
	a.Query.Tags = nil
	for _, tag := range strings.FieldsFunc(t.Tags, func(r rune) bool { return r == ',' || r == ';' || r == '\n' }) {
		if tag = strings.TrimSpace(tag); tag != "" {
			a.Query.Tags = append(a.Query.Tags, tag)
		}
	}
	a.Query.From, a.Query.To = h.readDate(t.From, "from", 0, wrong), h.readDate(t.To, "to", 1, wrong)
	if !a.Query.From.IsZero() && !a.Query.To.IsZero() && !a.Query.To.After(a.Query.From) {
		wrong["to"] = gateway.ProblemRange
	}
	a.Query.MinTotal, a.Query.MaxTotal = readTotal(t.Min, "min", wrong), readTotal(t.Max, "max", wrong)
	if a.Query.MaxTotal > 0 && a.Query.MaxTotal < a.Query.MinTotal {
		wrong["max"] = gateway.ProblemRange
	}
	a.Pasted = strings.ReplaceAll(c.FormValue("pasted"), "\r\n", "\n")
	if len(a.Pasted) > maxPasted {
		wrong["pasted"] = gateway.ProblemTooLong
	}
	a.ConsentFrom = strings.TrimSpace(c.FormValue("consent_from"))
	if len([]rune(a.ConsentFrom)) > 300 {
		wrong["consent_from"] = gateway.ProblemTooLong
	}
	a.ConsentAt = h.readDate(t.ConsentAt, "consent_at", 0, wrong)
	if a.ConsentAt.After(h.now) {
		wrong["consent_at"] = gateway.ProblemRange
	}
	return t, wrong
}

// readDate reads a day of the shop's calendar; days later for the end of one.
func (f *Frame) readDate(typed, field string, days int, wrong gateway.FieldErrors) time.Time {
	if typed == "" {
		return time.Time{}
	}
	t, err := time.ParseInLocation(time.DateOnly, typed, f.zone)
	if err != nil || t.Year() < 2000 || t.Year() > 2100 {
		wrong[field] = gateway.ProblemRange
		return time.Time{}
	}
	return t.AddDate(0, 0, days)
}

func readTotal(typed, field string, wrong gateway.FieldErrors) int64 {
	if typed == "" {
		return 0
	}
	n, err := strconv.ParseInt(strings.NewReplacer(" ", "", "\u00a0", "").Replace(typed), 10, 64)
	if err != nil || n < 0 || n > 1_000_000_000 {
		wrong[field] = gateway.ProblemRange
		return 0
	}
	return n
}

// collect saves the step and begins to gather the people.
func (s *Server) collect(c *fiber.Ctx) error {
	h, err := s.campaignHead(c, "whom")
	if err != nil {
		return err
	}
	typed, status := s.keepWhom(c, &h)
	if status != fiber.StatusOK {
		return s.drawWhom(c, status, h, typed)
	}
	if h.C.Audience.Source == campaign.FromFile && h.C.Audience.File.Ref == "" {
		h.Errors["file"], h.Wrong = h.words.say("campaign.no_file"), h.words.say("form.wrong")
		return s.drawWhom(c, fiber.StatusUnprocessableEntity, h, typed)
	}
	if h.C.Audience.Source == campaign.FromFile && h.C.Audience.File.Columns == nil {
		if err := s.guessColumns(c, &h); err != nil {
			return s.drawWhom(c, h.explainStep(err), h, typed)
		}
	}
	if err := s.o.Campaigns.Collect(c.UserContext(), h.C.ID, h.User.Name); err != nil {
		if status := h.explainStep(err); status < 500 && status != fiber.StatusNotFound {
			return s.drawWhom(c, status, h, typed)
		}
		return err
	}
	return c.Redirect(h.Base+"/whom#people", fiber.StatusSeeOther)
}

func (s *Server) stopCollect(c *fiber.Ctx) error {
	if err := s.o.Campaigns.StopCollect(c.UserContext(), campaignID(c)); err != nil && device.KindOf(err) != device.Conflict {
		return err
	}
	return c.Redirect(campaignPath(campaignID(c))+"/whom#people", fiber.StatusSeeOther)
}
