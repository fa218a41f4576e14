package helpdeskeddy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
)

// obj is a JSON object under construction.
type obj = map[string]any

// answer is what a method says: a status and a body, either a value to be written
// as JSON, or text as it is.
type answer struct {
	status int
	body   any
	text   string
	kind   string // content type of text
}

// ok is a good answer. Creation answers 200 too.
func ok(data any) answer { return answer{status: http.StatusOK, body: obj{"data": data}} }

// gone is the success of a deletion, which comes as an error.
func gone(format string, args ...any) answer {
	out := refusal("s-204", "No content", fmt.Sprintf(format, args...))
	out.status = http.StatusOK
	return out
}

// fail is an error body; its code is the status with "e-" in front.
func fail(status int, title, details string) answer {
	out := refusal("e-"+strconv.Itoa(status), title, details)
	out.status = status
	return out
}

func refusal(code, title, details string) answer {
	return answer{body: obj{"errors": []obj{{"code": code, "title": title, "details": details}}}}
}

// The bodies below are inferred from the form of the ban's.

func notFound(what string, id any) answer {
	return fail(http.StatusNotFound, "Not found", fmt.Sprintf("%s with id {%v} not found", what, id))
}

func noRoute() answer { return fail(http.StatusNotFound, "Not found", "Not found") }

func forbidden() answer { return fail(http.StatusForbidden, "Forbidden", "Access denied") }

func badKey() answer {
	return fail(http.StatusUnauthorized, "Unauthorized", "Authorization failed")
}

func bad(details string) answer { return fail(http.StatusBadRequest, "Bad request", details) }

// page is what a web server in front of the system shows, with any status.
func page(status int) answer {
	return answer{status: status, kind: "text/html; charset=UTF-8", text: "<html><head><title>502 Bad Gateway</title></head>" +
		"<body><center><h1>502 Bad Gateway</h1></center></body></html>\n"}
}

// write sends the answer.
func (an answer) write(w http.ResponseWriter) {
	data, kind := an.bytes()
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Length", strconv.Itoa(len(data)))
	w.WriteHeader(an.status)
	_, _ = w.Write(data) // a caller who has gone needs no answer
}

func (an answer) bytes() (data []byte, kind string) {
	if an.kind != "" {
		return []byte(an.text), an.kind
	}
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(an.body); err != nil {
		// Only maps, slices and plain values are ever put into an answer.
		panic(fmt.Sprintf("sim/helpdeskeddy: encode answer: %v", err))
	}
	return bytes.TrimRight(buf.Bytes(), "\n"), "application/json"
}

// num writes an id.
func (a *Account) num(id int) any {
	if a.opt.StringIDs {
		return strconv.Itoa(id)
	}
	return id
}

// flag writes a yes or no.
func flag(on bool) int {
	if on {
		return 1
	}
	return 0
}
