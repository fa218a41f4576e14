package helpdeskeddy

import (
	"net/http"
	"strconv"
	"strings"
)

// route is one API method.
type route struct {
	method     string
	path       string // {} stands for a number
	collection bool   // the address ends in a slash; one after a single object is accepted too
	need       func(Rights) bool
	clients    bool // a client's own key will do
	run        func(*Account, *request) answer
}

// may says whether the key's user may call the method at all.
func (rt *route) may(u *user) bool {
	if !u.Staff {
		return rt.clients
	}
	return rt.need == nil || rt.need(u.rights)
}

// apiRoutes lists the methods. Rights to single parts of a ticket are checked where
// they are written.
func apiRoutes() []route {
	var all []route
	add := func(method, path string, need func(Rights) bool, run func(*Account, *request) answer) *route {
		all = append(all, route{
			method: method, path: strings.TrimSuffix(path, "/"), collection: strings.HasSuffix(path, "/"), need: need, run: run,
		})
		return &all[len(all)-1]
	}
	const get, post, put, del = http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete
	tickets := func(r Rights) bool { return r.Tickets }
	posts := func(r Rights) bool { return r.Posts }
	comments := func(r Rights) bool { return r.Comments }
	editComments := func(r Rights) bool { return r.EditComments }
	deletes := func(r Rights) bool { return r.Delete }
	users := func(r Rights) bool { return r.Users }
	editUsers := func(r Rights) bool { return r.EditUsers }
	settings := func(r Rights) bool { return r.Settings }

	add(get, "/tickets/", tickets, (*Account).listTickets).clients = true
	add(post, "/tickets/", func(r Rights) bool { return r.CreateTickets }, (*Account).createTicket).clients = true
	add(get, "/tickets/{}", tickets, (*Account).getTicket).clients = true
	add(put, "/tickets/{}", tickets, (*Account).putTicket)
	add(del, "/tickets/{}", deletes, (*Account).deleteTicket)
	add(post, "/tickets/{}/union/", func(r Rights) bool { return r.Merge }, (*Account).unionTickets)
	add(get, "/tickets/{}/audit/", tickets, (*Account).listAudit)
	add(get, "/tickets/{}/posts/", tickets, (*Account).listPosts).clients = true
	add(post, "/tickets/{}/posts/", posts, (*Account).createPost).clients = true
	add(put, "/tickets/{}/posts/{}", posts, (*Account).putPost)
	add(del, "/tickets/{}/posts/{}", deletes, (*Account).deletePost)
	add(get, "/tickets/{}/comments/", comments, (*Account).listComments)
	add(post, "/tickets/{}/comments/", comments, (*Account).createComment)
	add(put, "/tickets/{}/comments/{}", editComments, (*Account).putComment)
	add(del, "/tickets/{}/comments/{}", editComments, (*Account).deleteComment)

	add(get, "/users/", users, (*Account).listUsers)
	add(post, "/users/", editUsers, (*Account).createUser)
	add(get, "/users/{}", users, (*Account).getUser)
	add(put, "/users/{}", editUsers, (*Account).putUser)
	add(del, "/users/{}", deletes, (*Account).deleteUser)
	add(get, "/users/{}/notes/", users, (*Account).listNotes)
	add(post, "/users/{}/notes/", editUsers, (*Account).createNote)
	add(del, "/users/{}/notes/{}", editUsers, (*Account).deleteNote)

	add(get, "/departments/", nil, (*Account).listDepartments)
	add(get, "/statuses/", nil, (*Account).listStatuses)
	add(get, "/priorities/", nil, (*Account).listPriorities)
	add(get, "/types/", nil, (*Account).listTypes)
	add(get, "/groups/", nil, (*Account).listGroups)
	add(get, "/custom_fields/", nil, (*Account).listFields)
	add(get, "/custom_fields/{}", nil, (*Account).getField)
	add(get, "/custom_fields/{}/options/", nil, (*Account).listOptions)
	add(post, "/custom_fields/{}/options/", settings, (*Account).putOptions)
	add(del, "/custom_fields/{}/options/{}", settings, (*Account).deleteOption)
	return all
}

// route finds the method for a request, nil when there is none.
func (a *Account) route(method, path string) (*route, []int) {
	path, under := strings.CutPrefix(path, root)
	if !under {
		return nil, nil
	}
	for i := range a.routes {
		rt := &a.routes[i]
		if ids, ok := match(rt.path, strings.TrimSuffix(path, "/")); ok && rt.method == method {
			return rt, ids
		}
	}
	return nil, nil
}

// match compares a path with a pattern segment by segment.
func match(pattern, path string) (ids []int, ok bool) {
	want, have := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(want) != len(have) {
		return nil, false
	}
	for i, seg := range want {
		if seg != "{}" {
			if seg != have[i] {
				return nil, false
			}
			continue
		}
		n, err := strconv.Atoi(have[i])
		if err != nil {
			return nil, false
		}
		ids = append(ids, n)
	}
	return ids, true
}
