package gateway

import (
	"slices"
	"strings"
)

// ReviewLinkField is the place of a text where the review link goes.
const ReviewLinkField = "review.link"

// WithReviewLink is the CRM's directory with the review link in it, which texts of mailings and
// invitations may name; it has words of language lang.
func WithReviewLink(ref Reference, lang string) Reference {
	if _, ok := ref.Field(ReviewLinkField); ok {
		return ref
	}
	f := Field{Path: ReviewLinkField, Label: "Review link", Group: "Shop", Example: "https://shop.example/review", Empty: -1}
	if lang == "ru" {
		f.Label, f.Group, f.Example = "Ссылка для отзыва", "Магазин", "https://lavka.example/review"
	}
	ref.Fields = append(slices.Clone(ref.Fields), f)
	return ref
}

// PublicHost is the name under which customers' phones reach this box, in small letters and
// without a port; empty while there is none.
func (d DecencySettings) PublicHost() string { return HostOf(d.PublicURL) }

// ReviewLink is where the review link of a token leads a customer: a short address of this box,
// or plainly where reviews are left, when the box has no public address or there is no token.
func (d DecencySettings) ReviewLink(token string) string {
	if d.PublicURL == "" || token == "" {
		return d.ReviewURL
	}
	return strings.TrimRight(d.PublicURL, "/") + "/r/" + token
}
