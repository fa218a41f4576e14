package campaign

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"vestnik/gateway"
)

// The fields that are no one of the CRM's.
const (
	FieldReviewLink = gateway.ReviewLinkField
	FieldShopName   = "shop.name"
	// FieldColumn begins the fields that are columns of the shop's own file.
	FieldColumn = "column."
)

// Writer makes the texts of one mailing. Its templates are parsed once; it may be used by several at
// a time.
type Writer struct {
	variants []map[string]gateway.Template
	winner   int
	shop     gateway.ShopSettings
	decency  gateway.DecencySettings
	linked   bool // a text has the review link
}

// BrokenText says which wording cannot be used; the cause is a *gateway.TemplateError.
type BrokenText struct {
	Variant  int // from 1
	Language string
	Err      error
}

func (e *BrokenText) Error() string {
	return fmt.Sprintf("campaign: variant %d (%s): %v", e.Variant, e.Language, e.Err)
}

func (e *BrokenText) Unwrap() error { return e.Err }

// NewWriter reads the texts of a mailing. Empty wordings are left out, and a variant without any may
// not be. The error is a *BrokenText.
func NewWriter(text Text, s gateway.Settings) (*Writer, error) {
	w := &Writer{
		winner: text.Winner, shop: s.Shop, decency: s.Decency,
	}
	for i, v := range text.Variants {
		wordings := map[string]gateway.Template{}
		for _, lang := range slices.Sorted(maps.Keys(v.Texts)) {
			if strings.TrimSpace(v.Texts[lang]) == "" {
				continue
			}
			t, err := gateway.ParseTemplate(v.Texts[lang])
			if err != nil {
				return nil, &BrokenText{Variant: i + 1, Language: lang, Err: err}
			}
			w.linked = w.linked || slices.Contains(t.Paths(), FieldReviewLink)
			wordings[lang] = t
		}
		if len(wordings) == 0 {
			return nil, &BrokenText{Variant: i + 1, Err: &gateway.TemplateError{Problem: gateway.TemplateEmpty, At: 1}}
		}
		w.variants = append(w.variants, wordings)
	}
	if len(w.variants) == 0 {
		return nil, &BrokenText{Variant: 1, Err: &gateway.TemplateError{Problem: gateway.TemplateEmpty, At: 1}}
	}
	if w.winner < 1 || w.winner > len(w.variants) {
		w.winner = 0
	}
	return w, nil
}

// NeedsToken tells whether each person needs a key for a link of the box's own.
func (w *Writer) NeedsToken() bool { return w.linked && w.decency.PublicURL != "" }

// VariantOf is the wording that a person gets now, from 1; turn counts those who had none yet, from 0.
func (w *Writer) VariantOf(p Person, turn int) int {
	switch {
	case w.winner > 0:
		return w.winner
	case p.Variant >= 1 && p.Variant <= len(w.variants):
		return p.Variant
	}
	return 1 + turn%len(w.variants)
}

// language chooses among a variant's wordings: the person's, else the shop's, else any.
func (w *Writer) language(variant int, want string) string {
	wordings := w.variants[variant-1]
	for _, lang := range []string{want, w.shop.Language} {
		if _, ok := wordings[lang]; ok {
			return lang
		}
	}
	return slices.Min(slices.Collect(maps.Keys(wordings)))
}

// Write is the text of a variant (from 1) for a person; missing are the fields that were empty and
// had no default. token is the key of his review link; empty: the link is plain.
func (w *Writer) Write(p Person, variant int, token string) (text string, missing []string) {
	lang := w.language(variant, p.Language)
	text, missing = w.variants[variant-1][lang].Render(w.fields(p, token))
	if text == "" {
		return "", missing
	}
	return w.withOptOut(text, lang), missing
}

func (w *Writer) fields(p Person, token string) map[string]string {
	fields := maps.Clone(p.Fields)
	if fields == nil {
		fields = map[string]string{}
	}
	if fields["customer.firstName"] == "" {
		fields["customer.firstName"] = p.Name
	}
	fields[FieldShopName] = w.shop.Name
	fields[FieldReviewLink] = w.decency.ReviewLink(token)
	return fields
}

// withOptOut adds the line that says how to get no more, unless the text does.
func (w *Writer) withOptOut(text, lang string) string {
	line := strings.TrimSpace(w.decency.OptOutLine[lang])
	if line == "" {
		line = strings.TrimSpace(w.decency.OptOutLine[w.shop.Language])
	}
	if line == "" || strings.Contains(text, line) || saysOptOut.MatchString(text) {
		return text
	}
	return text + "\n" + line
}

// saysOptOut finds "answer STOP" in a sentence of the text. The word alone is not enough: a shop may
// offer "STOP prices".
var saysOptOut = regexp.MustCompile(`(?i)(ответ|напиш|отправ|пришл|reply|write|send|answer|text)[^.!?\n]{0,40}(^|[^\p{L}])(стоп|stop)($|[^\p{L}])`)
