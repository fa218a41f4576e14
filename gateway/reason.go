package gateway

import (
	"strings"
	"time"
)

// Reason is why something was decided, waits or happened. Each has a sentence in
// Russian and in English (reasonwords.go), so that pages, exports and tests speak
// the same words.
type Reason string

// Why a change makes a message, or none.
const (
	StatusReached   Reason = "status_reached"   // order, status, changed_at
	RuleMatched     Reason = "rule_matched"     // rule
	RuleOff         Reason = "rule_off"         // rule
	AlreadySent     Reason = "already_sent"     // rule: once per order
	StatusPassed    Reason = "status_passed"    // now: the order is already somewhere else
	OwnChange       Reason = "own_change"       // we made it ourselves
	OrderGone       Reason = "order_gone"       // deleted in the CRM
	OrderUnreadable Reason = "order_unreadable" // error
	TooOld          Reason = "too_old"          // changed_at
	NoPhone         Reason = "no_phone"
	BadPhone        Reason = "bad_phone"      // problem
	Landline        Reason = "landline"       // the number cannot take this channel
	FieldMissing    Reason = "field_missing"  // fields
	FieldLeftOut    Reason = "field_left_out" // fields: sent without them
	TextEmpty       Reason = "text_empty"
	TextTooLong     Reason = "text_too_long" // parts, max
	BadTemplate     Reason = "bad_template"  // error
	ChannelsOff     Reason = "channels_off"  // no channel of the rule is on
	FromAPI         Reason = "from_api"      // user
	FromTest        Reason = "from_test"     // user
	FromBot         Reason = "from_bot"      // why: the bot answers
	FromPerson      Reason = "from_person"   // user: written on the page of chats
	FromAsk         Reason = "from_ask"      // order: the question for marks
)

// Why a message waits, and which way it takes.
const (
	InQueue         Reason = "in_queue"
	HeldHours       Reason = "held_hours" // until_at, there: the customer's clock then
	HeldNoHours     Reason = "held_no_hours"
	HeldUntil       Reason = "held_until" // until_at: as asked by who made it
	HeldPerson      Reason = "held_person"
	WaitingLink     Reason = "waiting_link"     // channel, state
	CapHour         Reason = "cap_hour"         // limit, until_at
	CapDay          Reason = "cap_day"          // limit, until_at
	CapNewChats     Reason = "cap_new_chats"    // limit, until_at
	NewChatsLocked  Reason = "new_chats_locked" // until_at
	NetworkBusy     Reason = "network_busy"     // until_at
	HeldClock       Reason = "held_clock"       // clock_at: what the box's clock said
	ClockIsRight    Reason = "clock_is_right"
	OnWhatsApp      Reason = "on_whatsapp"     // checked_at, source
	NotOnWhatsApp   Reason = "not_on_whatsapp" // checked_at, source
	PresenceUnknown Reason = "presence_unknown"
	MovedTo         Reason = "moved_to"         // channel
	LinkDownTooLong Reason = "link_down"        // channel, state
	ReceiptMissing  Reason = "receipt_missing"  // minutes
	CopyRevoked     Reason = "copy_revoked"     // channel
	CopyNotRevoked  Reason = "copy_not_revoked" // channel
	NoReach         Reason = "no_reach"         // every channel said no
	TakenOver       Reason = "taken_over"       // a person of the shop talks: the bot's words do not leave
	ChatChosen      Reason = "chat_chosen"      // messenger, heard_at
	NoChat          Reason = "no_chat"          // he never wrote by a messenger of the CRM
	OtherMessenger  Reason = "other_messenger"  // heard_at: he last wrote in WhatsApp
	ChatClosed      Reason = "chat_closed"      // messenger: its account is switched off or takes no messages
	ChatBlocked     Reason = "chat_blocked"     // messenger: the customer blocked the shop
	ChatWindowOver  Reason = "chat_window_over" // messenger, until_at
	ChatFailed      Reason = "chat_failed"      // code: the messenger did not deliver
)

// Why a mailing's message, or a question for marks, waits or does not leave.
const (
	FromCampaign    Reason = "from_campaign"    // campaign
	FromInvitation  Reason = "from_invitation"  // order: the invitation to leave a review
	HeldShopClosed  Reason = "held_shop_closed" // until_at, there: the customer's clock then
	HeldTalk        Reason = "held_talk"        // until_at: a person of the shop talks with him
	CampaignPaused  Reason = "campaign_paused"  // the mailing rests
	CampaignBack    Reason = "campaign_back"    // taken back before it left, because the mailing was paused or changed
	CampaignStopped Reason = "campaign_stopped" // user
	OptedOut        Reason = "opted_out"        // said_at: he refused advertising
	NoConsent       Reason = "no_consent"       // nobody knows that he allows advertising
	WrittenLately   Reason = "written_lately"   // at: another mailing reached him
	ShareUsed       Reason = "share_used"       // until_at: the rest of the cap is for orders
	LookUpsUsed     Reason = "look_ups_used"    // until_at
	SamePerson      Reason = "same_person"      // he is in the list twice
	HasMark         Reason = "has_mark"         // he left a mark already
	LowMark         Reason = "low_mark"         // mark: the review link is for those who gave 4 or 5
	PersonErased    Reason = "person_erased"
	RowRefused      Reason = "row_refused" // problem: the row of a list could not be read
)

// Why a mailing pauses by itself.
const (
	PausedByPerson Reason = "paused_by_person" // user
	PausedCanary   Reason = "paused_canary"    // sent: the first portion is through; a person looks
	PausedRefused  Reason = "paused_refused"   // share, of
	PausedSilent   Reason = "paused_silent"    // share, of
	PausedOptOuts  Reason = "paused_opt_outs"  // share, of
	PausedBan      Reason = "paused_ban"       // code
	PausedRestored Reason = "paused_restored"  // a backup was restored: who was written to since is not known
	PausedDisk     Reason = "paused_disk"
	PausedBroken   Reason = "paused_broken" // error: its text or audience cannot be used any more
)

// What happened to it.
const (
	SendingNow      Reason = "sending"           // channel, attempt
	WasAccepted     Reason = "accepted"          // channel, took
	WasDelivered    Reason = "delivered"         // channel
	WasRead         Reason = "read"              // channel
	WasRefused      Reason = "refused"           // channel, code
	NothingLeft     Reason = "nothing_left"      // channel: surely not sent, tried again
	Uncertain       Reason = "uncertain"         // channel
	SameIDAgain     Reason = "same_id_again"     // WhatsApp: the same id is sent again
	WaitReport      Reason = "wait_report"       // SMS: the delivery report has its chance
	AskPerson       Reason = "ask_person"        // unknown: a person decides
	NeverLeft       Reason = "never_left"        // unknown, until the box's own records showed that nothing had left
	HadLeft         Reason = "had_left"          // unknown, until the box's own records showed that the network took it
	ChatNeverLeft   Reason = "chat_never_left"   // as never_left, by the CRM's record of the chat
	ChatHadLeft     Reason = "chat_had_left"     // as had_left, likewise
	RestGoes        Reason = "rest_goes"         // sent, parts: the missing SMS of a long text go out
	TwiceAllowed    Reason = "twice_allowed"     // unknown: sent again, as the shop's policy says
	LeftUnknown     Reason = "left_unknown"      // unknown: left so, as the shop's policy says
	LeftByPerson    Reason = "left_by_person"    // user: unknown, left so
	LateReceipt     Reason = "late_receipt"      // channel
	SMSNotDelivered Reason = "sms_not_delivered" // code
	WasExpired      Reason = "expired"
	WasCancelled    Reason = "cancelled"       // user
	SentAgain       Reason = "sent_again"      // user
	BoxRestarted    Reason = "box_restarted"   // the box went down while sending
	OrderMarked     Reason = "order_marked"    // value
	EffectWaits     Reason = "effect_waits"    // error, until_at
	EffectRefused   Reason = "effect_refused"  // error
	EffectAgain     Reason = "effect_again"    // user
	EffectGivenUp   Reason = "effect_given_up" // user
)

// What the auditor of the ledger put right (audit.go).
const (
	AuditReceipt Reason = "audit_receipt" // a kept proof had not been counted
	AuditSending Reason = "audit_sending" // being sent, and nobody was sending it
	AuditMark    Reason = "audit_mark"    // the order's mark had been forgotten
	AuditEffect  Reason = "audit_effect"  // the order's mark was put off for too long
	AuditUnsent  Reason = "audit_unsent"  // attempt: it arrived, although it counted as not sent
	AuditUnseen  Reason = "audit_unseen"  // of unknown fate, and nobody was asked
)

// Why a message waits that came out of a backup (backup.go).
const (
	FromBackup     Reason = "from_backup"     // made_at, was: not compared with the CRM yet
	BackupSent     Reason = "backup_sent"     // why: it probably left after the backup was made, or is of no use any more
	BackupUnsent   Reason = "backup_unsent"   // the CRM shows no sign that it left
	BackupUnclear  Reason = "backup_unclear"  // why: nothing to compare it with
	BackupReleased Reason = "backup_released" // user: a person lets it go
)

// What happened with a ticket of the helpdesk (gateway/support).
const (
	TicketFound      Reason = "ticket_found"         // by, name
	TicketMany       Reason = "ticket_many"          // count: several cards fit
	TicketUnknown    Reason = "ticket_unknown"       // the CRM knows nobody like that
	TicketNoHints    Reason = "ticket_no_hints"      // neither a real address nor a number
	TicketRobot      Reason = "ticket_robot"         // robot: no person wrote
	TicketCRMAway    Reason = "ticket_crm_away"      // crm
	TicketChosen     Reason = "ticket_chosen"        // user, name
	TicketNobody     Reason = "ticket_nobody"        // user: he is in no card
	TicketMade       Reason = "ticket_made"          // user, name: a card was made for the requester
	TicketNotMade    Reason = "ticket_not_made"      // error
	TicketNewAsker   Reason = "ticket_new_asker"     // name: somebody else is the requester now
	TicketCard       Reason = "ticket_card"          // the card was written as a comment
	TicketCardKept   Reason = "ticket_card_kept"     // a comment of ours was there already
	TicketCardGone   Reason = "ticket_card_gone"     // somebody took the comment away
	TicketField      Reason = "ticket_field"         // field, value
	TicketFieldNo    Reason = "ticket_field_refused" // field
	TicketFieldKept  Reason = "ticket_field_kept"    // field: a person has filled it in
	TicketRaised     Reason = "ticket_raised"        // rule, from, to
	TicketWouldRaise Reason = "ticket_would_raise"   // rule, from, to
	TicketByPerson   Reason = "ticket_by_person"     // priority: set by somebody else, left alone
	TicketIsHigher   Reason = "ticket_is_higher"     // rule, priority
	TicketNoRank     Reason = "ticket_no_rank"       // rule, priority: the shop did not say how urgent it is
	TicketNoPriority Reason = "ticket_no_priority"   // rule, priority: the helpdesk does not have it
	TicketNoted      Reason = "ticket_noted"         // on the customer's card in the CRM
	TicketTold       Reason = "ticket_told"          // order, manager
	TicketTask       Reason = "ticket_task"          // order, manager
	TicketNoManager  Reason = "ticket_no_manager"    // order
	TicketClosed     Reason = "ticket_closed"        //
	TicketReopened   Reason = "ticket_reopened"      //
	TicketGone       Reason = "ticket_gone"          // into: merged; or deleted
	TicketRefused    Reason = "ticket_refused"       // error: the helpdesk would not have what was written
	TicketNoRight    Reason = "ticket_no_right"      // right: the key's employee may not do it
	TicketAlarm      Reason = "ticket_alarm"         // order, status
	TicketInternal   Reason = "ticket_internal"      // order, status: opened by this box
	RaiseVIP         Reason = "raise_vip"            // a customer's worth to the shop …
	RaiseProblem     Reason = "raise_problem"        // order, status
	RaiseLate        Reason = "raise_late"           // order, days
	RaiseDelivery    Reason = "raise_delivery"       // order, status
	RaiseTotal       Reason = "raise_total"          // total, currency
	RaiseOrders      Reason = "raise_orders"         // count
	RaiseLoyalty     Reason = "raise_loyalty"        // level
	RaiseTag         Reason = "raise_tag"            // tag
	RaiseCritical    Reason = "raise_critical"       // order, status
)

// Why an order that reached a critical status is not told to support.
const (
	AlarmOff         Reason = "alarm_off"          // support or this status is switched off
	AlarmMoved       Reason = "alarm_moved"        // now
	AlarmGone        Reason = "alarm_gone"         // the order is gone
	AlarmNoRequester Reason = "alarm_no_requester" // no employee for internal tickets is set
	AlarmRefused     Reason = "alarm_refused"      // error
	AlarmTooOften    Reason = "alarm_too_often"    // error: it was tried for days
)

// Sentence is the reason in words of language lang ("ru", or English for any
// other), with times in zone.
func (r Reason) Sentence(args Args, lang string, zone *time.Location) string {
	words, ok := reasonWords[r]
	if !ok {
		return string(r)
	}
	text := words[1]
	if lang == "ru" {
		text = words[0]
	}
	return expand(text, func(key string) (string, bool) {
		value, ok := args[key]
		return shown(key, value, lang, zone), ok && value != ""
	})
}

// expand fills the places of a sentence in one pass, so that a value is never read
// again. A group in square brackets goes when a place in it has no value; a place
// outside a group stays as it is then.
func expand(text string, value func(string) (string, bool)) string {
	var out, group strings.Builder
	to, whole := &out, true
	for text != "" {
		next := strings.IndexAny(text, "[]{")
		if next < 0 {
			to.WriteString(text)
			break
		}
		to.WriteString(text[:next])
		mark := text[next]
		text = text[next+1:]
		switch mark {
		case '[':
			group.Reset()
			to, whole = &group, true
		case ']':
			if whole {
				out.WriteString(group.String())
			}
			to = &out
		case '{':
			key, rest, _ := strings.Cut(text, "}")
			text = rest
			v, ok := value(key)
			if !ok {
				whole = false
				if v = "{" + key + "}"; to == &group {
					v = ""
				}
			}
			to.WriteString(v)
		}
	}
	return out.String()
}

func shown(key, value, lang string, zone *time.Location) string {
	if key == "at" || strings.HasSuffix(key, "_at") {
		t, err := time.Parse(time.RFC3339Nano, value)
		if err != nil {
			return value
		}
		if zone == nil {
			zone = time.UTC
		}
		if key == "clock_at" {
			return t.In(zone).Format("02.01.2006 15:04") // the year is what is wrong
		}
		return t.In(zone).Format("02.01 15:04")
	}
	if lang == "ru" && (key == "took" || strings.HasSuffix(key, "_mb")) {
		return strings.Replace(value, ".", ",", 1)
	}
	if pair, ok := argWords[key+"/"+value]; ok {
		if lang == "ru" {
			return pair[0]
		}
		return pair[1]
	}
	return value
}

// At formats a time for Args.
func At(t time.Time) string { return t.UTC().Format(time.RFC3339) }
