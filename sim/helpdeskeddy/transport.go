package helpdeskeddy

import (
	"net/http"

	"vestnik/sim/inprocess"
)

// Transport carries requests to the account inside the process; see package inprocess. Faults come out as the
// errors a network would give. Requests to any host reach the account.
func (a *Account) Transport() http.RoundTripper { return inprocess.Transport(a) }
