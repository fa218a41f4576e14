package retailcrm

import (
	"net/http"
	"slices"
	"strconv"
	"time"
)

// findCustomer looks up the card that an address names. A card that was merged
// into another is not found, and the answer says into which.
func (a *Account) findCustomer(q *request) (*Customer, *answer) {
	byID, id, external, no := q.pathID()
	if no != nil {
		return nil, no
	}
	site, no := q.site(!byID)
	if no != nil {
		return nil, no
	}
	rows := a.customers
	if byID {
		rows = nil
		if c := a.customer(id); c != nil {
			rows = []*Customer{c}
		}
	}
	for _, c := range rows {
		if !q.key.sees(c.Site) {
			continue
		}
		if byID || c.ExternalID != "" && c.ExternalID == external && (site == "" || site == c.Site) {
			return c, nil
		}
	}
	out := notFound()
	if to, merged := a.combined[id]; byID && merged {
		out.body.(obj)["combinedTo"] = obj{"id": to}
	}
	return nil, &out
}

// getCustomer shows more than lists do: subscriptions and chat identities.
func (a *Account) getCustomer(q *request) answer {
	c, no := a.findCustomer(q)
	if no != nil {
		return *no
	}
	body := a.customerBody(c)
	body["customerSubscriptions"] = a.subscriptionsBody(c)
	body["mgCustomers"] = a.mgCustomers(c.ID)
	return ok(obj{"customer": body})
}

// listCustomers answers newest first.
func (a *Account) listCustomers(q *request) answer {
	f := q.filter()
	cond := a.customerChecks(f)
	if no := f.done(q); no != nil {
		return *no
	}
	var rows []*Customer
	for _, c := range slices.Backward(a.customers) {
		if q.key.sees(c.Site) && cond.pass(c) {
			rows = append(rows, c)
		}
	}
	return paged(q, "customers", rows, func(c *Customer) any { return a.customerBody(c) })
}

// customerChecks reads the filters of GET /customers that the simulator knows.
// There is no filter by phone: name takes a phone too.
func (a *Account) customerChecks(f *filter) checks[*Customer] {
	var c checks[*Customer]
	amongInts(&c, f, "ids", func(v *Customer) int { return v.ID })
	among(&c, f, "externalIds", func(v *Customer) string { return v.ExternalID })
	among(&c, f, "sites", func(v *Customer) string { return v.Site })
	amongInts(&c, f, "managers", func(v *Customer) int { return v.ManagerID })
	if want, given := f.text("name"); given {
		c.add(func(v *Customer) bool {
			return nameOrPhone(want, []string{v.FirstName, v.LastName, v.Patronymic}, v.Phones)
		})
	}
	contains(&c, f, "email", func(v *Customer) string { return v.Email })
	contains(&c, f, "city", func(v *Customer) string { return v.Address.City })
	contains(&c, f, "region", func(v *Customer) string { return v.Address.Region })
	exactly(&c, f, "sex", func(v *Customer) string { return v.Sex })
	exactly(&c, f, "discountCardNumber", func(v *Customer) string { return v.DiscountCard })
	flagged(&c, f, "vip", func(v *Customer) bool { return v.VIP })
	flagged(&c, f, "bad", func(v *Customer) bool { return v.Bad })
	flagged(&c, f, "isContact", func(v *Customer) bool { return v.IsContact })
	if want, given := f.text("segment"); given {
		// Assumed: by code or by id; the documentation says neither.
		byCode := want
		for _, s := range a.segments {
			if want == strconv.Itoa(s.ID) {
				byCode = s.Code
			}
		}
		if a.opt.SegmentsByNumber && byCode == want {
			byCode = ""
		}
		want = byCode
		c.add(func(v *Customer) bool { return slices.Contains(v.Segments, want) })
	}
	if want := f.list("tags"); len(want) > 0 {
		c.add(func(v *Customer) bool {
			return slices.ContainsFunc(want, func(t string) bool { return slices.Contains(v.Tags, t) })
		})
	}
	a.subscriptionChecks(&c, f)
	flagged(&c, f, "emailMarketingUnsubscribed", func(v *Customer) bool { return !v.EmailOff.IsZero() })
	if id, given := f.integer("mgCustomerId"); given {
		card := a.cardOf(id)
		c.add(func(v *Customer) bool { return v.ID == card })
	}
	between(&c, f, "dateFrom", "dateTo", func(v *Customer) time.Time { return v.CreatedAt })
	within(&c, f, "minOrdersCount", "maxOrdersCount", func(v *Customer) float64 {
		n, _ := a.bought(v.ID)
		return float64(n)
	})
	within(&c, f, "minTotalSumm", "maxTotalSumm", func(v *Customer) float64 {
		_, total := a.bought(v.ID)
		return total
	})
	between(&c, f, "firstOrderFrom", "firstOrderTo", func(v *Customer) time.Time { return a.boughtAt(v.ID, false) })
	between(&c, f, "lastOrderFrom", "lastOrderTo", func(v *Customer) time.Time { return a.boughtAt(v.ID, true) })
	customFieldChecks(&c, f, func(v *Customer) map[string]any { return v.CustomFields })
	return c
}

func (a *Account) createCustomer(q *request) answer {
	doc, no := q.document("customer")
	if no != nil {
		return *no
	}
	if s, given := doc["site"].(string); given && q.text("site") == "" {
		q.form.set([]string{"site"}, s)
	}
	site, no := q.site(true)
	if no != nil {
		return *no
	}
	next := Customer{Site: site}
	p := newPatch(doc)
	a.patchCustomer(q, p, &next)
	if id := next.ExternalID; id != "" && slices.ContainsFunc(a.customers, func(c *Customer) bool { return c.Site == site && c.ExternalID == id }) {
		p.errs["externalId"] = "Customer already exists."
	}
	if len(p.errs) > 0 {
		return fail(http.StatusBadRequest, "Errors in the entity format", p.errs)
	}
	c := a.insertCustomer(next, actor{source: "api", key: q.key.id})
	return created(obj{"id": c.ID})
}

func (a *Account) editCustomer(q *request) answer {
	doc, no := q.document("customer")
	if no != nil {
		return *no
	}
	c, no := a.findCustomer(q)
	if no != nil {
		return *no
	}
	next := c.clone()
	p := newPatch(doc)
	a.patchCustomer(q, p, &next)
	if len(p.errs) > 0 {
		return fail(http.StatusBadRequest, "Errors in the entity format", p.errs)
	}
	a.saveCustomer(c, next, p.changes, actor{source: "api", key: q.key.id})
	return ok(obj{"id": c.ID})
}

// insertCustomer fills what is missing, stores the card and notes its creation.
func (a *Account) insertCustomer(next Customer, who actor) *Customer {
	c := next.clone()
	if c.ID == 0 {
		c.ID = a.nextID("customer")
	}
	a.lastID["customer"] = max(a.lastID["customer"], c.ID)
	if c.Site == "" {
		c.Site = a.opt.Site
	}
	now := a.now()
	if c.CreatedAt.IsZero() {
		c.CreatedAt = now
	}
	if c.Address != (Address{}) && c.Address.ID == 0 {
		c.Address.ID = a.nextID("address")
	}
	i, _ := slices.BinarySearchFunc(a.customers, c.ID, func(have *Customer, id int) int { return have.ID - id })
	a.customers, a.members = slices.Insert(a.customers, i, &c), nil
	a.noteCustomerCreated(&c, now, who)
	a.changed("customer", c.ID)
	return &c
}

func (a *Account) saveCustomer(c *Customer, next Customer, changes []change, who actor) {
	if len(changes) == 0 {
		return
	}
	*c, a.members = next, nil
	now := a.now()
	for _, ch := range changes {
		a.noteCustomer(c, now, who, ch)
	}
	a.changed("customer", c.ID)
}

// patchCustomer applies a document to c.
func (a *Account) patchCustomer(q *request, p *patch, c *Customer) {
	p.ignore("id", "site", "type", "createdAt", "contragent", "source", "subscribed")
	p.text("externalId", "external_id", &c.ExternalID)
	p.text("firstName", "first_name", &c.FirstName)
	p.text("lastName", "last_name", &c.LastName)
	p.text("patronymic", "patronymic", &c.Patronymic)
	p.textIf("sex", "sex", &c.Sex, oneOf([]string{"male", "female"}))
	p.text("email", "email", &c.Email)
	p.textIf("birthday", "birthday", &c.Birthday, refuseDay)
	p.boolean("vip", "vip", &c.VIP)
	p.boolean("bad", "bad", &c.Bad)
	p.boolean("isContact", "is_contact", &c.IsContact)
	p.number("personalDiscount", "personal_discount", &c.PersonalDiscount)
	p.text("discountCardNumber", "discount_card_number", &c.DiscountCard)
	a.patchManager(p, &c.ManagerID)
	a.patchPhones(p, c)
	patchTags(p, c)
	if sub := p.object("address"); sub != nil {
		patchAddress(sub, "address.", &c.Address)
		p.absorb("address", sub)
	}
	c.CustomFields = a.patchCustomFields(p, "customer", c.CustomFields)
	for _, name := range p.unknown() {
		q.puzzled("customer." + name)
	}
}

// patchPhones replaces the whole list. Assumed: that is what an edit does, so a
// client must send every phone.
func (a *Account) patchPhones(p *patch, c *Customer) {
	v, given := p.take("phones")
	if !given {
		return
	}
	list, isList := v.([]any)
	if !isList {
		p.bad("phones")
		return
	}
	var phones []string
	for _, raw := range list {
		doc, _ := raw.(obj)
		number, isText := asText(doc["number"])
		if !isText || number == "" {
			p.bad("phones")
			return
		}
		phones = append(phones, number)
	}
	for _, old := range c.Phones {
		if !slices.Contains(phones, old) {
			p.changes = append(p.changes, change{field: "phones", old: old})
		}
	}
	for _, number := range phones {
		if !slices.Contains(c.Phones, number) {
			p.changes = append(p.changes, change{field: "phones", new: number})
		}
	}
	c.Phones = phones
}

// patchTags applies addTags and removeTags, lists of names.
func patchTags(p *patch, c *Customer) {
	names := func(field string) []string {
		var out []string
		for _, raw := range p.list(field) {
			if s, isText := raw.(string); isText {
				out = append(out, s)
			}
		}
		return out
	}
	for _, tag := range names("addTags") {
		if !slices.Contains(c.Tags, tag) {
			p.changes = append(p.changes, change{field: "tags", new: tag})
			c.Tags = append(c.Tags, tag)
		}
	}
	for _, tag := range names("removeTags") {
		if i := slices.Index(c.Tags, tag); i >= 0 {
			p.changes = append(p.changes, change{field: "tags", old: tag})
			c.Tags = slices.Delete(c.Tags, i, i+1)
		}
	}
}
