package gateway

import (
	"time"
	"unicode/utf8"
)

// How long people type. Assumed, like the gaps: nobody publishes what a messenger looks at.
const (
	typingLetter = 40 * time.Millisecond
	typingLeast  = time.Second
	typingMost   = 8 * time.Second
	typingUrgent = 2 * time.Second // answers and news of orders do not wait longer for it
)

// typingTime is how long "typing…" is shown before a text: by its length, never longer than the
// gap between two messages. crowded tells that the message had to wait for the gap: an order's news
// on a box that was idle leaves at once.
func typingTime(text string, p Purpose, gap time.Duration, on, crowded bool) time.Duration {
	if !on || gap <= 0 || p == ForOrder && !crowded {
		return 0
	}
	most := min(typingMost, gap)
	if !p.Unasked() {
		most = min(most, typingUrgent)
	}
	return min(max(time.Duration(utf8.RuneCountInString(text))*typingLetter, typingLeast), most)
}
