package webui

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2/middleware/adaptor"

	"vestnik/gateway"
	"vestnik/gateway/card"
)

// TestGalleryServer serves every scene of the gallery to a browser: e2e/shots.mjs
// starts it with VESTNIK_GALLERY=127.0.0.1:0 and reads the address from its output.
// Without that it has nothing to do.
func TestGalleryServer(t *testing.T) {
	addr := os.Getenv("VESTNIK_GALLERY")
	if addr == "" {
		t.Skip("VESTNIK_GALLERY is not set: no browser asks")
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 29*time.Minute)
	defer cancel()
	srv := &http.Server{Handler: gallery(t), ReadHeaderTimeout: time.Second}
	go func() { <-ctx.Done(); srv.Close() }()
	os.Stdout.WriteString("gallery at http://" + l.Addr().String() + "\n")
	_ = srv.Serve(l) // ends when the script ends this process, or after its time
}

// gallery draws a scene at /scene/NAME?lang=; the page's own addresses then lead into
// the shop of the scene drawn last.
func gallery(t testing.TB) http.Handler {
	byName := map[string]scene{}
	var names []string
	for _, sc := range scenes() {
		byName[sc.name] = sc
		names = append(names, sc.name)
	}
	type drawn struct {
		handler http.Handler
		cookie  string
	}
	start := func(name, lang string) (drawn, bool) {
		sc, ok := byName[name]
		if !ok {
			return drawn{}, false
		}
		s := sc.shop()
		d := drawn{}
		if sc.role != "" {
			d.cookie = s.enter(sc.role, lang)
		} else {
			s.settings.Shop.Language = lang
		}
		d.handler = adaptor.FiberApp(newServer(t, s).App())
		return d, true
	}
	now, _ := start("overview", "ru")
	var topics gateway.Topics
	mux := http.NewServeMux()
	mux.HandleFunc("/poke", func(_ http.ResponseWriter, r *http.Request) { // ?topic=: something has changed
		topics.Publish(gateway.Topic(r.URL.Query().Get("topic")))
	})
	key, err := card.NewPluginKey()
	if err != nil {
		t.Fatal(err)
	}
	mux.HandleFunc("/plugin-mail", func(w http.ResponseWriter, r *http.Request) { // ?counter=: a signed card and the key to check it with
		counter, _ := strconv.ParseInt(r.URL.Query().Get("counter"), 10, 64)
		public, err := key.Public()
		if err != nil {
			t.Error(err)
		}
		c := card.ForPlugin(nastyCard(), card.PluginOptions{Live: "http://vestnik.local:8480/card/t/1042", Says: "27 заказов", Zone: time.UTC, StatusText: func(o card.Order) string { return "Заказ " + o.Number + " <b>едет</b>" }})
		m, err := key.Sign(1042, c, time.Now(), counter)
		if err != nil {
			t.Error(err)
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"key": public, "mail": m})
	})
	mux.HandleFunc("/scenes", func(w http.ResponseWriter, _ *http.Request) { _ = json.NewEncoder(w).Encode(names) })
	mux.HandleFunc("/scene/", func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(r.URL.Path, "/scene/")
		d, ok := start(name, r.URL.Query().Get("lang"))
		if !ok {
			http.NotFound(w, r)
			return
		}
		now = d
		sc := byName[name]
		req := httptest.NewRequest("GET", sc.path, nil)
		if sc.form != "" {
			req = httptest.NewRequest("POST", sc.path, strings.NewReader("csrf=form-token&"+sc.form))
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		serve(d.handler, d.cookie, w, req)
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/events" { // the adaptor cannot stream
			streamPokes(w, r, topics.Subscribe(r.Context()))
			return
		}
		serve(now.handler, now.cookie, w, r)
	})
	return mux
}

func streamPokes(w http.ResponseWriter, r *http.Request, topics <-chan gateway.Topic) {
	w.Header().Set("Content-Type", "text/event-stream")
	topic := gateway.Topic("ready")
	for n := 1; ; n++ {
		fmt.Fprintf(w, "event: %s\nid: %d\ndata: %d\n\n", topic, n, n)
		w.(http.Flusher).Flush()
		select {
		case topic = <-topics:
		case <-r.Context().Done():
			return
		}
	}
}

func serve(h http.Handler, cookie string, w http.ResponseWriter, r *http.Request) {
	if cookie != "" {
		r.Header.Set("Cookie", loginCookie+"="+url.QueryEscape(cookie))
	}
	h.ServeHTTP(w, r)
}
