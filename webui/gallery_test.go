package webui

import (
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

// draw draws a scene in a language.
func (sc scene) draw(t testing.TB, lang string) (int, string) {
	t.Helper()
	s := sc.shop()
	cookie := ""
	if sc.role != "" {
		cookie = s.enter(sc.role, lang)
	} else {
		s.settings.Shop.Language = lang
	}
	srv := newServer(t, s)
	if sc.form != "" {
		return post(t, srv, cookie, sc.path, "csrf=form-token&"+sc.form)
	}
	return get(t, srv, cookie, sc.path)
}

func TestEveryPageInEveryLanguageIsWhole(t *testing.T) {
	t.Parallel()
	for _, sc := range scenes() {
		for _, lang := range languages {
			t.Run(sc.name+"/"+lang, func(t *testing.T) {
				t.Parallel()
				status, body := sc.draw(t, lang)
				if want := max(sc.status, 200); status != want && sc.status != 0 || sc.status == 0 && status != 200 {
					t.Fatalf("status %d, want %d: %s", status, want, body)
				}
				checkPage(t, lang, body)
			})
		}
	}
}

// checkPage asserts what holds for every page.
func checkPage(t *testing.T, lang, body string) {
	t.Helper()
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := doc.Find("html").Attr("lang"); got != lang {
		t.Errorf("the page's language is %q", got)
	}
	if doc.Find("title").Text() == " · Vestnik" || doc.Find("h1").Length() != 1 {
		t.Errorf("title %q, %d headings", doc.Find("title").Text(), doc.Find("h1").Length())
	}
	for _, bad := range []string{"⟦", "<no value>", "%!", "ZgotmplZ", "<nil>", "{n}", "{at}"} {
		if strings.Contains(body, bad) {
			t.Errorf("the page has %q: %s", bad, around(body, bad))
		}
	}
	if n := doc.Find("[style], style, [onclick], [onload], [onsubmit], script:not([src])").Length(); n > 0 {
		t.Errorf("%d inline styles or scripts", n)
	}
	doc.Find("script, link, img, a, form").Each(func(_ int, e *goquery.Selection) {
		for _, name := range []string{"src", "href", "action", "formaction"} {
			if rel, _ := e.Attr("rel"); strings.Contains(rel, "noreferrer") {
				continue // into the shop's CRM, in a window of its own
			}
			if to, ok := e.Attr(name); ok && !strings.HasPrefix(to, "/") && !strings.HasPrefix(to, "#") {
				t.Errorf("%s leads out: %s", goquery.NodeName(e), to)
			}
		}
	})
	ids := map[string]bool{}
	doc.Find("[id]").Each(func(_ int, e *goquery.Selection) {
		id, _ := e.Attr("id")
		if ids[id] {
			t.Errorf("id %q is there twice", id)
		}
		ids[id] = true
	})
	doc.Find("input:not([type=hidden]), select, textarea").Each(func(_ int, e *goquery.Selection) {
		id, _ := e.Attr("id")
		if e.Closest("label").Length() == 0 && (id == "" || doc.Find(`label[for="`+id+`"]`).Length() != 1) {
			name, _ := e.Attr("name")
			t.Errorf("the input %q has no label", name)
		}
		if by, ok := e.Attr("aria-describedby"); ok && !ids[by] {
			t.Errorf("%s is described by %q, which is not there", id, by)
		}
	})
	doc.Find("form[method=post]").Each(func(_ int, e *goquery.Selection) {
		if e.Find("input[name=csrf]").Length() != 1 {
			action, _ := e.Attr("action")
			t.Errorf("the form to %s has no token", action)
		}
	})
	doc.Find("button, a").Each(func(_ int, e *goquery.Selection) {
		if strings.TrimSpace(e.Text()) == "" {
			html, _ := goquery.OuterHtml(e)
			t.Errorf("a button or link without words: %s", html)
		}
	})
	if len(body) > 40<<10 {
		t.Errorf("the page has %d bytes", len(body))
	}
}

func around(body, bad string) string {
	i := strings.Index(body, bad)
	return body[max(0, i-60):min(len(body), i+80)]
}
