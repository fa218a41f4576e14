package helpdeskeddy_test

import (
	"encoding/base64"
	"slices"
	"strings"
	"testing"

	hde "vestnik/sim/helpdeskeddy"
)

// secret stands for customer data in the tests below.
const secret = "184 300 ₽"

// leaks lists the kinds of public texts that hold the secret.
func leaks(r *rig) []string {
	var out []string
	for _, text := range r.Public() {
		if kind, rest, _ := strings.Cut(text, ": "); strings.Contains(rest, secret) {
			out = append(out, kind)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func TestWhatOnlyStaffSeeIsNotPublic(t *testing.T) {
	t.Parallel()
	r := newRig(t, hde.Options{Seed: true})
	r.login(hde.AdminID)
	r.must("POST", "/tickets/1041/comments/", obj{"text": secret})
	r.must("PUT", "/tickets/1041/comments/611", obj{"text": secret + "!"})
	r.must("PUT", "/tickets/1041", obj{"priority_id": 1, "custom_fields": obj{"31": secret, "32": 1}, "tags": []string{secret}})
	r.must("POST", "/users/501/notes/", obj{"text": secret})
	r.must("POST", "/tickets/", obj{"title": secret, "description": secret, "user_id": hde.OlgaID, "create_from_user": 0})
	if list := r.Public(); len(list) != 0 || len(r.Letters()) != 0 {
		t.Errorf("public %q, letters %v", list, r.Letters())
	}
}

func TestWhatClientsSeeIsPublic(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		act  func(*rig)
		want []string
	}{
		"post":      {func(r *rig) { r.must("POST", "/tickets/1041/posts/", obj{"text": secret}) }, []string{"letter", "post"}},
		"as client": {func(r *rig) { r.must("POST", "/tickets/1041/posts/", obj{"text": secret, "user_id": 501}) }, []string{"post"}},
		"edit post": {func(r *rig) { r.must("PUT", "/tickets/1041/posts/9001", obj{"text": secret}) }, []string{"post"}},
		"title":     {func(r *rig) { r.must("PUT", "/tickets/1041", obj{"title": secret}) }, []string{"title"}},
		"new ticket": {
			func(r *rig) {
				r.must("POST", "/tickets/", obj{"title": secret, "description": secret, "user_email": "v.lugova@mail.example"})
			}, []string{"letter", "post", "title"},
		},
		"field": {func(r *rig) {
			id := r.AddField(hde.Field{Name: hde.Names{"ru": "Сумма"}, Type: hde.TextField, UserView: true})
			r.must("PUT", "/tickets/1041", obj{"custom_fields": obj{string(rune('0'+id/10)) + string(rune('0'+id%10)): secret}})
		}, []string{"field"}},
		"field that opens later": {func(r *rig) {
			r.must("PUT", "/tickets/1041", obj{"custom_fields": obj{"31": secret}})
			check(r.t, r.ShowField(31, true))
			check(r.t, r.ShowField(31, false))
		}, []string{"field"}},
		"option": {func(r *rig) {
			r.must("POST", "/custom_fields/35/options/", obj{"options": []obj{{"name": obj{"ru": secret}}}})
		}, []string{"option"}},
		"contact": {func(r *rig) { r.must("PUT", "/users/501", obj{"website": secret}) }, []string{"contact"}},
		"ticket among staff that a person gives to a client": {func(r *rig) {
			r.must("POST", "/tickets/", obj{"title": secret, "description": "d", "user_id": hde.OlgaID, "create_from_user": 0})
			if list := leaks(r); len(list) != 0 {
				r.t.Errorf("too early: %v", list)
			}
			check(r.t, r.ChangeRequester(1046, 501))
		}, []string{"title"}},
		"ticket among staff with a copy outside": {func(r *rig) {
			r.must("POST", "/tickets/", obj{"title": "t", "description": secret, "user_id": hde.OlgaID, "cc": []string{"x@mail.example"}})
		}, []string{"letter", "post"}},
		"merged into a client's": {func(r *rig) {
			r.must("POST", "/tickets/", obj{"title": "t", "description": secret, "user_id": hde.OlgaID})
			check(r.t, r.Merge(1041, 1046))
		}, []string{"post"}},
		"another client": {func(r *rig) {
			_, err := r.ClientWrites(1041, "у меня покупок на "+secret)
			check(r.t, err)
			r.must("PUT", "/tickets/1041", obj{"user_id": 503})
		}, []string{"post"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, hde.Options{Seed: true})
			r.login(hde.AdminID)
			c.act(r)
			same(t, "leaks", leaks(r), c.want)
			r.understood()
		})
	}
}

func TestWhatPeopleDoIsNotPublic(t *testing.T) {
	t.Parallel()
	r := newRig(t, hde.Options{Seed: true})
	_, err := r.StaffWrites(1041, hde.OlgaID, "Заказ в пути")
	check(t, err)
	r.AddTicket(503, "Вопрос", "<p>?</p>", "")
	check(t, r.Close(1041, hde.OlgaID))
	same(t, "public", len(r.Public()), 0)
	var to []string
	for _, l := range r.Letters() {
		if l.ByAPI {
			t.Errorf("%+v", l)
		}
		to = append(to, l.To)
	}
	same(t, "letters", to, []string{"v.lugova@mail.example", "i.kimov@mail.example", "v.lugova@mail.example"})
}

// The trap: to tell the shop of a client's order means to write to the client.
func TestANewEmailMakesAUserWhoGetsLetters(t *testing.T) {
	t.Parallel()
	r := newRig(t, hde.Options{Seed: true})
	r.login(hde.OlgaID)
	got := r.must("POST", "/tickets/", obj{"title": "Заказ 10442", "description": "<p>" + secret + "</p>", "user_email": "new@mail.example", "create_from_user": 0}).data()
	if got["user_id"] != 506.0 {
		t.Errorf("requester %v", got["user_id"])
	}
	if u, known := r.User(506); !known || u.Email != "new@mail.example" || u.Staff {
		t.Errorf("%+v", u)
	}
	letters := r.Letters()
	if len(letters) != 2 || letters[0].TicketID != 0 || letters[1].To != "new@mail.example" || !strings.Contains(letters[1].Text, secret) || !letters[1].ByAPI {
		t.Errorf("%+v", letters)
	}
	r.must("POST", "/tickets/1045/posts/", obj{"text": "x"})
	same(t, "no letter to whom has turned them off", len(r.Letters()), 2)
}

func TestSentShowsRequestsWithoutKeys(t *testing.T) {
	t.Parallel()
	r := newRig(t, hde.Options{Seed: true})
	r.get("/tickets/?page=1")
	r.must("PUT", "/tickets/1041", obj{"priority_id": 1})
	key := r.as.Key
	r.as.Key = "wrong"
	r.refused(401, "GET", "/tickets/", nil)
	sent := r.Sent()
	same(t, "sent", sent, []hde.Exchange{
		{At: begin, Method: "GET", Path: "/api/v2/tickets/", Query: "page=1", UserID: 12, Status: 200},
		{At: begin, Method: "PUT", Path: "/api/v2/tickets/1041", UserID: 12, Body: `{"priority_id":1}`, Status: 200},
		{At: begin, Method: "GET", Path: "/api/v2/tickets/", Status: 401},
	})
	same(t, "keys", len(r.KeysSeen()), 0)
	r.as.Key = key
	r.must("POST", "/tickets/1041/comments/", obj{"text": "my key is " + key})
	r.must("POST", "/tickets/1041/comments/", obj{"text": "my login is " + base64.StdEncoding.EncodeToString([]byte(r.as.Email+":"+key))})
	same(t, "keys", r.KeysSeen(), []string{"3: POST /api/v2/tickets/1041/comments/", "4: POST /api/v2/tickets/1041/comments/"})
}
