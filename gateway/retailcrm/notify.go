package retailcrm

import (
	"context"
	"encoding/json"
	"net/url"
	"strings"

	"vestnik/device"
	"vestnik/gateway"
)

// Longest texts in characters. No public source names any limit; all are assumed, from
// what such columns commonly hold, except the task's, which the port asks for.
const (
	maxNotice  = 1000
	maxNote    = 4000
	maxTask    = 200
	maxComment = 2000
	maxString  = 255  // a custom field of type string
	maxText    = 4000 // and of type text
)

// managersGroup is the code of the group of managers in recorded answers of GET
// /users.
const managersGroup = "manager"

// htmlMarks are escaped in notices: an official test sends one as HTML.
var htmlMarks = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\n", "<br>")

// Notify shows a pop-up in the CRM's pages. No public source names a right for it. With
// no users it goes to all managers; when the key may not read who they are, to the group
// "manager".
//
// Uncertain means that the answer was lost; a repeated call shows the pop-up again.
func (c *Client) Notify(ctx context.Context, users []int64, message string) error {
	const op = "retailcrm: notify users"
	message = cut(message, maxNotice)
	if message == "" {
		return device.Errorf(device.Invalid, op, "the message is empty")
	}
	notice := map[string]any{"type": "api.info", "message": htmlMarks.Replace(message)}
	if len(users) == 0 {
		managers, err := c.managers(ctx)
		if err != nil {
			return err
		}
		users = managers
	}
	if len(users) > 0 {
		notice["userIds"] = users
	} else {
		notice["userGroups"] = []string{managersGroup}
	}
	return c.post(ctx, call{op: op, path: "/api/v5/notifications/send", lane: interactive}, "notification", notice, "", nil)
}

// managers are the ids of the active managers; none when the key may not read them.
func (c *Client) managers(ctx context.Context) ([]int64, error) {
	users, err := c.Users(ctx)
	if gateway.RightOf(err) != "" {
		return nil, nil
	}
	var ids []int64
	for _, u := range users {
		if u.Manager {
			ids = append(ids, u.ID)
		}
	}
	return ids, err
}

// post sends a document in a form field, as all writing methods take it. The site is
// left out when empty.
func (c *Client) post(ctx context.Context, q call, name string, document any, site text, out any) error {
	body, err := json.Marshal(document)
	if err != nil {
		return &device.Error{Kind: device.Internal, Op: q.op, Err: err}
	}
	if q.form == nil {
		q.form = url.Values{}
	}
	q.form.Set(name, string(body))
	if site != "" {
		q.form.Set("site", string(site))
	}
	_, err = c.do(ctx, q, out)
	return err
}

// cut trims a text and shortens it to so many characters.
func cut(s string, most int) string {
	s = strings.TrimSpace(plainLines.Replace(strings.ToValidUTF8(s, "")))
	if r := []rune(s); len(r) > most {
		return strings.TrimSpace(string(r[:most-1])) + "…"
	}
	return s
}

var plainLines = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\x00", "")
