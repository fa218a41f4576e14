package sheet

import (
	"strconv"
	"strings"
)

// Sentence says to a person what is wrong and what helps, in "ru", or in English for any other.
func (p *Problem) Sentence(lang string) string {
	words, i := problemWords[p.Code], 1
	if lang == "ru" {
		i = 0
	}
	what := p.What
	if named, known := whatWords[what]; known {
		what = named[i]
	}
	return strings.NewReplacer(
		"{line}", strconv.Itoa(p.Line), "{what}", what, "{mb}", strconv.Itoa(MaxSize>>20),
		"{rows}", grouped(MaxRows, i), "{kb}", strconv.Itoa(maxRow>>10),
	).Replace(words[i])
}

// grouped writes thousands apart, as each language does.
func grouped(n, lang int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + [2]string{"\u00a0", ","}[lang] + s[i:]
	}
	return s
}

// problemWords has the sentences in Russian and in English.
var problemWords = map[Code][2]string{
	TooBig: {
		"Файл слишком большой: читаем до {mb} МБ. Разделите его на части или уберите лишние столбцы.",
		"The file is too large: up to {mb} MB are read. Split it, or take columns away that are not needed.",
	},
	TooManyRows: {
		"В файле больше {rows} строк. Разделите его на части.",
		"The file has more than {rows} rows. Split it.",
	},
	Empty: {
		"Файл пустой: в нём нет ни одной строки с данными.",
		"The file is empty: no row has anything in it.",
	},
	NotTable: {
		"Это не таблица, а {what}. Загрузите CSV или XLSX.",
		"This is no table but {what}. Upload CSV or XLSX.",
	},
	OldExcel: {
		"Это файл старого Excel (.xls или .xlsb). Откройте его и сохраните как «Книга Excel (.xlsx)» или CSV.",
		"This is a file of old Excel (.xls or .xlsb). Open it and save it as an “Excel Workbook (.xlsx)” or as CSV.",
	},
	HTMLAsExcel: {
		"Это веб-страница, которую назвали таблицей: так делают некоторые программы. Откройте файл в Excel и сохраните как «Книга Excel (.xlsx)».",
		"This is a web page under the name of a table, as some programs make it. Open it in Excel and save it as an “Excel Workbook (.xlsx)”.",
	},
	Password: {
		"Файл закрыт паролем. Сохраните его без пароля и загрузите снова.",
		"The file is protected by a password. Save it without one and upload it again.",
	},
	OpenOffice: {
		"Это таблица OpenOffice (.ods). Сохраните её как XLSX или CSV.",
		"This is a table of OpenOffice (.ods). Save it as XLSX or CSV.",
	},
	Broken: {
		"Файл повреждён или загружен не до конца. Откройте его в Excel, сохраните заново и загрузите ещё раз.",
		"The file is damaged or was not uploaded to its end. Open it in Excel, save it anew and upload it again.",
	},
	NoSheet: {
		"В книге нет листа с ячейками. Перенесите список на обычный лист.",
		"The workbook has no sheet with cells. Put the list on an ordinary sheet.",
	},
	NoEncoding: {
		"Такой кодировки мы не читаем: {what}. Выберите UTF-8, Windows-1251 или UTF-16.",
		"This encoding is not read: {what}. Choose UTF-8, Windows-1251 or UTF-16.",
	},
	NoColumn: {
		"В файле нет столбца {what}. Проверьте, что вы выбрали, или загрузите файл заново.",
		"The file has no column {what}. Check what you chose, or upload the file again.",
	},
	RowTooLong: {
		"Строка {line} слишком длинная (больше {kb} КБ или слишком много ячеек), её не читаем.",
		"Row {line} is too long (more than {kb} KB, or too many cells) and is not read.",
	},
	NoValue: {
		"Строка {line}: в ячейке {what} формула, которую никто не посчитал. Откройте файл в Excel и сохраните его.",
		"Row {line}: cell {what} has a formula that nobody has calculated. Open the file in Excel and save it.",
	},
}

// whatWords name what was found in place of a table.
var whatWords = map[string][2]string{
	"pdf":      {"документ PDF", "a PDF document"},
	"picture":  {"картинка", "a picture"},
	"document": {"текстовый документ", "a text document"},
	"archive":  {"архив", "an archive"},
	"contacts": {"визитные карточки (vCard)", "contact cards (vCard)"},
	"data":     {"файл другого рода", "a file of another kind"},
}
