package webui

import (
	"strings"

	"vestnik/device"
	"vestnik/gateway"
)

// known is what is known of each try of a message of unknown fate, in a sentence
// each.
func known(f *Frame, attempts []gateway.AttemptStory) []string {
	var list []string
	for _, a := range attempts {
		says := f.words.say("try.says", "time", a.StartedAt.In(f.zone).Format("02.01 15:04"), "channel", f.words.say("channel."+string(a.Channel)),
			"outcome", f.words.say("try."+string(a.State)))
		if n := len(a.Parts); n > 1 {
			count := map[gateway.PartState]int{}
			for _, p := range a.Parts {
				count[p.State]++
			}
			says += " " + f.words.say("try.parts", "n", n, "delivered", count[gateway.PartDelivered],
				"accepted", count[gateway.PartAccepted], "doubtful", count[gateway.PartSending]+count[gateway.PartFailed])
		}
		if len(a.Receipts) == 0 {
			says += " " + f.words.say("story.no_report")
		}
		list = append(list, strings.TrimSpace(says))
	}
	return list
}

// risk is what sending such a message again means for the customer.
func risk(f *Frame, m gateway.Message, attempts []gateway.AttemptStory) string {
	if n := len(attempts); n > 0 {
		switch last := attempts[n-1]; {
		case last.Channel == device.WhatsApp:
			says := f.words.say("story.risk_whatsapp")
			if m.NextChannel(func(device.Channel) bool { return true }) != "" {
				says += " " + f.words.say("story.risk_other_way")
			}
			return says
		case len(last.Parts) > 1:
			return f.words.say("story.risk_parts")
		}
	}
	return f.words.say("story.doubt")
}
