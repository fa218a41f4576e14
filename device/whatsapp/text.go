package whatsapp

import (
	"fmt"
	"strings"

	"go.mau.fi/whatsmeow/proto/waE2E"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// longest is the most characters that WhatsApp carries in one text.
const longest = 65536

// content is what a person wrote: the words, and the kind of attachment ("other" for
// one that we do not know). Neither means that the message is not for people: a
// reaction, a key, a vote.
func content(m *waE2E.Message) (text, media string) {
	if edited := m.GetProtocolMessage().GetEditedMessage(); edited != nil {
		return content(edited)
	}
	switch {
	case m == nil, m.ProtocolMessage != nil, m.ReactionMessage != nil, m.EncReactionMessage != nil,
		m.PollUpdateMessage != nil, m.PinInChatMessage != nil, m.KeepInChatMessage != nil,
		m.AlbumMessage != nil: // announces pictures that come by themselves
		return "", ""
	case m.AssociatedChildMessage != nil:
		return content(m.AssociatedChildMessage.GetMessage())
	case m.Conversation != nil:
		text = m.GetConversation()
	case m.ExtendedTextMessage != nil:
		text = m.ExtendedTextMessage.GetText()
	case m.ButtonsResponseMessage != nil:
		text = m.ButtonsResponseMessage.GetSelectedDisplayText()
	case m.TemplateButtonReplyMessage != nil:
		text = m.TemplateButtonReplyMessage.GetSelectedDisplayText()
	case m.InteractiveResponseMessage != nil:
		text = m.InteractiveResponseMessage.GetBody().GetText()
	case m.ListResponseMessage != nil:
		text = m.ListResponseMessage.GetTitle()
	default:
		text, media = attachment(m)
	}
	return clean(text, longest), media
}

// attachment names what is attached and its caption.
func attachment(m *waE2E.Message) (caption, media string) {
	switch {
	case m.ImageMessage != nil:
		return m.ImageMessage.GetCaption(), "image"
	case m.VideoMessage != nil:
		return m.VideoMessage.GetCaption(), "video"
	case m.PtvMessage != nil:
		return m.PtvMessage.GetCaption(), "video"
	case m.AudioMessage != nil && m.AudioMessage.GetPTT():
		return "", "voice"
	case m.AudioMessage != nil:
		return "", "audio"
	case m.DocumentMessage != nil:
		return m.DocumentMessage.GetCaption(), "document"
	case m.StickerMessage != nil:
		return "", "sticker"
	case m.LocationMessage != nil:
		return place(m.LocationMessage.GetName(), m.LocationMessage.GetDegreesLatitude(), m.LocationMessage.GetDegreesLongitude()), "location"
	case m.LiveLocationMessage != nil:
		return place(m.LiveLocationMessage.GetCaption(), m.LiveLocationMessage.GetDegreesLatitude(), m.LiveLocationMessage.GetDegreesLongitude()), "location"
	case m.ContactMessage != nil:
		return m.ContactMessage.GetDisplayName(), "contact"
	case m.ContactsArrayMessage != nil:
		return m.ContactsArrayMessage.GetDisplayName(), "contact"
	case m.PollCreationMessage != nil:
		return m.PollCreationMessage.GetName(), "poll"
	case m.PollCreationMessageV3 != nil:
		return m.PollCreationMessageV3.GetName(), "poll"
	}
	return "", unknown(m)
}

func place(name string, latitude, longitude float64) string {
	return strings.TrimSpace(fmt.Sprintf("%s %.5f, %.5f", name, latitude, longitude))
}

// unknown is "other" when the message holds anything beside keys and context.
func unknown(m *waE2E.Message) string {
	kind := ""
	m.ProtoReflect().Range(func(field protoreflect.FieldDescriptor, _ protoreflect.Value) bool {
		switch field.Name() {
		case "senderKeyDistributionMessage", "messageContextInfo", "fastRatchetKeySenderKeyDistributionMessage":
			return true
		}
		kind = "other"
		return false
	})
	return kind
}

// clean makes foreign text fit for a database and a page: valid UTF-8, no NUL, at
// most limit characters.
func clean(s string, limit int) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "")
	if len(s) <= limit {
		return s
	}
	n := 0
	for i := range s {
		if n++; n > limit {
			return s[:i]
		}
	}
	return s
}
