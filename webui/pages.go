package webui

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"path"
	"strings"
	"sync"

	"github.com/gofiber/fiber/v2"
)

//go:embed templates/*.html templates/pages/*.html
var templateFiles embed.FS

// pages are the templates by language and page. All of one language are parsed at
// start, so a slip in one stops the program before a manager meets it, and thrown away:
// kept, those of both languages are 8 MB of heap, of which a shop uses a part. A page
// is parsed for good when it is first asked for.
type pages struct {
	base map[string]*template.Template // by language: what every page shares

	mu     sync.Mutex
	parsed map[pageKey]*template.Template
}

type pageKey struct{ lang, name string }

func loadPages(all map[string]*words, a *assets) (*pages, error) {
	files, err := templateFiles.ReadDir("templates/pages")
	if err != nil {
		return nil, fmt.Errorf("webui: templates: %w", err)
	}
	p := &pages{base: map[string]*template.Template{}, parsed: map[pageKey]*template.Template{}}
	checked := ""
	for lang, w := range all {
		base, err := template.New("").Funcs(funcs(w, a)).Option("missingkey=error").ParseFS(templateFiles, "templates/*.html")
		if err != nil {
			return nil, fmt.Errorf("webui: templates: %w", err)
		}
		p.base[lang], checked = base, lang
	}
	for _, f := range files {
		if _, err := p.parse(checked, strings.TrimSuffix(f.Name(), path.Ext(f.Name()))); err != nil {
			return nil, err
		}
	}
	return p, nil
}

func (p *pages) parse(lang, name string) (*template.Template, error) {
	base, ok := p.base[lang]
	if !ok {
		return nil, fmt.Errorf("webui: no language %q", lang)
	}
	set, err := base.Clone()
	if err == nil {
		set, err = set.ParseFS(templateFiles, "templates/pages/"+name+".html")
	}
	if err != nil {
		return nil, fmt.Errorf("webui: template %s: %w", name, err)
	}
	return set, nil
}

// page is a page in a language, parsed now when it was never asked for.
func (p *pages) page(lang, name string) (*template.Template, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	key := pageKey{lang, name}
	if set := p.parsed[key]; set != nil {
		return set, nil
	}
	set, err := p.parse(lang, name)
	if err != nil {
		return nil, err
	}
	p.parsed[key] = set
	return set, nil
}

// both carries two values into a template that takes more than its dot.
type both struct{ A, B any }

func funcs(w *words, a *assets) template.FuncMap {
	return template.FuncMap{
		"t":     w.t,
		"tn":    w.tn,
		"asset": a.url,
		"pair":  func(x, y any) both { return both{x, y} },
		"add":   func(x, y int) int { return x + y },
		"phone": showPhone,
	}
}

// framed is every page: it has the frame around it.
type framed interface{ frame() *Frame }

// render draws a page, or the part of it that was asked for as ?part=name. A part is a
// template "part_name" of the same page with the same data, so first paint and refresh
// cannot differ.
func (s *Server) render(c *fiber.Ctx, status int, name string, page framed) error {
	set, err := s.pages.page(page.frame().Lang, name)
	if err != nil {
		return err
	}
	block := "layout"
	if part := c.Query("part"); part != "" && set.Lookup("part_"+part) != nil {
		block = "part_" + part
	}
	var out bytes.Buffer
	if err := set.ExecuteTemplate(&out, block, page); err != nil {
		return fmt.Errorf("webui: draw %s: %w", name, err)
	}
	c.Type("html", "utf-8")
	return c.Status(status).Send(out.Bytes())
}
