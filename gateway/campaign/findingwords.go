package campaign

import (
	"strings"

	"vestnik/device"
)

// Words are what a finding means and what to do about it, in language lang ("ru", or English for
// any other).
func (f Finding) Words(lang string) device.Words {
	pair, ok := findingWords[f.Code]
	if !ok {
		return device.Words{What: string(f.Code)}
	}
	w := pair[1]
	if lang == "ru" {
		w = pair[0]
	}
	if f.Args["costly"] != "" {
		w.Do = "Replace the character “{costly}”: because of it a part holds 70 characters instead of 160."
		if lang == "ru" {
			w.Do = "Замените знак «{costly}»: из-за него в часть входит 70 знаков вместо 160."
		}
	}
	var places []string
	for key, value := range f.Args {
		if words, ok := argWords[key+"/"+value]; ok {
			if value = words[1]; lang == "ru" {
				value = words[0]
			}
		}
		places = append(places, "{"+key+"}", value)
	}
	r := strings.NewReplacer(places...)
	w.What, w.Do = r.Replace(w.What), r.Replace(w.Do)
	return w
}

var findingWords = map[FindingCode][2]device.Words{
	FoundNoText: {
		{What: "Текст не написан.", Do: "Напишите, что получат клиенты."},
		{What: "There is no text.", Do: "Write what customers are to get."},
	},
	FoundTemplate: {
		{What: "В тексте ошибка: {problem} («{what}»).", Do: "Выберите поле из списка справа или исправьте место в тексте."},
		{What: "There is a mistake in the text: {problem} (“{what}”).", Do: "Choose a field from the list, or put the place right."},
	},
	FoundNobody: {
		{What: "Эту рассылку никто не получит: все отобранные отсеяны.", Do: "Посмотрите причины в отборе и измените его."},
		{What: "Nobody would get this mailing: everybody who was found is left out.", Do: "Look at the reasons in the audience and change it."},
	},
	FoundNoAudience: {
		{What: "Получатели ещё не собраны.", Do: "Выберите, кому писать, и дождитесь конца отбора."},
		{What: "The people are not gathered yet.", Do: "Choose whom to write to and wait until that is done."},
	},
	FoundNoChannel: {
		{What: "Ни один из выбранных каналов не включён.", Do: "Включите канал в настройках или выберите другой."},
		{What: "None of the chosen channels is switched on.", Do: "Switch one on in the settings, or choose another."},
	},
	FoundNoWindow: {
		{What: "Окно рассылки никогда не открывается: его часы не совпадают с часами, в которые можно писать.", Do: "Измените дни и часы рассылки или правила приличия в настройках."},
		{What: "The mailing's window never opens: its hours lie outside those in which people may be written to.", Do: "Change the mailing's days and hours, or those in the settings."},
	},
	FoundNoConsent: {
		{What: "Реклама без согласия: у {count} получателей его нет, писать некому.", Do: "Укажите, когда и как получено согласие, или выберите тех, кто его дал."},
		{What: "Advertising without consent: {count} people have given none, nobody is left.", Do: "Say when and how they gave it, or choose those who did."},
	},
	FoundLooksLikeAd: {
		{What: "Похоже на рекламу: «{word}». Приглашение оставить отзыв обходится без согласия, реклама — нет.", Do: "Уберите рекламу или смените вид рассылки на «реклама»."},
		{What: "This looks like advertising: “{word}”. An invitation to leave a review needs no consent, advertising does.", Do: "Take it out, or make the mailing an advertising one."},
	},
	FoundNoLink: {
		{What: "Текст просит отзыв, а ссылки в нём нет.", Do: "Добавьте поле «Ссылка для отзыва»."},
		{What: "The text asks for a review and has no link.", Do: "Add the field “Review link”."},
	},
	FoundNoReviewURL: {
		{What: "В тексте есть ссылка для отзыва, но в настройках не указано, где оставляют отзывы.", Do: "Укажите адрес в настройках."},
		{What: "The text has the review link, but the settings do not say where reviews are left.", Do: "Set the address in the settings."},
	},
	FoundShortener: {
		{What: "Короткая ссылка чужого сервиса {host}: такие часто принимают за спам.", Do: "Поставьте полный адрес или поле «Ссылка для отзыва»."},
		{What: "A short link of a foreign service, {host}: such are often taken for spam.", Do: "Put the full address, or the field “Review link”."},
	},
	FoundSpamWord: {
		{What: "Слово «{word}» часто встречается в спаме.", Do: "Скажите иначе: на рассылки с такими словами чаще жалуются."},
		{What: "“{word}” is a word of many spam messages.", Do: "Say it otherwise: people complain about such messages more often."},
	},
	FoundShouting: {
		{What: "Много заглавных букв или восклицательных знаков.", Do: "Пишите спокойно, как одному человеку."},
		{What: "Many capitals or exclamation marks.", Do: "Write calmly, as to one person."},
	},
	FoundSameText: {
		{What: "Один и тот же текст уйдёт {count} людям: за это WhatsApp блокирует номера.", Do: "Обратитесь по имени или добавьте второй вариант текста."},
		{What: "The same text goes to {count} people: WhatsApp bans numbers for that.", Do: "Use the name, or add a second wording."},
	},
	FoundSMSParts: {
		{What: "По SMS это {parts} части на человека.", Do: "Сократите текст: оператор считает каждую часть."},
		{What: "By SMS this takes {parts} parts for each person.", Do: "Make it shorter: the operator charges for each part."},
	},
	FoundSMSTooLong: {
		{What: "Для SMS слишком длинно: {parts} частей, можно {max}. По SMS такой текст не уйдёт.", Do: "Сократите текст или уберите SMS из каналов."},
		{What: "Too long for SMS: {parts} parts, {max} are allowed. It would not go by SMS.", Do: "Make it shorter, or take SMS out of the channels."},
	},
	FoundManyNewChats: {
		{What: "Новых чатов понадобится {count}: при нынешнем лимите это {days} дн.", Do: "Начните с тех, кто уже писал, или разрешите SMS тем, кому сегодня писать нельзя."},
		{What: "With {count} people no chat is open yet: by the limit of new chats that takes {days} days.", Do: "Begin with those who have written before, or let the others have an SMS."},
	},
	FoundUnnamedColumn: {
		{What: "В файле нет столбца «{what}».", Do: "Выберите столбец из списка или загрузите другой файл."},
		{What: "The file has no column “{what}”.", Do: "Choose one from the list, or upload another file."},
	},
	FoundRestored: {
		{What: "Этот черновик восстановлен из резервной копии от {made_at}. Если рассылка с тех пор уже начиналась, клиенты получат её второй раз.", Do: "Проверьте, не начинали ли её раньше; если да — удалите черновик."},
		{What: "This draft was restored from a backup of {made_at}. If it was started since then, customers get it twice.", Do: "Make sure that it was not; if it was, delete the draft."},
	},
	FoundNoLanguage: {
		{What: "Среди получателей есть говорящие на языке «{language}», а текста на нём нет: они получат другой.", Do: "Добавьте текст на этом языке, если он нужен."},
		{What: "Some people speak {language}, and there is no text in it: they get the other one.", Do: "Add that text, if it is wanted."},
	},
}

var argWords = map[string][2]string{
	"language/ru":           {"русский", "Russian"},
	"language/en":           {"английский", "English"},
	"problem/too_long":      {"слишком длинный текст", "the text is too long"},
	"problem/open":          {"{{ без }}", "{{ without }}"},
	"problem/stray":         {"}} без {{", "}} without {{"},
	"problem/bad_path":      {"это не имя поля", "this is no field's name"},
	"problem/bad_filter":    {"после черты может стоять только default:\"…\"", "only default:\"…\" may stand after the bar"},
	"problem/unknown_field": {"такого поля нет", "there is no such field"},
}
