package gateway

import "time"

// Sentence says in words how the clock stands and what to do, with times in zone.
func (s ClockStatus) Sentence(lang string, zone *time.Location) string {
	words := clockWords[string(s.State)+"/"+string(s.Witness)]
	if s.TrustedBy != "" {
		words = clockTrusted
	}
	if words[0] == "" {
		words = clockWords[string(s.State)]
	}
	text := words[1]
	if lang == "ru" {
		text = words[0]
	}
	return expand(text, func(key string) (string, bool) {
		switch key {
		case "now":
			return clockTime(s.Now, zone), true
		case "best":
			return clockTime(s.Best, zone), true
		case "by":
			return s.TrustedBy, true
		}
		return "", false
	})
}

// WasAhead says that the clock had been ahead and was set right; "" when it was not
// within the last week.
func (s ClockStatus) WasAhead(lang string, zone *time.Location) string {
	if s.SetBackAt.IsZero() || s.Now.Sub(s.SetBackAt) > 7*24*time.Hour {
		return ""
	}
	text := "On {at} the clock was set back: until then it had been ahead ({from}). What it had put off was thought over again; times of messages from before may be wrong."
	if lang == "ru" {
		text = "{at} часы переведены назад: до этого они спешили ({from}). Всё отложенное пересчитано; время у сообщений до этого может быть неверным."
	}
	return expand(text, func(key string) (string, bool) {
		if key == "at" {
			return clockTime(s.SetBackAt, zone), true
		}
		return clockTime(s.SetBackFrom, zone), true
	})
}

func clockTime(t time.Time, zone *time.Location) string {
	if zone == nil {
		zone = time.UTC
	}
	return t.In(zone).Format("02.01.2006 15:04")
}

var clockTrusted = [2]string{
	"Часы кажутся неверными ({now}), но {by} подтверждает: время верное. Отправка идёт; до перезапуска.",
	"The clock looks wrong ({now}), but {by} says that it is right. Sending goes on, until the next start.",
}

// clockWords has the sentences by state and witness; a state alone is for every other
// witness.
var clockWords = map[string][2]string{
	"right": {
		"Часы верны: их сверяет служба времени.",
		"The clock is right: a time service keeps it.",
	},
	"right/crm": {
		"Часы верны: они совпадают с часами RetailCRM. Служба времени (NTP) на устройстве не работает.",
		"The clock is right: it agrees with RetailCRM's. No time service (NTP) runs on the box.",
	},
	"alone": {
		"Часы никто не сверяет: служба времени (NTP) не отвечает. Пока они идут правдоподобно, отправка идёт. Если время неверное, разрешённые часы собьются.",
		"Nothing keeps the clock right: no time service (NTP) answers. While it looks plausible, sending goes on. If it is wrong, so are the allowed hours.",
	},
	"settling": {
		"Устройство только что включили, служба времени ещё не ответила. Отправка начнётся не позже чем через две минуты.",
		"The box was just switched on and its time service has not answered yet. Sending begins within two minutes.",
	},
	"behind": {
		"Часы отстают: {now}, а это время уже прошло (не раньше {best}). Ничего не отправляется. Проверьте интернет на устройстве: часы поправятся сами. Или установите время вручную.",
		"The clock is behind: it says {now}, which has passed already (it is not before {best}). Nothing is sent. Check the box's internet: the clock then corrects itself. Or set the time by hand.",
	},
	"behind/crm": {
		"Часы отстают: {now}, а у RetailCRM {best}. Ничего не отправляется. Проверьте, работает ли служба времени (NTP), или установите время вручную.",
		"The clock is behind: it says {now}, RetailCRM's says {best}. Nothing is sent. Check that the time service (NTP) works, or set the time by hand.",
	},
	"ahead": {
		"Часы спешат: {now}, а у RetailCRM {best}. Ничего не отправляется. Проверьте, работает ли служба времени (NTP), или установите время вручную.",
		"The clock is ahead: it says {now}, RetailCRM's says {best}. Nothing is sent. Check that the time service (NTP) works, or set the time by hand.",
	},
}
