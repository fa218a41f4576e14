// Package bot answers customers who write to the shop. It is one pure function:
//
//	(conversation, message, facts) ─▶ Bot.Reply ─▶ texts, actions, next conversation, why
//
// A Script (texts, commands, words, limits: what managers edit) is checked and
// compiled by New into a Bot. Reply then decides what a customer gets, or why he gets
// nothing, and every decision has a typed Reason with words in Russian and English. The
// same function serves the customer, the phone on the page "From chat" and the tests.
//
// What the bot may not know by itself is a fact: the time, the writer's orders, who of
// the shop is online, what the channel can show. When a fact is missing Reply says so
// in Need and nothing else; the caller finds it out and asks again with the same
// conversation and message.
//
// What belongs here: what customers may write and mean (phrase.go, match.go, mark.go),
// the order of the decisions (respond.go and its neighbours), the bot's sentences
// (lines.go), the working week (week.go), the memory of one conversation
// (conversation.go).
//
// What does not: reading or writing anything, clocks, goroutines, state that outlives
// a call, channels and the CRM. Keeping conversations, sending texts and carrying out
// actions is wired by the rooms above and comes with a later piece of work.
//
// What the caller owes:
//   - calls about one conversation come one after the other; Next, the texts and the actions
//     are kept in one transaction;
//   - Conversation.Silent is asked again just before a text leaves: somebody may have taken over;
//   - after Need it sets the fact (OrdersKnown, or CRM to false; Lookup) and calls again;
//   - our own echo is FromUs, the shop's own phone FromPhone, a user of the CRM FromOperator, and
//     what a chat system tells about a dialog FromSystem with its Event; HTML entities are undone;
//   - EventCRMBack follows ActAnswerLater when the CRM answers again, up to its Until;
//   - Person.Fields only when the contact is surely that person; OptedOut and Erased as of now;
//   - decent hours, "once per order" and who of the shop gets a hand-over.
//
// Imported by webui, store and internal/app; imports gateway (templates, clock hours)
// and device (phones, channels) only.
package bot
