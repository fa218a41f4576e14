package messagegateway_test

import (
	"net/http"
	"testing"
)

func validating(_ *testing.T, h http.Handler) http.Handler { return h }

func checkFrame(*testing.T, []byte) {}
