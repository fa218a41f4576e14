package helpdeskeddy_test

import (
	"testing"

	hde "vestnik/sim/helpdeskeddy"
)

// Each method with the right that it takes.
func TestAMissingRightIsRefused(t *testing.T) {
	t.Parallel()
	text := obj{"text": "<p>t</p>"}
	for _, c := range []struct {
		name, method, path string
		body               any
		take               func(*hde.Rights)
	}{
		{"tickets", "GET", "/tickets/", nil, func(r *hde.Rights) { r.Tickets = false }},
		{"create", "POST", "/tickets/", obj{"title": "t", "description": "d"}, func(r *hde.Rights) { r.CreateTickets = false }},
		{"priority", "PUT", "/tickets/1041", obj{"priority_id": 1}, func(r *hde.Rights) { r.Priority = false }},
		{"fields", "PUT", "/tickets/1041", obj{"custom_fields": obj{"31": "x"}}, func(r *hde.Rights) { r.Fields = false }},
		{"edit", "PUT", "/tickets/1041", obj{"title": "x"}, func(r *hde.Rights) { r.EditTickets = false }},
		{"comments", "POST", "/tickets/1041/comments/", text, func(r *hde.Rights) { r.Comments = false }},
		{"read comments", "GET", "/tickets/1041/comments/", nil, func(r *hde.Rights) { r.Comments = false }},
		{"edit comments", "PUT", "/tickets/1041/comments/611", text, func(r *hde.Rights) { r.EditComments = false }},
		{"delete comments", "DELETE", "/tickets/1041/comments/611", nil, func(r *hde.Rights) { r.EditComments = false }},
		{"posts", "POST", "/tickets/1041/posts/", text, func(r *hde.Rights) { r.Posts = false }},
		{"merge", "POST", "/tickets/1041/union/", obj{"ticket_list": []int{1042}}, func(r *hde.Rights) { r.Merge = false }},
		{"delete", "DELETE", "/tickets/1041?delete=true", nil, func(r *hde.Rights) { r.Delete = false }},
		{"users", "GET", "/users/501", nil, func(r *hde.Rights) { r.Users = false }},
		{"edit users", "PUT", "/users/501", obj{"phone": "1"}, func(r *hde.Rights) { r.EditUsers = false }},
		{"notes", "POST", "/users/501/notes/", text, func(r *hde.Rights) { r.EditUsers = false }},
		{"options", "POST", "/custom_fields/35/options/", obj{"options": []obj{{"name": obj{"ru": "x"}}}}, func(r *hde.Rights) { r.Settings = false }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, hde.Options{Seed: true})
			_, err := r.StaffComments(1041, hde.OlgaID, "заметка")
			check(t, err)
			rights := hde.AllRights()
			c.take(&rights)
			check(t, r.SetRights(hde.VestnikID, rights))
			before, _ := r.Ticket(1041)
			if no := r.refused(403, c.method, c.path, c.body); no.code() != "e-403" {
				t.Errorf("%s", no.raw)
			}
			after, _ := r.Ticket(1041)
			same(t, "ticket", after, before)
			check(t, r.SetRights(hde.VestnikID, hde.AllRights()))
			r.must(c.method, c.path, c.body)
			r.understood()
		})
	}
}

func TestTheServiceEmployeeCannotWriteToClients(t *testing.T) {
	t.Parallel()
	r := newRig(t, hde.Options{Seed: true})
	rights, _ := r.Rights(hde.VestnikID)
	same(t, "rights", rights, hde.IntegrationRights())
	r.refused(403, "POST", "/tickets/1041/posts/", obj{"text": "x"})
	r.refused(403, "POST", "/tickets/", obj{"title": "t", "description": "d"})
	r.must("POST", "/tickets/1041/comments/", obj{"text": "x"})
	same(t, "letters", len(r.Letters()), 0)
}

func TestForbiddenPartsMayBeDropped(t *testing.T) {
	t.Parallel()
	r := newRig(t, hde.Options{Seed: true, DropForbidden: true})
	check(t, r.SetRights(hde.VestnikID, hde.Rights{Tickets: true, Fields: true}))
	r.must("PUT", "/tickets/1041", obj{"priority_id": 1, "title": "x", "custom_fields": obj{"31": "Вера"}})
	got, _ := r.Ticket(1041)
	if got.Priority != 2 || got.Title != "Где мой заказ?" || got.Fields[31] != "Вера" {
		t.Errorf("%+v", got)
	}
}

func TestKeysAndDepartmentsAreFiltered(t *testing.T) {
	t.Parallel()
	r := newRig(t, hde.Options{Seed: true})
	client, _ := r.User(501)
	if key := r.get("/users/501").data()["api_key"]; key != "" {
		t.Errorf("the service employee sees the key %v", key)
	}
	if key := r.get("/users/12").data()["api_key"]; key != r.as.Key {
		t.Errorf("own key %v", key)
	}
	check(t, r.SetRights(hde.VestnikID, hde.Rights{Tickets: true, Departments: []int{2}}))
	same(t, "tickets", r.get("/tickets/").ids(), []int{1042})
	r.refused(404, "GET", "/tickets/1041", nil)
	r.login(hde.AdminID)
	if key := r.get("/users/501").data()["api_key"]; key != client.Key {
		t.Errorf("the administrator sees the key %v", key)
	}
	for _, row := range r.get("/users/").rows() {
		if row["api_key"] == "" {
			t.Errorf("no key of %v", row["id"])
		}
	}
}

func TestAClientSeesHisOwnOnly(t *testing.T) {
	t.Parallel()
	r := newRig(t, hde.Options{Seed: true})
	r.login(501)
	same(t, "tickets", r.get("/tickets/").ids(), []int{1041})
	fields, _ := r.get("/tickets/1041").data()["custom_fields"].([]any)
	if len(fields) != 1 {
		t.Errorf("fields %v", fields)
	}
	r.refused(404, "GET", "/tickets/1042", nil)
	r.refused(403, "GET", "/tickets/1041/comments/", nil)
	r.refused(403, "GET", "/users/502", nil)
	r.refused(403, "PUT", "/tickets/1041", obj{"priority_id": 1})
}
