package webui

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"vestnik/gateway"
)

func TestAFewMarksDoNotLookLikeMany(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		counts    [6]int
		low, high float64
		enough    bool
	}{
		"none":          {[6]int{}, 1.87, 4.13, false},
		"one five":      {[6]int{5: 1}, 2.23, 4.44, false},
		"five fives":    {[6]int{5: 5}, 3.16, 4.84, false},
		"ten fives":     {[6]int{5: 10}, 3.72, 4.94, false},
		"thirty fives":  {[6]int{5: 30}, 4.43, 5.00, true},
		"500 fives":     {[6]int{5: 500}, 4.96, 5.00, true},
		"500 ones":      {[6]int{1: 500}, 1.00, 1.04, true},
		"half and half": {[6]int{1: 50, 5: 50}, 2.62, 3.38, true},
		"a good shop":   {[6]int{0, 3, 2, 9, 61, 240}, 4.59, 4.74, true},
		"ten of all":    {[6]int{0, 2, 2, 2, 2, 2}, 2.31, 3.69, false},
	} {
		table := gateway.MarkTable{Counts: c.counts}
		got := confidenceOf(table)
		if math.Abs(got.Low-c.low) > 0.006 || math.Abs(got.High-c.high) > 0.006 || got.enough(table.Marks()) != c.enough {
			t.Errorf("%s: %.3f to %.3f, enough %v; want %.2f to %.2f, %v", name, got.Low, got.High, got.enough(table.Marks()), c.low, c.high, c.enough)
		}
	}
}

// More marks of the same kinds never make us less sure, and the interval stays on the
// scale.
func TestConfidenceGrowsWithMarks(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var table gateway.MarkTable
		for k := 1; k <= 5; k++ {
			table.Counts[k] = rapid.IntRange(1, 50).Draw(t, "count")
		}
		more := table
		for k := range more.Counts {
			more.Counts[k] *= 4
		}
		a, b := confidenceOf(table), confidenceOf(more)
		if a.Low < 1 || a.High > 5 || a.Low > a.High {
			t.Fatalf("off the scale: %+v", a)
		}
		if b.High-b.Low > a.High-a.Low {
			t.Fatalf("%v: %.3f wide, four times as many: %.3f", table.Counts, a.High-a.Low, b.High-b.Low)
		}
	})
}

func TestMarksAreExportedWithoutFormulas(t *testing.T) {
	t.Parallel()
	s := chatty()
	cookie := s.enter(gateway.Manager, "ru")
	_, body := get(t, newServer(t, s), cookie, "/bot/marks.csv?days=90")
	lines := strings.Split(strings.TrimSpace(body), "\r\n")
	if len(lines) != 4 || lines[0] != "\ufeffВремя;Заказ;Что;Курьер;Оценка;Клиент;Комментарий" || lines[1] != "2026-11-21 07:30:00;10377;Курьер;Саид Алиев;2;Анна Петрова;Опоздал на три часа, не позвонил" {
		t.Errorf("%q", lines)
	}
	if !strings.Contains(body, ";'=cmd|") {
		t.Error("a formula stands in the table")
	}
}

func TestCouriersWithFewMarksStandLast(t *testing.T) {
	t.Parallel()
	s := chatty()
	_, body := get(t, newServer(t, s), s.enter(gateway.Manager, "ru"), "/bot/marks")
	oleg, said, petr := strings.Index(body, "Олег Смирнов"), strings.Index(body, "Саид Алиев"), strings.Index(body, "Пётр Иванов")
	if oleg >= said || said >= petr {
		t.Errorf("order %d %d %d", oleg, said, petr)
	}
	if !strings.Contains(body, "мало оценок") || !strings.Contains(body, `href="https://demo.retailcrm.ru/orders/10377/edit"`) {
		t.Error("five marks are not called few, or a low mark does not lead to its order")
	}
}
