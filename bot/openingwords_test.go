package bot

import (
	"testing"
	"time"
)

func TestOpeningWords(t *testing.T) {
	t.Parallel()
	now := monday()
	for days, want := range map[int][2]string{
		0:  {"сегодня в 15:00", "today at 15:00"},
		1:  {"завтра в 15:00", "tomorrow at 15:00"},
		2:  {"в среду в 15:00", "on Wednesday at 15:00"},
		30: {"23.12 в 15:00", "on 23 December at 15:00"},
	} {
		opens := time.Date(2026, 11, 23+days, 15, 0, 0, 0, moscow)
		if ru, en := openingWords(opens, now, moscow, Russian), openingWords(opens, now, moscow, English); ru != want[0] || en != want[1] {
			t.Errorf("%d days: %q, %q", days, ru, en)
		}
	}
}
