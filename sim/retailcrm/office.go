package retailcrm

import (
	"net/http"
	"slices"
	"strconv"
	"time"
)

// getSettings shows the zone that all API times are in.
func (a *Account) getSettings(*request) answer {
	set := func(value string) obj { return obj{"value": value, "updated_at": "2024-03-04 10:00:00"} }
	hours := []any{}
	for _, day := range []string{"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"} {
		hours = append(hours, obj{
			"day_type": day, "start_time": "10:00", "end_time": "21:00", "lunch_start_time": "14:00", "lunch_end_time": "14:30",
		})
	}
	where := obj{"site": a.opt.Site, "order_type": "eshop-individual", "order_method": "messenger"}
	return ok(obj{"settings": obj{
		"default_currency": set("RUB"), "system_language": set("RU"), "timezone": set(a.zone.String()),
		"work_times": hours, "non_working_days": []any{obj{"start_date": "01.01", "end_date": "01.03"}},
		"mg": obj{"order_creation": obj{"default": where, "channels": obj{"1": where}}},
	}})
}

func (a *Account) userBody(u User) obj {
	groups := []any{}
	if u.IsManager {
		groups = append(groups, obj{"id": 25, "name": "Менеджеры", "code": "manager"})
	}
	if u.IsAdmin {
		groups = append(groups, obj{"id": 26, "name": "Руководители", "code": "director"})
	}
	out := obj{
		"id": u.ID, "createdAt": a.stamp(u.CreatedAt), "active": u.Active, "email": u.Email, "firstName": u.FirstName,
		"status": u.Status, "online": u.Online, "isAdmin": u.IsAdmin, "isManager": u.IsManager, "groups": groups, "mgUserId": u.MGUserID,
		"senderEmail": u.Email, "senderName": u.FirstName,
	}
	texts(out, map[string]string{"lastName": u.LastName, "patronymic": u.Patronymic, "phone": u.Phone, "position": u.Position})
	return out
}

func (a *Account) listUsers(q *request) answer {
	f := q.filter()
	var c checks[User]
	contains(&c, f, "email", func(u User) string { return u.Email })
	exactly(&c, f, "status", func(u User) string { return u.Status })
	flagged(&c, f, "online", func(u User) bool { return u.Online })
	flagged(&c, f, "active", func(u User) bool { return u.Active })
	flagged(&c, f, "isManager", func(u User) bool { return u.IsManager })
	flagged(&c, f, "isAdmin", func(u User) bool { return u.IsAdmin })
	between(&c, f, "createdAtFrom", "createdAtTo", func(u User) time.Time { return u.CreatedAt })
	if want := f.list("groups"); len(want) > 0 {
		c.add(func(u User) bool {
			return u.IsManager && slices.Contains(want, "manager") || u.IsAdmin && slices.Contains(want, "director")
		})
	}
	if no := f.done(q); no != nil {
		return *no
	}
	var rows []User
	for _, u := range a.users {
		if c.pass(u) {
			rows = append(rows, u)
		}
	}
	return paged(q, "users", rows, func(u User) any { return a.userBody(u) })
}

func (a *Account) getUser(q *request) answer {
	for _, u := range a.users {
		if strconv.Itoa(u.ID) == q.vars["id"] {
			return ok(obj{"user": a.userBody(u)})
		}
	}
	return notFound()
}

func (a *Account) listUserGroups(q *request) answer {
	group := func(id int, name, code string) obj {
		return obj{
			"id": id, "name": name, "code": code, "isManager": code == "manager", "isPosManager": false, "isDeliveryMen": false,
			"deliveryTypes": []string{}, "breakdownOrderTypes": []string{}, "breakdownSites": []string{},
			"breakdownOrderMethods": []string{}, "grantedOrderTypes": []string{"eshop-individual", "eshop-legal"},
			"grantedSites": []string{a.opt.Site},
		}
	}
	rows := []obj{group(26, "Руководители", "director"), group(25, "Менеджеры", "manager")}
	return paged(q, "groups", rows, func(o obj) any { return o })
}

// sendNotification shows a pop-up to the CRM's users.
func (a *Account) sendNotification(q *request) answer {
	doc, no := q.document("notification")
	if no != nil {
		return *no
	}
	n := Notification{At: a.now()}
	p := newPatch(doc)
	p.textIf("type", "", &n.Type, oneOf([]string{"api.error", "api.info"}))
	p.text("message", "", &n.Message)
	for _, id := range p.list("userIds") {
		v, fine := asNumber(id)
		if !fine {
			p.bad("userIds")
		}
		n.UserIDs = append(n.UserIDs, int(v))
	}
	for _, group := range p.list("userGroups") {
		code, _ := asText(group)
		n.UserGroups = append(n.UserGroups, code)
	}
	for name, value := range map[string]string{"type": n.Type, "message": n.Message} {
		if value == "" && p.errs[name] == nil {
			p.errs[name] = "This value should not be blank."
		}
	}
	for _, name := range p.unknown() {
		q.puzzled("notification." + name)
	}
	if len(p.errs) > 0 {
		return fail(http.StatusBadRequest, "Errors in the entity format", p.errs)
	}
	a.notices = append(a.notices, n)
	a.changed("notification", 0)
	return ok(obj{})
}

func (a *Account) segmentBody(s Segment) obj {
	if a.members == nil {
		a.members = map[string]int{}
		for _, c := range a.customers {
			for _, code := range c.Segments {
				a.members[code]++
			}
		}
	}
	return obj{
		"id": s.ID, "code": s.Code, "name": s.Name, "createdAt": a.stamp(s.CreatedAt), "isDynamic": s.IsDynamic,
		"customersCount": a.members[s.Code], "active": !s.Off,
	}
}

func (a *Account) listSegments(q *request) answer {
	f := q.filter()
	var c checks[Segment]
	amongInts(&c, f, "ids", func(s Segment) int { return s.ID })
	contains(&c, f, "name", func(s Segment) string { return s.Name })
	flagged(&c, f, "active", func(s Segment) bool { return !s.Off })
	if want, given := f.text("type"); given {
		c.add(func(s Segment) bool { return s.IsDynamic == (want == "dynamic") })
	}
	between(&c, f, "dateFrom", "dateTo", func(s Segment) time.Time { return s.CreatedAt })
	if no := f.done(q); no != nil {
		return *no
	}
	var rows []Segment
	for _, s := range slices.Backward(a.segments) {
		if c.pass(s) {
			rows = append(rows, s)
		}
	}
	return paged(q, "segments", rows, func(s Segment) any { return a.segmentBody(s) })
}
