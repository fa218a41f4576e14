// Package helpdeskeddy is the way to one HelpDeskEddy account by its REST API v2: tickets,
// who asks, what was written, comments that employees alone see, the account's
// vocabulary, and the trial of an address and a key. EddyDesk and DaoDesk are the same
// product under other names (inferred from their documentation).
//
// Nothing here can write what a customer sees. There is no call for posts but reading,
// the one ticket that it opens is in an employee's name, ticket fields that requesters
// see are not written, contacts never, and the door to the network lets no other
// writing request out. Links to files are not followed.
//
// The account's limit is shared with everything else that the shop has connected, and
// going over it bans all of that for twenty minutes. So one account has one limiter,
// which keeps below its own ceiling, leaves a fifth of the account's minute alone, and
// is silent while a ban lasts: then nothing leaves, a trial of the key included.
//
// It decides nothing about tickets, keeps nothing on disk and runs no loop: the caller
// polls and keeps the cursor. All failures are *device.Error.
//
// What is known of the API and how well ("documented", "seen in public code",
// "inferred") stands beside the code that relies on it. No live account was tried.
//
// Imported by internal/app; imports gateway, gateway/outbound and device.
package helpdeskeddy
