package app

import (
	"io"
	"log/slog"
	"regexp"
)

// phoneLike is an E.164 number, or an MSISDN inside a JID, in any text that is
// logged: what slipped past the types is masked here.
var phoneLike = regexp.MustCompile(`\+?\b[1-9]\d{9,14}\b`)

// NewLogger writes text lines with numbers masked. Bodies of messages and secrets
// are never given to a logger in the first place.
func NewLogger(w io.Writer, level slog.Level) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{
		Level: level,
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			switch a.Value.Kind() {
			case slog.KindString:
				a.Value = slog.StringValue(maskNumbers(a.Value.String()))
			case slog.KindAny:
				if err, ok := a.Value.Any().(error); ok {
					a.Value = slog.StringValue(maskNumbers(err.Error()))
				}
			}
			return a
		},
	}))
}

func maskNumbers(s string) string {
	return phoneLike.ReplaceAllStringFunc(s, func(n string) string {
		return n[:2] + "•••" + n[len(n)-2:]
	})
}
