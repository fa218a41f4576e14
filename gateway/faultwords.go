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
	"SQLITE_CORRUPT":   damagedWords,
	"DATABASE_corrupt": damagedWords,
	FaultDiskLow: {
		"На диске устройства мало места. Новые рассылки не принимаются, заказы и ответы идут как обычно. Освободите место.",
		"The box's disk has little room left. New mailings are refused, orders and replies go on as usual. Free some space.",
	},
	FaultDiskReserve: {
		"На диске устройства кончилось место, Vestnik работает на своём запасе: заказы и ответы ещё идут, рассылки не принимаются. Освободите место сейчас: когда кончится и запас, сообщения остановятся.",
		"The box's disk is full, Vestnik lives on its reserve: orders and replies still go, mailings are refused. Free some space now: when the reserve is used up, messages stop.",
	},
	FaultDiskReadOnly: {
		"Диск устройства стал доступен только для чтения, так бывает после ошибок карты памяти. Сообщения не отправляются. Перезапустите устройство; если не поможет, замените карту.",
		"The box's disk has become read-only, as happens after errors of a memory card. No messages are sent. Restart the box; if that does not help, replace the card.",
	},
}

var damagedWords = [2]string{
	"База данных повреждена. Сообщения не отправляются, ничего не отправится дважды. Восстановите последнюю копию: vestnik restore.",
	"The database is damaged. No messages are sent, and none is sent twice. Restore the last backup: vestnik restore.",
}
