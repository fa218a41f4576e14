package helpdeskeddy_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	hde "vestnik/sim/helpdeskeddy"
)

func TestFieldsAndPriorityAreWritten(t *testing.T) {
	t.Parallel()
	for _, touches := range []bool{false, true} {
		r := newRig(t, hde.Options{Seed: true, OwnWritesTouch: touches})
		before, _ := r.Ticket(1041)
		got := r.must("PUT", "/tickets/1041", obj{
			"priority_id": 1, "custom_fields": obj{"31": "Вера Лугова", "32": 1, "33": 10442, "35": 6},
		}).data()
		if got["priority_id"] != 1.0 {
			t.Errorf("priority %v", got["priority_id"])
		}
		same(t, "fields", got["custom_fields"], any([]obj{
			{"id": 31, "field_type": "text", "field_value": "Вера Лугова"},
			{"id": 32, "field_type": "checkbox", "field_value": 1},
			{"id": 33, "field_type": "text", "field_value": "10442"},
			{"id": 34, "field_type": "text", "field_value": ""},
			{"id": 35, "field_type": "select", "field_value": obj{"id": 6, "name": "Возврат"}},
		}))
		after, _ := r.Ticket(1041)
		if moved := after.UpdatedAt.Equal(r.now); moved != touches || !moved && !after.UpdatedAt.Equal(before.UpdatedAt) {
			t.Errorf("touches %v: updated %v", touches, after.UpdatedAt)
		}
		r.must("POST", "/tickets/1042/comments/", obj{"text": "x"})
		other, _ := r.Ticket(1042)
		if other.UpdatedAt.Equal(r.now) != touches {
			t.Errorf("touches %v: a comment moved the date to %v", touches, other.UpdatedAt)
		}
		r.understood()
	}
}

func TestWrongValuesChangeNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t, hde.Options{Seed: true})
	check(t, r.SetRights(hde.VestnikID, hde.AllRights()))
	check(t, r.RemovePriority(3))
	before, _ := r.Ticket(1041)
	for _, body := range []any{
		obj{"priority_id": 3},
		obj{"status_id": "6a"},
		obj{"department_id": 9},
		obj{"owner_id": 501},
		obj{"user_id": 9},
		obj{"priority_id": 1, "custom_fields": obj{"35": 99}},
		obj{"followers": []int{501}},
		obj{"sla_date": "2026-01-01"},
	} {
		r.refused(400, "PUT", "/tickets/1041", body)
	}
	after, _ := r.Ticket(1041)
	same(t, "ticket", after, before)
	same(t, "audit", len(r.Audit(1041)), 0)
}

func TestEverythingOfATicketCanBeChanged(t *testing.T) {
	t.Parallel()
	r := newRig(t, hde.Options{Seed: true})
	check(t, r.SetRights(hde.VestnikID, hde.AllRights()))
	got := r.must("PUT", "/tickets/1041", obj{
		"title": "Другое", "status_id": "closed", "type_id": "1", "department_id": 2, "owner_id": 7, "user_id": 504, "ticket_lock": true,
		"sla_date": "03.03.2026 09:00", "freeze_date": "04.03.2026 10:00", "cc": []string{"x@mail.example"}, "followers": []int{8}, "tags": []string{"vip"},
	}).data()
	wanted := obj{
		"title": "Другое", "status_id": "closed", "type_id": 1.0, "department_name": "Возвраты", "owner_name": "Ольга", "user_email": "vera2@mail.example",
		"ticket_lock": 1.0, "sla_date": "03.03.2026 09:00", "freeze_date": "04.03.2026 10:00", "freeze": 1.0,
	}
	for name, want := range wanted {
		if got[name] != want {
			t.Errorf("%s: %v, want %v", name, got[name], want)
		}
	}
	if got = r.must("PUT", "/tickets/1041", obj{"freeze_date": "null", "owner_id": "0"}).data(); got["freeze"] != 0.0 || got["freeze_date"] != "null" || got["owner_id"] != 0.0 {
		t.Errorf("%v %v %v", got["freeze"], got["freeze_date"], got["owner_id"])
	}
	var changed []string
	for _, e := range r.Audit(1041) {
		if !e.ByAPI || e.UserID != hde.VestnikID {
			t.Errorf("%+v", e)
		}
		changed = append(changed, e.Field)
	}
	same(t, "audit", strings.Join(changed, " "), "title status_id type_id department_id owner_id user_id tags owner_id")
	r.understood()
}

func TestAuditTellsPeopleFromTheAPI(t *testing.T) {
	t.Parallel()
	r := newRig(t, hde.Options{Seed: true})
	r.must("PUT", "/tickets/1041", obj{"priority_id": 1})
	r.pass(time.Minute)
	check(t, r.SetPriority(1041, hde.OlgaID, 3))
	rows := r.get("/tickets/1041/audit/").rows()
	if len(rows) != 2 || rows[0]["user_id"] != 12.0 || rows[1]["user_id"] != 7.0 || rows[1]["old_value"] != "1" || rows[1]["new_value"] != "3" {
		t.Errorf("%v", rows)
	}
}

func TestTicketsAreMadeForKnownPeople(t *testing.T) {
	t.Parallel()
	r := newRig(t, hde.Options{Seed: true})
	r.login(hde.OlgaID)
	got := r.must("POST", "/tickets/", url.Values{
		"title": {"Проверить доставку"}, "description": {"<p>Заказ 10442</p>"}, "user_email": {"V.Lugova@mail.example"},
		"priority_id": {"1"}, "custom_fields[33]": {"10442"}, "tags[]": {"retailcrm"}, "create_from_user": {"0"},
	}).data()
	if got["user_id"] != 501.0 || got["source"] != "api" || got["priority_id"] != 1.0 {
		t.Errorf("%v", got)
	}
	made, _ := r.Ticket(1046)
	same(t, "tags", made.Tags, []string{"retailcrm"})
	same(t, "order", made.Fields[33], any("10442"))
	posts := r.Posts(1046)
	if len(posts) != 1 || posts[0].UserID != hde.OlgaID || !posts[0].ByAPI {
		t.Errorf("%+v", posts)
	}
	r.must("POST", "/tickets/", obj{"title": "t", "description": "d", "user_id": 502})
	if p := r.Posts(1047); p[0].UserID != 502 {
		t.Errorf("the first post is by %d, not by the requester", p[0].UserID)
	}
	r.must("POST", "/tickets/", obj{"title": "t", "description": "d"})
	if mine, _ := r.Ticket(1048); mine.Requester != hde.OlgaID {
		t.Errorf("requester %d", mine.Requester)
	}
	r.refused(400, "POST", "/tickets/", obj{"title": "t"})
	r.understood()
}

func TestCommentsLiveAndDie(t *testing.T) {
	t.Parallel()
	r := newRig(t, hde.Options{Seed: true, OwnWritesTouch: true})
	made := r.must("POST", "/tickets/1041/comments/", url.Values{"text": {"<p><b>RetailCRM</b></p>"}, "user_id": {"7"}}).data()
	if made["user_id"] != 7.0 || made["visible"] != "staff" || made["id"] != 611.0 {
		t.Errorf("%v", made)
	}
	r.pass(time.Minute)
	r.must("PUT", "/tickets/1041/comments/611", obj{"text": "<p>новое</p>"})
	rows := r.get("/tickets/1041/comments/").rows()
	if len(rows) != 1 || rows[0]["text"] != "<p>новое</p>" || rows[0]["date_created"] != "10:15:07 02.03.2026" {
		t.Errorf("%v", rows)
	}
	if c := r.Comments(1041); len(c) != 1 || !c[0].UpdatedAt.Equal(r.now) || !c[0].ByAPI {
		t.Errorf("%+v", c)
	}
	if moved, _ := r.Ticket(1041); !moved.UpdatedAt.Equal(r.now) {
		t.Errorf("updated %v", moved.UpdatedAt)
	}
	gone := r.must("DELETE", "/tickets/1041/comments/611", nil)
	if gone.code() != "s-204" || len(r.Comments(1041)) != 0 {
		t.Errorf("%s %v", gone.raw, r.Comments(1041))
	}
	r.refused(404, "PUT", "/tickets/1041/comments/611", obj{"text": "x"})
	r.refused(400, "POST", "/tickets/1041/comments/", obj{"text": ""})
	r.understood()
}

func TestPostsLiveAndDie(t *testing.T) {
	t.Parallel()
	r := newRig(t, hde.Options{Seed: true})
	r.login(hde.AdminID)
	r.must("POST", "/tickets/1041/posts/", url.Values{"text": {"<p>Едет.</p>"}})
	if moved, _ := r.Ticket(1041); !moved.UpdatedAt.Equal(r.now) || moved.ViewedByClient {
		t.Errorf("%+v", moved)
	}
	r.pass(time.Minute)
	if got := r.must("PUT", "/tickets/1041/posts/9006", obj{"text": "<p>Приехал.</p>"}).data(); got["date_updated"] != "10:16:07 02.03.2026" {
		t.Errorf("%v", got)
	}
	if code := r.must("DELETE", "/tickets/1041/posts/9006", nil).code(); code != "s-204" {
		t.Error(code)
	}
	same(t, "posts", len(r.Posts(1041)), 1)
	r.refused(404, "DELETE", "/tickets/1041/posts/9006", nil)
	r.refused(400, "POST", "/tickets/1041/posts/", obj{"text": "x", "user_id": 99})
	r.understood()
}

func TestHierarchiesAreWrittenByLevel(t *testing.T) {
	t.Parallel()
	r := newRig(t, hde.Options{Seed: true})
	id := r.AddField(hde.Field{
		Name: hde.Names{"ru": "Группа"}, Second: hde.Names{"ru": "Тема"}, Type: hde.HierarchyField,
		Options: []hde.Option{{ID: 11, Name: hde.Names{"ru": "Доставка"}}, {ID: 12, Parent: 11, Name: hde.Names{"ru": "Курьер"}}},
	})
	same(t, "id", id, 36)
	fields, _ := r.must("PUT", "/tickets/1041", obj{"custom_fields": obj{"36": obj{"1": 11, "2": "12"}}}).data()["custom_fields"].([]any)
	same(t, "value", fields[len(fields)-1], any(obj{"id": 36, "field_type": "hierarchy", "field_value": obj{
		"1": obj{"id": 11, "name": "Доставка"}, "2": obj{"id": 12, "name": "Курьер"},
	}}))
	r.refused(400, "PUT", "/tickets/1041", obj{"custom_fields": obj{"36": obj{"1": 99}}})
	same(t, "options of a level", r.get("/custom_fields/36/options/?pid=11").ids(), []int{12})
	r.understood()
}

func TestWhatCommentsKeepOfTheirHTML(t *testing.T) {
	t.Parallel()
	const card = "<!-- card 1042\n -->\n<p><b>Вера</b> · VIP &lt;3</p>"
	for want, opt := range map[string]hde.Options{
		card:                               {Seed: true},
		"\n<p><b>Вера</b> · VIP &lt;3</p>": {Seed: true, MarkersStripped: true},
		"\nВера · VIP &lt;3":               {Seed: true, TagsStripped: true},
	} {
		r := newRig(t, opt)
		r.must("POST", "/tickets/1041/comments/", obj{"text": "x"})
		for _, got := range []reply{
			r.must("POST", "/tickets/1042/comments/", obj{"text": card}), r.must("PUT", "/tickets/1041/comments/611", obj{"text": card}),
		} {
			same(t, "text", got.data()["text"], any(want))
		}
	}
}

func TestUnionMovesMessages(t *testing.T) {
	t.Parallel()
	r := newRig(t, hde.Options{Seed: true})
	r.login(hde.AdminID)
	_, err := r.StaffComments(1044, hde.OlgaID, "из второго")
	check(t, err)
	r.must("POST", "/tickets/1041/union/", obj{"ticket_list": []int{1044}})
	if p, c := r.Posts(1041), r.Comments(1041); len(p) != 2 || p[0].CreatedAt.After(p[1].CreatedAt) || len(c) != 1 || c[0].TicketID != 1041 {
		t.Errorf("%+v %+v", p, c)
	}
	if gone, _ := r.Ticket(1044); !gone.Deleted || gone.MergedInto != 1041 {
		t.Errorf("%+v", gone)
	}
	check(t, r.Merge(1041, 1042))
	same(t, "listed", len(r.get("/tickets/").rows()), 3)
	r.refused(404, "POST", "/tickets/1041/union/", obj{"ticket_list": []int{1041}})
}

func TestDeletedTicketsGoToTheBinFirst(t *testing.T) {
	t.Parallel()
	r := newRig(t, hde.Options{Seed: true})
	r.login(hde.AdminID)
	if got := r.must("DELETE", "/tickets/1041", nil).data(); got["deleted"] != 1.0 {
		t.Errorf("%v", got)
	}
	if got := r.get("/tickets/1041").data(); got["deleted"] != 1.0 {
		t.Errorf("%v", got)
	}
	r.must("DELETE", "/tickets/1041?delete=true", nil)
	r.refused(404, "GET", "/tickets/1041", nil)
	if _, there := r.Ticket(1041); there {
		t.Error("still there")
	}
	r.understood()
}

func TestFilesComeWithMultipart(t *testing.T) {
	t.Parallel()
	r := newRig(t, hde.Options{Seed: true})
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	check(t, form.WriteField("text", "<p>накладная</p>"))
	part, err := form.CreateFormFile("files[0]", "накладная.pdf")
	check(t, err)
	_, err = part.Write([]byte("%PDF"))
	check(t, err)
	check(t, form.Close())
	req, err := http.NewRequestWithContext(t.Context(), "POST", "https://x.example/api/v2/tickets/1041/comments/", &body)
	check(t, err)
	req.Header.Set("Content-Type", form.FormDataContentType())
	req.SetBasicAuth(r.as.Email, r.as.Key)
	resp, err := r.Transport().RoundTrip(req)
	check(t, err)
	check(t, resp.Body.Close())
	c := r.Comments(1041)
	if resp.StatusCode != 200 || len(c) != 1 || len(c[0].Files) != 1 || c[0].Files[0].Name != "накладная.pdf" || c[0].Files[0].Type != "pdf" {
		t.Errorf("%d %+v", resp.StatusCode, c)
	}
	r.understood()
}

func TestOptionsAndNotes(t *testing.T) {
	t.Parallel()
	r := newRig(t, hde.Options{Seed: true})
	r.login(hde.AdminID)
	r.must("POST", "/custom_fields/35/options/", obj{"options": []obj{{"id": 5, "name": obj{"ru": "Курьер"}}, {"pid": 0, "name": obj{"ru": "Опт"}}}})
	same(t, "options", r.get("/custom_fields/35/options/").ids(), []int{5, 6, 7, 8})
	if got := r.must("DELETE", "/custom_fields/35/options/6", nil).code(); got != "s-204" {
		t.Error(got)
	}
	same(t, "options", r.get("/custom_fields/35/options/").ids(), []int{5, 7, 8})
	same(t, "field", r.get("/custom_fields/35").data()["field_type"], any("select"))
	r.refused(404, "GET", "/custom_fields/99", nil)

	note := r.must("POST", "/users/501/notes/", obj{"text": "<p>Клиент RetailCRM 301</p>"}).data()
	if note["creator_id"] != 1.0 || len(r.get("/users/501/notes/").rows()) != 1 || len(r.Notes(501)) != 1 {
		t.Errorf("%v", note)
	}
	r.must("DELETE", "/users/501/notes/21", nil)
	same(t, "notes", len(r.Notes(501)), 0)
	same(t, "groups", r.get("/groups/").ids(), []int{1, 2, 3, 4})
	r.understood()
}

func TestUsersAreMadeChangedAndDeleted(t *testing.T) {
	t.Parallel()
	r := newRig(t, hde.Options{Seed: true})
	r.login(hde.AdminID)
	made := obj{"name": "Анна", "email": "anna@mail.example", "group_id": 1, "department": []int{1}, "password": "x", "phone": "8 900 1"}
	if got := r.must("POST", "/users/", made).data(); got["id"] != 506.0 || got["phone"] != "8 900 1" || got["api_key"] == "" {
		t.Errorf("%v", got)
	}
	r.refused(400, "POST", "/users/", made)
	r.refused(400, "POST", "/users/", obj{"name": "Анна"})
	r.pass(time.Minute)
	got := r.must("PUT", "/users/506", obj{"phone": "+7 900 2", "notifications": 0, "organization": "ИП Анна"}).data()
	if got["phone"] != "+7 900 2" || got["notifications"] != 0.0 || got["organization"] != "ИП Анна" || got["date_updated"] != "2026-03-02 10:16:07" {
		t.Errorf("%v", got)
	}
	r.refused(400, "PUT", "/users/506", obj{"email": "v.lugova@mail.example"})
	if code := r.must("DELETE", "/users/501", nil).code(); code != "s-204" {
		t.Error(code)
	}
	r.refused(404, "GET", "/users/501", nil)
	if got := r.get("/tickets/1041").data(); got["user_id"] != 501.0 || got["user_email"] != "" {
		t.Errorf("%v", got)
	}
	r.understood()
}

func TestWhatIsNotKnownIsNoted(t *testing.T) {
	t.Parallel()
	r := newRig(t, hde.Options{Seed: true})
	r.refused(404, "GET", "/tickets/x", nil)
	r.refused(404, "GET", "/organizations/", nil)
	r.refused(404, "PATCH", "/tickets/1041", obj{"priority_id": 1})
	r.get("/tickets/?color=red&page=1&per_page=5")
	r.get("/tickets?page=1")
	r.get("/tickets/?order_by=color{asc}")
	r.get("/tickets/?from_date_updated=1772435707")
	r.must("PUT", "/tickets/1041", obj{"custom_fields": obj{"77": "x"}})
	r.must("PUT", "/tickets/1041", obj{"priority": 1})
	r.refused(400, "PUT", "/tickets/1041", "{")
	same(t, "not understood", r.NotUnderstood(), []string{
		"GET /api/v2/tickets/x: no such method", "GET /api/v2/organizations/: no such method", "PATCH /api/v2/tickets/1041: no such method",
		"GET /api/v2/tickets/: parameter color", "GET /api/v2/tickets: a collection without its last slash",
		"GET /api/v2/tickets/: order_by color{asc}", "GET /api/v2/tickets/: from_date_updated is not a date: 1772435707",
		"PUT /api/v2/tickets/1041: no ticket field 77", "PUT /api/v2/tickets/1041: parameter priority",
		"PUT /api/v2/tickets/1041: body cannot be read: not a JSON object",
	})
	check(t, r.RemoveField(hde.OrderFieldID))
	before := len(r.NotUnderstood())
	r.must("PUT", "/tickets/1041", obj{"custom_fields": obj{"33": "10442"}}) // the owner has removed the field
	same(t, "not understood", len(r.NotUnderstood()), before)
}
