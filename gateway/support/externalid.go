package support

import (
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"strconv"
	"strings"
)

// externalID is by what the CRM knows the card again that was made for a user of a helpdesk: the
// same number is somebody else in another account.
func externalID(helpdesk string, user int64) string {
	sum := sha256.Sum256([]byte(hostOf(helpdesk)))
	return "hde-" + hex.EncodeToString(sum[:4]) + "-" + strconv.FormatInt(user, 10)
}

// hostOf is what tells accounts of the helpdesk apart.
func hostOf(address string) string {
	if u, err := url.Parse(address); err == nil && u.Host != "" {
		address = u.Host
	}
	return strings.ToLower(address)
}
