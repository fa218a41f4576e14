package messagegateway_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// VESTNIK_CORPUS names a folder with the OpenAPI files of both APIs (they belong to
// others and are not kept here). With it every test of this package checks each
// request that the gateway accepts, each answer and each frame against them.
var schemas = sync.OnceValues(func() (map[string]*openapi3.T, error) {
	root := os.Getenv("VESTNIK_CORPUS")
	if root == "" {
		return nil, nil
	}
	out := map[string]*openapi3.T{}
	for prefix, name := range map[string]string{
		"/api/bot/v1":       "mg-bot/openapi-bot-api-v1.json",
		"/api/transport/v1": "mg-transport/openapi-transport-api-v1.json",
	} {
		doc, err := openapi3.NewLoader().LoadFromFile(filepath.Join(root, "retailcrm", filepath.FromSlash(name)))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		out[prefix] = doc
	}
	return out, nil
})

func corpus(t *testing.T) map[string]*openapi3.T {
	t.Helper()
	docs, err := schemas()
	if err != nil {
		t.Fatal(err)
	}
	return docs
}

// validating checks what passes through a handler. Sockets and files pass
// unchecked.
func validating(t *testing.T, h http.Handler) http.Handler {
	t.Helper()
	docs := corpus(t)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		op, vars := operation(docs, r)
		if op == nil || strings.HasSuffix(r.URL.Path, "/ws") {
			h.ServeHTTP(w, r)
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, r)
		at := r.Method + " " + r.URL.String()
		if rec.Code < 300 {
			if err := checkRequest(op, r, vars, body); err != nil {
				t.Errorf("%s was accepted: %s: %v", at, body, err)
			}
		}
		if strings.HasPrefix(rec.Header().Get("Content-Type"), "application/json") {
			if err := checkAnswer(op, rec.Code, rec.Body.Bytes()); err != nil {
				t.Errorf("%s answers %d %s: %v", at, rec.Code, rec.Body, err)
			}
		}
		for name, values := range rec.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(rec.Code)
		_, _ = w.Write(rec.Body.Bytes())
	})
}

// operation finds the method that a request calls, nil for what is in no schema.
func operation(docs map[string]*openapi3.T, r *http.Request) (*openapi3.Operation, map[string]string) {
	for prefix, doc := range docs {
		path, found := strings.CutPrefix(r.URL.Path, prefix)
		if !found {
			continue
		}
		for pattern, item := range doc.Paths.Map() {
			vars, fits := fit(pattern, path)
			if op := item.GetOperation(r.Method); fits && op != nil {
				return op, vars
			}
		}
	}
	return nil, nil
}

func fit(pattern, path string) (map[string]string, bool) {
	want, have := strings.Split(pattern, "/"), strings.Split(path, "/")
	vars := map[string]string{}
	if len(want) != len(have) {
		return nil, false
	}
	for i := range want {
		if name, isVar := strings.CutPrefix(want[i], "{"); isVar {
			vars[strings.TrimSuffix(name, "}")] = have[i]
		} else if want[i] != have[i] {
			return nil, false
		}
	}
	return vars, true
}

func checkRequest(op *openapi3.Operation, r *http.Request, vars map[string]string, body []byte) error {
	query := r.URL.Query()
	for _, p := range op.Parameters {
		texts := query[p.Value.Name]
		if p.Value.In == "path" {
			texts = []string{vars[p.Value.Name]}
		}
		for _, s := range texts {
			schema := p.Value.Schema.Value
			if schema.Type.Is("array") {
				schema = schema.Items.Value
			}
			var v any = s
			if schema.Type.Is("integer") {
				if err := json.Unmarshal([]byte(s), &v); err != nil {
					return fmt.Errorf("%s: %w", p.Value.Name, err)
				}
			}
			if err := schema.VisitJSON(v); err != nil {
				return fmt.Errorf("%s: %w", p.Value.Name, err)
			}
		}
		delete(query, p.Value.Name)
	}
	if len(query) > 0 {
		return fmt.Errorf("parameters %v are in no schema", query)
	}
	if op.RequestBody == nil || op.RequestBody.Value.Content["application/json"] == nil {
		return nil
	}
	// A new channel has no id yet, though the schema demands one; and a message
	// without files has no items, which it demands too. The official clients leave
	// both out.
	schema := op.RequestBody.Value.Content["application/json"].Schema
	if op.OperationID == "CreateOrUpdateCommand" {
		schema = schema.Value.OneOf[1] // a command that is made fits both, which oneOf forbids
	}
	return check(schema, body, func(v any) {
		m, _ := v.(obj)
		if op.OperationID == "ActivateChannel" && m["id"] == nil {
			m["id"] = 0.0
		}
		if msg, _ := m["message"].(obj); msg != nil && strings.HasPrefix(op.OperationID, "Send") {
			if msg["items"] == nil {
				msg["items"] = []any{}
			}
			if msg["text"] == nil {
				msg["text"] = "-"
			}
		}
	})
}

func checkAnswer(op *openapi3.Operation, status int, body []byte) error {
	answer := op.Responses.Default()
	if exact := op.Responses.Status(status); exact != nil {
		answer = exact
	}
	if answer == nil {
		return fmt.Errorf("status %d is in no schema", status)
	}
	// Go writes an empty list as null; recorded bodies have roles and members so. And
	// the schema of the Transport API demands a system action of every message.
	return check(answer.Value.Content["application/json"].Schema, body, func(v any) {
		if m, _ := v.(obj); m["content"] != nil && m["action"] == nil && m["scope"] != nil {
			m["action"] = "dialog_opened"
		}
		rows, _ := v.([]any)
		for _, row := range rows {
			m, _ := row.(obj)
			for name, empty := range map[string]any{"roles": []any{}, "members": []any{}} {
				if had, given := m[name]; given && had == nil {
					m[name] = empty
				}
			}
		}
	})
}

func check(schema *openapi3.SchemaRef, body []byte, mend func(any)) error {
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		return err
	}
	mend(v)
	return schema.Value.VisitJSON(v, openapi3.MultiErrors())
}

// frameParts says which schema the parts of a frame have. The schemas describe
// REST bodies; where frames are known to differ the test says how.
var frameParts = map[string]string{
	"message": "Message", "chat": "Chat", "dialog": "Dialog", "channel": "Channel", "user": "Actor", "customer": "Actor",
}

// checkFrame checks an event: its envelope, its shape against the frames in the
// folder mg-bot-ws-constructed, and its parts against the schemas.
func checkFrame(t *testing.T, data []byte) {
	t.Helper()
	docs := corpus(t)
	if docs == nil {
		return
	}
	var f obj
	if err := json.Unmarshal(data, &f); err != nil {
		t.Errorf("frame %s: %v", data, err)
		return
	}
	kind, _ := f["type"].(string)
	body, _ := f["data"].(obj)
	parts := body
	switch kind {
	case "customer_updated", "bot_updated", "user_updated":
		parts = obj{"user": body}
	case "user_left_chat", "chats_deleted":
		parts = nil // bare ids
	}
	for name, part := range parts {
		ref := docs["/api/bot/v1"].Components.Schemas[frameParts[name]]
		if m, isObject := part.(obj); ref != nil && isObject {
			if err := ref.Value.VisitJSON(asREST(m), openapi3.MultiErrors()); err != nil {
				t.Errorf("%s: %s %v: %v", kind, name, m, err)
			}
		}
	}
	likeConstructed(t, kind, f)
}

// asREST takes out of a part of a frame what frames have otherwise than lists: a
// null sender and content of system messages, the counter's name in a chat, and a
// responsible who is only named by id in a dialog.
func asREST(in obj) obj {
	out := obj{}
	for name, v := range in {
		switch m, isObject := v.(obj); {
		case name == "from" && v == nil, name == "responsible":
		case name == "not_read_messages_count":
			out["not_read_messages"] = v
		case isObject:
			out[name] = asREST(m)
		default:
			out[name] = v
		}
	}
	return out
}

// likeConstructed wants every name of a constructed frame in ours, with a value of
// the same kind or null.
func likeConstructed(t *testing.T, kind string, f obj) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(os.Getenv("VESTNIK_CORPUS"), "retailcrm", "mg-bot-ws-constructed", kind+"*.json"))
	if err != nil {
		t.Error(err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Error(err)
			continue
		}
		var want obj
		if err := json.Unmarshal(data, &want); err != nil {
			t.Error(err)
			continue
		}
		if sort(want) == sort(f) {
			compare(t, filepath.Base(file), "", want, f)
		}
	}
}

// sort tells messages apart that have different fields.
func sort(f obj) string {
	data, _ := f["data"].(obj)
	m, _ := data["message"].(obj)
	from, _ := m["from"].(obj)
	return fmt.Sprint(f["type"], m["type"], m["status"], from["type"])
}

func compare(t *testing.T, file, path string, want, got any) {
	t.Helper()
	w, wantObject := want.(obj)
	g, gotObject := got.(obj)
	switch {
	case want == nil || got == nil:
	case wantObject != gotObject || fmt.Sprintf("%T", want) != fmt.Sprintf("%T", got):
		t.Errorf("%s%s: %T, constructed is %T", file, path, got, want)
	case strings.HasSuffix(path, ".settings"): // differ by channel
	case wantObject:
		for name, v := range w {
			have, given := g[name]
			if !given && !spare[name] && !strings.HasSuffix(path, ".error") {
				t.Errorf("%s%s.%s is missing", file, path, name)
			}
			compare(t, file, path+"."+name, v, have)
		}
	}
}

// spare are names that depend on who it is about.
var spare = map[string]bool{"phone": true, "first_name": true, "last_name": true, "reply_deadline": true, "responsible": true, "dialog": true, "bot": true, "template": true, "attachments": true}

// likeRecordedWebhook compares a webhook with a real one.
func likeRecordedWebhook(t *testing.T, got obj) {
	t.Helper()
	if corpus(t) == nil {
		return
	}
	const file = "mg-transport/go-types-UnmarshalMessageWebhook.json"
	data, err := os.ReadFile(filepath.Join(os.Getenv("VESTNIK_CORPUS"), "retailcrm", filepath.FromSlash(file)))
	if err != nil {
		t.Fatal(err)
	}
	var want obj
	if err := json.Unmarshal(data, &want); err != nil {
		t.Fatal(err)
	}
	compare(t, file, "", want, got)
}

func TestTheChecksFindFaults(t *testing.T) {
	t.Parallel()
	docs := corpus(t)
	if docs == nil {
		t.Skip("VESTNIK_CORPUS is not set")
	}
	r := httptest.NewRequest(http.MethodPost, "/api/bot/v1/messages?x=1", nil)
	op, _ := operation(docs, r)
	if op == nil || checkRequest(op, r, nil, []byte(`{"chat_id":1,"scope":"public"}`)) == nil {
		t.Error("a parameter that is in no schema passes")
	}
	r.URL.RawQuery = ""
	if checkRequest(op, r, nil, []byte(`{"chat_id":"1","scope":"public"}`)) == nil || checkRequest(op, r, nil, []byte(`{"scope":"public"}`)) == nil {
		t.Error("a wrong request passes")
	}
	if checkAnswer(op, 200, []byte(`{"message_id":1}`)) == nil || checkAnswer(op, 200, []byte(`{"message_id":1,"time":"2025-01-01T10:00:00Z"}`)) != nil {
		t.Error("answers are not told apart")
	}
}
