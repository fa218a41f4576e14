package bot

import "time"

// openingWords says when something opens next, seen from now: "завтра в 9:00".
func openingWords(opens, now time.Time, zone *time.Location, lang string) string {
	o, n := opens.In(zone), now.In(zone)
	days := int(civil(o).Sub(civil(n)).Hours() / 24)
	clock := o.Format("15:04")
	if lang == Russian {
		switch {
		case days == 0:
			return "сегодня в " + clock
		case days == 1:
			return "завтра в " + clock
		case days < 7:
			return weekdaysRu[o.Weekday()] + " в " + clock
		}
		return o.Format("02.01") + " в " + clock
	}
	switch {
	case days == 0:
		return "today at " + clock
	case days == 1:
		return "tomorrow at " + clock
	case days < 7:
		return "on " + o.Weekday().String() + " at " + clock
	}
	return "on " + o.Format("2 January") + " at " + clock
}

// civil is the day of t without its zone, so that days can be counted.
func civil(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

var weekdaysRu = [7]string{"в воскресенье", "в понедельник", "во вторник", "в среду", "в четверг", "в пятницу", "в субботу"}
