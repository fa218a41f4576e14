// Package storetest is the conformance suite of the ledger: every store passes
// Exercise. Only tests import it; it imports gateway with its rooms for
// cards and support, and device.
package storetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/campaign"
	"vestnik/gateway/card"
	"vestnik/gateway/support"
)

// Ledger is all that a store offers to the shop.
type Ledger interface {
	gateway.Intake
	gateway.Queue
	gateway.Receipts
	gateway.Inbox
	gateway.Presences
	gateway.Counters
	gateway.Effects
	gateway.Book
	gateway.Journal
	gateway.Staff
	gateway.Chores
	gateway.AuditLedger
	gateway.ClockKeeper
	gateway.Talks
	gateway.TalkPages
	gateway.Consents
	gateway.Invitations
	campaign.Ledger
	card.Store
	support.Store
	// CardLooks are who has looked at a customer's card, newest first.
	CardLooks(ctx context.Context, customer int64, limit int) ([]card.Look, error)
}

// Exercise runs the suite. open is called once for each test and answers an empty
// store, which it closes when the test ends.
func Exercise(t *testing.T, open func(t *testing.T) Ledger) {
	t.Helper()
	for name, test := range map[string]func(*testing.T, Ledger){
		"keeps changes with their cursor once":           keepsChanges,
		"keeps the last run of each chore":               keepsChores,
		"keeps what its auditor finds":                   keepsFindings,
		"keeps the marks of the clock":                   keepsClockMarks,
		"thinks over what a wrong clock had put off":     rethinks,
		"puts alarms off with the clock":                 putsAlarmsOff,
		"keeps decisions with what they cause":           keepsDecisions,
		"makes no second message for one cause":          dedupes,
		"refuses decisions that make no sense":           refusesOddDecisions,
		"gives what is due in order":                     ordersWhatIsDue,
		"passes over and tells the next time":            tellsNextDue,
		"lets one of two begin":                          oneBegins,
		"moves by compare and set":                       movesByCompareAndSet,
		"refuses what the state machine forbids":         refusesIllegalMoves,
		"says a repeated line of the trace once":         tracesOnce,
		"finds what was in flight":                       findsInFlight,
		"alarms unknown and undelivered messages":        alarms,
		"does not take a proof back":                     keepsProof,
		"judges receipts by part":                        judgesReceipts,
		"counts the parts of a message that broke off":   joinsBrokenParts,
		"keeps receipts of unknown messages":             keepsUnknownReceipts,
		"takes a customer's words once":                  takesIncomingOnce,
		"merges what is known of a number":               mergesPresence,
		"counts what may have left":                      countsSent,
		"counts chats that the box began":                countsNewChats,
		"renews effects by key":                          renewsEffects,
		"settles effects":                                settlesEffects,
		"keeps settings and hides secrets":               keepsSettings,
		"keeps versions of rules":                        keepsRules,
		"keeps the reference":                            keepsReference,
		"lists decisions by every filter":                listsDecisions,
		"searches as people type":                        searches,
		"lists messages by every filter":                 listsMessages,
		"pages without repeats or holes":                 pages,
		"refuses bad filters":                            refusesBadFilters,
		"tells a message's story":                        tellsStories,
		"counts the totals":                              countsTotals,
		"keeps the history of a link":                    keepsLinks,
		"keeps users, logins and tokens":                 keepsStaff,
		"says not found":                                 saysNotFound,
		"gives zero times and empty texts as they were":  keepsZeros,
		"keeps what a mailing adds to a message":         keepsMailings,
		"keeps mailings by version":                      keepsCampaigns,
		"gathers people once":                            gathersPeople,
		"gathers our own contacts":                       gathersContacts,
		"judges people when a mailing begins":            judgesPeople,
		"judges happy and unhappy customers":             judgesMarks,
		"places people by chance":                        placesPeople,
		"feeds the queue once":                           feedsOnce,
		"looks again before it feeds":                    looksAgain,
		"follows a mailing's messages":                   followsMailings,
		"takes a mailing back":                           takesBack,
		"ends mailings":                                  endsMailings,
		"notes what came of a mailing":                   notesAnswers,
		"lists the people of a mailing":                  listsPeople,
		"keeps links and files":                          keepsLinksAndFiles,
		"keeps words about advertising":                  keepsConsents,
		"hears words about advertising":                  hearsConsents,
		"merges and erases people of mailings":           mergesPeople,
		"hears the last word about advertising":          hearsTheLastWord,
		"merges people in the middle of a mailing":       mergesPeopleInTheMiddle,
		"invites once for each order":                    invites,
		"goes back to the queue and out of it by a hand": sendsAgain,
		"keeps a conversation for each customer":         keepsConversations,
		"joins what turns out to be one person":          joinsConversations,
		"keeps what a chat says of itself":               keepsChats,
		"sees chats without words":                       seesChats,
		"answers nobody who has no number":               answersNobody,
		"gives a talk to the person who takes it":        takesOver,
		"gives what was heard in order":                  ordersWhatWasHeard,
		"answers by compare and set":                     answersByCompareAndSet,
		"keeps all of an answer":                         keepsAnswers,
		"keeps marks once for each order":                keepsMarks,
		"asks for marks once for each order":             asksForMarks,
		"lists conversations by every filter":            listsConversations,
		"tells the lines of a conversation":              tellsLines,
		"counts phrases and commands":                    countsPhrases,
		"shows effects that are stuck":                   showsStuckEffects,
		"writes to whom nobody has a number":             writesWithoutANumber,
		"keeps cards and finds them":                     keepsCards,
		"gives old cards of those who are looked after":  givesOldCards,
		"notes who looked":                               notesLooks,
		"remembers who was chosen":                       remembersChoices,
		"tells what a customer said and did":             tellsOwnLines,
		"follows cards that were merged or are gone":     followsCards,
		"erases a customer":                              erasesCustomers,
		"erases what is past its time":                   erasesThePast,
		"sees tickets once":                              seesTickets,
		"keeps what was done about a ticket":             keepsTickets,
		"does not lose news behind its own writing":      keepsNews,
		"lists tickets by every filter":                  listsTickets,
		"gives tickets that were not looked at":          givesOldestLooks,
		"keeps users of the helpdesk":                    keepsRequesters,
		"alarms once for each order and status":          queuesAlarms,
		"keeps the helpdesk's vocabulary and digests":    keepsHelpdeskState,
		"counts questions":                               countsQuestions,
		"pairs tickets as time passes":                   pairsTickets,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t))
		})
	}
}

// noon is when the tests take place: whole milliseconds, UTC.
var noon = time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC)

const (
	anna  device.Phone = "+79123456789"
	boris device.Phone = "+79217654321"
)

// Draft is a message to enqueue for a test.
func Draft(key string, to device.Phone) *gateway.Message {
	return &gateway.Message{
		DedupeKey: key, To: to, Purpose: gateway.ForOrder, Text: "Заказ готов", State: gateway.Queued, Reason: gateway.InQueue,
		Channels: []device.Channel{device.WhatsApp, device.SMS}, Channel: device.WhatsApp,
		NotBefore: noon, CreatedAt: noon, UpdatedAt: noon,
	}
}

// Enqueue puts a message into the ledger as the API would.
func Enqueue(t testing.TB, l Ledger, m *gateway.Message) gateway.MessageID {
	t.Helper()
	at := m.CreatedAt
	kept, err := l.Decide(context.Background(), 0, []gateway.Decision{{
		Verdict: gateway.Send, Reason: gateway.InQueue, At: at, Message: m, Name: "Анна Ёлкина",
		RuleID: m.RuleID, Rule: m.Rule, Order: m.Order, Number: m.OrderNumber,
		Trace: []gateway.Step{{At: at, Reason: gateway.FromAPI, Args: gateway.Args{"user": "test"}}},
	}})
	must(t, err)
	if len(kept) != 1 || kept[0].MessageID == 0 {
		t.Fatalf("Decide = %+v", kept)
	}
	return kept[0].MessageID
}

// Attempt is an attempt for a test; wire names it on the network.
func Attempt(id gateway.MessageID, ch device.Channel, wire string, at time.Time) gateway.Attempt {
	return gateway.Attempt{
		Message: id, Channel: ch, Box: "box", State: gateway.AttemptSending, StartedAt: at,
		Envelope: device.Envelope{
			Outgoing: device.Outgoing{To: anna, Text: "Заказ готов", ValidFor: time.Hour},
			WireID:   wire, Device: "radio", Parts: 1,
		},
	}
}

// begin claims a message or fails the test.
func begin(t testing.TB, l Ledger, from gateway.State, a gateway.Attempt) int {
	t.Helper()
	n, ok, err := l.Begin(context.Background(), from, a, step(gateway.SendingNow, a.StartedAt, "channel", string(a.Channel)))
	must(t, err)
	if !ok {
		t.Fatalf("Begin lost message %d from %s", a.Message, from)
	}
	return n
}

// settle moves a message or fails the test.
func settle(t testing.TB, l Ledger, id gateway.MessageID, from gateway.State, c gateway.Change) {
	t.Helper()
	ok, err := l.Move(context.Background(), id, from, c)
	must(t, err)
	if !ok {
		t.Fatalf("Move lost message %d from %s", id, from)
	}
}

// send leads a message from the queue to accepted.
func send(t testing.TB, l Ledger, id gateway.MessageID, ch device.Channel, wire string, at time.Time) {
	t.Helper()
	n := begin(t, l, gateway.Queued, Attempt(id, ch, wire, at))
	settle(t, l, id, gateway.Sending, gateway.Change{
		State: gateway.Accepted, Reason: gateway.WasAccepted, Attempt: n, AttemptState: gateway.AttemptAccepted,
		Steps: []gateway.Step{step(gateway.WasAccepted, at, "channel", string(ch))},
	})
}

func step(r gateway.Reason, at time.Time, args ...string) gateway.Step {
	s := gateway.Step{At: at, Reason: r}
	for i := 0; i+1 < len(args); i += 2 {
		if s.Args == nil {
			s.Args = gateway.Args{}
		}
		s.Args[args[i]] = args[i+1]
	}
	return s
}

func message(t testing.TB, l Ledger, id gateway.MessageID) gateway.Message {
	t.Helper()
	m, err := l.Message(context.Background(), id)
	must(t, err)
	return m
}

func wantState(t testing.TB, l Ledger, id gateway.MessageID, want gateway.State) {
	t.Helper()
	if m := message(t, l, id); m.State != want {
		t.Fatalf("message %d is %s, want %s", id, m.State, want)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wantKind fails unless err is a *device.Error of a kind.
func wantKind(t testing.TB, err error, kind device.Kind) {
	t.Helper()
	var e *device.Error
	if !errors.As(err, &e) || e.Kind != kind {
		t.Fatalf("error %v, want kind %s", err, kind)
	}
}

func count(t testing.TB, what string, got, want int) {
	t.Helper()
	if got != want {
		t.Fatalf("%s: %d, want %d", what, got, want)
	}
}
