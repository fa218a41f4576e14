package gateway

import (
	"strings"
	"testing"
	"time"
)

func TestTypingTime(t *testing.T) {
	t.Parallel()
	long, usual, short := strings.Repeat("ж", 500), strings.Repeat("ж", 100), "Да"
	for name, c := range map[string]struct {
		text    string
		purpose Purpose
		gap     time.Duration
		on      bool
		crowded bool
		want    time.Duration
	}{
		"by letters":                    {usual, ForCampaign, 10 * time.Second, true, false, 4 * time.Second},
		"a second at least":             {short, ForCampaign, 10 * time.Second, true, false, time.Second},
		"eight at most":                 {long, ForRating, 10 * time.Second, true, false, 8 * time.Second},
		"never longer than the gap":     {long, ForCampaign, 3 * time.Second, true, true, 3 * time.Second},
		"a short gap":                   {short, ForCampaign, 300 * time.Millisecond, true, true, 300 * time.Millisecond},
		"switched off":                  {usual, ForCampaign, 10 * time.Second, false, true, 0},
		"no gap":                        {usual, ForCampaign, 0, true, true, 0},
		"an order on an idle box":       {usual, ForOrder, 10 * time.Second, true, false, 0},
		"an order among others":         {usual, ForOrder, 10 * time.Second, true, true, 2 * time.Second},
		"a short order":                 {short, ForOrder, 10 * time.Second, true, true, time.Second},
		"an answer is not kept back":    {long, ForReply, 10 * time.Second, true, false, 2 * time.Second},
		"nor does a test message crawl": {long, ForTest, 10 * time.Second, true, true, 2 * time.Second},
	} {
		if got := typingTime(c.text, c.purpose, c.gap, c.on, c.crowded); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}
