package gateway

import (
	"errors"
	"strconv"
	"strings"
)

// Sentence is the problem in words of language lang.
func (p Problem) Sentence(lang string) string {
	pair, ok := problemWords[p]
	if !ok {
		return string(p)
	}
	if lang == "ru" {
		return pair[0]
	}
	return pair[1]
}

var problemWords = map[Problem][2]string{
	ProblemRequired:    {"Заполните это поле.", "This is needed."},
	ProblemTooLong:     {"Слишком длинно.", "This is too long."},
	ProblemNotURL:      {"Это не адрес сайта. Пример: https://магазин.retailcrm.ru", "This is no web address. Example: https://shop.retailcrm.ru"},
	ProblemNotHTTPS:    {"Адрес должен начинаться с https://", "The address must begin with https://"},
	ProblemTimezone:    {"Такого часового пояса нет. Пример: Europe/Moscow", "There is no such time zone. Example: Europe/Moscow"},
	ProblemRegion:      {"Такой страны нет. Пример: RU", "There is no such country. Example: RU"},
	ProblemLanguage:    {"Язык может быть ru или en.", "The language is ru or en."},
	ProblemRange:       {"Число вне допустимых границ.", "The number is out of range."},
	ProblemCode:        {"Код может состоять из латинских букв, цифр, дефиса и подчёркивания.", "A code has Latin letters, digits, hyphens and underscores only."},
	ProblemUnknown:     {"Такого значения нет.", "There is no such value."},
	ProblemDuplicate:   {"Это уже есть.", "This is there already."},
	ProblemTemplate:    {"В тексте ошибка.", "The text has an error."},
	ProblemPIN:         {"PIN — это 4–8 цифр.", "A PIN has 4 to 8 digits."},
	ProblemWeak:        {"Пароль должен быть не короче 10 знаков.", "The password needs at least 10 characters."},
	ProblemUnknownCode: {"Такого статуса больше нет в RetailCRM.", "RetailCRM has no such status any more."},
	ProblemInsideData:  {"Эта папка лежит среди данных самого устройства: восстановление убрало бы её в сторону. Оставьте поле пустым или назовите папку на флешке.", "This folder lies among the box's own data: a restore would set it aside. Leave the field empty, or name a folder on a USB stick."},
	ProblemFolder:      {"Нужен полный путь к папке, например /mnt/usb.", "Write the whole path of the folder, such as /mnt/usb."},
	ProblemPassphrase:  {"Слишком коротко: нужно хотя бы 12 знаков.", "Too short: it needs at least 12 characters."},
	ProblemDiffer:      {"Не совпадает с тем, что введено выше.", "Not the same as what was typed above."},
	ProblemNotOrigin:   {"Нужно только имя, без того, что идёт после косой черты. Пример: https://go.lavka.ru", "Only the name is needed, without what follows the slash. Example: https://go.shop.com"},
	ProblemNotName:     {"Нужно имя, а не IP-адрес: по IP-адресу открывается всё устройство.", "A name is needed, not an IP address: by its IP address the whole box can be opened."},
	ProblemStaffHost:   {"Под этим именем устройство открывают сотрудники. Для клиентов нужно другое имя: под ним не откроется ничего, кроме коротких ссылок.", "Your own people open the box under this name. Customers need another one: nothing but short links opens under it."},
	ProblemLoop:        {"Этот адрес ведёт обратно к короткой ссылке. Укажите страницу с отзывами.", "This address leads back to the short link. Give the page of reviews."},
	ProblemNoLink:      {"В тексте нет ссылки на отзыв: вставьте поле «Ссылка для отзыва».", "The text lacks the review link: put in the field “Review link”."},
}

// TemplateSentence says in words what is wrong with a template and where; "" for an
// error of another kind.
func TemplateSentence(err error, lang string) string {
	var e *TemplateError
	if !errors.As(err, &e) {
		return ""
	}
	words := templateWords[e.Problem]
	text := words[1]
	if lang == "ru" {
		text = words[0]
	}
	text = strings.NewReplacer("{what}", e.What, "{at}", strconv.Itoa(e.At), "{max}", strconv.Itoa(MaxTemplate)).Replace(text)
	if e.Nearest != "" {
		if lang == "ru" {
			return text + " Может быть, {{" + e.Nearest + "}}?"
		}
		return text + " Did you mean {{" + e.Nearest + "}}?"
	}
	return text
}

var templateWords = map[TemplateProblem][2]string{
	TemplateEmpty:        {"Напишите текст сообщения.", "Write the text of the message."},
	TemplateTooLong:      {"Текст длиннее {max} знаков (сейчас {what}).", "The text is longer than {max} characters ({what} now)."},
	TemplateOpen:         {"Место «{what}» (знак {at}) не закрыто: не хватает }}.", "The place “{what}” (character {at}) is not closed: }} is missing."},
	TemplateStray:        {"Лишние }} (знак {at}).", "There are stray }} (character {at})."},
	TemplateBadPath:      {"«{what}» (знак {at}) — не имя поля. Выберите поле из списка.", "“{what}” (character {at}) is not the name of a field. Pick one from the list."},
	TemplateBadFilter:    {"В «{what}» (знак {at}) после черты может стоять только default:\"…\".", "In “{what}” (character {at}) only default:\"…\" may follow the bar."},
	TemplateUnknownField: {"Поля «{what}» (знак {at}) нет в вашей RetailCRM.", "Your RetailCRM has no field “{what}” (character {at})."},
}
