package messagegateway

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"
)

// file is something that was uploaded.
type file struct {
	id            string
	kind          string // image, video, audio, file
	mime          string
	data          []byte
	transcription string
	state         string // of the transcription
}

func (f *file) size() int { return len(f.data) }

func (gw *Gateway) file(id string) *file {
	for _, f := range gw.files {
		if f.id == id {
			return f
		}
	}
	return nil
}

// File returns the content of a file.
func (gw *Gateway) File(id string) (data []byte, kind string, found bool) {
	gw.mu.Lock()
	defer gw.mu.Unlock()
	if f := gw.file(id); f != nil {
		return bytes.Clone(f.data), f.mime, true
	}
	return nil, "", false
}

func (gw *Gateway) store(data []byte, kind string) *file {
	kind, _, _ = strings.Cut(kind, ";")
	if kind == "" || kind == "application/octet-stream" {
		kind, _, _ = strings.Cut(http.DetectContentType(data), ";")
	}
	group, _, _ := strings.Cut(kind, "/")
	if group != "image" && group != "video" && group != "audio" {
		group = "file"
	}
	f := &file{id: fmt.Sprintf("%08x-c0de-4000-8000-%012x", 0xf11e0000, gw.nextID("file")), kind: group, mime: kind, data: data}
	gw.files = append(gw.files, f)
	return f
}

func fileBody(f *file) obj {
	body := obj{"id": f.id, "type": f.kind, "size": f.size()}
	if f.state != "" {
		body["transcription"], body["transcription_status"] = f.transcription, f.state
	}
	return body
}

// upload takes multipart/form-data with a field "file", as the schema has it, or
// the bare bytes, as the official Go client of the Transport API sends them.
func (gw *Gateway) upload(q *request) answer {
	data, kind, err := q.body, q.kind, error(nil)
	if strings.HasPrefix(q.kind, "multipart/") {
		data, kind, err = partOf(q.body, q.kind)
	}
	switch {
	case err != nil:
		return *bad("%s", err)
	case len(data) == 0:
		return *bad("file is required")
	}
	return ok(fileBody(gw.store(data, kind)))
}

var errNoFile = errors.New("file is required")

func partOf(body []byte, contentType string) (data []byte, kind string, err error) {
	_, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		return nil, "", err
	}
	for r := multipart.NewReader(bytes.NewReader(body), params["boundary"]); ; {
		part, err := r.NextPart()
		if errors.Is(err, io.EOF) {
			return nil, "", errNoFile
		}
		if err != nil {
			return nil, "", err
		}
		if part.FormName() == "file" {
			data, err := io.ReadAll(part)
			return data, part.Header.Get("Content-Type"), err
		}
	}
}

// fetched is a file that was got from elsewhere, before the gateway is locked.
type fetched struct {
	data []byte
	kind string
	err  error
}

func (gw *Gateway) fetch(ctx context.Context, body []byte) fetched {
	var doc struct {
		URL string `json:"url"`
	}
	if err := json.Unmarshal(body, &doc); err != nil || doc.URL == "" {
		return fetched{err: errors.New("url is required")}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, doc.URL, nil)
	if err != nil {
		return fetched{err: err}
	}
	resp, err := gw.client.Do(req)
	if err != nil {
		return fetched{err: err}
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fetched{err: errors.New("url answers " + resp.Status)}
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxBody))
	return fetched{data: data, kind: resp.Header.Get("Content-Type"), err: err}
}

func (gw *Gateway) uploadByURL(q *request) answer {
	doc, no := q.document(false)
	if no != nil {
		return *no
	}
	doc.text("url", 0)
	if no := doc.done(); no != nil {
		return *no
	}
	if q.fetched.err != nil {
		return *bad("%s", q.fetched.err)
	}
	return ok(fileBody(gw.store(q.fetched.data, q.fetched.kind)))
}

// getFile. The schema of the Transport API calls the address Url; Assumed: that is
// a slip, since the official Go client reads url.
func (gw *Gateway) getFile(q *request) answer {
	f := gw.file(q.vars["id"])
	if f == nil {
		return *missing("file", q.vars["id"])
	}
	body := fileBody(f)
	body["url"] = gw.url + storagePrefix + f.id
	if q.transport != nil {
		body["mime_type"] = f.mime
	}
	return ok(body)
}

func (gw *Gateway) editFile(q *request) answer {
	doc, no := q.document(false)
	if no != nil {
		return *no
	}
	text, state := doc.text("transcription", 0), doc.enum("transcription_status", "in_progress", "ready", "error")
	if doc.in["transcription"] == nil {
		q.refuse("transcription is required")
	}
	if no := doc.done(); no != nil {
		return *no
	}
	f := gw.file(q.vars["id"])
	if f == nil {
		return *missing("file", q.vars["id"])
	}
	if state == "" {
		state = "ready" // Assumed: the schema does not say.
	}
	f.transcription, f.state = text, state
	return ok(fileBody(f))
}

// serveFile gives a file out; its address needs no token.
func (gw *Gateway) serveFile(w http.ResponseWriter, r *http.Request, id string) {
	data, kind, found := gw.File(id)
	if !found || r.Method != http.MethodGet {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", kind)
	_, _ = w.Write(data)
}
