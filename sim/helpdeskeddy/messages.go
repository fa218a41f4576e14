package helpdeskeddy

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
)

// addPost puts a post into a ticket. A new answer always moves date_updated.
func (a *Account) addPost(t *ticket, author int, text string, files []string, byAPI bool) *Message {
	m := a.newMessage(t, "post", author, text, files, byAPI)
	t.posts = append(t.posts, m)
	t.UpdatedAt = m.CreatedAt
	if author == t.Requester {
		t.ViewedByStaff, t.ViewedByClient = false, true
	} else {
		t.ViewedByStaff, t.ViewedByClient = true, false
	}
	if byAPI {
		a.publishIn(t, "post", text)
		for _, f := range files {
			a.publishIn(t, "file", f)
		}
	}
	return m
}

func (a *Account) newMessage(t *ticket, kind string, author int, text string, files []string, byAPI bool) *Message {
	now := a.now()
	m := &Message{
		ID: a.nextID(kind), TicketID: t.ID, UserID: author, Text: text, ByAPI: byAPI, CreatedAt: now, UpdatedAt: now,
	}
	for _, name := range files {
		m.Files = append(m.Files, File{
			Name: name, Type: strings.TrimPrefix(path.Ext(name), "."),
			URL: fmt.Sprintf("https://%s/ru/file/download/%040x", a.opt.Domain, a.nextID("file")),
		})
	}
	return m
}

var (
	htmlNote = regexp.MustCompile(`(?s)<!--.*?-->`)
	htmlTag  = regexp.MustCompile(`<[^>]*>`)
)

// kept is what a comment keeps of its HTML.
func (a *Account) kept(html string) string {
	if a.opt.TagsStripped || a.opt.MarkersStripped {
		html = htmlNote.ReplaceAllString(html, "")
	}
	if a.opt.TagsStripped {
		html = htmlTag.ReplaceAllString(html, "")
	}
	return html
}

func (a *Account) messageBody(m *Message, comment bool) obj {
	files := []obj{}
	for _, f := range m.Files {
		files = append(files, obj{"name": f.Name, "url": f.URL, "data_type": f.Type})
	}
	body := obj{
		"ticket_id": a.num(m.TicketID), "id": a.num(m.ID), "user_id": a.num(m.UserID), "text": m.Text,
		"date_created": a.messageStamp(m.CreatedAt), "files": files,
	}
	if comment {
		body["visible"] = "staff"
	} else {
		body["date_updated"] = a.messageStamp(m.UpdatedAt)
	}
	return body
}

// newestFirst is the order of posts; of comments it is assumed.
func newestFirst(list []*Message) []*Message {
	out := slices.Clone(list)
	slices.Reverse(out)
	return out
}

func (a *Account) listPosts(q *request) answer {
	t, no := q.visible()
	if no != nil {
		return *no
	}
	return listed(q, newestFirst(t.posts), a.opt.PerPage, func(m *Message) obj { return a.messageBody(m, false) })
}

func (a *Account) listComments(q *request) answer {
	t, no := q.visible()
	if no != nil {
		return *no
	}
	return listed(q, newestFirst(t.comments), a.opt.PerPage, func(m *Message) obj { return a.messageBody(m, true) })
}

// said reads text and author of a message. The author is the key's user unless
// user_id names another one.
func (q *request) said() (text string, author int, no *answer) {
	text, author = q.body.text("text"), q.user.ID
	if text == "" {
		out := bad("text is required")
		return "", 0, &out
	}
	if q.body.has("user_id") {
		id, _ := q.body.number("user_id")
		if q.acct.user(id) == nil {
			out := bad("Unknown user_id {" + q.body.text("user_id") + "}")
			return "", 0, &out
		}
		author = id
	}
	return text, author, nil
}

func (a *Account) createPost(q *request) answer {
	t, no := q.visible()
	if no != nil {
		return *no
	}
	text, author, no := q.said()
	if no != nil {
		return *no
	}
	if !q.user.Staff {
		author = q.user.ID
	}
	m := a.addPost(t, author, text, q.body.files, true)
	a.answerLetter(t, m)
	return ok(a.messageBody(m, false))
}

func (a *Account) createComment(q *request) answer {
	t, no := q.visible()
	if no != nil {
		return *no
	}
	text, author, no := q.said()
	if no != nil {
		return *no
	}
	m := a.newMessage(t, "comment", author, a.kept(text), q.body.files, true)
	t.comments = append(t.comments, m)
	a.touch(t)
	return ok(a.messageBody(m, true))
}

// named finds a post or a comment that the path names.
func (q *request) named(list []*Message, what string) (*Message, *answer) {
	if m := find(list, func(m *Message) bool { return m.ID == q.ids[1] }); m != nil {
		return m, nil
	}
	no := notFound(what, q.ids[1])
	return nil, &no
}

func (a *Account) putPost(q *request) answer {
	t, no := q.visible()
	if no != nil {
		return *no
	}
	m, no := q.named(t.posts, "Post")
	if no != nil {
		return *no
	}
	text, _, no := q.said()
	if no != nil {
		return *no
	}
	m.Text, m.UpdatedAt = text, a.now()
	a.publishIn(t, "post", text)
	a.touch(t)
	return ok(a.messageBody(m, false))
}

// putComment changes a comment's text; its date stays. Assumed: a comment of
// somebody else may be changed too.
func (a *Account) putComment(q *request) answer {
	t, no := q.visible()
	if no != nil {
		return *no
	}
	m, no := q.named(t.comments, "Comment")
	if no != nil {
		return *no
	}
	text, _, no := q.said()
	if no != nil {
		return *no
	}
	m.Text, m.UpdatedAt = a.kept(text), a.now()
	a.touch(t)
	return ok(a.messageBody(m, true))
}

func (a *Account) deletePost(q *request) answer {
	t, no := q.visible()
	if no != nil {
		return *no
	}
	m, no := q.named(t.posts, "Post")
	if no != nil {
		return *no
	}
	t.posts = slices.DeleteFunc(t.posts, func(have *Message) bool { return have == m })
	a.touch(t)
	return gone("Post with id {%d} in ticket with id {%d} successfully deleted", m.ID, t.ID)
}

func (a *Account) deleteComment(q *request) answer {
	t, no := q.visible()
	if no != nil {
		return *no
	}
	m, no := q.named(t.comments, "Comment")
	if no != nil {
		return *no
	}
	t.comments = slices.DeleteFunc(t.comments, func(have *Message) bool { return have == m })
	a.touch(t)
	return gone("Comment with id {%d} in ticket with id {%d} successfully deleted", m.ID, t.ID)
}
