package gateway

import (
	"strings"
	"unicode"
)

// placeNoise are words that say what a place is, and not which.
var placeNoise = wordSet(`г гор город города городской го о пгт рп пос поселок п с село д дер деревня ст станица стц хутор х
	обл область области край края респ республика республики ао авт автономный автономная округ окр аобл
	муниципальный мун федерального значения улус у
	city town oblast obl region krai kray republic respublika autonomous okrug of the state province district
	de del estado provincia comunidad autonoma`)

// townMarks stand before a town's name; streetMarks, before or after what is inside of a town.
var (
	townMarks   = wordSet("г гор город пгт")
	streetMarks = wordSet(`ул улица пр просп проспект пер переулок ш шоссе наб набережная бул бульвар б-р пл площадь мкр
		микрорайон проезд аллея тракт линия кв квартал дом корп стр офис оф под подъезд эт этаж
		street avenue ave road calle avenida av colonia col`)
)

func wordSet(list string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(list) {
		set[w] = true
	}
	return set
}

// placeWords are the words of a name as people type it: in small letters, without accents,
// hyphens and dots, ё as е.
func placeWords(name string) []string {
	var b strings.Builder
	for _, r := range name {
		switch r = plainRune(unicode.ToLower(r)); {
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			b.WriteRune(r)
		case r == '\'' || r == '’' || r == '`' || unicode.Is(unicode.Mn, r):
			// Inside of a word.
		default:
			b.WriteByte(' ')
		}
	}
	return strings.Fields(b.String())
}

func plainRune(r rune) rune {
	switch r {
	case 'ё':
		return 'е'
	case 'á', 'à', 'â', 'ä', 'ã':
		return 'a'
	case 'é', 'è', 'ê', 'ë':
		return 'e'
	case 'í', 'ì', 'î', 'ï':
		return 'i'
	case 'ó', 'ò', 'ô', 'ö', 'õ':
		return 'o'
	case 'ú', 'ù', 'û', 'ü':
		return 'u'
	case 'ñ':
		return 'n'
	case 'ç':
		return 'c'
	}
	return r
}

// placeKey is a name as the tables of places have it: the words that tell which place it
// is. Districts within a region, with their adjective, tell nothing: there is a Krasnoyarsk
// district near Astrakhan.
func placeKey(words []string) string {
	kept := make([]string, 0, len(words))
	for i := 0; i < len(words); i++ {
		w := words[i]
		short := w == "р" && i+1 < len(words) && words[i+1] == "н"
		switch {
		case w == "район" || w == "рн" || short:
			if short {
				i++
			}
			if n := len(kept); n > 0 && ofPlace(kept[n-1]) {
				kept = kept[:n-1]
			} else if i+1 < len(words) && ofPlace(words[i+1]) {
				i++
			}
		case !placeNoise[w]:
			kept = append(kept, w)
		}
	}
	return strings.Join(kept, " ")
}

// ofPlace tells whether a word is an adjective as districts have.
func ofPlace(w string) bool {
	return strings.HasSuffix(w, "ий") || strings.HasSuffix(w, "ый") || strings.HasSuffix(w, "ой")
}

// placeParts are the keys of the parts of a field: "Приморский край, г. Владивосток" has
// two. What names a street is left out.
func placeParts(field string) []string {
	var keys []string
	for _, part := range strings.FieldsFunc(field, func(r rune) bool { return strings.ContainsRune(",;()\n|", r) }) {
		words := placeWords(part)
		for i, w := range words {
			if townMarks[w] && i+1 < len(words) {
				words = words[i+1:] // "Советский район г. Казань"
				break
			}
		}
		if len(words) == 0 || streetMarks[words[0]] || streetMarks[words[len(words)-1]] {
			continue
		}
		if key := placeKey(words); key != "" {
			keys = append(keys, key)
		}
	}
	return keys
}

// longestOf finds a key in a table: whole, else the longest of its beginnings that ends with
// a word.
func longestOf[V any](table map[string]V, key string) (v V, found string, ok bool) {
	for {
		if v, ok = table[key]; ok {
			return v, key, true
		}
		cut := strings.LastIndexByte(key, ' ')
		if cut < 0 {
			return v, "", false
		}
		key = key[:cut]
	}
}
