package retailcrm

type segmentsBody struct {
	Segments   list[segmentBody] `json:"segments"`
	Pagination part[pagination]  `json:"pagination"`
}

type segmentBody struct {
	ID        ident  `json:"id"`
	Code      text   `json:"code"`
	Name      text   `json:"name"`
	Active    flag   `json:"active"`
	Customers number `json:"customersCount"`
}

// subscriptionBody is a card's place in one of the account's subscriptions to advertising, given
// only when one card is asked for (recorded answers). ChangedAt is missing until somebody has
// changed it: before that Subscribed is what the account presumes of everybody.
type subscriptionBody struct {
	Subscription part[struct {
		Channel text `json:"channel"` // email, sms, waba
		Code    text `json:"code"`
		Active  flag `json:"active"`
		Auto    flag `json:"autoSubscribe"`
	}] `json:"subscription"`
	Subscribed flag `json:"subscribed"`
	ChangedAt  text `json:"changedAt"`
}
