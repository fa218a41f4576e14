// Package talk holds the conversations with customers: the loop round the pure function
// of package bot.
//
//	heard ─▶ Clerk ─▶ facts (CRM, who is online, what the channel shows)
//	            │  ─▶ bot.Reply ─▶ texts, actions, next state
//	            └──▶ Store.Answer: state, messages, marks and effects in one transaction
//
// A message waits in the inbox until it is dealt with, one after the other in each
// conversation and several conversations at a time; a crash at any point makes it be dealt with once.
// What a decision looked at may change meanwhile (a person takes the talk over): then nothing is kept
// and it is made again.
//
// What belongs here: which facts a decision needs and where they come from (facts.go),
// what an action of the bot means for the shop (actions.go), what comes by time and not by words
// (errands.go, ask.go), what a person does on the page (person.go), who gets a hand-over
// (handover.go), operators' commands (command.go).
//
// What does not: what the bot says (package bot), how a text leaves (gateway's
// dispatchers), SQL, HTTP and the protocols of messengers.
//
// Imported by internal/app; imports bot, gateway and device.
package talk
