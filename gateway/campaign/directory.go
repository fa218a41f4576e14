package campaign

import (
	"maps"
	"slices"
	"strings"

	"vestnik/gateway"
)

// Fields is the directory for a mailing's text: what is known of its people, by where they come
// from. ref is the CRM's vocabulary, lang "ru" or English.
func Fields(a Audience, ref gateway.Reference, s gateway.Settings) []gateway.Field {
	own := func(path, ru, en, group, groupEN, example string) gateway.Field {
		f := gateway.Field{Path: path, Label: en, Group: groupEN, Example: example, Empty: -1}
		if s.Shop.Language == "ru" {
			f.Label, f.Group = ru, group
		}
		return f
	}
	var list []gateway.Field
	switch a.Source {
	case FromCustomers, FromOrders:
		for _, f := range ref.Fields {
			if strings.HasPrefix(f.Path, "customer.") || a.Source == FromOrders && strings.HasPrefix(f.Path, "order.") {
				list = append(list, f)
			}
		}
	case FromFile:
		for _, n := range slices.Sorted(maps.Keys(a.File.Columns)) {
			name, ok := strings.CutPrefix(a.File.Columns[n], columnField)
			if path := columnPath(name); ok && path != "" {
				list = append(list, own(path, name, name, "Файл", "File", ""))
			}
		}
		for _, n := range slices.Sorted(maps.Keys(a.File.Columns)) {
			switch a.File.Columns[n] {
			case columnCity:
				list = append(list, own("customer.city", "Город", "City", "Файл", "File", ""))
			case columnOrder:
				list = append(list, own("order.number", "Номер заказа", "Order number", "Файл", "File", ""))
			}
		}
	}
	if !slices.ContainsFunc(list, func(f gateway.Field) bool { return f.Path == "customer.firstName" }) {
		list = append(list, own("customer.firstName", "Имя", "Name", "Клиент", "Customer", ""))
	}
	return append(list,
		own(FieldShopName, "Название магазина", "Shop's name", "Магазин", "Shop", s.Shop.Name),
		own(FieldReviewLink, "Ссылка для отзыва", "Review link", "Магазин", "Shop", s.Decency.ReviewURL),
	)
}

// What a column of a file may be.
const (
	columnPhone    = "phone"
	columnName     = "name"
	columnLanguage = "language"
	columnCity     = "city"
	columnOrder    = "order"
	columnField    = "field:"
)

// columnPath is how a text names a column of the shop's file; empty when its name has nothing
// that a path may have.
func columnPath(name string) string {
	clean := strings.Map(func(r rune) rune {
		switch {
		case r == '_' || r == '-' || isWordRune(r):
			return r
		case r == ' ' || r == '.' || r == '/':
			return '_'
		}
		return -1
	}, strings.TrimSpace(name))
	if clean == "" || len(clean) > 100 {
		return ""
	}
	return FieldColumn + clean
}
