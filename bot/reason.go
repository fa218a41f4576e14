package bot

import (
	"strings"

	"vestnik/gateway"
)

// Reason is why the bot answered as it did, or did not.
type Reason string

// Why nothing was said.
const (
	WhyGroup       Reason = "group"
	WhyEcho        Reason = "echo"
	WhyTwice       Reason = "came_twice"
	WhyEvent       Reason = "event"
	WhyHuman       Reason = "person_talks" // until
	WhyPhone       Reason = "shop_phone"   // until: a person answered on the shop's phone
	WhyOperator    Reason = "operator"     // until: a person answered in a chat
	WhyAssigned    Reason = "assigned"     // until
	WhyReturned    Reason = "returned"     // the bot answers again from the next message on
	WhyMuted       Reason = "muted"        // until
	WhyLoop        Reason = "loop"         // until: the same words over and over
	WhyQuick       Reason = "too_quick"    // until: answers within a second
	WhyAutomatic   Reason = "automatic"    // an automatic answer
	WhyAutomatics  Reason = "automatics"   // until: several
	WhyCourtesy    Reason = "courtesy"     // thanks, a sticker, an emoji
	WhyEmpty       Reason = "empty"        // nothing to answer
	WhySame        Reason = "same_answer"  // it was said just now
	WhyMinute      Reason = "minute_limit" // limit
	WhyDay         Reason = "day_limit"    // limit
	WhyNothingOwed Reason = "nothing_owed" // the CRM is back and nobody waits
	WhyCommentMore Reason = "comment_more" // further words to a comment
	WhyAskedBefore Reason = "asked_before" // this order's mark was asked for
	WhyNotCalm     Reason = "not_calm"     // not asked now: a talk is going on
	WhyOptedOut    Reason = "opted_out"    // not asked: he wants nothing but answers
)

// Why the caller, who asks the bot, dealt with a message without it.
const (
	WhyOff             Reason = "bot_off"          // the bot is switched off
	WhyLate            Reason = "too_late"         // heard of long after it was written: for a person
	WhyFault           Reason = "fault"            // the program failed at it: for a person
	WhyNotSent         Reason = "not_sent"         // the answer could not be delivered: for a person
	WhyNoNumber        Reason = "no_number"        // a sender that nobody can write to
	WhyOperatorCommand Reason = "operator_command" // command: typed by a person of the shop
)

// Why something was said.
const (
	WhyCommand       Reason = "command" // command
	WhyWelcome       Reason = "welcome"
	WhyList          Reason = "list"
	WhyAmbiguous     Reason = "ambiguous"      // phrase
	WhyNotUnderstood Reason = "not_understood" // phrase
	WhyLost          Reason = "lost"           // phrase: twice in a row, a person is called
	WhyAskedPerson   Reason = "asked_person"
	WhyBadMark       Reason = "bad_mark"
	WhyStop          Reason = "stop"
	WhyStart         Reason = "start"
	WhyMedia         Reason = "media"      // media
	WhyClosedNow     Reason = "closed_now" // command: outside its hours
	WhyOrder         Reason = "order"      // order
	WhyOrders        Reason = "orders"
	WhyNoOrders      Reason = "no_orders"
	WhyAskDigits     Reason = "ask_digits"  // order
	WhyLookup        Reason = "lookup"      // order: found
	WhyLookupNone    Reason = "lookup_none" // order
	WhyLookupLimited Reason = "lookup_limited"
	WhyCRMAway       Reason = "crm_away"
	WhyMarkAsked     Reason = "mark_asked"     // order
	WhyMark          Reason = "mark"           // mark
	WhyMarkCorrected Reason = "mark_corrected" // mark
	WhyMarkRange     Reason = "mark_range"
	WhyMarkDeclined  Reason = "mark_declined"
	WhyComment       Reason = "comment"
)

// Why is a reason with its details.
type Why struct {
	Reason Reason
	Args   gateway.Args
}

func because(r Reason, args ...string) Why {
	w := Why{Reason: r}
	if len(args) > 0 {
		w.Args = gateway.Args{}
		for i := 0; i+1 < len(args); i += 2 {
			w.Args[args[i]] = args[i+1]
		}
	}
	return w
}

// Sentence is the reason in words of language lang ("ru", or English for any other).
func (w Why) Sentence(lang string) string {
	pair, ok := reasonWords[w.Reason]
	if !ok {
		return string(w.Reason)
	}
	text := pair[1]
	if lang == Russian {
		text = pair[0]
	}
	for name, value := range w.Args {
		text = strings.ReplaceAll(text, "{"+name+"}", value)
	}
	return text
}
