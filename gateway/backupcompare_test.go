package gateway

import (
	"testing"

	"vestnik/device"
)

func TestWhatTheCRMTellsOfAMessageFromABackup(t *testing.T) {
	t.Parallel()
	ref := Reference{Statuses: []Status{{Code: "ready", Name: "Готов"}, {Code: "sent", Name: "Передан"}}}
	order := func(status string, mark device.Answer) *Order {
		return &Order{ID: 7, Status: status, WhatsApp: mark}
	}
	rule := &Rule{Statuses: []string{"ready", "reminded"}}
	about := BackupMessage{Message: Message{ID: 1, Order: 7}, Status: "ready"}
	for name, c := range map[string]struct {
		m     BackupMessage
		last  AttemptState
		order *Order
		known string
		rule  *Rule
		want  Reason
		why   string
	}{
		"nothing has happened":              {about, "", order("ready", device.Unknown), "", rule, BackupUnsent, ""},
		"the mark is our own":               {about, "", order("ready", device.Yes), "yes", rule, BackupUnsent, ""},
		"a new mark":                        {about, "", order("ready", device.Yes), "", rule, BackupSent, "marked"},
		"the mark changed":                  {about, "", order("ready", device.No), "yes", rule, BackupSent, "marked"},
		"the order moved on":                {about, "", order("sent", device.Unknown), "", rule, BackupSent, "moved"},
		"to another status of the rule":     {about, "", order("reminded", device.Unknown), "", rule, BackupUnsent, ""},
		"the rule is gone":                  {about, "", order("reminded", device.Unknown), "", nil, BackupSent, "moved"},
		"the order is gone":                 {about, "", &Order{Deleted: true}, "", rule, BackupSent, "order_gone"},
		"accepted before the backup":        {about, AttemptAccepted, nil, "", rule, BackupSent, "accepted"},
		"refused before the backup":         {about, AttemptRefused, order("ready", device.Unknown), "", rule, BackupUnsent, ""},
		"nothing had left before it":        {about, AttemptNotSent, order("ready", device.Unknown), "", rule, BackupUnsent, ""},
		"it was being sent":                 {about, AttemptUncertain, order("ready", device.Unknown), "", rule, BackupUnclear, "on_its_way"},
		"it was being sent, and the mark":   {about, AttemptUncertain, order("ready", device.Yes), "", rule, BackupSent, "marked"},
		"about no order":                    {BackupMessage{}, "", nil, "", nil, BackupUnclear, "no_order"},
		"about no order, it was being sent": {BackupMessage{}, AttemptUncertain, nil, "", nil, BackupUnclear, "on_its_way"},
	} {
		got, args := judgeFromBackup(c.m, c.last, c.order, c.known, c.rule, ref)
		if got != c.want || args["why"] != c.why {
			t.Errorf("%s: %s because of %q, want %s because of %q", name, got, args["why"], c.want, c.why)
		}
		for _, lang := range []string{"ru", "en"} {
			if s := got.Sentence(args, lang, nil); s == string(got) || c.why != "" && s == got.Sentence(Args{"why": ""}, lang, nil) {
				t.Errorf("%s: no sentence: %q", name, s)
			}
		}
	}
	if args := (Args{"why": "moved"}); BackupSent.Sentence(args, "en", nil) != "From a backup. It seems there is no need to send it: the order is in another status by now." {
		t.Error(BackupSent.Sentence(args, "en", nil))
	}
}
