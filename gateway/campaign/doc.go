// Package campaign is the shop's mailings: whom, what and when, the way of their messages into
// the ledger, and what became of them.
//
// What belongs here: a mailing's audience, texts and plan, the collecting of people, the forecast,
// the runner that feeds the queue, the watch over refusals and stop words. A mailing's messages go
// through the gateway's dispatchers like all others. Reading files of people belongs to
// campaign/sheet, the CRM's lists to gateway/retailcrm.
//
// There is no cursor anywhere: each person of a mailing is a row with a state, and a person's row
// and his message change in one transaction.
package campaign
