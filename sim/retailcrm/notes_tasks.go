package retailcrm

import (
	"net/http"
	"slices"
	"strconv"
	"time"
)

// customerRef finds the customer that a note or a task names by {id} or
// {externalId, site}; why is the complaint when there is none.
func (a *Account) customerRef(q *request, sub *patch, site string) (c *Customer, why string) {
	sub.ignore("site", "type")
	id, hasID := sub.take("id")
	external, hasExternal := sub.take("externalId")
	if s, isText := sub.in["site"].(string); isText {
		site = s
	}
	if !hasID && !hasExternal {
		return nil, "Set one of the following fields: id, externalId"
	}
	if hasID {
		n, _ := asNumber(id)
		c = a.customer(int(n))
	} else {
		for _, have := range a.customers {
			if have.ExternalID == external && (site == "" || have.Site == site) {
				c = have
			}
		}
	}
	if c == nil || !q.key.sees(c.Site) {
		return nil, "Customer does not exist."
	}
	return c, ""
}

func (a *Account) listNotes(q *request) answer {
	f := q.filter()
	var c checks[Note]
	amongInts(&c, f, "ids", func(n Note) int { return n.ID })
	amongInts(&c, f, "customerIds", func(n Note) int { return n.CustomerID })
	amongInts(&c, f, "managerIds", func(n Note) int { return n.ManagerID })
	among(&c, f, "customerExternalIds", func(n Note) string {
		if who := a.customer(n.CustomerID); who != nil {
			return who.ExternalID
		}
		return ""
	})
	contains(&c, f, "text", func(n Note) string { return n.Text })
	between(&c, f, "createdAtFrom", "createdAtTo", func(n Note) time.Time { return n.CreatedAt })
	if no := f.done(q); no != nil {
		return *no
	}
	var rows []Note
	for _, n := range a.notes {
		if who := a.customer(n.CustomerID); who != nil && q.key.sees(who.Site) && c.pass(n) {
			rows = append(rows, n)
		}
	}
	return paged(q, "notes", rows, func(n Note) any {
		out := obj{"id": n.ID, "text": n.Text, "createdAt": a.stamp(n.CreatedAt), "customer": a.customerLink(n.CustomerID)}
		if n.ManagerID != 0 {
			out["managerId"] = n.ManagerID
		}
		return out
	})
}

// customerLink is how notes and tasks name a customer.
func (a *Account) customerLink(id int) obj {
	c := a.customer(id)
	if c == nil {
		return obj{"id": id, "type": "customer"}
	}
	out := customerStub(c)
	out["type"] = "customer"
	return out
}

// createNote needs the shop when the key sees several, as everything that is created does
// (API rules).
func (a *Account) createNote(q *request) answer {
	doc, no := q.document("note")
	if no != nil {
		return *no
	}
	site, no := q.site(true)
	if no != nil {
		return *no
	}
	n := Note{CreatedAt: a.now()}
	p := newPatch(doc)
	p.text("text", "", &n.Text)
	a.patchManager(p, &n.ManagerID)
	sub := p.object("customer")
	if sub == nil {
		sub = newPatch(nil)
	}
	who, why := a.customerRef(q, sub, site)
	if why != "" {
		p.errs["customer"] = why
	}
	if n.Text == "" {
		p.errs["text"] = "This value should not be blank."
	}
	for _, name := range p.unknown() {
		q.puzzled("note." + name)
	}
	if len(p.errs) > 0 {
		return fail(http.StatusBadRequest, "Errors in the entity format", p.errs)
	}
	n.ID, n.CustomerID = a.nextID("note"), who.ID
	a.notes = append(a.notes, n)
	a.changed("note", n.ID)
	return created(obj{"id": n.ID})
}

func (a *Account) deleteNote(q *request) answer {
	q.param("id") // the official client repeats the id in the form
	for i, n := range a.notes {
		if strconv.Itoa(n.ID) == q.vars["id"] {
			a.notes = slices.Delete(a.notes, i, i+1)
			a.changed("note", n.ID)
			return ok(obj{})
		}
	}
	return fail(http.StatusNotFound, "Note not found", nil)
}

// taskBody shows a task; performer is an id and performerType says of what.
func (a *Account) taskBody(t Task) obj {
	out := obj{
		"id": t.ID, "text": t.Text, "createdAt": a.stamp(t.CreatedAt), "complete": t.Complete,
		"performer": t.PerformerID, "performerType": "user",
	}
	texts(out, map[string]string{"commentary": t.Commentary, "datetime": t.Datetime, "phone": t.Phone})
	if t.CustomerID != 0 {
		out["customer"] = a.customerLink(t.CustomerID)
	}
	if o := a.order(t.OrderID); o != nil {
		link := obj{"id": o.ID, "number": o.Number}
		texts(link, map[string]string{"externalId": o.ExternalID})
		out["order"] = link
	}
	return out
}

func (a *Account) listTasks(q *request) answer {
	f := q.filter()
	var c checks[Task]
	amongInts(&c, f, "performers", func(t Task) int { return t.PerformerID })
	contains(&c, f, "text", func(t Task) string { return t.Text })
	exactly(&c, f, "orderNumber", func(t Task) string {
		if o := a.order(t.OrderID); o != nil {
			return o.Number
		}
		return ""
	})
	if want, given := f.text("status"); given {
		c.add(func(t Task) bool { return t.Complete == (want == "completed") })
	}
	if want, given := f.text("customer"); given {
		c.add(func(t Task) bool {
			who := a.customer(t.CustomerID)
			return who != nil && nameOrPhone(want, []string{who.FirstName, who.LastName, who.Patronymic}, who.Phones)
		})
	}
	between(&c, f, "createdAtFrom", "createdAtTo", func(t Task) time.Time { return t.CreatedAt })
	if no := f.done(q); no != nil {
		return *no
	}
	var rows []Task
	for _, t := range slices.Backward(a.tasks) {
		if c.pass(t) {
			rows = append(rows, t)
		}
	}
	return paged(q, "tasks", rows, func(t Task) any { return a.taskBody(t) })
}

func (a *Account) getTask(q *request) answer {
	for _, t := range a.tasks {
		if strconv.Itoa(t.ID) == q.vars["id"] {
			return ok(obj{"task": a.taskBody(t)})
		}
	}
	return notFound()
}

// createTask needs a text, a performer and, like a note, the shop; its datetime has no
// seconds.
func (a *Account) createTask(q *request) answer {
	doc, no := q.document("task")
	if no != nil {
		return *no
	}
	site, no := q.site(true)
	if no != nil {
		return *no
	}
	t := Task{CreatedAt: a.now()}
	p := newPatch(doc)
	p.text("text", "", &t.Text)
	p.text("commentary", "", &t.Commentary)
	p.text("phone", "", &t.Phone)
	p.boolean("complete", "", &t.Complete)
	p.ignore("phoneSite", "performerType")
	p.integer("performerId", "", &t.PerformerID)
	p.textIf("datetime", "", &t.Datetime, func(s string) string {
		if _, err := time.Parse("2006-01-02 15:04", s); err != nil {
			return notValid
		}
		return ""
	})
	switch known := slices.ContainsFunc(a.users, func(u User) bool { return u.ID == t.PerformerID }); {
	case t.PerformerID == 0:
		p.errs["performerId"] = "This value should not be blank."
	case !known:
		p.errs["performerId"] = noSuch("User", "id", strconv.Itoa(t.PerformerID))
	}
	if t.Text == "" {
		p.errs["text"] = "This value should not be blank."
	}
	if sub := p.object("customer"); sub != nil {
		who, why := a.customerRef(q, sub, site)
		if why != "" {
			p.errs["customer"] = why
		} else {
			t.CustomerID = who.ID
		}
	}
	if sub := p.object("order"); sub != nil {
		if o := a.orderRef(q, sub); o != nil {
			t.OrderID = o.ID
		} else {
			p.errs["order"] = "Order does not exist."
		}
	}
	for _, name := range p.unknown() {
		q.puzzled("task." + name)
	}
	if len(p.errs) > 0 {
		return fail(http.StatusBadRequest, "Task is not loaded", p.errs)
	}
	t.ID = a.nextID("task")
	a.tasks = append(a.tasks, t)
	a.changed("task", t.ID)
	return created(obj{"id": t.ID})
}

// orderRef finds the order that a task names by id, externalId or number.
func (a *Account) orderRef(q *request, sub *patch) *Order {
	id, _ := asNumber(sub.in["id"])
	external, _ := sub.in["externalId"].(string)
	number, _ := sub.in["number"].(string)
	for _, o := range a.orders {
		if q.key.sees(o.Site) && (id != 0 && o.ID == int(id) || external != "" && o.ExternalID == external || number != "" && o.Number == number) {
			return o
		}
	}
	return nil
}
