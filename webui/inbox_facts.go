package webui

import (
	"context"
	"strings"
	"time"

	"vestnik/gateway"
)

// factsView is what the CRM knows of the customer, beside the talk.
type factsView struct {
	Name     string
	Card     string // address of the card in the CRM
	VIP, Bad bool
	Orders   []factOrder
	Known    bool
	Away     bool
}

type factOrder struct {
	Number, Status, Sum, URL string
}

// factsTime bounds what the page waits for the CRM: the talk is more urgent.
const factsTime = 3 * time.Second

// factsOf asks for the facts; a CRM that does not answer in time counts as away.
func (s *Server) factsOf(ctx context.Context, f *Frame, t gateway.Conversation) *factsView {
	ctx, cancel := context.WithTimeout(ctx, factsTime)
	defer cancel()
	facts, err := s.o.Talk.Facts(ctx, t.ID)
	v := &factsView{Known: facts.Known, Away: facts.CRMAway || err != nil}
	if err != nil {
		s.o.Logger.Warn("facts of a customer could not be read", "conversation", t.ID, "error", err)
	}
	if c := facts.Customer; c != nil {
		v.Name, v.Card, v.VIP, v.Bad = c.Name, webAddress(c.URL), c.VIP, c.Bad
	}
	ref, _ := s.o.Book.Reference(ctx) // without it the statuses stand by their codes
	for _, o := range facts.Orders {
		status := o.Status
		if st, ok := ref.Status(o.Status); ok {
			status = st.Name
		}
		v.Orders = append(v.Orders, factOrder{Number: o.Number, Status: status, Sum: o.Fields["order.totalSumm"], URL: webAddress(o.URL)})
	}
	return v
}

// webAddress lets only addresses of the web be links.
func webAddress(raw string) string {
	if strings.HasPrefix(raw, "https://") || strings.HasPrefix(raw, "http://") {
		return raw
	}
	return ""
}
