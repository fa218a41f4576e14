package webui

import (
	"context"
	"slices"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"vestnik/device"
	"vestnik/gateway"
)

func (s *Server) heldRoutes(a *fiber.App, manager fiber.Handler) {
	if s.o.Backups == nil {
		return
	}
	a.Get("/held", s.showHeld)
	a.Get("/held/all", manager, s.askHeldAll)
	a.Post("/held/all", manager, s.heldAll)
	a.Post("/held/:id<int>", manager, s.heldOne)
}

// heldPage is what a restore held: in groups by what the CRM says about them.
type heldPage struct {
	*Frame
	Restored gateway.Restored
	Groups   []HeldGroup
	Left     int            // not compared with the CRM yet
	Only     gateway.Reason // the one group that is shown; empty: all
}

// HeldGroup are messages about which the same is known.
type HeldGroup struct {
	Reason     gateway.Reason
	Key        string // of its words
	Count      int
	Rows       []HeldRow
	More       int
	MaySend    bool // all at once
	SendFirst  bool // sending is what most will want
	MayDiscard bool
}

// HeldRow is one message.
type HeldRow struct {
	gateway.Message
	Why string
}

// heldShown is how many messages of a group are listed beside the others, and alone.
const (
	heldShown = 5
	heldAlone = 50
)

// heldReasons are the groups in the order in which a person deals with them.
var heldReasons = []gateway.Reason{gateway.BackupUnsent, gateway.BackupUnclear, gateway.BackupSent, gateway.FromBackup}

func (s *Server) showHeld(c *fiber.Ctx) error {
	f, err := s.newFrame(c, "held.title")
	if err != nil {
		return err
	}
	p := heldPage{Frame: f}
	if p.Restored, err = s.o.Backups.Restored(c.UserContext()); err != nil {
		return err
	}
	counts, err := s.o.Backups.FromBackupCounts(c.UserContext())
	if err != nil {
		return err
	}
	p.Left = counts[gateway.FromBackup]
	shown := heldShown
	if only := gateway.Reason(c.Query("group")); counts[only] > 0 {
		p.Only, shown = only, heldAlone
	}
	for _, reason := range heldReasons {
		if counts[reason] == 0 || p.Only != "" && p.Only != reason {
			continue
		}
		g, err := s.heldGroup(c.UserContext(), f, reason, counts[reason], shown)
		if err != nil {
			return err
		}
		p.Groups = append(p.Groups, g)
	}
	return s.render(c, fiber.StatusOK, "held", p)
}

func (s *Server) heldGroup(ctx context.Context, f *Frame, reason gateway.Reason, n, shown int) (HeldGroup, error) {
	g := HeldGroup{Reason: reason, Key: "held." + string(reason), Count: n}
	switch reason {
	case gateway.BackupUnsent:
		g.MaySend, g.SendFirst, g.MayDiscard = true, true, true
	case gateway.BackupUnclear:
		g.MaySend, g.MayDiscard = true, true
	case gateway.BackupSent:
		g.MayDiscard = true
	}
	list, err := s.o.Backups.FromBackup(ctx, reason, 0, shown)
	for _, m := range list {
		row := HeldRow{Message: m.Message}
		if m.Args["why"] != "" {
			row.Why = f.Says(reason, m.Args)
		}
		g.Rows = append(g.Rows, row)
	}
	g.More = max(0, n-len(g.Rows))
	return g, err
}

type heldSurePage struct {
	*Frame
	Group HeldGroup
	Send  bool
}

// askHeldAll asks before a whole group is dealt with: a page of its own, since the list
// draws itself anew all the time.
func (s *Server) askHeldAll(c *fiber.Ctx) error {
	f, err := s.newFrame(c, "held.title")
	if err != nil {
		return err
	}
	counts, err := s.o.Backups.FromBackupCounts(c.UserContext())
	if err != nil {
		return err
	}
	reason := gateway.Reason(c.Query("group"))
	if counts[reason] == 0 || !slices.Contains(heldReasons, reason) {
		return c.Redirect("/held?done=held_changed", fiber.StatusSeeOther)
	}
	p := heldSurePage{Frame: f, Send: c.Query("do") == "send"}
	if p.Group, err = s.heldGroup(c.UserContext(), f, reason, counts[reason], 1); err != nil {
		return err
	}
	return s.render(c, fiber.StatusOK, "held_sure", p)
}

// heldAll deals with a whole group, when it still is as large as the person saw it.
func (s *Server) heldAll(c *fiber.Ctx) error {
	reason := gateway.Reason(c.FormValue("group"))
	n, err := strconv.Atoi(c.FormValue("n"))
	if err != nil {
		return fiber.ErrBadRequest
	}
	by, done := visitorOf(c).User.Name, "held_sent"
	if c.FormValue("do") == "send" {
		_, err = s.o.Backups.ReleaseFromBackup(c.UserContext(), reason, n, by)
	} else {
		done = "held_discarded"
		_, err = s.o.Backups.CancelFromBackup(c.UserContext(), reason, n, by)
	}
	if device.KindOf(err) == device.Conflict {
		done, err = "held_changed", nil
	}
	if err != nil {
		return err
	}
	return c.Redirect("/held?done="+done, fiber.StatusSeeOther)
}

func (s *Server) heldOne(c *fiber.Ctx) error {
	id, _ := strconv.ParseInt(c.Params("id"), 10, 64)
	by := visitorOf(c).User.Name
	done := "held_sent"
	var err error
	if c.FormValue("do") == "send" {
		var ok bool
		if ok, err = s.o.Backups.ReleaseOne(c.UserContext(), gateway.MessageID(id), by); !ok {
			done = "held_changed"
		}
	} else {
		done = "held_discarded"
		err = s.o.Desk.Cancel(c.UserContext(), gateway.MessageID(id), by)
	}
	if device.KindOf(err) == device.Conflict {
		done, err = "held_changed", nil
	}
	if err != nil {
		return err
	}
	return c.Redirect("/held?done="+done, fiber.StatusSeeOther)
}

// heldStep is the step that stands first on the overview while messages wait because
// of a restore.
func (s *Server) heldStep(ctx context.Context, f *Frame) (*NextStep, error) {
	if s.o.Backups == nil {
		return nil, nil
	}
	counts, err := s.o.Backups.FromBackupCounts(ctx)
	n := 0
	for _, some := range counts {
		n += some
	}
	if err != nil || n == 0 {
		return nil, err
	}
	says, err := f.words.tn("held.step", n)
	return &NextStep{Sentence: says, Do: f.words.say("held.step_do"), Path: "/held", Button: f.words.say("held.step_button")}, err
}
