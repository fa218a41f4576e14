package gateway

import (
	"errors"
	"io"
	"strings"
	"testing"
	"time"
)

func TestEveryBackupProblemHasASentence(t *testing.T) {
	t.Parallel()
	all := []BackupProblem{
		BackupOff, BackupWeak, BackupExists, BackupInside, BackupNoFolder, BackupNoRight, BackupNoRoom, BackupGone, BackupDamaged, BackupFailed,
		BackupDisturbed, BackupNone, BackupNotOurs, BackupWrongPass, BackupCut, BackupBroken, BackupNewer, BackupDiffers, BackupRunning, BackupHalf,
	}
	if len(all) != len(backupWords) {
		t.Errorf("%d problems, %d sentences", len(all), len(backupWords))
	}
	for _, p := range all {
		f := &BackupFault{Problem: p, Path: "/mnt/stick/a.age", Need: 5 << 20, Free: 1 << 20, Version: "9.9", Err: io.EOF}
		for _, lang := range []string{"ru", "en"} {
			for _, args := range []Args{f.Args(), nil} {
				if s := p.Sentence(args, lang); len(s) < 11 || strings.ContainsAny(s, "[]") || args != nil && strings.Contains(s, "{") {
					t.Errorf("%s/%s: %q", p, lang, s)
				}
			}
			c := Chore{Name: ChoreBackup, Detail: f.Args()}
			if s := BackupChoreSentence(c, lang, time.UTC); s != p.Sentence(f.Args(), lang) {
				t.Errorf("%s: %q", p, s)
			}
		}
		if !errors.Is(f, io.EOF) || !strings.HasSuffix(f.Error(), "(EOF)") {
			t.Errorf("%q", f.Error())
		}
	}
	if a := BackupFaultArgs(io.EOF); a["problem"] != string(BackupFailed) {
		t.Error(a)
	}
	ok := Chore{Name: ChoreRehearsal, OK: true, Detail: Args{"made_at": "2026-11-20T00:00:00Z", "messages": "12"}}
	if s := BackupChoreSentence(ok, "en", time.UTC); s != "The backup of 20.11 00:00 was restored for a trial: all of it is there, messages: 12." {
		t.Error(s)
	}
}
