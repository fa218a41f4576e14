package whatsapp

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"google.golang.org/protobuf/proto"

	"vestnik/device"
)

func TestContentIsWhatAPersonWrote(t *testing.T) {
	t.Parallel()
	caption := proto.String("вот чек")
	for name, c := range map[string]struct {
		msg         *waE2E.Message
		text, media string
	}{
		"text":             {&waE2E.Message{Conversation: proto.String("где заказ?")}, "где заказ?", ""},
		"text with a link": {&waE2E.Message{ExtendedTextMessage: &waE2E.ExtendedTextMessage{Text: proto.String("https://a.b")}}, "https://a.b", ""},
		"picture":          {&waE2E.Message{ImageMessage: &waE2E.ImageMessage{Caption: caption}}, "вот чек", "image"},
		"silent picture":   {&waE2E.Message{ImageMessage: &waE2E.ImageMessage{}}, "", "image"},
		"video":            {&waE2E.Message{VideoMessage: &waE2E.VideoMessage{Caption: caption}}, "вот чек", "video"},
		"voice":            {&waE2E.Message{AudioMessage: &waE2E.AudioMessage{PTT: proto.Bool(true)}}, "", "voice"},
		"sound":            {&waE2E.Message{AudioMessage: &waE2E.AudioMessage{}}, "", "audio"},
		"document":         {&waE2E.Message{DocumentMessage: &waE2E.DocumentMessage{Caption: caption}}, "вот чек", "document"},
		"place":            {&waE2E.Message{LocationMessage: &waE2E.LocationMessage{Name: proto.String("Дом"), DegreesLatitude: proto.Float64(55.75), DegreesLongitude: proto.Float64(37.6)}}, "Дом 55.75000, 37.60000", "location"},
		"contact":          {&waE2E.Message{ContactMessage: &waE2E.ContactMessage{DisplayName: proto.String("Мама")}}, "Мама", "contact"},
		"button":           {&waE2E.Message{ButtonsResponseMessage: &waE2E.ButtonsResponseMessage{Response: &waE2E.ButtonsResponseMessage_SelectedDisplayText{SelectedDisplayText: "Да"}}}, "Да", ""},
		"list":             {&waE2E.Message{ListResponseMessage: &waE2E.ListResponseMessage{Title: proto.String("Самовывоз")}}, "Самовывоз", ""},
		"correction": {&waE2E.Message{ProtocolMessage: &waE2E.ProtocolMessage{
			Type: waE2E.ProtocolMessage_MESSAGE_EDIT.Enum(), EditedMessage: &waE2E.Message{Conversation: proto.String("два")},
		}}, "два", ""},
		"reaction":         {&waE2E.Message{ReactionMessage: &waE2E.ReactionMessage{Text: proto.String("👍")}}, "", ""},
		"deletion":         {&waE2E.Message{ProtocolMessage: &waE2E.ProtocolMessage{Type: waE2E.ProtocolMessage_REVOKE.Enum()}}, "", ""},
		"key":              {&waE2E.Message{SenderKeyDistributionMessage: &waE2E.SenderKeyDistributionMessage{}}, "", ""},
		"nothing":          {&waE2E.Message{}, "", ""},
		"none":             {nil, "", ""},
		"unknown":          {&waE2E.Message{OrderMessage: &waE2E.OrderMessage{}}, "", "other"},
		"broken letters":   {&waE2E.Message{Conversation: proto.String("a\xff\x00b")}, "a\uFFFDb", ""},
		"picture of album": {&waE2E.Message{AssociatedChildMessage: &waE2E.FutureProofMessage{Message: &waE2E.Message{ImageMessage: &waE2E.ImageMessage{}}}}, "", "image"},
	} {
		if text, media := content(c.msg); text != c.text || media != c.media {
			t.Errorf("%s: %q %q, want %q %q", name, text, media, c.text, c.media)
		}
	}
}

func FuzzContent(f *testing.F) {
	for _, m := range []*waE2E.Message{
		{Conversation: proto.String("где заказ?")},
		{ImageMessage: &waE2E.ImageMessage{Caption: proto.String("чек")}},
		{ProtocolMessage: &waE2E.ProtocolMessage{EditedMessage: &waE2E.Message{Conversation: proto.String("два")}}},
	} {
		b, _ := proto.Marshal(m) // these can always be marshalled
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var m waE2E.Message
		if proto.Unmarshal(b, &m) != nil {
			return
		}
		text, _ := content(&m)
		if !utf8.ValidString(text) || strings.Contains(text, "\x00") || utf8.RuneCountInString(text) > longest {
			t.Fatalf("unclean text %q", text)
		}
	})
}

func FuzzMask(f *testing.F) {
	f.Add("Successfully paired 79161234567:5@s.whatsapp.net")
	f.Add("ack for 3EB0123456789012345678 to 100000000000001@lid")
	f.Fuzz(func(t *testing.T, s string) {
		for _, run := range numbers.FindAllString(mask(s), -1) {
			if !strings.HasPrefix(run, "3EB0") {
				t.Fatalf("%q left in %q", run, mask(s))
			}
		}
	})
}

func TestMaskHidesNumbersAndKeepsIDs(t *testing.T) {
	t.Parallel()
	got := mask(`<ack id="3EB0123456789012345678" to="100000000000042@lid"/> 79161234567:5@s.whatsapp.net code 463`)
	want := `<ack id="3EB0123456789012345678" to="1•••42@lid"/> 7•••67:5@s.whatsapp.net code 463`
	if got != want {
		t.Errorf("%s", got)
	}
}

func TestTheMeaningOfAFailedSend(t *testing.T) {
	t.Parallel()
	answered := whatsmeow.SendResponse{DebugTimings: whatsmeow.MessageDebugTimings{Send: 1, Resp: 1}}
	handed := whatsmeow.SendResponse{DebugTimings: whatsmeow.MessageDebugTimings{Send: 1}}
	var not whatsmeow.SendResponse
	for name, c := range map[string]struct {
		err  error
		resp whatsmeow.SendResponse
		kind device.Kind
		code string
	}{
		"not connected":                 {whatsmeow.ErrNotConnected, not, device.Unavailable, ""},
		"gone when handed over":         {whatsmeow.ErrNotConnected, handed, device.Unavailable, ""},
		"gone while waiting":            {whatsmeow.ErrNotConnected, answered, device.Uncertain, ""},
		"cut while waiting":             {&whatsmeow.DisconnectedError{Action: "message send"}, answered, device.Uncertain, ""},
		"cut while asking for keys":     {&whatsmeow.DisconnectedError{Action: "info query"}, not, device.Unavailable, ""},
		"no answer":                     {whatsmeow.ErrMessageTimedOut, handed, device.Uncertain, ""},
		"given up while waiting":        {t.Context().Err(), handed, device.Uncertain, ""},
		"locked":                        {errors.Join(wrapCode(463)), answered, device.Locked, "463"},
		"refused":                       {wrapCode(479), answered, device.Refused, "479"},
		"too many":                      {wrapCode(429), answered, device.RateLimited, "429"},
		"server ill":                    {wrapCode(503), answered, device.Unavailable, "503"},
		"too many questions":            {whatsmeow.ErrIQRateOverLimit, not, device.RateLimited, "429"},
		"question refused":              {whatsmeow.ErrIQNotFound, not, device.Refused, "404"},
		"nobody there":                  {errors.New("no LID found for 7@s.whatsapp.net from server"), not, device.NotFound, ""},
		"disk full":                     {errors.New("database or disk is full"), not, device.Internal, ""},
		"disk full in the second third": {errors.New("database or disk is full"), handed, device.Uncertain, ""},
	} {
		if c.err == nil {
			c.err = errors.New("context canceled")
		}
		if bad := judge("op", c.err, c.resp); bad.Kind != c.kind || bad.Code != c.code {
			t.Errorf("%s: %s %q, want %s %q", name, bad.Kind, bad.Code, c.kind, c.code)
		}
	}
}

func TestTheSamePersonInThreeCountries(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b device.Phone
		same bool
	}{
		{"+79161234567", "+79161234567", true},
		{"+79161234567", "+79161234568", false},
		{"+5511987654321", "+551187654321", true},
		{"+5215512345678", "+525512345678", true},
		{"+5491112345678", "+541112345678", true},
		{"+5511987654321", "+5511987654322", false},
	} {
		if samePerson(c.a, c.b) != c.same {
			t.Errorf("%s %s", c.a, c.b)
		}
	}
}

func wrapCode(code int) error { return fmt.Errorf("%w %d", whatsmeow.ErrServerReturnedError, code) }
