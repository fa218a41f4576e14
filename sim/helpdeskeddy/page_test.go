package helpdeskeddy_test

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"testing"
	"time"

	hde "vestnik/sim/helpdeskeddy"
)

// many is an account with n tickets, one a minute, the first the oldest.
func many(t *testing.T, n int, opt hde.Options) (r *rig, ids []int) {
	t.Helper()
	opt.Rate = -1
	r = newRig(t, opt)
	r.as = r.AddUser(hde.User{Staff: true, Name: "Vestnik", Email: "v@example.com"})
	client := r.AddUser(hde.User{Name: "Анна", Email: "anna@example.com"})
	for i := range n {
		made := r.AddTicket(client.ID, "Вопрос "+strconv.Itoa(i), "<p>?</p>", "", hde.At(begin.Add(time.Duration(i-n)*time.Minute)))
		ids = append(ids, made.ID)
	}
	return r, ids
}

const ascending = "/tickets/?order_by=date_updated{asc}&page="

func TestPagesAreCut(t *testing.T) {
	t.Parallel()
	r, ids := many(t, 63, hde.Options{ListsOnly: true})
	var got []int
	for page := 1; page <= 3; page++ {
		got = append(got, r.get(ascending+strconv.Itoa(page)+"&per_page=100").ids()...)
	}
	same(t, "all pages", got, ids)
	beyond := r.get(ascending + "4")
	if len(beyond.rows()) != 0 {
		t.Errorf("a page beyond the last has %d rows", len(beyond.rows()))
	}
	same(t, "pagination", beyond.body.(obj)["pagination"], any(obj{"total": 63, "per_page": 30, "current_page": 4, "total_pages": 3}))
	newest := r.get("/tickets/").ids()
	if newest[0] != ids[62] {
		t.Errorf("without order_by the first is %d", newest[0])
	}
	r.understood()
}

func TestMapsAreKeyedByID(t *testing.T) {
	t.Parallel()
	r, ids := many(t, 2, hde.Options{})
	data := r.get("/tickets/").data()
	for _, id := range ids {
		if row, _ := data[strconv.Itoa(id)].(obj); row["id"] != float64(id) {
			t.Errorf("%d: %v", id, row)
		}
	}
	if raw := string(r.get("/tickets/?status_list=closed").raw); raw != `{"data":[],"pagination":{"current_page":1,"per_page":30,"total":0,"total_pages":0}}` {
		t.Error(raw)
	}
}

// A ticket of the first page that is touched while the second one is fetched moves
// to the end, and the first ticket of the second page slips into the first unseen.
func TestPagesShiftWhenATicketIsTouched(t *testing.T) {
	t.Parallel()
	r, ids := many(t, 61, hde.Options{ListsOnly: true})
	first := r.get(ascending + "1").ids()
	check(t, r.Touch(first[0]))
	second := r.get(ascending + "2").ids()
	if slices.Contains(second, ids[30]) || slices.Contains(first, ids[30]) {
		t.Errorf("ticket %d has not slipped through", ids[30])
	}
	third := r.get(ascending + "3").ids()
	same(t, "the touched ticket comes last", third, []int{ids[0]})
}

func TestFiltersOfTickets(t *testing.T) {
	t.Parallel()
	r, ids := many(t, 6, hde.Options{ListsOnly: true})
	other := r.AddUser(hde.User{Name: "Борис", Lastname: "Чай", Email: "boris@example.com"})
	staff := r.as.ID
	check(t, r.ChangeRequester(ids[0], other.ID))
	check(t, r.SetStatus(ids[1], staff, "closed"))
	check(t, r.SetPriority(ids[2], staff, 1))
	check(t, r.Assign(ids[3], staff))
	check(t, r.Freeze(ids[4], begin.Add(24*time.Hour)))
	check(t, r.Delete(ids[5], false))
	at := func(minutes int) string {
		return url.QueryEscape(begin.Add(time.Duration(minutes) * time.Minute).In(moscow(t)).Format(time.DateTime))
	}
	for query, want := range map[string][]int{
		"user_list=" + strconv.Itoa(other.ID):        ids[:1],
		"user_list=" + strconv.Itoa(other.ID) + ",1": ids[:1],
		"status_list=closed,6":                       ids[1:2],
		"priority_list=1":                            ids[2:3],
		"owner_list=" + strconv.Itoa(staff):          ids[3:4],
		"type_list=0":                                ids[:5],
		"type_list=1":                                nil,
		"freeze=1":                                   ids[4:5],
		"freeze=0":                                   ids[:4],
		"deleted=1":                                  ids[5:],
		"deleted=0":                                  ids[:5],
		"search=" + url.QueryEscape("борис"):         ids[:1],
		"search=" + url.QueryEscape("Вопрос"):        ids[:5],
		"search=" + url.QueryEscape("вопрос 2"):      ids[2:3],
		"exact_search=1&search=boris%40example.com":  ids[:1],
		"exact_search=1&search=boris":                nil,
		"from_date_created=" + at(-4):                ids[2:5], // the bound is within
		"to_date_created=" + at(-5):                  ids[:2],
		"from_date_updated=" + at(1):                 nil,
		"page=2":                                     nil,
	} {
		same(t, query, r.get("/tickets/?order_by=date_created{asc}&"+query).ids(), want)
	}
	same(t, "two keys", r.get("/tickets/?order_by=viewed_by_staff{desc},date_created{desc}").ids(), []int{ids[4], ids[3], ids[2], ids[1], ids[0]})
	r.understood()
}

func TestFiltersOfUsers(t *testing.T) {
	t.Parallel()
	for phones, found := range map[bool]int{false: 0, true: 1} {
		r := newRig(t, hde.Options{Seed: true, SearchPhones: phones})
		for query, want := range map[string]int{
			"group_list=1": 5, "group_list=3,2": 3, "search=" + url.QueryEscape("вера лугова"): 2, "search=VERA2": 1,
			"search=555-01-01":                      found,
			"order_by=name{asc}&search=mail":        3,
			"from_date_created=2026-02-02+10:15:07": 5, "to_date_updated=2025-03-02+10:15:07": 4,
		} {
			if got := len(r.get("/users/?" + query).rows()); got != want {
				t.Errorf("%s: %d, want %d", query, got, want)
			}
		}
		r.understood()
	}
}

func TestTimesAreInTheAccountsZone(t *testing.T) {
	t.Parallel()
	zone := time.FixedZone("", 7*3600)
	r, ids := many(t, 1, hde.Options{Zone: zone})
	check(t, r.Touch(ids[0]))
	path := fmt.Sprintf("/tickets/%d", ids[0])
	if got := r.get(path).data()["date_updated"]; got != "2026-03-02 14:15:07" {
		t.Error(got)
	}
	for bound, want := range map[string]int{"14:15:07": 1, "14:15:08": 0, "07:15:08": 1} {
		if got := len(r.get("/tickets/?from_date_updated=2026-03-02+" + bound).rows()); got != want {
			t.Errorf("from %s: %d", bound, got)
		}
	}
	if got := r.get(path + "/posts/").rows()[0]["date_created"]; got != "14:14:07 02.03.2026" {
		t.Error(got)
	}
}

func moscow(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Moscow")
	check(t, err)
	return zone
}
