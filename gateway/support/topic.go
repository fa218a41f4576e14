package support

import (
	"slices"
	"strings"
	"unicode"

	"vestnik/gateway/card"
)

// The topics' codes.
const (
	TopicDelivery  = "delivery"
	TopicPayment   = "payment"
	TopicReturn    = "return"
	TopicProduct   = "product"
	TopicStatus    = "status"
	TopicPrice     = "price"
	TopicComplaint = "complaint"
	TopicOther     = "other"
)

// topic is what a ticket may be about. A cue is one or several beginnings of words that all
// have to be there; the more, the more it counts.
type topic struct {
	code   string
	ru, en string
	cues   []string
}

// topics stand in the order in which they count when as many cues speak for several.
var topics = []topic{
	{TopicComplaint, "Жалоба", "Complaint", []string{"жалоб", "пожалов", "претензи", "возмут", "ужасн", "обман", "мошенн", "недовол", "безобраз", "хамств", "нагруб", "complain", "terribl", "scam", "rude", "angry", "unacceptab", "disappoint"}},
	{TopicReturn, "Возврат и обмен", "Return and exchange", []string{"возврат", "вернут", "верну", "обменят", "обмен", "брак", "бракован", "дефект", "не подош", "не работа", "сломал", "return", "exchang", "defect", "broken", "faulty", "does not fit", "doesn fit"}},
	{TopicPayment, "Оплата", "Payment", []string{"оплат", "оплач", "плат", "списал", "деньг", "чек", "счет", "реквизит", "рассрочк", "картой", "refund", "payment", "paid", "pay", "invoice", "receipt", "charged", "card declin"}},
	{TopicPrice, "Цены и скидки", "Prices and discounts", []string{"скидк", "промокод", "купон", "акци", "цен", "стоимост", "дешевл", "бонус", "балл", "discount", "promo", "coupon", "price", "voucher", "cheaper"}},
	{TopicDelivery, "Доставка", "Delivery", []string{"достав", "курьер", "пвз", "пункт выдач", "самовывоз", "постамат", "сдэк", "boxberry", "почт", "посылк", "deliver", "courier", "shipping", "shipment", "parcel", "pickup"}},
	{TopicStatus, "Где заказ", "Where the order is", []string{"где заказ", "статус заказ", "статус", "когда прид", "отслед", "трек", "до сих пор", "долго жд", "where order", "order status", "status", "track", "when arriv", "still wait"}},
	{TopicProduct, "Товар", "Product", []string{"размер", "налич", "характеристик", "цвет", "модел", "инструкц", "гаранти", "состав", "совместим", "комплект", "размерн", "подскаж товар", "какой лучше", "size", "in stock", "colour", "color", "model", "manual", "warranty", "material", "compatib"}},
}

// Topics are the codes of all topics.
func Topics() []string {
	codes := make([]string, 0, len(topics)+1)
	for _, t := range topics {
		codes = append(codes, t.code)
	}
	return append(codes, TopicOther)
}

// TopicWord is a topic in a few words of language lang ("ru", or English for any other).
func TopicWord(code, lang string) string {
	i := slices.IndexFunc(topics, func(t topic) bool { return t.code == code })
	switch {
	case i < 0 && lang == "ru":
		return "Другое"
	case i < 0:
		return "Other"
	case lang == "ru":
		return topics[i].ru
	}
	return topics[i].en
}

// TopicOf tells what a text is about: the topic for which most cues speak.
func TopicOf(text string) string {
	words := wordsOf(text)
	best, most := TopicOther, 0
	for _, t := range topics {
		score := 0
		for _, cue := range t.cues {
			stems := strings.Fields(cue)
			if allBegin(words, stems) {
				score += len(stems)
			}
		}
		if score > most {
			best, most = t.code, score
		}
	}
	return best
}

func wordsOf(text string) []string {
	return strings.FieldsFunc(strings.ReplaceAll(strings.ToLower(text), "ё", "е"), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// allBegin tells whether for each stem there is a word that begins with it. A short stem has to
// be nearly the whole word.
func allBegin(words, stems []string) bool {
	for _, s := range stems {
		n := len([]rune(s))
		fits := func(w string) bool {
			return strings.HasPrefix(w, s) && (n >= 4 || len([]rune(w)) <= n+2)
		}
		if !slices.ContainsFunc(words, fits) {
			return false
		}
	}
	return true
}

// mostProducts is how many products a ticket is counted for.
const mostProducts = 3

// productsIn are the products of a customer's orders that a text names: those whose names have
// most words in common with it.
func productsIn(text string, orders []card.Order) []string {
	words := wordsOf(text)
	var found []string
	best := 0
	for _, o := range orders {
		for _, item := range o.Items {
			score := namedIn(words, item.Name)
			switch {
			case score == 0 || slices.Contains(found, item.Name):
			case score > best:
				found, best = []string{item.Name}, score
			case score == best:
				found = append(found, item.Name)
			}
		}
	}
	return found[:min(len(found), mostProducts)]
}

// namedIn counts a name's words that stand in a text, the first of them twice: it is mostly
// what the thing is. Fewer than two of many are chance.
func namedIn(words []string, name string) int {
	score, of := 0, 0
	for i, w := range wordsOf(name) {
		n := len([]rune(w))
		if n < 3 {
			continue
		}
		of++
		if allBegin(words, []string{stemOf(w)}) {
			score++
			if i == 0 && n >= 4 {
				score++
			}
		}
	}
	if score < 2 && of > 1 {
		return 0
	}
	return score
}

// stemOf cuts a word's ending off, as well as that goes without a grammar.
func stemOf(w string) string {
	r := []rune(w)
	switch {
	case !unicode.IsLetter(r[len(r)-1]):
		return w
	case len(r) >= 7:
		return string(r[:len(r)-2])
	case len(r) >= 5:
		return string(r[:len(r)-1])
	}
	return w
}
