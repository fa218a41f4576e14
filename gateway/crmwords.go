package gateway

import "strings"

// CRMSentence says how the connection to the CRM stands and what to do about it.
func CRMSentence(s CRMStatus, lang string) string {
	pair, ok := crmWords[s.State]
	if !ok {
		return string(s.State)
	}
	text := pair[1]
	if lang == "ru" {
		text = pair[0]
	}
	return strings.ReplaceAll(text, "{rights}", strings.Join(s.Missing, ", "))
}

var crmWords = map[CRMState][2]string{
	CRMOff:          {"RetailCRM ещё не подключена. Укажите адрес и ключ в настройках.", "RetailCRM is not connected yet. Give its address and key in the settings."},
	CRMConnecting:   {"Подключаемся к RetailCRM.", "Connecting to RetailCRM."},
	CRMConnected:    {"RetailCRM подключена.", "RetailCRM is connected."},
	CRMUnreachable:  {"RetailCRM не отвечает. Проверьте интернет; заказы не потеряются и обработаются потом.", "RetailCRM does not answer. Check the internet; no order is lost, all are handled later."},
	CRMNotCRM:       {"По этому адресу нет аккаунта RetailCRM. Проверьте адрес: он как в браузере, когда вы открываете CRM.", "There is no RetailCRM account at this address. Check it: it is what the browser shows when you open the CRM."},
	CRMWrongKey:     {"RetailCRM не приняла ключ. Скопируйте его ещё раз: Настройки → Интеграция → Ключи доступа к API.", "RetailCRM refused the key. Copy it again: Settings → Integration → API keys."},
	CRMMissingRight: {"Ключу не хватает прав: {rights}. Добавьте их: Настройки → Интеграция → Ключи доступа к API.", "The key lacks rights: {rights}. Add them: Settings → Integration → API keys."},
	CRMFailing:      {"RetailCRM отвечает ошибками. Заказы не потеряются и обработаются потом.", "RetailCRM answers with errors. No order is lost, all are handled later."},
}
