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

func TestABanSaysWhy(t *testing.T) {
	t.Parallel()
	for code := range banWords {
		for _, lang := range []string{"ru", "en"} {
			plain := LinkWords(WhatsApp, LinkBanned, lang)
			w := Link{Channel: WhatsApp, State: LinkBanned, Code: code}.Words(lang)
			if w.What == plain.What || w.Do == "" {
				t.Errorf("%d %s: %+v", code, lang, w)
			}
			if w = (Link{Channel: WhatsApp, State: LinkBanned, Code: 105}).Words(lang); w != plain {
				t.Errorf("an unknown code says %+v", w)
			}
			if w = (Link{Channel: WhatsApp, State: LinkConnected, Code: code}).Words(lang); w.Do != "" {
				t.Errorf("after the ban: %+v", w)
			}
		}
	}
}
