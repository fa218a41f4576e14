package support

import (
	"fmt"
	"html"
	"regexp"
	"strconv"
	"strings"

	"vestnik/gateway"
)

// A comment of ours can be known by two marks: an HTML comment, which also has the hash of
// what was written, and the words at the end of the text, since a helpdesk may strip HTML comments. Who
// wrote it does not matter: another box on the same account finds ours and keeps it up to date
// instead of writing a second one. Two boxes that meet a ticket in the very same seconds may still both
// write one; each then keeps to the older.

// sign is the mark of a ticket's card, signAlarm that of an order's status.
func sign(id gateway.TicketID) string { return "Vestnik · " + strconv.FormatInt(int64(id), 10) }

func signAlarm(tag string) string { return "Vestnik · " + tag }

// marked is HTML with both marks at its end.
func marked(body, last, sign string, id gateway.TicketID, hash string) string {
	if last != "" {
		last += " "
	}
	return body + "<p>" + html.EscapeString(last) + html.EscapeString(sign) + "</p>" +
		fmt.Sprintf("<!-- vestnik-card ticket=%d hash=%s -->", id, hash)
}

var (
	tags   = regexp.MustCompile(`<[^>]*>`)
	spaces = regexp.MustCompile(`\s+`)
	hashOf = regexp.MustCompile(`vestnik-card ticket=\d+ hash=([0-9a-f]+)`)
)

// plain is the text of HTML in one line.
func plain(s string) string {
	s = html.UnescapeString(tags.ReplaceAllString(hideComments(s), " "))
	return strings.TrimSpace(spaces.ReplaceAllString(s, " "))
}

var comments = regexp.MustCompile(`(?s)<!--.*?-->`)

func hideComments(s string) string { return comments.ReplaceAllString(s, "") }

// ours finds the oldest comment that bears a mark, and the hash of what it says when that can
// be seen. The words count only at a text's very end: an employee who quotes the card goes on after it.
func ours(list []gateway.TicketComment, sign string) (found gateway.TicketComment, hash string, ok bool) {
	for _, c := range list {
		if !strings.HasSuffix(plain(c.HTML), sign) || ok && c.ID > found.ID {
			continue
		}
		found, hash, ok = c, "", true
		if m := hashOf.FindStringSubmatch(c.HTML); m != nil {
			hash = m[1]
		}
	}
	return found, hash, ok
}
