package sheet_test

import (
	"bytes"
	"strings"
	"testing"

	"vestnik/gateway/campaign/sheet"
)

func look(t testing.TB, data []byte) sheet.Look {
	t.Helper()
	l, err := sheet.LookAt(bytes.NewReader(data), int64(len(data)), sheet.Options{})
	must(t, err)
	return l
}

// What a manager sees already chosen when she has uploaded her file.
func TestGuesses(t *testing.T) {
	t.Parallel()
	for _, file := range []struct {
		text, guesses string
		header        bool
	}{
		{"Телефон;Имя;Город\n79161234567;Анна;Москва\n", "phone name city", true},
		{"ФИО клиента;Моб.;E-mail;№ заказа\nКлимова Анна;8 (916) 123-45-67;a@b.c;10482\n", "name phone - order", true},
		{"phone,first_name,lang,city\n+79161234567,Anna,en,Madrid\n", "phone name language city", true},
		{"Дата заказа;Номер заказа;Сумма;Контакт;Номер\n01.02.2026;10482;100;Анна;79161234567\n", "- order - - phone", true},
		{"79161234567;Анна Климова;Казань;ru\n+7 916 123-45-68;Пётр;Москва;en\n", "phone name city language", false},
		{"Анна;79161234567\nПётр;79161234568\n", "name phone", false},
		{"Доп. телефон;Телефон\n;79161234567\n79161234568;79161234569\n", "- phone", true},
		{"id;Клиент;тел\n1;553;79161234567\n2;554;89161234567", "- - phone", true},
		{"79161234567\n79161234568\n", "phone", false},
		{"abc;def\n79161234567;x\n", "phone -", true},
	} {
		l := look(t, []byte(file.text))
		var got []string
		for _, c := range l.Columns {
			guess := c.Guess
			if guess == "" {
				guess = "-"
			}
			got = append(got, guess)
		}
		if strings.Join(got, " ") != file.guesses || l.Header != file.header {
			t.Errorf("%q: got %v, header %v", file.text, got, l.Header)
		}
	}
	l := look(t, []byte("Телефон;Имя\n"+strings.Repeat("79161234567;Анна\n", 9)))
	if l.Columns[0].Name != "Телефон" || len(l.Rows) != 5 || l.Rows[0][1] != "Анна" || l.Lines != 9 {
		t.Errorf("%+v", l)
	}
	wantProblem(t, l.Check(0, 2), sheet.NoColumn)
	must(t, l.Check(0, 1))
}

func TestLookAtWorkbook(t *testing.T) {
	t.Parallel()
	data := workbookOf(`<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row><row r="2"><c r="A2"><v>79161234567</v></c><c r="B2" t="s"><v>2</v></c></row>`+
		`<row r="9"><c r="C9"><f>A1</f></c></row>`, "Телефон", "Имя", "Анна").bytes(t)
	l := look(t, data)
	if l.Kind != "xlsx" || l.Encoding != "" || !l.Header || l.Lines != 1 || l.Columns[0].Guess != "phone" || l.Columns[1].Guess != "name" || l.Rows[0][0] != "79161234567" {
		t.Errorf("%+v", l)
	}
}

func TestPasted(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"79161234567": "1: 79161234567|",
		"+7 (916) 123-45-67 Анна Климова":      "1: +7 (916) 123-45-67|Анна Климова",
		"Анна Климова 8 916 123 45 67":         "1: 8 916 123 45 67|Анна Климова",
		"Анна;79161234567":                     "1: 79161234567|Анна",
		"79161234567,Климова,Анна":             "1: 79161234567|Климова Анна",
		"Анна\t+7-916-123-45-67":               "1: +7-916-123-45-67|Анна",
		"79161234567 – Анна, Москва":           "1: 79161234567|Анна Москва",
		"\n79161234567\r\n\r\n79161234568\r":   "2: 79161234567|\n4: 79161234568|",
		"79161234567, 79161234568":             "1: 79161234567|\n1: 79161234568|",
		"просто имя":                           "1: |просто имя",
		"Иван 3":                               "1: |Иван 3",
		"1. Анна 79161234567":                  "1: 79161234567|1. Анна",
		"\"Анна\" <79161234567>":               "1: 79161234567|Анна\" < >",
		"8(916)1234567":                        "1: 8(916)1234567|",
		"(916) 123-45-67 Пётр":                 "1: (916) 123-45-67|Пётр",
		strings.Repeat("x", 70_000) + "\n7916": "1: row_too_long\n2: |7916",
	} {
		r, err := sheet.Pasted(text)
		must(t, err)
		got, err := rest(t, r)
		must(t, err)
		if got != want {
			t.Errorf("%.60q: got\n%s\nwant\n%s", text, got, want)
		}
	}
	_, err := sheet.Pasted(" \n\t")
	wantProblem(t, err, sheet.Empty)
	_, err = sheet.Pasted(strings.Repeat("7", sheet.MaxSize+1))
	wantProblem(t, err, sheet.TooBig)
}
