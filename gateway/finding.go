package gateway

// The invariants of the ledger, as the auditor asks for them. Each has words for a
// person in findingwords.go, and its query in store (audit*.go).
const (
	// Put right by the auditor itself.

	ReceiptUncounted FindingKind = "receipt_uncounted" // a proof is kept and its message does not show it
	MarkMissing      FindingKind = "mark_missing"      // settled by WhatsApp, and the order was never to be marked
	SendingLost      FindingKind = "sending_lost"      // being sent, and nobody sends it
	UnknownUnseen    FindingKind = "unknown_unseen"    // of unknown fate, without a time and without a question to a person
	UnsentDelivered  FindingKind = "unsent_delivered"  // "surely not sent" was said of an attempt that arrived
	EffectAsleep     FindingKind = "effect_asleep"     // pending, and due so late that nobody can have meant it
	ChangeUndecided  FindingKind = "change_undecided"  // read an hour ago, the CRM answers, and there is no decision

	// For a person.

	DecisionsGone      FindingKind = "decisions_gone"      // a decided change whose decisions are not there
	DecisionAstray     FindingKind = "decision_astray"     // of a change that is not there or not decided
	DecisionUnsent     FindingKind = "decision_unsent"     // to send, and there is no message
	MessageUndecided   FindingKind = "message_undecided"   // no decision made it
	AttemptsMiscounted FindingKind = "attempts_miscounted" // the message counts others than there are
	AttemptOpen        FindingKind = "attempt_open"        // being sent, while its message is not
	AcceptedUnproven   FindingKind = "accepted_unproven"   // no attempt was accepted
	DeliveredUnproven  FindingKind = "delivered_unproven"  // no receipt says so
	UnknownUndoubted   FindingKind = "unknown_undoubted"   // no attempt is in doubt
	QueuedButLeft      FindingKind = "queued_but_left"     // waits to be sent, and may have left already, by nobody's wish
	KeyAstray          FindingKind = "key_astray"          // the key against doubles is not this message's, or not the only one
	ChannelAstray      FindingKind = "channel_astray"      // waits on a channel that is none of its own
	HeldForever        FindingKind = "held_forever"        // held until a time that is not there
	AlarmUnserved      FindingKind = "alarm_unserved"      // its time to be looked at passed long ago
	HeardUnanswered    FindingKind = "heard_unanswered"    // was heard long ago, the bot runs and has not dealt with it
	EffectAstray       FindingKind = "effect_astray"       // points to nothing
	DeliveryUnheard    FindingKind = "delivery_unheard"    // the modem knows a delivery that the ledger does not
	HourAstray         FindingKind = "hour_astray"         // the table of hours names a row of another hour
	ReferenceBroken    FindingKind = "reference_broken"    // a row belongs to one that is not there
)

// FindingKinds lists them all, those that the auditor mends first.
var FindingKinds = []FindingKind{
	ReceiptUncounted, MarkMissing, SendingLost, UnknownUnseen, UnsentDelivered, EffectAsleep, ChangeUndecided,
	DecisionsGone, DecisionAstray, DecisionUnsent, MessageUndecided, AttemptsMiscounted, AttemptOpen,
	AcceptedUnproven, DeliveredUnproven, UnknownUndoubted, QueuedButLeft, KeyAstray, ChannelAstray,
	HeldForever, AlarmUnserved, HeardUnanswered, EffectAstray, DeliveryUnheard, HourAstray, ReferenceBroken,
}
