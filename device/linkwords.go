package device

// Words is what a page says about a state: what is the case, and what the person
// can do about it ("" when nothing).
type Words struct{ What, Do string }

// LinkWords is the sentence pair for a radio's state in language lang ("ru" or "en";
// any other is read as "en").
func LinkWords(ch Channel, s LinkState, lang string) Words {
	table := smsWords
	switch ch {
	case WhatsApp:
		table = whatsappWords
	case Chat:
		table = chatWords
	}
	pair, ok := table[s]
	if !ok {
		pair = [2]Words{{What: string(s)}, {What: string(s)}}
	}
	if lang == "ru" {
		return pair[0]
	}
	return pair[1]
}

// Words is the sentence pair for the link's state, with the reason of a ban where WhatsApp told it.
func (l Link) Words(lang string) Words {
	w := LinkWords(l.Channel, l.State, lang)
	if pair, ok := banWords[l.Code]; ok && l.Channel == WhatsApp && l.State == LinkBanned {
		if w = pair[1]; lang == "ru" {
			w = pair[0]
		}
	}
	return w
}

// banWords are by the code of a ban for a time.
var banWords = map[int][2]Words{
	BanStrangers: {
		{"WhatsApp временно запретил этому номеру писать: слишком много сообщений ушло тем, у кого номера магазина нет в контактах.", "Дождитесь конца запрета. Потом начинайте меньше новых чатов в день; сообщения по заказам уходят по SMS."},
		{"WhatsApp has banned this number for a time: too many messages went to people who do not have it in their contacts.", "Wait for the ban to end, then begin fewer new chats a day. Order messages go by SMS."},
	},
	BanBlocked: {
		{"WhatsApp временно запретил этому номеру писать: его заблокировали слишком многие.", "Дождитесь конца запрета и пишите только тем, кто это ждёт. Сообщения по заказам уходят по SMS."},
		{"WhatsApp has banned this number for a time: too many people blocked it.", "Wait for the ban to end and write only to those who expect it. Order messages go by SMS."},
	},
	BanGroups: {
		{"WhatsApp временно запретил этому номеру писать: он создал слишком много групп с незнакомыми людьми.", "Дождитесь конца запрета и не создавайте таких групп на телефоне. Сообщения по заказам уходят по SMS."},
		{"WhatsApp has banned this number for a time: it made too many groups with strangers.", "Wait for the ban to end and make no such groups on the phone. Order messages go by SMS."},
	},
	BanSameText: {
		{"WhatsApp временно запретил этому номеру писать: одно и то же сообщение ушло слишком многим.", "Дождитесь конца запрета. Прежде чем продолжать рассылку, дайте ей разные тексты и пишите реже; сообщения по заказам уходят по SMS."},
		{"WhatsApp has banned this number for a time: the same message went to too many people.", "Wait for the ban to end. Give the mailing several texts and a slower pace before you go on. Order messages go by SMS."},
	},
	BanBroadcastList: {
		{"WhatsApp временно запретил этому номеру писать: слишком много сообщений ушло списком рассылки.", "Дождитесь конца запрета и не пользуйтесь списками рассылки на телефоне. Сообщения по заказам уходят по SMS."},
		{"WhatsApp has banned this number for a time: too many messages went to a broadcast list.", "Wait for the ban to end and use no broadcast lists on the phone. Order messages go by SMS."},
	},
}

var whatsappWords = map[LinkState][2]Words{
	LinkOff: {
		{"WhatsApp выключен в настройках.", "Включите его, чтобы писать в WhatsApp."},
		{"WhatsApp is switched off in the settings.", "Switch it on to write by WhatsApp."},
	},
	LinkUnpaired: {
		{"Телефон магазина ещё не привязан.", "Откройте страницу «Телефон» и наведите камеру на код."},
		{"The shop's phone is not linked yet.", "Open the page Phone and point its camera at the code."},
	},
	LinkPairing: {
		{"Ждём, пока телефон считает код.", ""},
		{"Waiting for the phone to scan the code.", ""},
	},
	LinkConnecting: {
		{"Подключаемся к WhatsApp.", ""},
		{"Connecting to WhatsApp.", ""},
	},
	LinkConnected: {
		{"WhatsApp подключён.", ""},
		{"WhatsApp is connected.", ""},
	},
	LinkUnlinked: {
		{"Телефон магазина вышел: связь с WhatsApp разорвана с телефона.", "Привяжите телефон заново. Сообщения подождут или уйдут по SMS."},
		{"The shop's phone ended the link.", "Link the phone again. Messages wait or go by SMS."},
	},
	LinkBanned: {
		{"WhatsApp временно запретил этому номеру писать.", "Дождитесь конца запрета. Сообщения по заказам уходят по SMS."},
		{"WhatsApp has banned this number for a time.", "Wait for the ban to end. Order messages go by SMS."},
	},
	LinkLocked: {
		{"WhatsApp на время запретил начинать новые чаты. Отвечать можно.", "Подождите: новым клиентам уходит SMS."},
		{"WhatsApp does not allow new chats for a time. Replies go on.", "Wait: new customers get an SMS."},
	},
	LinkOutdated: {
		{"WhatsApp больше не принимает эту версию программы.", "Обновите Vestnik."},
		{"WhatsApp no longer accepts this version.", "Update Vestnik."},
	},
	LinkReplaced: {
		{"Этой привязкой пользуется другая программа.", "Остановите вторую копию Vestnik и подключитесь снова."},
		{"Another program is using this session.", "Stop the other copy of Vestnik and connect again."},
	},
	LinkUnreachable: {
		{"Серверы WhatsApp отсюда недоступны.", "Проверьте интернет. Сообщения подождут или уйдут по SMS."},
		{"WhatsApp's servers cannot be reached from here.", "Check the internet. Messages wait or go by SMS."},
	},
	LinkClockWrong: {
		{"Часы устройства показывают неверное время, WhatsApp не подключается.", "Проверьте дату и время устройства."},
		{"The box's clock is wrong, WhatsApp does not connect.", "Check the box's date and time."},
	},
}

var smsWords = map[LinkState][2]Words{
	LinkOff: {
		{"SMS выключены в настройках.", "Включите их, чтобы писать тем, кого нет в WhatsApp."},
		{"SMS is switched off in the settings.", "Switch it on to reach those without WhatsApp."},
	},
	LinkAbsent: {
		{"Модем не найден.", "Вставьте GSM-модем в USB и подождите полминуты."},
		{"No modem found.", "Plug a GSM modem into USB and wait half a minute."},
	},
	LinkConnecting: {
		{"Модем запускается.", ""},
		{"The modem is starting.", ""},
	},
	LinkConnected: {
		{"Модем в сети.", ""},
		{"The modem is on the network.", ""},
	},
	LinkSIMMissing: {
		{"В модеме нет SIM-карты.", "Вставьте SIM-карту."},
		{"There is no SIM card in the modem.", "Insert a SIM card."},
	},
	LinkSIMPIN: {
		{"SIM-карта просит PIN.", "Введите верный PIN в настройках или снимите его в телефоне."},
		{"The SIM card asks for its PIN.", "Enter the right PIN in the settings or remove it in a phone."},
	},
	LinkSIMPUK: {
		{"SIM-карта заблокирована, нужен PUK.", "Вставьте SIM в телефон и введите PUK с пластика карты."},
		{"The SIM card is blocked and asks for its PUK.", "Put the SIM into a phone and enter the PUK."},
	},
	LinkSearching: {
		{"Модем ищет сеть.", ""},
		{"The modem is searching for a network.", ""},
	},
	LinkDenied: {
		{"Оператор не пускает эту SIM-карту в сеть.", "Проверьте, что SIM активна и на счету есть деньги."},
		{"The operator refuses this SIM card.", "Check that the SIM is active and paid for."},
	},
	LinkNoSignal: {
		{"Модем не видит сигнала.", "Переставьте модем ближе к окну или на USB-удлинитель."},
		{"The modem has no signal.", "Move the modem to a window or onto a USB cable."},
	},
	LinkNotResponding: {
		{"Модем не отвечает.", "Vestnik перезапускает его сам; если не помогло, выньте и вставьте модем."},
		{"The modem does not answer.", "Vestnik restarts it; if that does not help, unplug it and plug it in again."},
	},
}

var chatWords = map[LinkState][2]Words{
	LinkOff: {
		{"Чаты RetailCRM выключены в настройках.", "Включите их, чтобы отвечать в Telegram, VK и других мессенджерах."},
		{"RetailCRM's chats are switched off in the settings.", "Switch them on to answer in Telegram, VK and other messengers."},
	},
	LinkConnecting: {
		{"Подключаемся к чатам RetailCRM.", ""},
		{"Connecting to RetailCRM's chats.", ""},
	},
	LinkConnected: {
		{"Чаты RetailCRM подключены.", ""},
		{"RetailCRM's chats are connected.", ""},
	},
	LinkUnreachable: {
		{"Чаты RetailCRM не отвечают.", ""},
		{"RetailCRM's chats do not answer.", ""},
	},
	LinkNoChats: {
		{"В этом аккаунте RetailCRM чаты не подключены, или у ключа нет права на интеграции.", "Включите чаты в RetailCRM и право «integration_write» у ключа, или выключите чаты здесь."},
		{"This RetailCRM account has no chats, or the key lacks the right to integrations.", "Switch the chats on in RetailCRM and give the key the right integration_write, or switch chats off here."},
	},
	LinkNoAccess: {
		{"RetailCRM отозвала доступ к чатам и не даёт нового.", "Проверьте в RetailCRM, что модуль Vestnik включён, и нажмите «Подключить заново»."},
		{"RetailCRM revoked the access to its chats and gives no new one.", "See in RetailCRM that the module Vestnik is switched on, then press “Connect again”."},
	},
}
