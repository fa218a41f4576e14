package retailcrm

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
)

// obj is a JSON object under construction.
type obj = map[string]any

// answer is what a method says: a status and either a JSON body or, with html
// set, a page.
type answer struct {
	status int
	body   any
	html   string
}

// ok is a good answer with success:true added.
func ok(body obj) answer {
	body["success"] = true
	return answer{status: http.StatusOK, body: body}
}

// created is ok with status 201, as the create methods answer.
func created(body obj) answer {
	a := ok(body)
	a.status = http.StatusCreated
	return a
}

// fail is the API's error body. errs is an object (field → text), an array of
// texts, or nil: RetailCRM uses all three.
func fail(status int, msg string, errs any) answer {
	body := obj{"success": false, "errorMsg": msg}
	if errs != nil {
		body["errors"] = errs
	}
	return answer{status: status, body: body}
}

func notFound() answer { return fail(http.StatusNotFound, "Not found", nil) }

func missing(name string) answer {
	return fail(http.StatusBadRequest, "Parameter '"+name+"' is missing", nil)
}

// noSuch is the text for a code that a reference does not hold, e.g.
// "OrderType" with "code"="x" does not exist.
func noSuch(what, key, value string) string {
	return fmt.Sprintf("%q with %q=%q does not exist.", what, key, value)
}

// write sends the answer.
func (an answer) write(w http.ResponseWriter) {
	data, contentType := an.bytes()
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Content-Length", strconv.Itoa(len(data)))
	w.WriteHeader(an.status)
	_, _ = w.Write(data)
}

// bytes renders the body.
func (an answer) bytes() (data []byte, contentType string) {
	if an.html != "" {
		return []byte(an.html), "text/html; charset=UTF-8"
	}
	if an.body == nil {
		return nil, "text/html; charset=UTF-8"
	}
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(an.body); err != nil {
		// Only maps, slices and plain values are ever put into an answer.
		panic(fmt.Sprintf("sim/retailcrm: encode answer: %v", err))
	}
	return bytes.TrimRight(buf.Bytes(), "\n"), "application/json"
}

// gatewayPage is the page a web server in front of the application shows.
func gatewayPage(status int) answer {
	text := fmt.Sprintf("%d %s", status, http.StatusText(status))
	return answer{status: status, html: "<html>\r\n<head><title>" + text + "</title></head>\r\n<body>\r\n<center><h1>" +
		text + "</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"}
}

// noAccountPage is shown for an address where no account lives: a web page, not
// JSON, so that clients take "<" for "account does not exist".
func noAccountPage() answer {
	return answer{status: http.StatusNotFound, html: "<!DOCTYPE html>\n<html lang=\"ru\">\n<head><meta charset=\"utf-8\">" +
		"<title>Аккаунт не найден</title></head>\n<body><h1>Аккаунт не найден</h1></body>\n</html>\n"}
}

// worksPage is a 200 answer that is not the API's at all: maintenance, a captive
// portal or a login page on the way.
func worksPage() answer {
	return answer{status: http.StatusOK, html: "<!DOCTYPE html>\n<html lang=\"ru\">\n<head><meta charset=\"utf-8\">" +
		"<title>Технические работы</title></head>\n<body><h1>Ведутся технические работы</h1></body>\n</html>\n"}
}
