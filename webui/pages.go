package webui

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"path"
	"strings"

	"github.com/gofiber/fiber/v2"
)

//go:embed templates/*.html templates/pages/*.html
var templateFiles embed.FS

// pages are the parsed templates by language and page. All are parsed at start, so a
// slip in one stops the program before a manager meets it.
type pages struct {
	byLang map[string]map[string]*template.Template
}

func loadPages(all map[string]*words, a *assets) (*pages, error) {
	files, err := templateFiles.ReadDir("templates/pages")
	if err != nil {
		return nil, fmt.Errorf("webui: templates: %w", err)
	}
	p := &pages{byLang: map[string]map[string]*template.Template{}}
	for lang, w := range all {
		base, err := template.New("").Funcs(funcs(w, a)).Option("missingkey=error").ParseFS(templateFiles, "templates/*.html")
		if err != nil {
			return nil, fmt.Errorf("webui: templates: %w", err)
		}
		p.byLang[lang] = map[string]*template.Template{}
		for _, f := range files {
			set, err := base.Clone()
			if err == nil {
				set, err = set.ParseFS(templateFiles, "templates/pages/"+f.Name())
			}
			if err != nil {
				return nil, fmt.Errorf("webui: template %s: %w", f.Name(), err)
			}
			p.byLang[lang][strings.TrimSuffix(f.Name(), path.Ext(f.Name()))] = set
		}
	}
	return p, nil
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
	set := s.pages.byLang[page.frame().Lang][name]
	if set == nil {
		return fmt.Errorf("webui: no page %q", name)
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
