// Package helpdeskeddy plays one HelpDeskEddy account over HTTP: the part of the
// REST API v2 that Vestnik uses, the limit and the ban that all integrations of
// the account share, the mailbox that a ticket plugin reads, and the letters that
// customers get. A test or the demo acts as clients and staff and looks at what
// reached whom.
//
// It is not a help desk: there is no dispatcher, no knowledge base, no telephony,
// no organizations and no webhooks. What it does not know it answers with 404 or
// ignores, and lists in [Account.NotUnderstood]; tests assert that the list is
// empty. [Account.Public] lists every text that API calls have put where somebody
// outside of the staff can see it.
//
// What is known of the real system, and how well:
//
//   - Documented by the vendor: paths, parameters, Basic authorization, filters and
//     sorting of lists, pages of 30 and of 50, bodies of tickets, posts, comments,
//     users and dictionaries, the three ways to write a date, a ticket list keyed by
//     id with a total in quotes, success told as errors with the code s-204, 300
//     requests a minute for the whole account, the ban of 20 minutes.
//   - Seen in public clients: the body of the ban with status 401, 429 instead of
//     it, lists where maps are documented, ids in quotes, priorities with other ids,
//     per_page without effect, ticket_list of a union.
//   - Inferred: bodies of 401, 403, 404 and 400, the page of a gateway, empty maps
//     as [], comments as a list, and everything about the mailbox.
//   - Not known: see the switches of [Options] and the comments that begin with
//     "Assumed:".
//
// Only cmd/vestnik-demo and tests may import it.
package helpdeskeddy
