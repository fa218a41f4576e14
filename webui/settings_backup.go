package webui

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"vestnik/gateway"
)

func (s *Server) backupRoutes(a *fiber.App, owner fiber.Handler) {
	if s.o.Backups == nil {
		return
	}
	a.Get("/settings/backup", owner, s.showBackup)
	a.Post("/settings/backup", owner, s.postBackup)
	a.Post("/settings/backup/now", owner, s.backupNow)
	a.Get("/settings/backup/file/:name", owner, s.backupFile)
}

type backupPage struct {
	settingsFrame
	gateway.BackupStatus
	Typed    gateway.BackupSettings // as typed, or as saved
	Has      bool                   // a passphrase is kept
	Hours    []Choice
	Mood     Mood
	Says     string
	Progress int // per cent
	LastSays, RehearsedSays,
	UnusableSays string
	Listed []BackupRow
}

// BackupRow is a backup in the folder.
type BackupRow struct {
	gateway.BackupFile
	Shown string // its size
}

func (s *Server) backupPage(c *fiber.Ctx) (backupPage, error) {
	f, err := s.settingsFrame(c)
	if err != nil {
		return backupPage{}, err
	}
	p := backupPage{settingsFrame: f, Typed: f.settings.Backup, Has: f.settings.Backup.Passphrase != ""}
	if p.BackupStatus, err = s.o.Backups.BackupStatus(c.UserContext()); err != nil {
		return p, err
	}
	p.Mood, p.Says = Fine, f.words.say("backup.on", "at", f.moment(p.Next.In(f.zone)))
	switch bad := p.Failing(); {
	case !p.On:
		p.Mood, p.Says = Act, f.words.say("backup.off")
	case bad != nil:
		p.Mood, p.Says = Act, gateway.BackupChoreSentence(*bad, f.Lang, f.zone)
	}
	if p.Total > 0 {
		p.Progress = int(100 * p.Done / p.Total)
	}
	if p.Last != nil {
		p.LastSays = gateway.BackupChoreSentence(*p.Last, f.Lang, f.zone)
	}
	if p.Rehearsed != nil {
		p.RehearsedSays = gateway.BackupChoreSentence(*p.Rehearsed, f.Lang, f.zone)
	}
	if p.Unusable != nil {
		p.UnusableSays = p.Unusable.Problem.Sentence(p.Unusable.Args(), f.Lang)
	}
	for _, file := range p.Files {
		p.Listed = append(p.Listed, BackupRow{file, f.bytes(file.Size)})
	}
	p.hours()
	return p, nil
}

func (p *backupPage) hours() {
	p.Hours = nil
	for h := range 24 {
		p.Hours = append(p.Hours, Choice{strconv.Itoa(h), fmt.Sprintf("%02d:00", h), h == p.Typed.Hour})
	}
}

func (s *Server) showBackup(c *fiber.Ctx) error {
	p, err := s.backupPage(c)
	if err != nil {
		return err
	}
	return s.render(c, fiber.StatusOK, "settings_backup", p)
}

// postBackup saves where, when and with which passphrase. An empty passphrase leaves
// the kept one.
func (s *Server) postBackup(c *fiber.Ctx) error {
	p, err := s.backupPage(c)
	if err != nil {
		return err
	}
	settings := p.settings
	settings.Backup.Folder = strings.TrimSpace(c.FormValue("folder"))
	wrong := gateway.FieldErrors{}
	if settings.Backup.Hour, err = strconv.Atoi(c.FormValue("hour")); err != nil {
		wrong["backup.hour"] = gateway.ProblemRange
	}
	typed := c.FormValue("passphrase")
	switch {
	case typed != "" && typed != c.FormValue("again"):
		wrong["backup.again"] = gateway.ProblemDiffer
	case typed != "":
		settings.Backup.Passphrase = typed
	case c.FormValue("off") != "":
		settings.Backup.Passphrase = ""
	}
	if err = wrong.OrNil(); err == nil {
		err = s.o.Desk.SaveSettings(c.UserContext(), settings, visitorOf(c).User.Name)
	}
	if err != nil {
		p.Typed = settings.Backup
		p.hours()
		p.explain(err)
		return s.render(c, fiber.StatusUnprocessableEntity, "settings_backup", p)
	}
	return c.Redirect("/settings/backup?done=saved", fiber.StatusSeeOther)
}

func (s *Server) backupNow(c *fiber.Ctx) error {
	what, done := gateway.ChoreBackup, "backup_begun"
	if c.FormValue("what") == string(gateway.ChoreRehearsal) {
		what, done = gateway.ChoreRehearsal, "rehearsal_begun"
	}
	if err := s.o.Backups.StartBackup(c.UserContext(), what); err != nil {
		return err
	}
	return c.Redirect("/settings/backup?done="+done, fiber.StatusSeeOther)
}

// backupFile hands a backup out, encrypted as it lies in the folder.
func (s *Server) backupFile(c *fiber.Ctx) error {
	file, size, err := s.o.Backups.OpenBackup(c.UserContext(), c.Params("name"))
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, fiber.MIMEOctetStream)
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="`+c.Params("name")+`"`) // a name that OpenBackup knows has no quotes
	c.Context().Response.SetBodyStream(closing{file}, int(size))
	return nil
}

// closing ends a download that breaks off as quietly as one that comes to its end.
type closing struct{ io.ReadCloser }

func (r closing) Read(p []byte) (int, error) {
	n, err := r.ReadCloser.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}
