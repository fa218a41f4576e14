package retailcrm

import (
	"net/http"

	"vestnik/sim/inprocess"
)

// Transport carries requests to the account inside the process; see package inprocess. Faults come out as the
// errors a network would give. Requests to any host reach the account; set
// Options.Host to have other hosts answered as unknown accounts.
func (a *Account) Transport() http.RoundTripper { return inprocess.Transport(a) }
