// Package messagegateway plays the chats of one RetailCRM account: MG, with its
// Bot API v1 (REST and the event socket) and its Transport API v1 (REST and
// outgoing webhooks). It belongs to a sim/retailcrm account, which gives out its
// tokens and shows its customers on cards.
//
// Here belongs what happens on RetailCRM's side of those two protocols: channels,
// chats, dialogs, messages and their delivery, the operators and the customers as
// people who write, and bad luck. A test or the demo makes customers write,
// operators take dialogs over, and looks at what customers saw.
//
// What it does not know it refuses and lists in [Gateway.NotUnderstood]; tests
// assert that the list is empty. Where RetailCRM's behaviour is not documented the
// choice made here is named in a comment that begins with "Assumed:"; where a
// client must work either way both ways can be had, see [Unknowns].
//
// Sources: the OpenAPI 3.0.3 files of both APIs as mirrored by
// integratop/retailcrm-bot-api-schema and retailcrm-transport-api-schema, bodies
// recorded in the tests of the official Go clients, and the types of
// retailcrm/bot-api-client-go for the frames of the socket.
//
// Only cmd/vestnik-demo and tests may import it.
package messagegateway
