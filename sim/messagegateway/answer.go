package messagegateway

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
)

// obj is a JSON object under construction.
type obj = map[string]any

// answer is a status with a JSON body or, with html set, a page.
type answer struct {
	status int
	body   any
	html   string
}

func ok(body any) answer { return answer{status: http.StatusOK, body: body} }

// fail is the error body of both APIs, e.g. {"errors":["dialog is not assigned"]}.
func fail(status int, text string, args ...any) answer {
	return answer{status: status, body: obj{"errors": []string{fmt.Sprintf(text, args...)}}}
}

func bad(text string, args ...any) *answer {
	no := fail(http.StatusBadRequest, text, args...)
	return &no
}

// missing is the recorded text for an object that is not there. Assumed: with
// status 404; the recordings keep the text only.
func missing(what string, id any) *answer {
	no := fail(http.StatusNotFound, "%s #%v not found", what, id)
	return &no
}

func (an answer) write(w http.ResponseWriter) {
	data, kind := []byte(an.html), "text/html; charset=UTF-8"
	if an.html == "" {
		data, kind = encode(an.body), "application/json; charset=utf-8"
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Length", strconv.Itoa(len(data)))
	w.WriteHeader(an.status)
	_, _ = w.Write(data)
}

// encode writes JSON as Go servers with their own escaping off do.
func encode(v any) []byte {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		// Only maps, slices and plain values are ever put into an answer.
		panic(fmt.Sprintf("sim/messagegateway: encode: %v", err))
	}
	return bytes.TrimRight(buf.Bytes(), "\n")
}

// page is what a web server in front of the application shows.
func page(status int) answer {
	text := fmt.Sprintf("%d %s", status, http.StatusText(status))
	return answer{status: status, html: "<html>\r\n<head><title>" + text + "</title></head>\r\n<body>\r\n<center><h1>" +
		text + "</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"}
}
