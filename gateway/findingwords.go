package gateway

import "vestnik/device"

// FindingWords is what a finding means and what a person can do about it, in
// language lang ("ru", or English for any other).
func FindingWords(k FindingKind, lang string) device.Words {
	pair, ok := findingWords[k]
	if !ok {
		return device.Words{What: string(k)}
	}
	if lang == "ru" {
		return pair[0]
	}
	return pair[1]
}

// Words returns the words of the finding itself: when it was mended, nothing is left
// to do.
func (f Finding) Words(lang string) device.Words {
	w := FindingWords(f.Kind, lang)
	if !f.MendedAt.IsZero() && f.Kind != UnsentDelivered { // the record is right now, what the customer has is not
		w.Do = "Уже исправлено, делать ничего не нужно."
		if lang != "ru" {
			w.Do = "It has been put right, there is nothing to do."
		}
	}
	return w
}

// What every second finding asks for: a look by somebody who knows the program.
const (
	sendCopyRU = "Сделайте резервную копию и передайте её тем, кто обслуживает устройство."
	sendCopyEN = "Make a backup and give it to those who look after the box."
)

var findingWords = map[FindingKind][2]device.Words{
	ReceiptUncounted: {
		{What: "Отчёт о доставке сохранён, но сообщение его не учло.", Do: "Устройство учтёт его само."},
		{What: "A receipt was kept, but its message did not count it.", Do: "The box counts it by itself."},
	},
	MarkMissing: {
		{What: "Сообщение ушло в WhatsApp, а отметка на заказе не поставлена в очередь.", Do: "Устройство поставит её само."},
		{What: "A message went by WhatsApp, but its order was never to be marked.", Do: "The box marks it by itself."},
	},
	SendingLost: {
		{What: "Сообщение числится отправляемым, но его никто не отправляет.", Do: "Устройство выяснит его судьбу само. Если строка остаётся, перезапустите устройство."},
		{What: "A message is said to be on its way, but nobody is sending it.", Do: "The box finds out by itself. If this line stays, restart the box."},
	},
	UnknownUnseen: {
		{What: "Неизвестно, дошло ли сообщение, и никто об этом не спрошен.", Do: "Откройте сообщение и решите, отправлять ли ещё раз."},
		{What: "Nobody knows whether a message arrived, and nobody was asked.", Do: "Open the message and decide whether to send it again."},
	},
	UnsentDelivered: {
		{What: "Попытка считалась неудачной, а сообщение по ней дошло.", Do: "Если была ещё одна попытка, клиент мог получить сообщение дважды: посмотрите его историю."},
		{What: "An attempt counted as not sent, but what it sent arrived.", Do: "If there was another attempt, the customer may have the message twice: see its story."},
	},
	EffectAsleep: {
		{What: "Отметка на заказе отложена на слишком далёкое время.", Do: "Устройство сделает её само. Проверьте часы устройства."},
		{What: "The mark on an order was put off for far too long.", Do: "The box does it by itself. Look at the box's clock."},
	},
	ChangeUndecided: {
		{What: "Смена статуса прочитана больше часа назад, а решения по ней нет.", Do: "Проверьте, открывается ли этот заказ в RetailCRM. Если да, перезапустите устройство."},
		{What: "A status change was read over an hour ago and is not decided.", Do: "See whether the order opens in RetailCRM. If it does, restart the box."},
	},
	DecisionsGone: {
		{What: "Смена статуса отмечена как решённая, но решений нет.", Do: "Проверьте, написали ли клиенту по этому заказу. " + sendCopyRU},
		{What: "A status change is marked as decided, but its decisions are not there.", Do: "See whether the customer of this order was written to. " + sendCopyEN},
	},
	DecisionAstray: {
		{What: "Решение относится к смене статуса, которой нет или которая ещё не решена.", Do: sendCopyRU},
		{What: "A decision is about a status change that is not there or not decided yet.", Do: sendCopyEN},
	},
	DecisionUnsent: {
		{What: "Решено отправить сообщение, но самого сообщения нет.", Do: "Напишите клиенту сами, если это ещё нужно. " + sendCopyRU},
		{What: "It was decided to send a message, but there is no message.", Do: "Write to the customer yourself if that is still of use. " + sendCopyEN},
	},
	MessageUndecided: {
		{What: "Сообщение есть, а решения, которое его создало, нет.", Do: "Откройте сообщение и отмените его, если оно лишнее. " + sendCopyRU},
		{What: "There is a message, but not the decision that made it.", Do: "Open the message and cancel it if it should not go out. " + sendCopyEN},
	},
	AttemptsMiscounted: {
		{What: "Число попыток у сообщения не сходится с записанными попытками.", Do: sendCopyRU},
		{What: "A message counts other attempts than were written down.", Do: sendCopyEN},
	},
	AttemptOpen: {
		{What: "Попытка отправки не закончена, хотя сообщение уже не отправляется.", Do: "Посмотрите в истории сообщения, дошло ли оно. " + sendCopyRU},
		{What: "An attempt was never ended, although its message is not being sent.", Do: "See in the message's story whether it arrived. " + sendCopyEN},
	},
	AcceptedUnproven: {
		{What: "Сообщение числится принятым сетью, но ни одна попытка это не подтверждает.", Do: "Спросите клиента или отправьте ещё раз."},
		{What: "A message counts as accepted by the network, but no attempt shows it.", Do: "Ask the customer, or send it again."},
	},
	DeliveredUnproven: {
		{What: "Сообщение числится доставленным, но отчёта о доставке нет.", Do: "Не полагайтесь на эту отметку: спросите клиента, если это важно."},
		{What: "A message counts as delivered, but there is no receipt.", Do: "Do not rely on it: ask the customer if it matters."},
	},
	UnknownUndoubted: {
		{What: "Судьба сообщения числится неизвестной, но сомнительных попыток нет.", Do: "Откройте сообщение, посмотрите его историю и решите, отправлять ли ещё раз."},
		{What: "A message counts as of unknown fate, but none of its attempts is in doubt.", Do: "Open the message, read its story and decide whether to send it again."},
	},
	QueuedButLeft: {
		{What: "Сообщение ждёт отправки, хотя, возможно, уже ушло этим же каналом.", Do: "Откройте сообщение и отмените его, если клиент его уже получил."},
		{What: "A message waits to be sent, although it may have left by the same channel.", Do: "Open the message and cancel it if the customer has it already."},
	},
	KeyAstray: {
		{What: "Ключ, который не даёт отправить сообщение дважды, не сходится с сообщением.", Do: "Посмотрите, нет ли второго такого же сообщения этому клиенту. " + sendCopyRU},
		{What: "The key that keeps a message from going out twice does not fit the message.", Do: "See whether this customer has the same message twice. " + sendCopyEN},
	},
	ChannelAstray: {
		{What: "Сообщение ждёт канала, которым его отправить нельзя.", Do: "Откройте сообщение, отмените его и напишите клиенту сами."},
		{What: "A message waits for a channel that cannot carry it.", Do: "Open the message, cancel it and write to the customer yourself."},
	},
	HeldForever: {
		{What: "Сообщение отложено до времени, которое не записано: само оно не уйдёт.", Do: "Откройте сообщение и отправьте или отмените его."},
		{What: "A message is put off until a time that is not written down: it will not go by itself.", Do: "Open the message and send or cancel it."},
	},
	AlarmUnserved: {
		{What: "К сообщению давно пора вернуться, но этого никто не делает.", Do: "Перезапустите устройство."},
		{What: "A message should have been looked at long ago, but nobody does.", Do: "Restart the box."},
	},
	HeardUnanswered: {
		{What: "Сообщение клиента больше получаса ждёт, пока до него дойдёт бот.", Do: "Ответьте клиенту сами на странице чатов. Если строка остаётся, перезапустите устройство."},
		{What: "A customer's message has waited for the bot for more than half an hour.", Do: "Answer on the page of chats yourself. If this line stays, restart the box."},
	},
	EffectAstray: {
		{What: "Отметка для RetailCRM не относится ни к одному заказу или сообщению.", Do: "Откажитесь от неё на странице сообщения, если она там есть. " + sendCopyRU},
		{What: "A mark for RetailCRM belongs to no order or message.", Do: "Drop it on the message's page if it is there. " + sendCopyEN},
	},
	DeliveryUnheard: {
		{What: "Модем получил отчёт о доставке SMS, а в журнале сообщений его нет.", Do: "Считайте, что SMS дошло, и не отправляйте его ещё раз."},
		{What: "The modem has a delivery report of an SMS that the ledger does not have.", Do: "Take the SMS as delivered, and do not send it again."},
	},
	HourAstray: {
		{What: "Указатель часов не сходится с журналом: выборки «за сутки» могут быть неточны.", Do: "На отправку это не влияет. " + sendCopyRU},
		{What: "The index of hours does not fit the journal: lists “of a day” may be wrong.", Do: "Sending is not affected. " + sendCopyEN},
	},
	ReferenceBroken: {
		{What: "Запись в базе относится к другой, которой нет.", Do: "Проверьте диск или карту памяти: так бывает, когда они портятся. " + sendCopyRU},
		{What: "A row of the database belongs to another one that is not there.", Do: "Check the disk or memory card: this happens when they wear out. " + sendCopyEN},
	},
}
