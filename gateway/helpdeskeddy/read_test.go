package helpdeskeddy_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vestnik/device"
	"vestnik/gateway"
)

var (
	maria = gateway.Ticket{
		ID: 1042, Number: "KTR-20418", Title: "Где мой заказ 5123А?", Source: "email", Status: "open", Priority: "2", Type: "0", Department: "1",
		Requester: 501, Name: "Мария Иванова", Email: "m.ivanova@example.com", Created: "2026-03-02 10:15:07", Updated: "2026-03-02 10:15:07",
		Fields: map[string]string{"33": "0"}, URL: "https://shop.helpdeskeddy.com/ru/ticket/list/filter/id/0/ticket/1042",
	}
	kupon = gateway.Ticket{
		ID: 1040, Number: "KTR-20416", Title: "Не работает купон", Source: "email", Status: "closed", Priority: "2", Type: "0", Department: "1",
		Owner: 7, OwnerName: "Ольга Сергеева", Requester: 501, Name: "Мария Иванова", Email: "m.ivanova@example.com",
		Created: "2026-03-01 12:00:00", Updated: "2026-03-01 18:00:00", Rate: "like", RateWords: "Спасибо",
		Fields: map[string]string{"33": "0"}, URL: "https://shop.helpdeskeddy.com/ru/ticket/list/filter/id/0/ticket/1040",
	}
)

func TestTickets(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]struct {
		ids                []gateway.TicketID
		page, pages, total int
	}{
		"tickets.list.map.json":      {[]gateway.TicketID{1040, 1041, 1042}, 1, 1, 3},
		"tickets.list.array.json":    {[]gateway.TicketID{1042}, 1, 1, 1},
		"tickets.list.empty.json":    {nil, 1, 1, 0},
		"tickets.list.page2of3.json": {[]gateway.TicketID{998, 999, 1000}, 2, 3, 63},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			d.tell("GET /tickets/", jsonOf(file(t, name)))
			c := connect(t, d)
			got, err := c.Tickets(t.Context(), gateway.TicketQuery{Page: want.page})
			must(t, err)
			var ids []gateway.TicketID
			for _, one := range got.Tickets {
				ids = append(ids, one.ID)
			}
			if !cmp.Equal(ids, want.ids) || got.Page != want.page || got.Pages != want.pages || got.Total != want.total {
				t.Errorf("got %v, page %d of %d, total %d", ids, got.Page, got.Pages, got.Total)
			}
			if name == "tickets.list.map.json" {
				if diff := cmp.Diff([]gateway.Ticket{kupon, got.Tickets[1], maria}, got.Tickets); diff != "" {
					t.Error(diff)
				}
				if s := c.Status(); s.LastPoll.IsZero() || s.Minute != 1 {
					t.Errorf("status %+v", s)
				}
			}
		})
	}
}

func TestTheQueryOfTickets(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	_, err := connect(t, d).Tickets(t.Context(), gateway.TicketQuery{
		UpdatedFrom: "2026-03-02 10:00:00", CreatedFrom: "2026-01-01 00:00:00", CreatedTo: "2026-12-31 23:59:59", Statuses: []string{"open", "6"},
		Requesters: []int64{501, 502}, Search: "заказ & Ко", Page: 3,
	})
	must(t, err)
	got, err := url.ParseQuery(d.requests()[0].query)
	must(t, err)
	if diff := cmp.Diff(url.Values{
		"order_by": {"date_updated{asc}"}, "from_date_updated": {"2026-03-02 10:00:00"}, "from_date_created": {"2026-01-01 00:00:00"},
		"to_date_created": {"2026-12-31 23:59:59"}, "status_list": {"open,6"}, "user_list": {"501,502"}, "search": {"заказ & Ко"}, "page": {"3"},
	}, got); diff != "" {
		t.Error(diff)
	}
}

func TestATicket(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	c := connect(t, d)
	for _, name := range []string{"ticket.get.json", "ticket.get.idstring.json"} {
		d.tell("GET /tickets/1042", jsonOf(file(t, name)))
		got, err := c.Ticket(t.Context(), 1042)
		must(t, err)
		if diff := cmp.Diff(maria, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	_, err := c.Ticket(t.Context(), 999999)
	wantError(t, err, device.NotFound, "404")
	d.tell("GET /tickets/1042", jsonOf(strings.Replace(file(t, "ticket.get.json"), `"deleted": 0`, `"deleted": "1"`, 1)))
	_, err = c.Ticket(t.Context(), 1042)
	wantError(t, err, device.NotFound, "")
	d.tell("GET /tickets/1043", jsonOf(file(t, "ticket.get.json")))
	_, err = c.Ticket(t.Context(), 1043)
	wantError(t, err, device.Unavailable, "odd_answer")
	before := len(d.requests())
	for _, id := range []gateway.TicketID{0, -1} {
		_, err = c.Ticket(t.Context(), id)
		wantError(t, err, device.Invalid, "")
	}
	if len(d.requests()) != before {
		t.Error("a ticket without a number was asked for")
	}
}

func TestTheFieldsOfATicket(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.tell("GET /tickets/5", jsonOf(`{"data":[{"id":5,"pid":"4","freeze":"1","date_updated":"17:45:00 26.01.2017","date_created":"null","custom_fields":{
		"a":{"id":"31","field_type":"text","field_value":"5123А"},
		"b":{"id":32,"field_type":"select","field_value":{"id":7,"name":{"en":"VIP","ua":"ВІП"}}},
		"c":{"id":33,"field_type":"checkbox","field_value":"1"},
		"d":{"id":34,"field_type":"hierarchy","field_value":[{"id":1,"name":"Доставка"},{"id":2,"name":{"ru":"Опоздала"}}]},
		"e":{"id":35,"field_type":"select","field_value":{"id":9}},
		"f":{"id":36,"field_type":"checkbox","field_value":false},
		"g":{"id":37,"field_type":"number","field_value":0},
		"h":{"id":38,"field_type":"text","field_value":null},
		"i":{"id":39,"field_type":"multiselect","field_value":[]},
		"j":"odd"}}]}`))
	got, err := connect(t, d).Ticket(t.Context(), 5)
	must(t, err)
	if diff := cmp.Diff(map[string]string{"31": "5123А", "32": "VIP", "33": "1", "34": "Доставка, Опоздала", "35": "9", "36": "0", "37": "0"}, got.Fields); diff != "" {
		t.Error(diff)
	}
	if got.Parent != 4 || !got.Frozen || got.Updated != "2017-01-26 17:45:00" || got.Created != "" {
		t.Errorf("%+v", got)
	}
}

func TestRequesters(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.tell("GET /users/502", jsonOf(file(t, "user.get.telegram-noemail.json")))
	d.tell("GET /users/503", jsonOf(file(t, "user.get.client.orgobject.json")))
	c := connect(t, d)
	for id, want := range map[int64]gateway.Requester{
		501: {ID: 501, Name: "Мария Иванова", Email: "m.ivanova@example.com", Phone: "+7 (912) 000-11-22"},
		502: {ID: 502, Name: "Пётр", Email: "tg-88412@example.com"},
		503: {ID: 503, Name: "Иван Ким", Email: "i.kim@example.com", Phone: "89120003344"},
		7:   {ID: 7, Name: "Ольга Сергеева", Email: "o.sergeeva@example.com", Staff: true},
	} {
		got, err := c.Requester(t.Context(), id)
		must(t, err)
		if got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
	_, err := c.Requester(t.Context(), 999)
	wantError(t, err, device.NotFound, "404")
}

func TestPostsAndComments(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	c := connect(t, d)
	posts, err := c.Posts(t.Context(), 1042)
	must(t, err)
	if diff := cmp.Diff([]gateway.TicketPost{
		{ID: 9001, User: 501, Text: "Где мой заказ 5123А? Телефон +7 (912) 000-11-22", Created: "2026-03-02 10:15:07"},
		{ID: 9002, User: 7, Text: "Здравствуйте! Проверяю.", Created: "2026-03-02 10:20:00"},
	}, posts); diff != "" {
		t.Error(diff)
	}
	// Where the oldest page comes first, the last one is the newest.
	d.tell("GET /tickets/1042/posts/",
		jsonOf(`{"data":[{"id":1,"text":"a","date_created":"10:00:00 01.03.2026"},{"id":2,"text":"b","date_created":"10:00:00 02.03.2026"}],"pagination":{"total":"3","per_page":2}}`),
		jsonOf(`{"data":[{"id":3,"text":"c","date_created":"09:00:00 03.03.2026"}],"pagination":{"total":"3","per_page":2}}`))
	posts, err = c.Posts(t.Context(), 1042)
	must(t, err)
	if len(posts) != 1 || posts[0].ID != 3 {
		t.Errorf("the newest posts are %+v", posts)
	}
	comments, err := c.Comments(t.Context(), 1042)
	must(t, err)
	if diff := cmp.Diff([]gateway.TicketComment{{ID: 611, User: 12, HTML: "<p><b>RetailCRM</b> ...</p>"}}, comments); diff != "" {
		t.Error(diff)
	}
	d.tell("GET /tickets/1042/comments/",
		jsonOf(`{"data":[{"id":"9","text":"x","date_created":"10:00:00 01.03.2026"},{"id":7,"text":"y","date_created":"10:00:00 01.03.2026"}],"pagination":{"total_pages":2}}`),
		jsonOf(`{"data":{"9":{"id":9},"1":{"id":1,"date_created":"11:00:00 28.02.2026"}},"pagination":{"total_pages":2}}`))
	comments, err = c.Comments(t.Context(), 1042)
	must(t, err)
	var ids []int64
	for _, one := range comments {
		ids = append(ids, one.ID)
	}
	if !cmp.Equal(ids, []int64{1, 7, 9}) {
		t.Errorf("comments %v", ids)
	}
	// A server that knows no pages gives the same one again.
	before := len(d.requests())
	d.tell("GET /tickets/1042/comments/", jsonOf(`{"data":[{"id":9}],"pagination":{"total_pages":50}}`))
	comments, err = c.Comments(t.Context(), 1042)
	must(t, err)
	if n := len(d.requests()) - before; len(comments) != 1 || n != 2 {
		t.Errorf("%d comments by %d requests", len(comments), n)
	}
}

func TestBook(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.tell("GET /custom_fields/", jsonOf(strings.Replace(file(t, "custom_fields.json"), `"view": true,
          "edit": true,
          "required_to_create_ticket": false,
          "required_to_close_ticket": false
        }
      }
    },
    "33"`, `"view": false}}},"33"`, 1)))
	d.tell("GET /groups/", jsonOf(`{"data":[{"id":1,"type":"user","name":{"ru":"Клиент"}},{"id":3,"type":"staff","name":{"ru":"Операторы"}}]}`))
	d.tell("GET /users/", jsonOf(strings.NewReplacer(`"id": 504`, `"id": 8`).Replace(strings.Replace(file(t, "users.list.search.json"), `"type": "user"`, `"type": "staff"`, 1))))
	book, err := connect(t, d).Book(t.Context())
	must(t, err)
	entry := func(id, name string) gateway.HelpdeskEntry { return gateway.HelpdeskEntry{ID: id, Name: name} }
	if diff := cmp.Diff(gateway.HelpdeskBook{
		Departments: []gateway.HelpdeskEntry{entry("1", "Поддержка"), entry("2", "Возвраты")},
		Statuses:    []gateway.HelpdeskEntry{entry("open", "Открыто"), entry("process", "В процессе"), entry("v-processe", "Ждём склад"), entry("6", "Ждём клиента"), entry("closed", "Выполнено")},
		Priorities:  []gateway.HelpdeskEntry{entry("2", "Стандартно"), entry("3", "Средний"), entry("1", "Срочно")},
		Types:       []gateway.HelpdeskEntry{entry("0", "Без типа"), entry("1", "Проблема"), entry("2", "Задание"), entry("3", "Ошибка")},
		Fields: []gateway.HelpdeskEntry{
			{ID: "31", Name: "Заказ RetailCRM", Type: "text"},
			{ID: "32", Name: "Сегмент", Type: "select", Options: []gateway.HelpdeskEntry{entry("5", "Новый"), entry("6", "Повторный"), entry("7", "VIP")}},
			{ID: "33", Name: "VIP", Type: "checkbox", Public: true},
			{ID: "34", Name: "Группа / Тема", Type: "hierarchy", Public: true},
		},
		Staff: []gateway.HelpdeskEntry{entry("501", "Мария Иванова")},
		At:    book.At,
	}, book); diff != "" {
		t.Error(diff)
	}
	if n := len(d.requests()); n != 8 {
		t.Errorf("%d requests", n)
	}
	for _, r := range d.requests() {
		if r.path == "/users/" && r.query != "group_list=3&page=1" {
			t.Errorf("employees were asked for by %q", r.query)
		}
	}
}

// A key that may not read groups has its own employee to open tickets.
func TestBookWithoutGroups(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]reply{
		"no right": {status: 403, body: `{"errors":[{"code":"e-403","title":"Forbidden"}]}`}, "no such method": {status: 404, body: `{"message":"?"}`},
		"not found": {status: 404, body: `{"errors":[{"code":"e-404"}]}`},
	} {
		d := newDesk(t)
		d.tell("GET /groups/", answer)
		d.tell("GET /users/", jsonOf(`{"data":[`+strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(file(t, "user.get.staff.json")), `{
  "data": `), "\n}")+`]}`))
		c := connect(t, d)
		book, err := c.Book(t.Context())
		must(t, err)
		if len(book.Staff) != 1 || book.Staff[0].ID != "7" || c.Status().State != gateway.HelpdeskConnected {
			t.Errorf("%s: employees %+v, status %+v", name, book.Staff, c.Status())
		}
	}
}

func TestNamesInEnglish(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.tell("GET /priorities/", jsonOf(file(t, "priorities.custom.json")))
	c := connect(t, d, english)
	book, err := c.Book(t.Context())
	must(t, err)
	if book.Departments[0].Name != "Support" || book.Departments[1].Name != "Возвраты" || book.Priorities[2].Name != "VIP / ускоренный" || book.Fields[3].Name != "Group / Topic" {
		t.Errorf("%+v", book)
	}
}

func TestADictionaryThatMayNotBeReadIsEmpty(t *testing.T) {
	t.Parallel()
	no := reply{status: 403, body: `{"errors":[{"code":"e-403","title":"Forbidden"}]}`}
	d := newDesk(t)
	for path, name := range map[string]string{"statuses": "statuses.json", "priorities": "priorities.default.json", "types": "types.json"} {
		d.tell("GET /"+path+"/", jsonOf(file(t, name)))
	}
	d.tell("GET /departments/", no)
	d.tell("GET /custom_fields/", no)
	d.tell("GET /groups/", no)
	d.tell("GET /users/", reply{status: 404, body: `{"errors":[{"code":"e-404"}]}`})
	c := connect(t, d)
	book, err := c.Book(gateway.WithoutHurry(t.Context()))
	must(t, err)
	if len(book.Statuses) != 5 || len(book.Priorities) != 3 || len(book.Departments)+len(book.Fields)+len(book.Staff) != 0 || c.Status().State != gateway.HelpdeskMissingRight {
		t.Errorf("%+v, status %+v", book, c.Status())
	}
	for _, path := range []string{"statuses", "priorities", "types"} {
		d.tell("GET /"+path+"/", no)
	}
	_, err = c.Book(t.Context())
	wantError(t, err, device.Unauthorized, "dictionaries_read")
}
