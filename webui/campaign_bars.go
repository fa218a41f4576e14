package webui

import (
	"fmt"
	"html/template"
	"strings"
)

// ShareBar is a drawn bar.
type ShareBar = template.HTML

// shareBar draws n of whole; what is left of it stays empty. It says nothing to a screen
// reader: the number stands beside it.
func shareBar(n, whole int, class string) ShareBar {
	return stackBar(whole, barPart{class, n})
}

type barPart struct {
	class string
	n     int
}

// stackBar draws parts of a whole one behind another. A part that is not 0 can be seen, whatever
// the whole.
func stackBar(whole int, parts ...barPart) ShareBar {
	var b strings.Builder
	b.WriteString(`<svg class="share-bar" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true"><rect class="bar-off" width="1000" height="10"/>`)
	x := 0
	for _, p := range parts {
		if p.n <= 0 || whole <= 0 {
			continue
		}
		w := min(1000-x, max(6, p.n*1000/whole))
		fmt.Fprintf(&b, `<rect class="%s" x="%d" width="%d" height="10"/>`, p.class, x, w)
		x += w
	}
	b.WriteString(`</svg>`)
	return ShareBar(b.String())
}

// shareSays is a share in words; "" when there is nothing to share.
func (f *Frame) shareSays(n, of int) string {
	if of <= 0 {
		return ""
	}
	share := float64(n) * 100 / float64(of)
	if share < 10 && n > 0 && n < of {
		return f.decimal(share) + "\u00a0%"
	}
	return fmt.Sprintf("%.0f\u00a0%%", share)
}
