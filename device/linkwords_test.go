package device

import "testing"

func TestEveryLinkStateThatNeedsAPersonSaysWhatToDo(t *testing.T) {
	t.Parallel()
	for ch, table := range map[Channel]map[LinkState][2]Words{WhatsApp: whatsappWords, SMS: smsWords, Chat: chatWords} {
		for state := range table {
			for _, lang := range []string{"ru", "en"} {
				w := LinkWords(ch, state, lang)
				if w.What == "" || (Link{State: state}).NeedsPerson() && w.Do == "" {
					t.Errorf("%s %s %s: %+v", ch, state, lang, w)
				}
			}
		}
	}
}
