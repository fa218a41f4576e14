package messagegateway

import (
	"errors"
	"net/http"
	"strings"
)

// route is one method of either API.
type route struct {
	method, path string // {x} stands for one segment
	json         bool   // takes a JSON body
	file         bool   // takes a file
	run          func(*Gateway, *request) answer
}

var (
	errNoRoute = errors.New("no such method")
	errMethod  = errors.New("HTTP method not allowed")
)

func botRoutes() []route {
	at := func(method, path string, run func(*Gateway, *request) answer) route {
		return route{method: method, path: botPrefix + path, json: method != http.MethodGet && method != http.MethodDelete, run: run}
	}
	return []route{
		at(http.MethodGet, "/bots", (*Gateway).listBots),
		at(http.MethodPatch, "/my/info", (*Gateway).editBot),
		at(http.MethodGet, "/my/commands", (*Gateway).listCommands),
		at(http.MethodPut, "/my/commands/{name}", (*Gateway).putCommand),
		at(http.MethodDelete, "/my/commands/{name}", (*Gateway).deleteCommand),
		at(http.MethodGet, "/channels", (*Gateway).listChannels),
		at(http.MethodGet, "/chats", (*Gateway).listChats),
		at(http.MethodPost, "/chats/{chat}/dialogs", (*Gateway).createDialog),
		at(http.MethodGet, "/customers", (*Gateway).listCustomers),
		at(http.MethodGet, "/dialogs", (*Gateway).listDialogs),
		at(http.MethodPatch, "/dialogs/{dialog}/assign", (*Gateway).assignDialog),
		at(http.MethodPatch, "/dialogs/{dialog}/unassign", (*Gateway).unassignDialog),
		at(http.MethodDelete, "/dialogs/{dialog}/close", (*Gateway).closeDialog),
		at(http.MethodPatch, "/dialogs/{dialog}/tags/add", (*Gateway).addTags),
		at(http.MethodPatch, "/dialogs/{dialog}/tags/delete", (*Gateway).deleteTags),
		{method: http.MethodPost, path: botPrefix + "/files/upload", file: true, run: (*Gateway).upload},
		at(http.MethodPost, "/files/upload_by_url", (*Gateway).uploadByURL),
		at(http.MethodGet, "/files/{id}", (*Gateway).getFile),
		at(http.MethodPut, "/files/{id}/meta", (*Gateway).editFile),
		at(http.MethodGet, "/members", (*Gateway).listMembers),
		at(http.MethodGet, "/messages", (*Gateway).listMessages),
		at(http.MethodPost, "/messages", (*Gateway).sendMessage),
		at(http.MethodPatch, "/messages/{message}", (*Gateway).editMessage),
		at(http.MethodDelete, "/messages/{message}", (*Gateway).deleteMessage),
		at(http.MethodGet, "/users", (*Gateway).listUsers),
	}
}

// route finds the method for a request; errMethod means that the address exists
// with another HTTP method.
func (gw *Gateway) route(method, path string) (*route, map[string]string, error) {
	err := errNoRoute
	for i := range gw.routes {
		rt := &gw.routes[i]
		vars, fits := match(rt.path, path)
		if !fits {
			continue
		}
		if rt.method == method {
			return rt, vars, nil
		}
		err = errMethod
	}
	return nil, nil, err
}

// match compares a path with a pattern segment by segment.
func match(pattern, path string) (map[string]string, bool) {
	want, have := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(want) != len(have) {
		return nil, false
	}
	vars := map[string]string{}
	for i, seg := range want {
		if strings.HasPrefix(seg, "{") {
			if have[i] == "" {
				return nil, false
			}
			vars[strings.Trim(seg, "{}")] = have[i]
		} else if seg != have[i] {
			return nil, false
		}
	}
	return vars, true
}
