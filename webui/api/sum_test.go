package api_test

import (
	"crypto/sha256"
	"encoding/hex"
)

// sum is how a token is kept.
func sum(token string) string {
	h := sha256.Sum256([]byte(token))
	return hex.EncodeToString(h[:])
}
