// Package invite asks customers for a review some days after their order was handed over, once
// for each order.
//
// What belongs here: which orders are due, whether one's customer is to be invited, and the message
// for him. The ways and hours are the dispatchers', as for every message; the question for marks
// is the bot's.
package invite
