package app

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Backups that the box makes by itself are named by their moment in UTC, and only
// files of such a name are ever deleted.
const (
	backupPrefix = "vestnik-"
	backupSuffix = ".age"
	backupLayout = "20060102-150405"
)

func backupName(at time.Time) string {
	return backupPrefix + at.UTC().Format(backupLayout) + backupSuffix
}

// keptFile is one backup in the folder.
type keptFile struct {
	Name string
	At   time.Time
	Size int64 // bytes
}

// keptFiles are the backups in a folder, newest first.
func keptFiles(folder string) ([]keptFile, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	var list []keptFile
	for _, e := range entries {
		middle, ok := strings.CutPrefix(e.Name(), backupPrefix)
		middle, ok2 := strings.CutSuffix(middle, backupSuffix)
		at, err := time.Parse(backupLayout, middle)
		if !ok || !ok2 || err != nil || !e.Type().IsRegular() {
			continue
		}
		info, err := e.Info()
		if err != nil {
			continue // it has just gone
		}
		list = append(list, keptFile{Name: e.Name(), At: at, Size: info.Size()})
	}
	slices.SortFunc(list, func(a, b keptFile) int { return b.At.Compare(a.At) })
	return list, nil
}

// The rule of keeping: the newest of each of the last 7 days, the newest of each of the
// last 4 weeks, and nothing that is older than 30 days: what a customer had erased must not
// lie about for ever. The newest of all stays however old it is: it would be the only
// way back.
const (
	keepDays  = 7
	keepWeeks = 4
	keepAtAll = 30 * 24 * time.Hour
)

// outdated are those that the rule of keeping lets go, by the days of the shop's zone.
// A file from the future was made while the clock was wrong, then or now: it stays until
// its time has come, and takes nobody's place, or the one made today would go for it.
func outdated(list []keptFile, now time.Time, zone *time.Location) []keptFile {
	days, weeks := map[string]bool{}, map[[2]int]bool{}
	newest := newestSound(list, now)
	var gone []keptFile
	for _, f := range list { // newest first
		if f.At.After(now) {
			continue
		}
		local := f.At.In(zone)
		year, week := local.ISOWeek()
		day := local.Format(time.DateOnly)
		keep := false
		if !days[day] && len(days) < keepDays {
			days[day], keep = true, true
		}
		if !weeks[[2]int{year, week}] && len(weeks) < keepWeeks {
			weeks[[2]int{year, week}], keep = true, true
		}
		if now.Sub(f.At) > keepAtAll {
			keep = false
		}
		if !keep && f != newest {
			gone = append(gone, f)
		}
	}
	return gone
}

// newestSound is the newest of a list, newest first, that is not from the future; the
// first when all are, and none of an empty list.
func newestSound(list []keptFile, now time.Time) (newest keptFile) {
	for _, f := range list {
		if !f.At.After(now) {
			return f
		}
	}
	if len(list) > 0 {
		newest = list[0]
	}
	return newest
}

// sweep deletes what the rule of keeping lets go, and what a power cut left half
// written.
func sweep(folder string, now time.Time, zone *time.Location) error {
	list, err := keptFiles(folder)
	if err != nil {
		return err
	}
	for _, f := range outdated(list, now, zone) {
		if err := os.Remove(filepath.Join(folder, f.Name)); err != nil {
			return err
		}
	}
	halves, err := filepath.Glob(filepath.Join(folder, backupPrefix+"*"+backupSuffix+".partial"))
	for _, name := range halves {
		if info, err := os.Stat(name); err == nil && now.Sub(info.ModTime()) > time.Hour {
			_ = os.Remove(name)
		}
	}
	return err
}
