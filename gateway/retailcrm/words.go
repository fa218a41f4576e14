package retailcrm

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/outbound"
)

const (
	// wordsAge is how long the vocabulary is used before it is read again.
	wordsAge = time.Hour
	// unknownAge is the least time between two readings for the sake of an unknown code.
	unknownAge = 5 * time.Minute
	// maxPages bounds paged vocabularies: 2,000 users, fields or dictionaries.
	maxPages = 20
)

// words turns the account's codes into names.
type words struct {
	at       time.Time
	currency string // the account's default, ISO 4217
	zone     *time.Location

	statuses   []entryBody // in the CRM's order
	statusName map[string]string
	statusIn   map[string]string // the group's code
	groups     map[string]entryBody
	types      map[string]string // order types
	methods    map[string]string
	deliveries map[string]string
	services   map[string]string
	payTypes   map[string]string
	payStates  map[string]string
	lineOff    map[string]bool // product statuses of cancelled lines
	sites      map[string]entryBody
	mainSite   text // the shop that the CRM itself takes by default, else the first
	stores     map[string]entryBody
	orderBox   []customField // custom fields of orders
	clientBox  []customField // custom fields of customers
	dicts      map[string]map[string]string
	users      map[int64]userBody
	noUsers    bool // the key may not read users
}

// vocabulary is the account's words, from memory while they are fresh. When they
// cannot be read again, the old ones serve.
func (c *Client) vocabulary(ctx context.Context, who outbound.Lane, maxAge time.Duration) (*words, error) {
	select {
	case c.loading <- struct{}{}:
		defer func() { <-c.loading }()
	case <-ctx.Done():
		return nil, &device.Error{Kind: device.Unavailable, Op: "retailcrm: read the vocabulary", Err: ctx.Err()}
	}
	c.mu.Lock()
	old := c.words
	c.mu.Unlock()
	if old != nil && c.now().Sub(old.at) < maxAge {
		return old, nil
	}
	w, err := c.readWords(ctx, who)
	if err != nil {
		if old != nil && ctx.Err() == nil && maxAge > 0 {
			c.log.Warn("retailcrm: the vocabulary could not be read again", "error", err)
			return old, nil
		}
		return nil, err
	}
	c.mu.Lock()
	c.words = w
	c.mu.Unlock()
	c.keepZone(w.zone)
	return w, nil
}

func (c *Client) readWords(ctx context.Context, who outbound.Lane) (*words, error) {
	w := &words{at: c.now(), groups: map[string]entryBody{}, statusName: map[string]string{}, lineOff: map[string]bool{}}
	s, err := c.settings(ctx, who)
	if err != nil {
		return nil, err
	}
	w.zone, w.currency = s.Zone(), s.currency
	if err := c.readStatuses(ctx, who, w); err != nil {
		return nil, err
	}
	for _, r := range []struct {
		name, key string
		names     *map[string]string
		entries   *map[string]entryBody
	}{
		{"order-types", "orderTypes", &w.types, nil},
		{"order-methods", "orderMethods", &w.methods, nil},
		{"delivery-types", "deliveryTypes", &w.deliveries, nil},
		{"delivery-services", "deliveryServices", &w.services, nil},
		{"payment-types", "paymentTypes", &w.payTypes, nil},
		{"payment-statuses", "paymentStatuses", &w.payStates, nil},
		{"sites", "sites", nil, &w.sites},
		{"stores", "stores", nil, &w.stores},
	} {
		rows, err := c.optional(c.reference(ctx, who, r.name, r.key))
		if err != nil {
			return nil, err
		}
		if r.names != nil {
			*r.names = namesOf(rows)
			continue
		}
		*r.entries = byCode(rows)
		if r.name == "sites" {
			for _, row := range rows {
				if w.mainSite == "" || row.Main.On {
					w.mainSite = row.Code
				}
			}
		}
	}
	lines, err := c.optional(c.reference(ctx, who, "product-statuses", "productStatuses"))
	if err != nil {
		return nil, err
	}
	for _, row := range lines {
		w.lineOff[string(row.Code)] = row.CancelStatus.On
	}
	if err := c.readCustomFields(ctx, who, w); err != nil {
		return nil, err
	}
	return w, c.readUsers(ctx, who, w)
}

// optional takes a list that the key may not read for an empty one: the statuses came
// before it by the same right, so that it is this list that the account keeps back.
func (c *Client) optional(rows []entryBody, err error) ([]entryBody, error) {
	if device.KindOf(err) == device.Unauthorized && gateway.RightOf(err) != "" {
		c.log.Warn("retailcrm: a reference is kept back", "error", err)
		return nil, nil
	}
	return rows, err
}

func (c *Client) readStatuses(ctx context.Context, who outbound.Lane, w *words) error {
	groups, err := c.reference(ctx, who, "status-groups", "statusGroups")
	if err != nil {
		return err
	}
	w.groups = byCode(groups)
	if w.statuses, err = c.reference(ctx, who, "statuses", "statuses"); err != nil {
		return err
	}
	slices.SortStableFunc(w.statuses, func(a, b entryBody) int {
		return cmp.Or(
			cmp.Compare(w.groups[string(a.Group)].Ordering.Value, w.groups[string(b.Group)].Ordering.Value),
			cmp.Compare(a.Group, b.Group),
			cmp.Compare(a.Ordering.Value, b.Ordering.Value),
			cmp.Compare(a.Code, b.Code),
		)
	})
	w.statusName = namesOf(w.statuses)
	w.statusIn = make(map[string]string, len(w.statuses))
	for _, s := range w.statuses {
		w.statusIn[string(s.Code)] = string(s.Group)
	}
	return nil
}

// reference reads one list of GET /reference: an object keyed by code, or a list.
func (c *Client) reference(ctx context.Context, who outbound.Lane, name, key string) ([]entryBody, error) {
	var body map[string]list[entryBody]
	q := call{op: "retailcrm: read reference " + name, path: "/api/v5/reference/" + name, right: "reference_read", lane: who}
	_, err := c.do(ctx, q, &body)
	if err != nil {
		return nil, err
	}
	rows := body[key]
	if !rows.Given {
		return nil, c.lost(q, codeOdd, errors.New("the answer lacks "+key))
	}
	return slices.DeleteFunc(rows.Rows, func(e entryBody) bool { return e.Code == "" }), nil
}

func (c *Client) readCustomFields(ctx context.Context, who outbound.Lane, w *words) error {
	err := c.pages(ctx, call{
		op: "retailcrm: read custom fields", path: "/api/v5/custom-fields", right: "custom_fields_read", lane: who,
	}, maxPages, func(q call) (pagination, error) {
		var body customFieldsBody
		_, err := c.do(ctx, q, &body)
		for _, f := range body.CustomFields.Rows {
			switch {
			case f.Code == "":
			case f.Entity == "order":
				w.orderBox = append(w.orderBox, f)
			case f.Entity == "customer":
				w.clientBox = append(w.clientBox, f)
			}
		}
		return body.Pagination.T, err
	})
	if err != nil {
		return err
	}
	byOrdering := func(a, b customField) int {
		return cmp.Or(cmp.Compare(a.Ordering.Value, b.Ordering.Value), cmp.Compare(a.Code, b.Code))
	}
	slices.SortStableFunc(w.orderBox, byOrdering)
	slices.SortStableFunc(w.clientBox, byOrdering)
	w.dicts = map[string]map[string]string{}
	return c.pages(ctx, call{
		op: "retailcrm: read dictionaries", path: "/api/v5/custom-fields/dictionaries", right: "custom_fields_read", lane: who,
	}, maxPages, func(q call) (pagination, error) {
		var body dictionariesBody
		_, err := c.do(ctx, q, &body)
		for _, d := range body.Dictionaries.Rows {
			w.dicts[string(d.Code)] = namesOf(d.Elements.Rows)
		}
		return body.Pagination.T, err
	})
}

// readUsers is for the manager's name; a key without that right leaves it empty.
func (c *Client) readUsers(ctx context.Context, who outbound.Lane, w *words) error {
	w.users = map[int64]userBody{}
	rows, err := c.readStaff(ctx, who, nil)
	for _, u := range rows {
		w.users[int64(u.ID)] = u
	}
	if device.KindOf(err) == device.Unauthorized {
		w.noUsers = true
		return nil
	}
	return err
}

// pages reads a paged method to its end, 100 rows at a time and at most so many pages.
func (c *Client) pages(ctx context.Context, q call, most int, read func(call) (pagination, error)) error {
	filter := q.query
	for page := 1; page <= most; page++ {
		q.query = url.Values{"limit": {"100"}, "page": {strconv.Itoa(page)}}
		maps.Copy(q.query, filter)
		p, err := read(q)
		if err != nil {
			return err
		}
		if int(p.TotalPageCount) <= page || ctx.Err() != nil {
			break
		}
	}
	return nil
}

// accountSettings is what the connection needs of GET /settings.
type accountSettings struct {
	zoneName string
	zone     *time.Location
	currency string
}

// Zone is UTC when the account's zone is not known here.
func (s accountSettings) Zone() *time.Location {
	if s.zone == nil {
		return time.UTC
	}
	return s.zone
}

func (c *Client) settings(ctx context.Context, who outbound.Lane) (accountSettings, error) {
	var body settingsBody
	q := call{op: "retailcrm: read settings", path: "/api/v5/settings", lane: who}
	if _, err := c.do(ctx, q, &body); gateway.RightOf(err) != "" {
		// No public source names a right for the settings. Should there be one, the shop's
		// zone serves, and Changes measures the true one.
		c.log.Warn("retailcrm: the settings are kept back", "error", err)
		return accountSettings{zone: c.shop}, nil
	} else if err != nil {
		return accountSettings{}, err
	}
	t := body.Settings.T
	s := accountSettings{zoneName: string(t.Timezone.T.Value), currency: string(t.Currency.T.Value)}
	if zone, err := time.LoadLocation(s.zoneName); err == nil && s.zoneName != "" {
		s.zone = zone
	} else {
		s.zone = c.shop
		c.log.Warn("retailcrm: the account's time zone is not known here; the shop's is used", "zone", s.zoneName)
	}
	return s, nil
}

func namesOf(rows []entryBody) map[string]string {
	out := make(map[string]string, len(rows))
	for _, r := range rows {
		out[string(r.Code)] = string(cmp.Or(r.Name, r.Code))
	}
	return out
}

func byCode(rows []entryBody) map[string]entryBody {
	out := make(map[string]entryBody, len(rows))
	for _, r := range rows {
		out[string(r.Code)] = r
	}
	return out
}

// knows tells whether every code of an order has a name, so that a new delivery type
// is noticed before the hour is over.
func (w *words) knows(o orderBody) bool {
	known := func(names map[string]string, c text) bool {
		_, ok := names[string(c)]
		return c == "" || ok
	}
	for _, p := range o.Payments.Rows {
		if !known(w.payTypes, p.Type) || !known(w.payStates, p.Status) {
			return false
		}
	}
	if !hasAll(w.orderBox, o.CustomFields) {
		return false
	}
	_, site := w.sites[string(o.Site)]
	_, store := w.stores[string(o.ShipmentStore)]
	_, user := w.users[int64(o.ManagerID)]
	return known(w.statusName, o.Status) && known(w.types, o.OrderType) && known(w.methods, o.OrderMethod) &&
		known(w.deliveries, o.Delivery.T.Code) && (o.Site == "" || site) && (o.ShipmentStore == "" || store) &&
		(o.ManagerID == 0 || user || w.noUsers)
}

// hasAll tells whether the custom fields of an order or a card are all known.
func hasAll(box []customField, fields bag) bool {
	for c := range fields {
		if !slices.ContainsFunc(box, func(f customField) bool { return string(f.Code) == c }) {
			return false
		}
	}
	return true
}

// hours is a store's working week in few words: "10:00–21:00", or day by day.
func hours(week map[string]list[span], l language) string {
	days := [...]string{"mo", "tu", "we", "th", "fr", "sa", "su"}
	var spans [7]string
	for i, d := range days {
		var parts []string
		for _, s := range week[d].Rows {
			if t := l.between(clock(s.From), clock(s.To)); t != "" {
				parts = append(parts, t)
			}
		}
		spans[i] = strings.Join(parts, ", ")
	}
	var out []string
	for from := 0; from < 7; {
		to := from
		for to+1 < 7 && spans[to+1] == spans[from] {
			to++
		}
		if spans[from] != "" {
			out = append(out, strings.TrimSpace(l.days(from, to)+" "+spans[from]))
		}
		from = to + 1
	}
	return strings.Join(out, ", ")
}
