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
	host := helpdesk
	if u, err := url.Parse(helpdesk); err == nil && u.Host != "" {
		host = u.Host
	}
	sum := sha256.Sum256([]byte(strings.ToLower(host)))
	return "hde-" + hex.EncodeToString(sum[:4]) + "-" + strconv.FormatInt(user, 10)
}
