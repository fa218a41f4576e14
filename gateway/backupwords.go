package gateway

import (
	"errors"
	"strconv"
	"time"
)

// BackupProblem is why a backup or a restore did not come about.
type BackupProblem string

// The problems of making one.
const (
	BackupOff       BackupProblem = "off"         // no passphrase is set
	BackupWeak      BackupProblem = "weak"        // the passphrase is too short
	BackupExists    BackupProblem = "exists"      // path
	BackupInside    BackupProblem = "inside"      // path: in the data folder, which it is to outlive
	BackupNoFolder  BackupProblem = "no_folder"   // path
	BackupNoRight   BackupProblem = "no_right"    // path
	BackupNoRoom    BackupProblem = "no_room"     // path, need_mb, free_mb
	BackupGone      BackupProblem = "gone"        // path: the disk went away or does not work
	BackupDamaged   BackupProblem = "damaged_own" // path: what was to be copied is damaged
	BackupFailed    BackupProblem = "failed"      // anything else
	BackupDisturbed BackupProblem = "disturbed"   // the box was stopped meanwhile
)

// The problems of reading one.
const (
	BackupNone      BackupProblem = "none" // path: there is no backup
	BackupNotOurs   BackupProblem = "not_ours"
	BackupWrongPass BackupProblem = "wrong_passphrase"
	BackupCut       BackupProblem = "cut"       // it ends too early
	BackupBroken    BackupProblem = "broken"    // its contents are damaged
	BackupNewer     BackupProblem = "newer"     // version: of a newer program
	BackupDiffers   BackupProblem = "differs"   // it reads well, but not all is in it
	BackupRunning   BackupProblem = "running"   // path: a daemon holds the data folder
	BackupHalf      BackupProblem = "half_done" // path: a restore was cut short and cannot be finished
)

// BackupFault is a problem with what belongs to it.
type BackupFault struct {
	Problem    BackupProblem
	Path       string
	Need, Free uint64 // bytes
	Version    string
	Err        error // technician's words; may be nil
}

func (f *BackupFault) Error() string {
	text := f.Problem.Sentence(f.Args(), "en")
	if f.Err != nil {
		text += " (" + f.Err.Error() + ")"
	}
	return text
}

func (f *BackupFault) Unwrap() error { return f.Err }

// Args are the fault as it is kept with a chore.
func (f *BackupFault) Args() Args {
	a := Args{"problem": string(f.Problem)}
	if f.Path != "" {
		a["path"] = f.Path
	}
	if f.Version != "" {
		a["version"] = f.Version
	}
	if f.Need > 0 {
		a["need_mb"] = strconv.FormatUint(f.Need>>20+1, 10)
		a["free_mb"] = strconv.FormatUint(f.Free>>20, 10)
	}
	return a
}

// BackupFaultArgs are those of the BackupFault in err, or those of BackupFailed.
func BackupFaultArgs(err error) Args {
	var f *BackupFault
	if errors.As(err, &f) {
		return f.Args()
	}
	return Args{"problem": string(BackupFailed)}
}

// Sentence says what is wrong and what to do.
func (p BackupProblem) Sentence(args Args, lang string) string {
	words, ok := backupWords[p]
	if !ok {
		words = backupWords[BackupFailed]
	}
	text := words[1]
	if lang == "ru" {
		text = words[0]
	}
	return expand(text, func(key string) (string, bool) {
		v, ok := args[key]
		return v, ok && v != ""
	})
}

// BackupChoreSentence says how the last backup or rehearsal went.
func BackupChoreSentence(c Chore, lang string, zone *time.Location) string {
	if !c.OK {
		return BackupProblem(c.Detail["problem"]).Sentence(c.Detail, lang)
	}
	words := [2]string{"Копия сделана[: {file}][, {size_mb} МБ].", "A copy was made[: {file}][, {size_mb} MB]."}
	if c.Name == ChoreRehearsal {
		words = [2]string{
			"Копия[ от {made_at}] восстановлена на пробу: всё на месте[, сообщений: {messages}].",
			"The backup[ of {made_at}] was restored for a trial: all of it is there[, messages: {messages}].",
		}
	}
	text := words[1]
	if lang == "ru" {
		text = words[0]
	}
	return expand(text, func(key string) (string, bool) {
		v, ok := c.Detail[key]
		return shown(key, v, lang, zone), ok && v != ""
	})
}

var backupWords = map[BackupProblem][2]string{
	BackupOff: {
		"Автоматические копии выключены: не задана парольная фраза. Задайте её в настройках, раздел «Копии».",
		"Automatic backups are off: no passphrase is set. Set one in the settings, section Backups.",
	},
	BackupWeak: {
		"Парольная фраза слишком короткая: нужно хотя бы 12 знаков.",
		"The passphrase is too short: it needs at least 12 characters.",
	},
	BackupExists: {
		"Файл {path} уже есть, поверх него копия не пишется. Выберите другое имя.",
		"The file {path} exists already and is not written over. Choose another name.",
	},
	BackupInside: {
		"{path} лежит в папке данных: если она пропадёт, пропадёт и копия. Выберите папку на другом диске.",
		"{path} lies in the data folder: what takes that takes the backup too. Choose a folder on another disk.",
	},
	BackupNoFolder: {
		"Папки для копий нет[: {path}]. Вставьте диск или флешку или выберите другую папку.",
		"The folder for backups is not there[: {path}]. Plug the disk or stick in, or choose another folder.",
	},
	BackupNoRight: {
		"У Vestnik нет права писать сюда[: {path}]. Дайте ему это право или выберите другую папку.",
		"Vestnik has no right to write there[: {path}]. Give it the right or choose another folder.",
	},
	BackupNoRoom: {
		"Для копии не хватает места[: {path}][, нужно {need_mb} МБ, свободно {free_mb} МБ]. Освободите место или выберите другой диск.",
		"There is no room for the backup[: {path}][, {need_mb} MB needed, {free_mb} MB free]. Free some space or choose another disk.",
	},
	BackupGone: {
		"Диск для копий пропал или не работает[: {path}]. Проверьте, вставлен ли он, и повторите.",
		"The disk for backups went away or does not work[: {path}]. See that it is plugged in, and try again.",
	},
	BackupDamaged: {
		"База данных повреждена, поэтому копия не сделана[: {path}]. Прежние копии не тронуты: восстановите последнюю хорошую.",
		"The database is damaged, so no backup was made[: {path}]. The earlier backups are untouched: restore the last good one.",
	},
	BackupFailed: {
		"Копия не удалась. Подробности в журнале службы.",
		"The backup did not come about. The service's log has the details.",
	},
	BackupDisturbed: {
		"Устройство остановили, пока делалась копия. Она будет сделана заново.",
		"The box was stopped while the backup was being made. It is made anew.",
	},
	BackupNone: {
		"Копии нет[: {path}].",
		"There is no backup[: {path}].",
	},
	BackupNotOurs: {
		"Это не резервная копия Vestnik[: {path}].",
		"This is no backup of Vestnik[: {path}].",
	},
	BackupWrongPass: {
		"Парольная фраза не подходит к этой копии[: {path}]. Проверьте раскладку и попробуйте снова.",
		"The passphrase does not fit this backup[: {path}]. Check it and try again.",
	},
	BackupCut: {
		"Копия обрывается на середине[: {path}]: она скопирована не до конца. Возьмите другую.",
		"The backup breaks off in the middle[: {path}]: it was not copied to its end. Take another one.",
	},
	BackupBroken: {
		"Копия повреждена или скопирована не до конца[: {path}]. Возьмите другую.",
		"The backup is damaged, or was not copied to its end[: {path}]. Take another one.",
	},
	BackupNewer: {
		"Копию сделала более новая версия Vestnik[: {version}]. Установите её и повторите.",
		"The backup was made by a newer version of Vestnik[: {version}]. Install that version and try again.",
	},
	BackupDiffers: {
		"Копия читается, но в ней не всё, что было[: {path}]. Сделайте новую и проверьте диск.",
		"The backup can be read, but not all that was there is in it[: {path}]. Make a new one and check the disk.",
	},
	BackupRunning: {
		"С папкой данных сейчас работает служба Vestnik[: {path}]. Остановите её (systemctl stop vestnik) и повторите.",
		"The Vestnik service is using the data folder[: {path}]. Stop it (systemctl stop vestnik) and try again.",
	},
	BackupHalf: {
		"Прежнее восстановление оборвалось, и закончить его нельзя[: {path}]. Прежние данные целы, в папке before-restore: запустите vestnik restore ещё раз.",
		"An earlier restore was cut short and cannot be finished[: {path}]. The former data are whole, in the folder before-restore: run vestnik restore again.",
	},
}
