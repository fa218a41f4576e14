package gateway

import (
	"errors"

	"vestnik/device"
)

// FaultSentence says in words what is wrong with the box itself, and what to do.
func FaultSentence(err error, lang string) string {
	words := faultWords[""]
	var e *device.Error
	if errors.As(err, &e) {
		if known, ok := faultWords[e.Code]; ok {
			words = known
		}
	}
	if lang == "ru" {
		return words[0]
	}
	return words[1]
}

// faultWords has the sentences by the code of the fault; SQLite's are named as in its
// documentation of result codes.
var faultWords = map[string][2]string{
	"": {
		"Часть Vestnik остановилась и запускается снова. Сообщения подождут, ничего не потеряется. Если это не прошло за несколько минут, перезапустите устройство.",
		"A part of Vestnik has stopped and is being started again. Messages wait, nothing is lost. If this does not pass within some minutes, restart the box.",
	},
	"SQLITE_FULL": {
		"На диске устройства кончилось место. Новые сообщения не отправляются, но ничего не потеряется: освободите место, и работа продолжится сама.",
		"The box's disk is full. No new messages are sent, but nothing is lost: free some space, and the work goes on by itself.",
	},
	"SQLITE_IOERR": {
		"Диск устройства отвечает ошибками. Сообщения не отправляются. Проверьте карту памяти или диск и замените их.",
		"The box's disk answers with errors. No messages are sent. Check the memory card or disk and replace it.",
	},
	"SQLITE_CORRUPT": {
		"База данных повреждена. Сообщения не отправляются. Остановите Vestnik и восстановите папку данных из копии.",
		"The database is damaged. No messages are sent. Stop Vestnik and restore the data folder from a copy.",
	},
}
