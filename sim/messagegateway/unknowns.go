package messagegateway

// Order is how lists come sorted.
type Order int

const (
	// NewestFirst is what the recorded bodies show for most lists.
	NewestFirst Order = iota
	// OldestFirst is what a public client expects that pages by since_id.
	OldestFirst
	// ByBound sorts oldest first when since or since_id is given, newest first
	// otherwise.
	ByBound
)

// Unknowns are questions about the real system that nobody outside RetailCRM can
// answer today. The zero value is the likelier answer to each; a client must work
// with any of them. [Gateway.Assume] sets them.
type Unknowns struct {
	// Order of lists; users always come oldest first, as recorded.
	Order Order
	// UntilKeepsOrder: until and until_id do not reverse the order. An old
	// documentation page says that until does.
	UntilKeepsOrder bool
	// Inclusive: since_id and until_id include the named object.
	Inclusive bool
	// PlainContent: texts come back as they were written, without HTML entities.
	PlainContent bool
	// EscapedWebhooks: texts have HTML entities in webhooks too.
	EscapedWebhooks bool
	// OpenedAfterMessage: dialog_opened follows the first message of the dialog.
	OpenedAfterMessage bool
	// RefuseLate: a message after the reply deadline is refused with 400. Else it
	// is taken and fails with reply_timed_out.
	RefuseLate bool
	// ChannelOpensDialogs: a message that a transport posts with the originator
	// "channel" opens a dialog.
	ChannelOpensDialogs bool
	// AnyBot: dialogs may be given to a bot that lacks the role "responsible".
	AnyBot bool
	// ActiveMeansOpen: is_active of a closed dialog is false. A recorded body has
	// true.
	ActiveMeansOpen bool
	// MassForAll: events of mass communication reach sockets that did not ask for
	// them.
	MassForAll bool
}

// Assume changes the answers from now on.
func (gw *Gateway) Assume(u Unknowns) { gw.do(func() { gw.unknown = u }) }
