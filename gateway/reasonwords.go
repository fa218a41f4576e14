package gateway

// reasonWords has the Russian and the English sentence of each reason. {name} is
// filled from Args; a group in square brackets is left out when a place in it has
// no value.
var reasonWords = map[Reason][2]string{
	StatusReached:   {"Заказ {order} перешёл в статус «{status}»[ ({changed_at})].", "Order {order} reached the status “{status}”[ ({changed_at})]."},
	RuleMatched:     {"Сработало правило «{rule}».", "The rule “{rule}” applies."},
	RuleOff:         {"Правило «{rule}» выключено.", "The rule “{rule}” is switched off."},
	AlreadySent:     {"По этому заказу правило «{rule}» уже отправляло сообщение: один раз на заказ.", "The rule “{rule}” has already written about this order: once per order."},
	StatusPassed:    {"Заказ уже в другом статусе[: «{now}»], сообщение потеряло смысл.", "The order has already moved on[ to “{now}”], the message would be pointless."},
	OwnChange:       {"Статус изменил сам Vestnik.", "Vestnik itself changed the status."},
	OrderGone:       {"Заказа больше нет в RetailCRM.", "The order no longer exists in RetailCRM."},
	OrderUnreadable: {"RetailCRM так и не отдала этот заказ[ ({error})].", "RetailCRM never gave this order out[ ({error})]."},
	TooOld:          {"Статус изменился слишком давно[ ({changed_at})].", "The status changed too long ago[ ({changed_at})]."},
	NoPhone:         {"В заказе нет телефона.", "The order has no phone number."},
	BadPhone:        {"Телефон в заказе не похож на настоящий: {problem}.", "The phone number in the order is not valid: {problem}."},
	Landline:        {"Это городской или служебный номер, SMS на него не дойдёт.", "This is a landline or service number, an SMS cannot reach it."},
	FieldMissing:    {"В заказе не заполнено: {fields}. Правило просит в таком случае не отправлять.", "The order lacks: {fields}. The rule says not to send then."},
	FieldLeftOut:    {"В заказе не заполнено: {fields}. Отправлено без этого.", "The order lacks: {fields}. Sent without it."},
	TextEmpty:       {"Текст получился пустым.", "The text came out empty."},
	TextTooLong:     {"Текст слишком длинный для SMS: {parts} частей, можно {max}.", "The text is too long for SMS: {parts} parts, {max} are allowed."},
	BadTemplate:     {"В тексте правила ошибка: {error}.", "The rule's text has an error: {error}."},
	ChannelsOff:     {"Все каналы этого правила выключены.", "All channels of this rule are switched off."},
	FromAPI:         {"Пришло через API[ ({user})].", "Came by the API[ ({user})]."},
	FromTest:        {"Пробное сообщение[ ({user})].", "Test message[ ({user})]."},

	InQueue:         {"Ждёт своей очереди.", "Waiting for its turn."},
	HeldHours:       {"Ждёт разрешённых часов, до {until_at}.", "Waiting for the allowed hours, until {until_at}."},
	HeldUntil:       {"Отложено до {until_at}.", "Put off until {until_at}."},
	HeldPerson:      {"Отложено, ждёт решения человека.", "Held for a person to decide."},
	WaitingLink:     {"Ждёт связи, {channel}: {state}.", "Waiting for the link, {channel}: {state}."},
	CapHour:         {"Часовой лимит канала ({limit}) исчерпан, ждёт до {until_at}.", "The channel's hourly limit ({limit}) is used up, waiting until {until_at}."},
	CapDay:          {"Суточный лимит канала ({limit}) исчерпан, ждёт до {until_at}.", "The channel's daily limit ({limit}) is used up, waiting until {until_at}."},
	CapNewChats:     {"Лимит новых чатов ({limit} в сутки) исчерпан.", "The limit of new chats ({limit} a day) is used up."},
	NewChatsLocked:  {"WhatsApp временно не даёт начинать новые чаты[ (до {until_at})].", "WhatsApp does not allow new chats for a time[ (until {until_at})]."},
	NetworkBusy:     {"Сеть просит подождать[ до {until_at}].", "The network asks to wait[ until {until_at}]."},
	HeldClock:       {"Часы устройства неверны[ (они показывали {clock_at})]: пока они не поправятся, ничего не отправляется.", "The box's clock is wrong[ (it said {clock_at})]: nothing is sent until it is right."},
	ClockIsRight:    {"Часы снова верны.", "The clock is right again."},
	OnWhatsApp:      {"Номер есть в WhatsApp[ ({source}, {checked_at})].", "The number is on WhatsApp[ ({source}, {checked_at})]."},
	NotOnWhatsApp:   {"Номера нет в WhatsApp[ ({source}, {checked_at})].", "The number is not on WhatsApp[ ({source}, {checked_at})]."},
	PresenceUnknown: {"WhatsApp не сказал, есть ли у него этот номер.", "WhatsApp did not say whether it knows this number."},
	MovedTo:         {"Передано в {channel}.", "Handed over to {channel}."},
	LinkDownTooLong: {"{channel}: связи нет ({state}).", "{channel}: no link ({state})."},
	ReceiptMissing:  {"Нет отчёта о доставке за {minutes} мин.", "No delivered receipt within {minutes} min."},
	CopyRevoked:     {"Недоставленная копия в WhatsApp отозвана.", "The undelivered WhatsApp copy was revoked."},
	CopyNotRevoked:  {"Копию в WhatsApp отозвать не удалось: она может прийти позже.", "The WhatsApp copy could not be revoked: it may still arrive."},
	NoReach:         {"Ни один канал не подошёл.", "No channel could reach the customer."},

	SendingNow:      {"Отправляется, {channel}, попытка {attempt}.", "Sending, {channel}, attempt {attempt}."},
	WasAccepted:     {"Сеть приняла, {channel}[, за {took} с].", "Accepted by the network, {channel}[, in {took} s]."},
	WasDelivered:    {"Доставлено, {channel}.", "Delivered, {channel}."},
	WasRead:         {"Прочитано, {channel}.", "Read, {channel}."},
	WasRefused:      {"{channel}: сеть отказала[ ({code})].", "{channel}: refused by the network[ ({code})]."},
	NothingLeft:     {"{channel}: не ушло, будет ещё попытка.", "{channel}: nothing left, it will be tried again."},
	Uncertain:       {"{channel}: неизвестно, ушло ли.", "{channel}: unknown whether it left."},
	SameIDAgain:     {"Отправлено ещё раз с тем же идентификатором: телефон клиента покажет его один раз.", "Sent again under the same id: the customer's phone shows it once."},
	WaitReport:      {"Ждём отчёт о доставке SMS до {until_at}.", "Waiting for the SMS delivery report until {until_at}."},
	AskPerson:       {"Неизвестно, дошло ли. Решите, отправлять ли ещё раз.", "Unknown whether it arrived. Decide whether to send it again."},
	NeverLeft:       {"Устройство проверило свои записи: ничего не ушло. Отправим.", "The box looked into its own records: nothing had left. It goes out now."},
	HadLeft:         {"Устройство проверило свои записи: сеть приняла сообщение.", "The box looked into its own records: the network had taken it."},
	RestGoes:        {"Из {parts} SMS ушло {sent}; отправим остальные.", "{sent} of {parts} SMS had left; the others go out now."},
	TwiceAllowed:    {"Отчёта нет. По настройке магазина отправим ещё раз: SMS может прийти дважды.", "No report came. As the shop has set, it is sent again: the SMS may arrive twice."},
	LeftUnknown:     {"Отчёта нет. По настройке магазина второй раз не отправляем: SMS могла не дойти.", "No report came. As the shop has set, it is not sent again: the SMS may not have arrived."},
	LeftByPerson:    {"Решено больше не отправлять[ ({user})]. Дошло ли, неизвестно.", "It was decided not to send it again[ ({user})]. Whether it arrived is unknown."},
	LateReceipt:     {"Пришёл поздний отчёт: доставлено, {channel}.", "A late receipt came: delivered, {channel}."},
	SMSNotDelivered: {"Сеть не доставила SMS[ ({code})].", "The network did not deliver the SMS[ ({code})]."},
	WasExpired:      {"Срок вышел, сообщение уже не нужно.", "Its time ran out, the message is no longer of use."},
	WasCancelled:    {"Отменено[ ({user})].", "Cancelled[ ({user})]."},
	SentAgain:       {"Отправлено ещё раз[ ({user})].", "Sent again[ ({user})]."},
	BoxRestarted:    {"Устройство выключилось во время отправки.", "The box went down while sending."},
	OrderMarked:     {"Отметка WhatsApp на заказе: {value}.", "WhatsApp mark on the order: {value}."},
	EffectWaits:     {"RetailCRM не приняла отметку, будет ещё попытка[ {until_at}][: {error}].", "RetailCRM did not take the mark, it will be tried again[ {until_at}][: {error}]."},
	EffectRefused:   {"RetailCRM отказалась принять отметку[: {error}].", "RetailCRM refused the mark[: {error}]."},
	EffectAgain:     {"Отметку попробуем поставить ещё раз[ ({user})].", "The mark is tried once more[ ({user})]."},
	EffectGivenUp:   {"Отметку решено не ставить[ ({user})].", "The mark was given up[ ({user})]."},

	AuditReceipt: {"Проверка журнала: сохранённый отчёт не был учтён, учтён сейчас.", "Audit: a kept receipt had not been counted, it is now."},
	AuditSending: {"Проверка журнала: числилось отправляемым, но никто его не отправлял. Ушло ли оно, неизвестно.", "Audit: it was said to be on its way, but nobody was sending it. Whether it left is unknown."},
	AuditMark:    {"Проверка журнала: отметка заказа была забыта, добавлена сейчас.", "Audit: the order's mark had been forgotten, it is added now."},
	AuditEffect:  {"Проверка журнала: отметка заказа была отложена слишком далеко, делается сейчас.", "Audit: the order's mark was put off for too long, it is done now."},
	AuditUnsent:  {"Проверка журнала: попытка {attempt} считалась неудачной, но сообщение по ней дошло.", "Audit: attempt {attempt} counted as not sent, but what it sent arrived."},
	AuditUnseen:  {"Проверка журнала: судьба сообщения неизвестна, а спросить об этом забыли.", "Audit: the message's fate is unknown, and nobody had been asked about it."},

	FromBackup:     {"Взято из резервной копии от {made_at}. Оно могло уйти уже после неё, поэтому само не отправится.", "Taken from the backup of {made_at}. It may have left after that, so it is not sent by itself."},
	BackupSent:     {"Из резервной копии. Похоже, отправлять уже не нужно: {why}.", "From a backup. It seems there is no need to send it: {why}."},
	BackupUnsent:   {"Из резервной копии. В RetailCRM нет признаков, что оно ушло.", "From a backup. RetailCRM shows no sign that it left."},
	BackupUnclear:  {"Из резервной копии. Проверить, ушло ли оно, не удалось: {why}.", "From a backup. Whether it left could not be checked: {why}."},
	BackupReleased: {"Разрешено отправить после восстановления[ ({user})].", "Let go after the restore[ ({user})]."},
}

// argWords has the shown form of values that are words of ours: "name/value".
var argWords = map[string][2]string{
	"channel/whatsapp": {"WhatsApp", "WhatsApp"},
	"channel/sms":      {"SMS", "SMS"},
	"channel/chat":     {"чат", "chat"},

	"source/directory": {"спросили WhatsApp", "asked WhatsApp"},
	"source/receipt":   {"по прошлой доставке", "from an earlier delivery"},
	"source/incoming":  {"клиент писал сам", "the customer wrote"},

	"value/yes": {"есть", "yes"},
	"value/no":  {"нет", "no"},

	"problem/empty":       {"пусто", "empty"},
	"problem/letters":     {"буквы вместо цифр", "letters among the digits"},
	"problem/too_short":   {"слишком короткий", "too short"},
	"problem/too_long":    {"слишком длинный", "too long"},
	"problem/short_code":  {"короткий служебный номер", "a short service number"},
	"problem/not_in_plan": {"такого номера не бывает", "no such number can exist"},

	"why/moved":       {"заказ уже в другом статусе", "the order is in another status by now"},
	"why/marked":      {"на заказе появилась отметка WhatsApp, которой в копии не было", "the order has a WhatsApp mark that the backup did not know"},
	"why/order_gone":  {"заказа больше нет в RetailCRM", "the order no longer exists in RetailCRM"},
	"why/accepted":    {"сеть приняла его ещё до копии", "the network had taken it before the backup"},
	"why/on_its_way":  {"его как раз отправляли, когда делалась копия", "it was just being sent when the backup was made"},
	"why/no_order":    {"оно не связано с заказом", "it is about no order"},
	"why/crm_off":     {"RetailCRM не подключена", "RetailCRM is not connected"},
	"why/order_error": {"RetailCRM не отдаёт этот заказ", "RetailCRM does not give this order out"},

	"state/off":            {"выключено", "switched off"},
	"state/unpaired":       {"телефон не привязан", "no phone is linked"},
	"state/pairing":        {"идёт привязка телефона", "pairing is under way"},
	"state/connecting":     {"подключаемся", "connecting"},
	"state/unlinked":       {"телефон вышел", "the phone ended the link"},
	"state/banned":         {"номер временно заблокирован", "the number is banned for a time"},
	"state/locked":         {"новые чаты закрыты", "new chats are locked"},
	"state/outdated":       {"версия устарела", "the version is outdated"},
	"state/replaced":       {"занято другой программой", "used by another program"},
	"state/unreachable":    {"серверы недоступны", "servers unreachable"},
	"state/clock_wrong":    {"часы неверны", "the clock is wrong"},
	"state/absent":         {"модем не найден", "no modem"},
	"state/sim_missing":    {"нет SIM-карты", "no SIM card"},
	"state/sim_pin":        {"SIM просит PIN", "the SIM asks for its PIN"},
	"state/sim_puk":        {"SIM просит PUK", "the SIM asks for its PUK"},
	"state/searching":      {"ищем сеть", "searching for a network"},
	"state/denied":         {"оператор не пускает SIM", "the operator refuses the SIM"},
	"state/no_signal":      {"нет сигнала", "no signal"},
	"state/not_responding": {"модем не отвечает", "the modem does not answer"},
}

// StateWord is the state of a message in one or two words.
func StateWord(s State, lang string) string {
	pair, ok := stateWords[s]
	if !ok {
		return string(s)
	}
	if lang == "ru" {
		return pair[0]
	}
	return pair[1]
}

var stateWords = map[State][2]string{
	Held:         {"отложено", "held"},
	Queued:       {"в очереди", "queued"},
	Sending:      {"отправляется", "sending"},
	Accepted:     {"принято сетью", "accepted"},
	Delivered:    {"доставлено", "delivered"},
	Read:         {"прочитано", "read"},
	Failed:       {"не отправлено", "failed"},
	Expired:      {"просрочено", "expired"},
	Cancelled:    {"отменено", "cancelled"},
	UnknownState: {"неизвестно", "unknown"},
}
