package campaign

import "crypto/rand"

// tokenLetters are the letters and digits of a review link's key: none that looks like another,
// for those who type it from an SMS.
const tokenLetters = "abcdefghjkmnpqrstuvwxyz23456789"

// TokenLength is how long a key is: 31^8 are 850 thousand million, so that guessing one of a
// hundred thousand takes millions of tries.
const TokenLength = 8

// NewToken makes the key of a review link by chance.
func NewToken() string {
	// Bytes beyond the last whole multiple are thrown away: each letter is as likely as any other.
	const fair = 256 - 256%len(tokenLetters)
	token := make([]byte, 0, TokenLength)
	var random [2 * TokenLength]byte
	for {
		rand.Read(random[:]) // never fails: crypto/rand ends the process instead
		for _, b := range random {
			if int(b) >= fair {
				continue
			}
			if token = append(token, tokenLetters[int(b)%len(tokenLetters)]); len(token) == TokenLength {
				return string(token)
			}
		}
	}
}
