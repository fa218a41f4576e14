package support_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vestnik/gateway"
	"vestnik/gateway/support"
)

// night has the clerk away for a time, and then at work for a minute.
func (d *desk) night(dur time.Duration) {
	d.t.Helper()
	d.end()
	d.pass(dur - time.Minute)
	d.begin()
	d.pass(time.Minute)
}

func TestTheWeeksQuestionsAreToldOnce(t *testing.T) {
	opened(t, func(s *gateway.Settings) {
		s.Helpdesk.Digest = gateway.DigestSettings{As: gateway.DigestTask, User: 31, Weekday: time.Monday, Hour: 9}
	}, func(t *testing.T, d *desk) {
		d.hde.opens(1, anna, "Вопрос", "Когда курьер привезёт кроссовки Nike?") // Saturday
		d.hde.opens(2, boris, "Возврат", "Хочу вернуть, брак")
		d.pass(time.Minute)
		d.night(44*time.Hour - time.Minute) // Monday, 8 in the morning
		if n := len(d.crm.tasks); n != 0 {
			t.Fatalf("%d tasks before the hour", n)
		}
		d.pass(61 * time.Minute)
		if len(d.crm.tasks) != 1 {
			t.Fatalf("%d tasks", len(d.crm.tasks))
		}
		task := d.crm.tasks[0]
		d.wants("title", task.Text, "23.11.2026", ": 2 (неделей раньше 0)")
		d.wants("text", task.Comment, "Доставка: 1", "Возврат и обмен: 1", "Кроссовки Nike")
		if task.Performer != 31 || len([]rune(task.Text)) > 190 {
			t.Errorf("%+v", task)
		}
		d.night(6 * 24 * time.Hour)
		if n := len(d.crm.tasks); n != 1 {
			t.Errorf("%d tasks in a week", n)
		}
		d.hde.opens(3, anna, "Вопрос", "курьер?")
		d.pass(time.Minute)
		d.night(2 * 24 * time.Hour)
		if n := len(d.crm.tasks); n != 2 || !strings.Contains(d.crm.tasks[1].Text, ": 1 (неделей раньше 2)") {
			t.Errorf("%+v", d.crm.tasks)
		}
	})
}

func TestADigestAsANote(t *testing.T) {
	opened(t, func(s *gateway.Settings) {
		quiet(s)
		s.Helpdesk.Digest = gateway.DigestSettings{As: gateway.DigestNote, Customer: 1, Weekday: time.Sunday, Hour: 23}
		s.Shop.Timezone = "Asia/Vladivostok"
	}, func(t *testing.T, d *desk) {
		d.hde.opens(1, boris, "Возврат", "брак")
		d.pass(time.Minute)
		d.night(27*time.Hour + 48*time.Minute)
		before := len(d.crm.notes)
		d.pass(20 * time.Minute) // Sunday 23:00 in Vladivostok is 16:00 in Moscow
		if len(d.crm.notes) != before+1 || d.crm.notes[before].Customer != 1 {
			t.Errorf("%d notes before, then %+v", before, d.crm.notes)
		}
	})
}

func TestCustomersWhoCameBack(t *testing.T) {
	opened(t, quiet, func(t *testing.T, d *desk) {
		day := 24 * time.Hour
		start := time.Now()
		at := func(days int) gateway.ProfileOrder {
			return gateway.ProfileOrder{CreatedAt: start.Add(time.Duration(days) * day)}
		}
		d.crm.set(func() {
			d.crm.of[7] = []gateway.ProfileOrder{at(45), at(-2)}
			d.crm.of[20] = []gateway.ProfileOrder{at(10), at(-3)}
			d.crm.of[21] = []gateway.ProfileOrder{at(-3), at(-20)}
			for id, n := range map[int64]int{20: 2, 21: 2, 22: 40, 7: 2} {
				d.crm.sample = append(d.crm.sample, gateway.Profile{Customer: gateway.Customer{ID: id}, OrdersCount: n})
			}
		})
		d.hde.opens(1, anna, "Вопрос", "где заказ?")
		d.pass(time.Minute)
		d.hde.edits(1, func(t *gateway.Ticket) { t.Status, t.Rate = "closed", "like" })
		d.pass(enough)
		d.night(29 * day)
		if pairs, err := d.store.Pairs(t.Context(), time.Time{}); err != nil || len(pairs) != 0 {
			t.Errorf("too soon: %+v, %v", pairs, err)
		}
		want := support.Pair{Ticket: 1, Customer: 7, Mark: "like", Others: 2}
		for i, days := range []time.Duration{2, 30, 30} {
			d.night(days * day)
			pairs, err := d.store.Pairs(t.Context(), time.Time{})
			if err != nil || len(pairs) != 1 {
				t.Fatalf("%+v, %v", pairs, err)
			}
			want.Known[i] = true
			want.Back[i] = i > 0
			want.OthersBack[i] = 1
			got := pairs[0]
			got.ClosedAt, got.Lasted = time.Time{}, 0
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		}
		for i := 1; i < len(d.crm.asked); i++ {
			if pause := d.crm.asked[i].Sub(d.crm.asked[i-1]); pause < 5*time.Second && i > 1 {
				t.Errorf("question %d came after %s", i, pause)
			}
		}
		q, err := d.clerk.Quality(t.Context(), time.Time{})
		if err != nil || q.Tickets != 1 || q.Rated != 1 || q.Rows[0].By != "all" || q.Rows[0].Back != [3]int{0, 1, 1} || q.Rows[0].Others != [3]int{2, 2, 2} {
			t.Errorf("%+v, %v", q, err)
		}
	})
}

func TestQualityCountsWhatIsKnown(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	pairs := []support.Pair{
		{Ticket: 1, ClosedAt: now, Mark: "like", First: 10 * time.Minute, Lasted: time.Hour, Back: [3]bool{true, true, true}, Known: [3]bool{true, true, true}, Others: 2, OthersBack: [3]int{1, 1, 2}},
		{Ticket: 2, ClosedAt: now, Mark: "dislike", First: 30 * time.Hour, Known: [3]bool{true, false, false}, Others: 3},
		{Ticket: 3, ClosedAt: now.Add(-time.Hour), Mark: "like", Known: [3]bool{true, true, true}}, // before the time
	}
	q := support.QualityOf(pairs, now)
	if q.Tickets != 2 || q.Rated != 2 {
		t.Errorf("%+v", q)
	}
	var got []string
	for _, r := range q.Rows {
		got = append(got, r.By+"/"+r.Value)
	}
	if diff := cmp.Diff([]string{"all/", "mark/dislike", "mark/like", "first/15m", "first/more", "lasted/1d", "lasted/none"}, got); diff != "" {
		t.Error(diff)
	}
	all := q.Rows[0]
	if all.Known != [3]int{2, 1, 1} || all.Back != [3]int{1, 1, 1} || all.Others != [3]int{5, 2, 2} || all.OthersBack != [3]int{1, 1, 2} {
		t.Errorf("%+v", all)
	}
}
