package support

import "testing"

func TestExternalIDBelongsToAnAccount(t *testing.T) {
	t.Parallel()
	one := externalID("https://shop.helpdeskeddy.com", 502)
	if one != externalID("https://Shop.helpdeskeddy.com/", 502) || one == externalID("https://other.helpdeskeddy.com", 502) || one == externalID("https://shop.helpdeskeddy.com", 503) {
		t.Error(one)
	}
}
