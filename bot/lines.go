package bot

// Line names a sentence of the bot. Each may be changed by the shop.
type Line string

// The lines. What stands behind them are the places they may name besides shop.* and,
// where the name is surely the writer's own, customer.*.
const (
	LineWelcome       Line = "welcome"
	LineListHeader    Line = "list_header"
	LineListTap       Line = "list_tap" // the same above quick replies
	LineListBack      Line = "list_back"
	LineNotUnderstood Line = "not_understood"
	LineWhich         Line = "which"
	LineSame          Line = "same"
	LineTooMany       Line = "too_many"
	LineBack          Line = "back" // the bot again, after a person
	LineMedia         Line = "media"
	LineClosedNow     Line = "closed_now" // command.title, command.opens

	LineHandOver Line = "hand_over"
	LineBusy     Line = "hand_over_busy"   // nobody is online
	LineClosed   Line = "hand_over_closed" // shop.opens
	LineLost     Line = "lost"             // above the three before

	LineOrder         Line = "order"       // order.*
	LineOrderFound    Line = "order_found" // order.number, order.status
	LineOrderWhich    Line = "order_which"
	LineOrderAsk      Line = "order_ask"
	LineOrderDigits   Line = "order_digits"    // order.number
	LineOrderNotFound Line = "order_not_found" // order.number, order.digits
	LineOrderLimited  Line = "order_limited"
	LineCRMAway       Line = "crm_away"
	LineCRMBack       Line = "crm_back" // above the answer that was owed

	LineStop  Line = "stop"
	LineStart Line = "start"

	LineMarkShop    Line = "mark_shop"    // order.number
	LineMarkCourier Line = "mark_courier" // order.number
	LineMarkBoth    Line = "mark_both"    // order.number
	LineMarkRange   Line = "mark_range"
	LineMarkThanks  Line = "mark_thanks"
	LineMarkReview  Line = "mark_review" // review.link
	LineMarkSorry   Line = "mark_sorry"
	LineMarkFixed   Line = "mark_fixed"
	LineMarkSkip    Line = "mark_skip"
	LineComment     Line = "comment"
)

// Lines lists them in the order of a page.
var Lines = []Line{
	LineWelcome, LineListHeader, LineListTap, LineListBack, LineNotUnderstood, LineWhich, LineSame, LineTooMany, LineBack, LineMedia, LineClosedNow,
	LineHandOver, LineBusy, LineClosed, LineLost,
	LineOrder, LineOrderFound, LineOrderWhich, LineOrderAsk, LineOrderDigits, LineOrderNotFound, LineOrderLimited, LineCRMAway, LineCRMBack,
	LineStop, LineStart,
	LineMarkShop, LineMarkCourier, LineMarkBoth, LineMarkRange, LineMarkThanks, LineMarkReview, LineMarkSorry, LineMarkFixed, LineMarkSkip, LineComment,
}

// Places lists the places that a line may name; a name that ends in a dot stands for
// all fields that begin with it.
func (l Line) Places() []string {
	places := []string{"shop.name", "shop.phone", "shop.address", "customer."}
	switch l {
	case LineClosedNow:
		places = append(places, "command.title", "command.opens")
	case LineHandOver, LineBusy, LineClosed, LineLost:
		places = append(places, "shop.opens")
	case LineOrder:
		places = append(places, "order.", "delivery.", "store.", "payment.")
	case LineOrderFound:
		return []string{"shop.name", "shop.phone", "shop.address", "order.number", "order.status"} // never a word of the one who ordered
	case LineOrderDigits, LineMarkShop, LineMarkCourier, LineMarkBoth:
		places = append(places, "order.number")
	case LineOrderNotFound:
		places = append(places, "order.number", "order.digits")
	case LineMarkReview:
		places = append(places, "review.link")
	}
	return places
}
