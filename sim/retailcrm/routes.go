package retailcrm

import (
	"errors"
	"net/http"
	"slices"
	"strings"
)

// route is one API method.
type route struct {
	method string
	path   string // {x} stands for one segment
	scope  string // right needed, "" when any key will do
	open   bool   // needs no key
	run    func(*Account, *request) answer
}

var (
	errNoRoute = errors.New("no such API method")
	errMethod  = errors.New("HTTP method not allowed")
)

// apiRoutes lists the methods; of two that match, the earlier one wins. Rights
// are named as in the official modules. Assumed: settings and notifications/send
// need no right of their own, because no public source names one.
func apiRoutes() []route {
	get := func(path, scope string, run func(*Account, *request) answer) route {
		return route{method: http.MethodGet, path: path, scope: scope, run: run}
	}
	post := func(path, scope string, run func(*Account, *request) answer) route {
		return route{method: http.MethodPost, path: path, scope: scope, run: run}
	}
	return []route{
		{method: http.MethodGet, path: "/api/api-versions", open: true, run: (*Account).getVersions},
		get("/api/credentials", "", (*Account).getCredentials),
		get("/api/system-info", "", (*Account).getSystemInfo),
		get("/api/v5/settings", "", (*Account).getSettings),

		get("/api/v5/orders", "order_read", (*Account).listOrders),
		get("/api/v5/orders/history", "order_read", (*Account).ordersHistory),
		get("/api/v5/orders/statuses", "order_read", (*Account).ordersStatuses),
		post("/api/v5/orders/create", "order_write", (*Account).createOrder),
		get("/api/v5/orders/{id}", "order_read", (*Account).getOrder),
		post("/api/v5/orders/{id}/edit", "order_write", (*Account).editOrder),

		get("/api/v5/customers", "customer_read", (*Account).listCustomers),
		get("/api/v5/customers/history", "customer_read", (*Account).customersHistory),
		post("/api/v5/customers/create", "customer_write", (*Account).createCustomer),
		get("/api/v5/customers/notes", "customer_read", (*Account).listNotes),
		post("/api/v5/customers/notes/create", "customer_write", (*Account).createNote),
		post("/api/v5/customers/notes/{id}/delete", "customer_write", (*Account).deleteNote),
		get("/api/v5/customers/{id}", "customer_read", (*Account).getCustomer),
		post("/api/v5/customers/{id}/edit", "customer_write", (*Account).editCustomer),

		get("/api/v5/loyalty/accounts", "loyalty_read", (*Account).listLoyalty),

		get("/api/v5/users", "user_read", (*Account).listUsers),
		get("/api/v5/user-groups", "user_read", (*Account).listUserGroups),
		get("/api/v5/users/{id}", "user_read", (*Account).getUser),

		get("/api/v5/integration-modules/{code}", "integration_read", (*Account).getModule),
		post("/api/v5/integration-modules/{code}/edit", "integration_write", (*Account).editModule),

		get("/api/v5/reference/{name}", "reference_read", (*Account).getReference),

		get("/api/v5/custom-fields", "custom_fields_read", (*Account).listCustomFields),
		get("/api/v5/custom-fields/dictionaries", "custom_fields_read", (*Account).listDictionaries),
		post("/api/v5/custom-fields/dictionaries/create", "custom_fields_write", (*Account).createDictionary),
		get("/api/v5/custom-fields/dictionaries/{code}", "custom_fields_read", (*Account).getDictionary),
		post("/api/v5/custom-fields/dictionaries/{code}/edit", "custom_fields_write", (*Account).editDictionary),
		post("/api/v5/custom-fields/{entity}/create", "custom_fields_write", (*Account).createCustomField),
		get("/api/v5/custom-fields/{entity}/{code}", "custom_fields_read", (*Account).getCustomField),
		post("/api/v5/custom-fields/{entity}/{code}/edit", "custom_fields_write", (*Account).editCustomField),

		get("/api/v5/tasks", "task_read", (*Account).listTasks),
		post("/api/v5/tasks/create", "task_write", (*Account).createTask),
		get("/api/v5/tasks/{id}", "task_read", (*Account).getTask),

		post("/api/v5/notifications/send", "", (*Account).sendNotification),
		get("/api/v5/segments", "segment_read", (*Account).listSegments),
	}
}

// route finds the method for a request; errMethod means that the address exists
// with another HTTP method.
func (a *Account) route(method, path string) (*route, map[string]string, error) {
	err := errNoRoute
	for i := range a.routes {
		rt := &a.routes[i]
		vars, ok := match(rt.path, path)
		if !ok {
			continue
		}
		if rt.method == method {
			return rt, vars, nil
		}
		// orders/create also looks like orders/{id}: keep looking, but a fixed
		// address that exists decides what the refusal says.
		err = errMethod
		if !strings.Contains(rt.path, "{") {
			break
		}
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

// getVersions needs no key, like the real one; the list repeats nothing.
func (a *Account) getVersions(*request) answer {
	return ok(obj{"versions": []string{"3.0", "4.0", "5.0"}})
}

func (a *Account) getSystemInfo(*request) answer {
	host := a.opt.Host
	if host == "" {
		host = "lavka.retailcrm.ru"
	}
	return ok(obj{"systemVersion": "8.12.7", "publicUrl": "https://" + host, "technicalUrl": "https://" + host})
}

// getCredentials tells what the reading key may do. The credentials list names
// methods in the old style, without the version.
func (a *Account) getCredentials(q *request) answer {
	scopes, paths := []string{}, []string{}
	for scope := range q.key.scopes {
		if a.allowed(q.key, scope) {
			scopes = append(scopes, scope)
		}
	}
	slices.Sort(scopes)
	for _, rt := range a.routes {
		if rt.scope != "" && a.allowed(q.key, rt.scope) {
			paths = append(paths, strings.Replace(rt.path, "/v5", "", 1))
		}
	}
	body := obj{"scopes": scopes, "credentials": paths, "siteAccess": "access_full"}
	if q.key.sites != nil {
		body["siteAccess"], body["sitesAvailable"] = "access_selective", q.key.sites
	}
	return ok(body)
}
