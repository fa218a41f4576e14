// Package retailcrm plays one RetailCRM account over HTTP: the part of API v5
// that Vestnik uses, with the odd shapes, limits and errors that the official
// clients and documentation record. It keeps orders, customers, references,
// custom fields, notes, tasks and the change history in memory, so a test or
// the demo can act as the shop's manager and see what reached the CRM.
//
// It is not a CRM: it checks what Vestnik may get wrong (keys, rights, codes,
// paging, speed) and leaves the rest of RetailCRM alone. Requests that it does
// not know are refused and listed by [Account.NotUnderstood]; tests assert that
// the list is empty.
//
// Where RetailCRM's behaviour is not documented the choice made here is named in
// a comment that begins with "Assumed:".
//
// Only cmd/vestnik-demo and tests may import it.
package retailcrm
