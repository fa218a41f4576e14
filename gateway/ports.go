package gateway

import (
	"context"
	"time"

	"vestnik/device"
)

// Orders is the shop's CRM as the gateway needs it. Errors are *device.Error with
// kinds Unauthorized, NotFound, RateLimited, Unavailable, Refused, Uncertain.
type Orders interface {
	// Changes reads the status changes after the cursor, oldest first, and the cursor to
	// save together with them. more tells that another call will bring further ones at once.
	Changes(ctx context.Context, after Cursor) (changes []StatusChange, next Cursor, more bool, err error)
	// Order reads one order as it is now. A deleted one comes back with Deleted set or
	// NotFound.
	Order(ctx context.Context, id OrderID) (Order, error)
	// FindOrder finds an order by the number that the customer knows.
	FindOrder(ctx context.Context, number string) (Order, error)
	// RecentOrders are the n newest ones, newest first; n at most 200.
	RecentOrders(ctx context.Context, n int) ([]Order, error)
	// Reference reads statuses and fields. It may take several requests.
	Reference(ctx context.Context) (Reference, error)
	// MarkWhatsApp sets the order's checkbox, creating the field when the CRM lacks it.
	MarkWhatsApp(ctx context.Context, id OrderID, on bool) error
}

// Intake is where changes and decisions are kept.
type Intake interface {
	// Cursor is the saved cursor; zero before the first SaveChanges.
	Cursor(ctx context.Context) (Cursor, error)
	// SaveChanges keeps changes and the cursor in one transaction. A change whose
	// HistoryID is known is left as it is. It answers how many were new.
	SaveChanges(ctx context.Context, changes []StatusChange, next Cursor) (int, error)
	// UndecidedChanges are those without a decision, oldest first.
	UndecidedChanges(ctx context.Context, limit int) ([]StatusChange, error)
	// Decide keeps all decisions about one change, enqueues their messages and marks the
	// change decided, in one transaction. A message whose DedupeKey exists is not enqueued:
	// its decision is kept as Skip/AlreadySent with the older message's id. It answers the
	// decisions as kept. historyID 0 keeps decisions that no change caused.
	Decide(ctx context.Context, historyID int64, decisions []Decision) ([]Decision, error)
}

// Queue is the ledger as the dispatchers need it. Every method that changes
// something is one transaction.
type Queue interface {
	// NextDue is the message of a channel that is to be looked at now: queued, or held with a
	// NotBefore that has come, or expired. Order: priority, then NotBefore, then id.
	// Messages whose ids are in skip are passed over. ok is false when there is none.
	NextDue(ctx context.Context, ch device.Channel, now time.Time, skip []MessageID) (m Message, ok bool, err error)
	// NextDueAt is the earliest NotBefore after now among a channel's waiting messages.
	NextDueAt(ctx context.Context, ch device.Channel, now time.Time) (at time.Time, ok bool, err error)
	// Move changes a message that is still in state from: to another state, channel, reason or time,
	// as set in to, with steps added to its trace, attempts changed, and effects enqueued. It
	// answers false, changing nothing, when the message is no longer in state from.
	Move(ctx context.Context, id MessageID, from State, to Change) (bool, error)
	// Begin moves a message from state from to sending and writes the attempt with its envelope:
	// the claim. The last step's reason becomes the message's. False when somebody else was quicker. The attempt's N is filled in.
	Begin(ctx context.Context, from State, a Attempt, steps ...Step) (n int, ok bool, err error)
	// SettleAndBegin does a Move of one message out of sending and a Begin of another in one
	// transaction. That somebody was quicker with either does not hinder the other.
	SettleAndBegin(ctx context.Context, done MessageID, to Change, from State, a Attempt, steps ...Step) (settled bool, n int, ok bool, err error)
	// Uncertain messages whose ResolveAt has come.
	Unresolved(ctx context.Context, now time.Time) ([]Message, error)
	// FallbackDue are accepted messages whose FallbackAt has come.
	FallbackDue(ctx context.Context, now time.Time) ([]Message, error)
	// NextAlarm is the earliest ResolveAt or FallbackAt.
	NextAlarm(ctx context.Context) (at time.Time, ok bool, err error)
	// LastAttempt is the newest attempt of a message.
	LastAttempt(ctx context.Context, id MessageID) (Attempt, bool, error)
	// InDoubt tells whether any attempt of a message under a wire id may have left, and nobody
	// knows: later ones that surely did not leave do not settle that.
	InDoubt(ctx context.Context, id MessageID, wireID string) (bool, error)
	// Arrived tells whether a WhatsApp receipt says that a wire id was delivered or read.
	Arrived(ctx context.Context, wireID string) (bool, error)
	// SendingOf are the messages that a box was sending when it went down.
	SendingOf(ctx context.Context, box string) ([]Message, error)
	// Message reads one.
	Message(ctx context.Context, id MessageID) (Message, error)
}

// Change is what Move writes. Zero values leave the column as it is, apart from
// NotBefore, FallbackAt and ResolveAt, which are always written.
type Change struct {
	State      State
	Reason     Reason
	Channel    device.Channel
	NotBefore  time.Time
	FallbackAt time.Time
	ResolveAt  time.Time
	Steps      []Step
	// Attempt changes the attempt with this number; 0: none.
	Attempt      int
	AttemptState AttemptState
	AttemptCode  string
	Parts        []device.AcceptedPart
	Effects      []Effect
	// NoExpiry takes the expiry away: a person sends it again.
	NoExpiry bool
	// Presence is learned on the way and kept in the same transaction.
	Presence []device.Presence
	// Alias and Talk are the chat that was chosen for a message to Chat.
	Alias string
	Talk  ConversationID
}

// Receipts is where proofs are kept.
type Receipts interface {
	// ApplyReceipt keeps the receipt for good and, for each message that one of its wire
	// ids belongs to, calls judge and writes what it answers, in one transaction. A receipt
	// for an unknown wire id is kept alone. It answers the messages that changed.
	ApplyReceipt(ctx context.Context, r device.Receipt, judge func(Message, Attempt, []Part) (Change, bool)) ([]MessageID, error)
}

// Inbox is where customers' words are kept.
type Inbox interface {
	// SaveIncoming keeps a message once; new is false for a redelivery. The presence it
	// proves, and the conversation it belongs to, are kept in the same transaction. Words of a
	// person of the shop and TalkAssigned move the conversation's TakenAt.
	SaveIncoming(ctx context.Context, in device.Incoming, proof []device.Presence) (isNew bool, err error)
}

// Talks is where conversations are kept.
type Talks interface {
	Conversation(ctx context.Context, id ConversationID) (Conversation, error)
	// ConversationsOf are those of one person, by his number or his card in the CRM (either may be
	// zero), the last heard first and those never heard last.
	ConversationsOf(ctx context.Context, phone device.Phone, customer int64) ([]Conversation, error)
	// AnswerBefore is when an answer that was decided before m waits to be tried again in the same
	// conversation and channel; false when there is none, or only ones that have failed thrice.
	AnswerBefore(ctx context.Context, m Message) (at time.Time, ok bool, err error)
	// OpenConversation finds or makes the conversation with a number in WhatsApp or by SMS.
	OpenConversation(ctx context.Context, ch device.Channel, phone device.Phone, name string) (Conversation, error)

	// PendingTalks are conversations in which something heard was not dealt with, the longest
	// waiting first; those in skip are passed over.
	PendingTalks(ctx context.Context, skip []ConversationID, limit int) ([]ConversationID, error)
	// NextHeard is what is to be dealt with next in a conversation: the oldest, but while a
	// person's taking over waits, what the shop's side did (in its own order) goes before the customer's
	// words that came before it. ok is false when there is nothing.
	NextHeard(ctx context.Context, id ConversationID) (c Conversation, h Heard, ok bool, err error)
	// Answer keeps what was decided. It answers the decisions as kept; ok is false, and nothing was
	// kept, when the conversation has changed since it was read or the heard message is dealt with already.
	Answer(ctx context.Context, a Answered) (kept []Decision, ok bool, err error)
	// OwedTalks are conversations in which an answer waits for the CRM.
	OwedTalks(ctx context.Context, now time.Time, limit int) ([]ConversationID, error)

	// KeepPerson notes what the CRM says of a conversation's customer; an empty phone leaves the
	// known one.
	KeepPerson(ctx context.Context, id ConversationID, customer int64, phone device.Phone, at time.Time) error
	// Strangers are chats whose card in the CRM is not known and was not asked for since t, the
	// last heard first.
	Strangers(ctx context.Context, askedBefore time.Time, limit int) ([]Conversation, error)
	// SeeChats keeps what the CRM's chats say without words: chats that were there before us, answer
	// windows, who blocked the shop. HeardAt only rises.
	SeeChats(ctx context.Context, chats []SeenChat) error

	// QueueAsks queues the question for marks for the orders that reached one of the statuses,
	// once for each order, reading status changes on from where it stopped the last time; the very
	// first time it only notes where the history ends. Without statuses it only moves on, so that
	// orders which came by while nobody was to be asked are not asked about later. It answers how many were queued.
	QueueAsks(ctx context.Context, statuses []string, delay time.Duration) (int, error)
	// DueAsks are those whose time has come, the oldest first.
	DueAsks(ctx context.Context, now time.Time, limit int) ([]Ask, error)
	NextAskAt(ctx context.Context) (at time.Time, ok bool, err error)
	// SettleAsk writes State, Why, DueAt and Tries of an ask without a conversation.
	SettleAsk(ctx context.Context, a Ask) error
}

// SeenChat is what the CRM's chats say of a chat.
type SeenChat struct {
	Alias   string // the chat's id
	Name    string
	Phone   device.Phone
	Chat    device.ChatFacts
	HeardAt time.Time // the customer's last word; zero: unknown
}

// TalkPages is what the pages read of conversations.
type TalkPages interface {
	Conversations(ctx context.Context, f ConversationFilter) ([]Conversation, error)
	// TalkLines are a conversation's newest lines, oldest first.
	TalkLines(ctx context.Context, id ConversationID, limit int) ([]TalkLine, error)
	// SeeTalk says that a person of the shop has seen what was written there.
	SeeTalk(ctx context.Context, id ConversationID) error
	// TalkTotals are the figures beside the page's name.
	TalkTotals(ctx context.Context) (waiting, unread int, err error)

	// Unmatched are what the bot did not understand since t, the most frequent first.
	Unmatched(ctx context.Context, since time.Time, limit int) ([]UnmatchedPhrase, error)
	// DropUnmatched takes a phrase off that list: it was added to a command, or means nothing.
	DropUnmatched(ctx context.Context, phrase string) error
	CommandUses(ctx context.Context, since time.Time) ([]CommandUse, error)
	// MarkTables are the marks since t: the shop first, then each courier.
	MarkTables(ctx context.Context, since time.Time) ([]MarkTable, error)
	// Marks are single marks, newest first; onlyLow leaves out 4 and 5.
	Marks(ctx context.Context, since time.Time, onlyLow bool, limit int) ([]Mark, error)
	// StuckEffects are effects that belong to no message and were refused, or tried more than
	// three times; newest first.
	StuckEffects(ctx context.Context, limit int) ([]Effect, error)
}

// Presences is the cache of who is on WhatsApp.
type Presences interface {
	Presence(ctx context.Context, p device.Phone) (device.Presence, bool, error)
	SavePresence(ctx context.Context, p ...device.Presence) error
	// HasChat tells whether a person has written to us or got something from us on WhatsApp.
	HasChat(ctx context.Context, p device.Phone) (bool, error)
}

// Counters are the figures that the pace is kept by; they survive a restart.
type Counters interface {
	// SentSince counts attempts on a channel that may have left since t, and the time of the
	// newest (zero when there was none).
	SentSince(ctx context.Context, ch device.Channel, t time.Time) (n int, last time.Time, err error)
	// SentTimes are the times of the newest of them, oldest first, at most limit; also those
	// that lie in the future, which a clock that was ahead has written.
	SentTimes(ctx context.Context, ch device.Channel, t time.Time, limit int) ([]time.Time, error)
	// NewChatTimes are the times at which the box began chats on WhatsApp since t, likewise.
	NewChatTimes(ctx context.Context, t time.Time, limit int) ([]time.Time, error)
	// LookUpTimes are the times of the directory's answers since t, likewise, as far as nothing newer is
	// known of the numbers.
	LookUpTimes(ctx context.Context, t time.Time, limit int) ([]time.Time, error)
}

// Effects is the outbox of everything else.
//
// An effect that is enqueued (Change.Effects) under a Key that exists replaces the
// older one, pending again, when its Value differs or the older one ended failed or
// dropped; otherwise it is left as it is.
type Effects interface {
	Effect(ctx context.Context, id int64) (Effect, error)
	// DueEffect is the next one of these kinds whose time has come; NextEffectAt is when the
	// next one is due.
	DueEffect(ctx context.Context, now time.Time, kinds []EffectKind) (Effect, bool, error)
	NextEffectAt(ctx context.Context, kinds []EffectKind) (at time.Time, ok bool, err error)
	// SettleEffect writes the state, tries, next time and error of e, and adds the step to its
	// message's trace when it has one.
	SettleEffect(ctx context.Context, e Effect, step *Step) error
}

// Book is what the pages edit.
type Book interface {
	Settings(ctx context.Context) (Settings, error)
	SaveSettings(ctx context.Context, s Settings, by string) error
	Rules(ctx context.Context) ([]Rule, error)
	Rule(ctx context.Context, id RuleID) (Rule, error)
	// SaveRule adds (ID 0) or changes a rule and keeps the former version. The name must be
	// free: else device.Conflict.
	SaveRule(ctx context.Context, r Rule, by string) (Rule, error)
	// DeleteRule takes a rule away; its versions and decisions stay. RestoreRule brings a
	// version back, also of a deleted rule.
	DeleteRule(ctx context.Context, id RuleID, by string) error
	RuleVersions(ctx context.Context, id RuleID) ([]Rule, error)
	RestoreRule(ctx context.Context, id RuleID, version int, by string) (Rule, error)
	Reference(ctx context.Context) (Reference, error)
	SaveReference(ctx context.Context, ref Reference) error
}

// Journal is what the pages and the API read.
type Journal interface {
	Decisions(ctx context.Context, f DecisionFilter) (rows []JournalRow, next string, err error)
	Messages(ctx context.Context, f MessageFilter) (rows []Message, next string, err error)
	Story(ctx context.Context, id MessageID) (Story, error)
	// Decision reads one that made no message.
	Decision(ctx context.Context, id int64) (Decision, error)
	Totals(ctx context.Context, since time.Time) (Totals, error)
	// LinkHistory is every state a radio was in since t, oldest first, with the one before t.
	LinkHistory(ctx context.Context, ch device.Channel, since time.Time) ([]device.Link, error)
	SaveLink(ctx context.Context, l device.Link) error
}

// DecisionFilter selects rows of the journal. Zero values do not filter.
type DecisionFilter struct {
	Verdict Verdict
	State   State
	Channel device.Channel
	RuleID  RuleID
	Search  string // order number, phone digits or part of a name
	Since   time.Time
	Limit   int    // 1 to 200; 0 means 50
	Cursor  string // from the page before
}

// JournalRow is a decision with what became of its message.
type JournalRow struct {
	Decision
	// Sent is nil when no message was made.
	Sent *Message
}

// MessageFilter selects messages, newest first.
type MessageFilter struct {
	State  State
	To     device.Phone
	Order  string // order number
	Since  time.Time
	Limit  int // 1 to 200; 0 means 50
	Cursor string
}

// Story is all there is to know about one message.
type Story struct {
	Message  Message
	Decision Decision
	Trace    []Step
	Attempts []AttemptStory
	Effects  []Effect
}

// AttemptStory is an attempt with its parts and proofs.
type AttemptStory struct {
	Attempt
	Parts    []Part
	Receipts []device.Receipt
}

// Totals are the figures of the overview.
type Totals struct {
	ByState map[State]int // messages made since
	// Open are all messages that wait, by state, however old.
	Open map[State]int
	// NeedPerson counts unknown messages without ResolveAt and those held for a person.
	NeedPerson int
	Skipped    int                    // decisions not to send
	ByChannel  map[device.Channel]int // delivered or accepted, by channel
	OldestWait time.Time              // of the waiting ones; zero when none
	Incoming   int
}

// Staff is who may log in, and the keys to the API. Hashes are made by the caller.
type Staff interface {
	Users(ctx context.Context) ([]User, error)
	UserByName(ctx context.Context, name string) (User, error)
	SaveUser(ctx context.Context, u User) (User, error)
	DeleteUser(ctx context.Context, id int64) error
	StartLogin(ctx context.Context, l Login) error
	// Login finds a running session and moves its SeenAt when that is older than a minute.
	Login(ctx context.Context, tokenHash string, now time.Time) (Login, error)
	EndLogin(ctx context.Context, tokenHash string) error
	EndLoginsOf(ctx context.Context, user int64) error
	Tokens(ctx context.Context) ([]Token, error)
	TokenByHash(ctx context.Context, hash string, now time.Time) (Token, error)
	SaveToken(ctx context.Context, t Token) (Token, error)
	DeleteToken(ctx context.Context, id int64) error
}
