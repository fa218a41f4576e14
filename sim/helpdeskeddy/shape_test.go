package helpdeskeddy_test

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	hde "vestnik/sim/helpdeskeddy"
)

// kinds maps a path in a JSON document to the kinds of value seen there. Ids that are
// keys become "*", and so do the languages of a name.
type kinds map[string][]string

func (k kinds) walk(path string, v any) {
	kind := ""
	switch v := v.(type) {
	case nil:
		kind = "null"
	case bool:
		kind = "boolean"
	case float64:
		kind = "number"
	case string:
		kind = "string"
	case []any:
		kind = "array"
		for _, e := range v {
			k.walk(path+"[]", e)
		}
	case map[string]any:
		kind = "object"
		for name, e := range v {
			if _, err := strconv.Atoi(name); err == nil || name == "ru" || name == "en" || name == "ua" {
				name = "*"
			}
			k.walk(path+"."+name, e)
		}
	}
	if !slices.Contains(k[path], kind) {
		k[path] = append(k[path], kind)
		slices.Sort(k[path])
	}
}

// compare wants the same paths with the same kinds in both.
func compare(t *testing.T, name string, ours, theirs any) {
	t.Helper()
	have, want := kinds{}, kinds{}
	have.walk("", ours)
	want.walk("", theirs)
	for _, path := range slices.Sorted(maps.Keys(want)) {
		if !slices.Equal(have[path], want[path]) {
			t.Errorf("%s%s: reference %v, ours %v", name, path, want[path], have[path])
		}
	}
	for _, path := range slices.Sorted(maps.Keys(have)) {
		if want[path] == nil {
			t.Errorf("%s%s: ours only, %v", name, path, have[path])
		}
	}
}

// reference is an account whose contents are those of the reference bodies.
func reference(t *testing.T, opt hde.Options) *rig {
	t.Helper()
	opt.Rate = -1
	r := newRig(t, opt)
	r.AddDepartment(2, "Возвраты")
	r.AddField(hde.Field{ID: 31, Name: hde.Names{"ru": "Заказ RetailCRM"}, Type: hde.TextField})
	r.AddField(hde.Field{ID: 32, Name: hde.Names{"ru": "Сегмент"}, Type: hde.SelectField, UserView: true, UserEdit: true, Options: []hde.Option{
		{ID: 5, Name: hde.Names{"ru": "Новый"}}, {ID: 7, Name: hde.Names{"ru": "VIP"}},
	}})
	r.AddField(hde.Field{ID: 33, Name: hde.Names{"ru": "VIP"}, Type: hde.CheckboxField})
	r.AddField(hde.Field{ID: 34, Name: hde.Names{"ru": "Группа"}, Second: hde.Names{"ru": "Тема"}, Type: hde.HierarchyField})
	month := begin.AddDate(0, -2, 0)
	r.AddUser(hde.User{ID: 501, Name: "Мария", Lastname: "Иванова", Email: "m.ivanova@example.com", Phone: "+7 (912) 000-11-22", CreatedAt: month})
	r.AddUser(hde.User{ID: 503, Name: "Иван", Lastname: "Ким", Email: "i.kim@example.com", Organization: "ООО Ромашка", OrganizationID: 8, CreatedAt: month})
	r.AddUser(hde.User{ID: 504, Name: "Мария", Lastname: "Иванова", Email: "maria2@example.com", CreatedAt: month})
	r.AddUser(hde.User{ID: 7, Staff: true, Name: "Ольга", Lastname: "Сергеева", Email: "o.sergeeva@example.com", CreatedAt: month})
	r.AddUser(hde.User{ID: 12, Staff: true, Group: hde.AdminGroup, Name: "Vestnik", Email: "v@example.com"})
	r.login(12)
	r.AddTicket(503, "Возврат", "<p>Как вернуть?</p>", "telegram", hde.At(begin.Add(-10*time.Minute)))
	r.AddTicket(501, "Где мой заказ 5123А?", "<p>Где мой заказ 5123А?</p>", "email")
	_, err := r.ClientWrites(1042, "<p>И вот чек</p>", "чек.png")
	check(t, err)
	return r
}

func TestShapesAreThoseOfTheReference(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		file string
		opt  hde.Options
		ask  func(*rig) reply
	}{
		{file: "ticket.get", ask: func(r *rig) reply { return r.get("/tickets/1042") }},
		{file: "ticket.get.idstring", opt: hde.Options{StringIDs: true}, ask: func(r *rig) reply { return r.get("/tickets/1042") }},
		{file: "ticket.update.response", ask: func(r *rig) reply { return r.must("PUT", "/tickets/1042", obj{"priority_id": 1}) }},
		{file: "tickets.list.map", ask: func(r *rig) reply { return r.get("/tickets/?page=1") }},
		{file: "tickets.list.array", opt: hde.Options{ListsOnly: true}, ask: func(r *rig) reply { return r.get("/tickets/") }},
		{file: "tickets.list.empty", ask: func(r *rig) reply { return r.get("/tickets/?user_list=9") }},
		{file: "posts.list", ask: func(r *rig) reply { return r.get("/tickets/1042/posts/") }},
		{file: "comment.create.response", ask: func(r *rig) reply { return r.must("POST", "/tickets/1042/comments/", obj{"text": "<p>t</p>"}) }},
		{file: "comments.list", ask: func(r *rig) reply {
			r.must("POST", "/tickets/1042/comments/", obj{"text": "<p>t</p>"})
			return r.get("/tickets/1042/comments/")
		}},
		{file: "delete.s204", ask: func(r *rig) reply {
			r.must("POST", "/tickets/1042/comments/", obj{"text": "<p>t</p>"})
			return r.must("DELETE", "/tickets/1042/comments/611", nil)
		}},
		{file: "departments", ask: func(r *rig) reply { return r.get("/departments/") }},
		{file: "statuses", ask: func(r *rig) reply { return r.get("/statuses/") }},
		{file: "priorities.default", ask: func(r *rig) reply { return r.get("/priorities/") }},
		{file: "priorities.custom", opt: hde.Options{CustomPriorities: true}, ask: func(r *rig) reply { return r.get("/priorities/") }},
		{file: "types", ask: func(r *rig) reply { return r.get("/types/") }},
		{file: "custom_fields", ask: func(r *rig) reply { return r.get("/custom_fields/") }},
		{file: "custom_field_options", ask: func(r *rig) reply { return r.get("/custom_fields/32/options/") }},
		{file: "user.get.client", ask: func(r *rig) reply { return r.get("/users/501") }},
		{file: "user.get.client.orgobject", ask: func(r *rig) reply { return r.get("/users/503") }},
		{file: "user.get.staff", ask: func(r *rig) reply { return r.get("/users/7") }},
		{file: "users.list.search", ask: func(r *rig) reply { return r.get("/users/?search=%D0%98%D0%B2%D0%B0%D0%BD%D0%BE%D0%B2%D0%B0") }},
		{file: "error.404.inferred", ask: func(r *rig) reply { return r.refused(404, "GET", "/tickets/999999", nil) }},
		{file: "error.401.badkey.inferred", ask: func(r *rig) reply {
			r.as.Key = "wrong"
			return r.refused(401, "GET", "/tickets/", nil)
		}},
		{file: "error.401.ban", ask: func(r *rig) reply {
			r.Ban(time.Minute)
			return r.refused(401, "GET", "/tickets/", nil)
		}},
	} {
		t.Run(c.file, func(t *testing.T) {
			t.Parallel()
			r := reference(t, c.opt)
			_, theirs := fixture(t, c.file)
			compare(t, c.file, c.ask(r).body, theirs)
			r.understood()
		})
	}
}

// Where the reference's values follow from what the account holds they must be the
// same to the letter.
func TestTheTicketReadsAsInTheReference(t *testing.T) {
	t.Parallel()
	r := newRig(t, hde.Options{Seed: true})
	_, body := fixture(t, "ticket.get")
	theirs, _ := body.(obj)["data"].(obj)
	r.AddUser(hde.User{ID: 601, Name: "Мария", Lastname: "Иванова", Email: "m.ivanova@example.com"})
	made := r.AddTicket(601, "Где мой заказ 5123А?", "<p>?</p>", "email", func(t *hde.Ticket) { t.ID, t.Number = 1142, "KTR-20418" })
	ours := r.get("/tickets/1142").data()
	for _, skip := range []string{"id", "user_id", "custom_fields"} {
		delete(theirs, skip)
		delete(ours, skip)
	}
	same(t, "ticket", ours, theirs)
	if made.SLA.Sub(begin) != 4*time.Hour {
		t.Errorf("SLA %v", made.SLA)
	}
}

func TestBodiesOfErrorsAreThoseOfTheReference(t *testing.T) {
	t.Parallel()
	r := newRig(t, hde.Options{Seed: true})
	_, body := fixture(t, "error.404.inferred")
	same(t, "404", r.refused(404, "GET", "/tickets/999999", nil).body, body)
	r.Ban(time.Minute)
	_, body = fixture(t, "error.401.ban")
	same(t, "ban", r.refused(401, "GET", "/tickets/999999", nil).body, body)
	r.Ban(0)
	r.as.Key = "wrong"
	_, body = fixture(t, "error.401.badkey.inferred")
	same(t, "key", r.refused(401, "GET", "/tickets/999999", nil).body, body)
}

func TestStringIDsReachEveryList(t *testing.T) {
	t.Parallel()
	r := newRig(t, hde.Options{Seed: true, StringIDs: true})
	for _, path := range []string{"/tickets/", "/users/", "/priorities/", "/custom_fields/", "/tickets/1041/posts/", "/departments/"} {
		for _, row := range r.get(path).rows() {
			if _, isText := row["id"].(string); !isText {
				t.Errorf("%s: id %v", path, row["id"])
			}
		}
	}
}

func TestKindsTellWhatDiffers(t *testing.T) {
	t.Parallel()
	k := kinds{}
	k.walk("", obj{"a": []any{1.0}, "7": obj{"ru": ""}})
	got := strings.Join([]string{k[".a"][0], k[".a[]"][0], k[".*.*"][0]}, " ")
	if got != "array number string" {
		t.Error(got)
	}
}
