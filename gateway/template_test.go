package gateway

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTemplateRenders(t *testing.T) {
	t.Parallel()
	fields := map[string]string{"customer.firstName": "Анна", "order.number": "10482", "order.evil": `{{order.number}}`}
	for _, c := range []struct {
		text, want string
		missing    []string
	}{
		{`Здравствуйте, {{customer.firstName|default:"покупатель"}}! Заказ {{order.number}} готов.`, "Здравствуйте, Анна! Заказ 10482 готов.", nil},
		{`Привет, {{customer.nick|default:"друг"}}!`, "Привет, друг!", nil},
		{`Здравствуйте, {{customer.nick}}!`, "Здравствуйте!", []string{"customer.nick"}},
		{`{{ order.number }}`, "10482", nil},
		{`{{a|default:"скажи \"да\" \\"}}`, `скажи "да" \`, nil},
		{`{{a|default:"}}"}}`, "}}", nil},
		{`{{a|default:«гость»}}`, "гость", nil},
		{`{{order.evil}}`, `{{order.number}}`, nil}, // a value is never parsed again
		{`один { и два } и } }`, `один { и два } и } }`, nil},
	} {
		tmpl, err := ParseTemplate(c.text)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		got, missing := tmpl.Render(fields)
		if got != c.want || !cmp.Equal(missing, c.missing) {
			t.Errorf("%s: %q %v", c.text, got, missing)
		}
	}
}

func TestTemplateSaysWhatIsWrongAndWhere(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]TemplateError{
		"":                                 {Problem: TemplateEmpty, At: 1},
		"Заказ {{order.number":             {Problem: TemplateOpen, What: "{{order.number", At: 7},
		"Заказ order.number}} готов":       {Problem: TemplateStray, What: "}}", At: 19},
		"{{}}":                             {Problem: TemplateBadPath, At: 1},
		"{{order number}}":                 {Problem: TemplateBadPath, What: "order number", At: 1},
		"{{.Order}}":                       {Problem: TemplateBadPath, What: ".Order", At: 1},
		"{{a|upper}}":                      {Problem: TemplateBadFilter, What: "a|upper", At: 1},
		"{{a|default:}}":                   {Problem: TemplateBadFilter, What: "a|default:", At: 1},
		strings.Repeat("я", MaxTemplate+1): {Problem: TemplateTooLong, What: "2001", At: 2001},
		"Заказ {{order.nummer}} готов, ура": {Problem: TemplateUnknownField, What: "order.nummer", At: 7, Nearest: "order.number"},
		"{{range}}": {Problem: TemplateUnknownField, What: "range", At: 1},
	} {
		tmpl, err := ParseTemplate(text)
		if err == nil {
			err = tmpl.Check([]Field{{Path: "order.number"}, {Path: "customer.firstName"}})
		}
		var got *TemplateError
		if !errors.As(err, &got) || !cmp.Equal(*got, want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func FuzzTemplate(f *testing.F) {
	for _, s := range []string{`{{a|default:"b"}}`, `{{`, `}}`, `{{a}}{{b.c}}`, `x{{ a | default:"\\\"" }}y`, `{{a|default:«б»}}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		tmpl, err := ParseTemplate(text)
		if err != nil {
			return
		}
		again, err := ParseTemplate(tmpl.String())
		if err != nil || again.String() != tmpl.String() {
			t.Fatalf("%q writes %q, which reads as %q, %v", text, tmpl, again, err)
		}
		tmpl.Render(map[string]string{"a": "{{b}}"})
	})
}
