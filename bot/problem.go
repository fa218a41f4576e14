package bot

import (
	"strings"

	"vestnik/gateway"
)

// ProblemKind is a kind of mistake in a script.
type ProblemKind string

// The mistakes.
const (
	ProblemRequired  ProblemKind = "required"
	ProblemTooLong   ProblemKind = "too_long" // detail: the limit in characters
	ProblemTooMany   ProblemKind = "too_many" // detail: the limit
	ProblemTooDeep   ProblemKind = "too_deep" // detail: the limit
	ProblemRange     ProblemKind = "out_of_range"
	ProblemDuplicate ProblemKind = "duplicate"
	ProblemTaken     ProblemKind = "taken" // detail: the phrase that another command has
	ProblemCode      ProblemKind = "bad_code"
	ProblemUnknown   ProblemKind = "unknown_value"
	ProblemLink      ProblemKind = "bad_link"
	ProblemDate      ProblemKind = "bad_date"
	ProblemTemplate  ProblemKind = "bad_template"
	ProblemPlace     ProblemKind = "bad_place" // detail: the field that cannot stand there
)

// Problem is one mistake in a script.
type Problem struct {
	Where    string // "commands[2].answer.text.ru"
	Kind     ProblemKind
	Detail   string
	Template *gateway.TemplateError // for ProblemTemplate
}

// Sentence is the problem in words of language lang ("ru", or English for any other).
func (p Problem) Sentence(lang string) string {
	if p.Template != nil {
		return gateway.TemplateSentence(p.Template, lang)
	}
	pair, ok := problemWords[p.Kind]
	if !ok {
		return string(p.Kind)
	}
	text := pair[1]
	if lang == Russian {
		text = pair[0]
	}
	return strings.ReplaceAll(text, "{detail}", p.Detail)
}

var problemWords = map[ProblemKind][2]string{
	ProblemRequired:  {"Заполните это поле.", "This is needed."},
	ProblemTooLong:   {"Слишком длинно: можно не больше {detail} знаков.", "Too long: {detail} characters at most."},
	ProblemTooMany:   {"Слишком много: можно не больше {detail}.", "Too many: {detail} at most."},
	ProblemTooDeep:   {"Списки можно вкладывать не глубже {detail} уровней: перенесите этот список выше.", "Lists go no deeper than {detail} levels: move this one up."},
	ProblemRange:     {"Число вне допустимых границ.", "The number is out of range."},
	ProblemDuplicate: {"«{detail}» в этом списке уже есть: выберите другое.", "“{detail}” is in this list already: choose another."},
	ProblemTaken:     {"Фраза «{detail}» уже есть в другом месте: бот не поймёт, что выбрать. Уберите её из одного из них.", "The phrase “{detail}” is used elsewhere already: the bot could not choose. Remove it from one of the two."},
	ProblemCode:      {"Код команды — до 40 латинских строчных букв, цифр и дефисов.", "A command's code has up to 40 small Latin letters, digits and hyphens."},
	ProblemUnknown:   {"Такого значения нет: «{detail}».", "There is no such value: “{detail}”."},
	ProblemLink:      {"Нужен адрес, который начинается с https://", "This has to be an address that begins with https://"},
	ProblemDate:      {"Это не дата: «{detail}». Пример: 2026-12-31", "This is no date: “{detail}”. Example: 2026-12-31"},
	ProblemTemplate:  {"В тексте ошибка.", "The text has an error."},
	ProblemPlace:     {"Поле {{{detail}}} здесь использовать нельзя: его значения в этот момент нет. Уберите его или выберите другое.", "The field {{{detail}}} cannot stand here: it has no value at this point. Remove it or pick another."},
}

// Problems is all that is wrong with a script. As an error it is for the technician;
// a page shows each Sentence beside its field.
type Problems []Problem

func (p Problems) Error() string {
	var b strings.Builder
	b.WriteString("bot: script")
	for _, one := range p {
		b.WriteString("; " + one.Where + ": " + string(one.Kind))
		if one.Detail != "" {
			b.WriteString(" (" + one.Detail + ")")
		}
	}
	return b.String()
}
