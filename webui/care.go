package webui

import (
	"html/template"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"vestnik/device"
	"vestnik/gateway"
)

// careCards are the cards about the box itself.
type careCards struct {
	Clock    clockCard
	Disk     diskCard
	Power    *powerCard // nil where the machine tells nothing of it
	Upkeep   upkeepCard
	Findings []FindingRow
}

type clockCard struct {
	Mood      Mood
	Says, Was string
	Now       string
	Best      string // when it is another one
	Sync      string
	MayTrust  bool
}

type diskCard struct {
	Mood                                 Mood
	Says                                 string
	Free, Total, Used, Database, Ballast string
	Part                                 template.HTML // how full it is, drawn
}

type powerCard struct {
	Mood                          Mood
	Says, Supply, Battery, Degree string
}

type upkeepCard struct {
	Mood  Mood
	Lines []UpkeepLine
}

// UpkeepLine is something that the box does for itself, and how it went the last time.
type UpkeepLine struct {
	Mood       Mood
	Name, Says string
	At         time.Time
}

// FindingRow is one of the auditor's findings.
type FindingRow struct {
	gateway.Finding
	Mood  Mood
	Words device.Words
	Path  string
}

func (s *Server) careCards(c *fiber.Ctx, f *Frame) (cards careCards, err error) {
	care, err := s.o.Desk.Care(c.UserContext())
	if err != nil {
		return cards, err
	}
	cards.Clock = clockOf(care.Clock, f)
	cards.Disk = diskOf(care, f)
	cards.Power = powerOf(care.Health, f)
	cards.Upkeep = upkeepOf(care, f)
	for _, found := range care.Findings {
		row := FindingRow{Finding: found, Mood: Act, Words: found.Words(f.Lang)}
		if !found.MendedAt.IsZero() {
			row.Mood = Fine
		}
		if found.Message != 0 {
			row.Path = "/messages/" + strconv.FormatInt(int64(found.Message), 10)
		}
		cards.Findings = append(cards.Findings, row)
	}
	return cards, nil
}

func clockMood(st gateway.ClockStatus) Mood {
	switch {
	case st.Holds, st.TrustedBy != "":
		return Act
	case st.State == gateway.ClockAlone:
		return Waiting
	}
	return Fine
}

func clockOf(st gateway.ClockStatus, f *Frame) clockCard {
	card := clockCard{
		Mood: clockMood(st), Says: st.Sentence(f.Lang, f.zone), Was: st.WasAhead(f.Lang, f.zone),
		Now: st.Now.In(f.zone).Format("02.01.2006 15:04:05"), MayTrust: st.Holds && st.State != gateway.ClockSettling,
	}
	if off := st.Best.Sub(st.Now); off > time.Minute || off < -time.Minute {
		card.Best = st.Best.In(f.zone).Format("02.01.2006 15:04")
	}
	switch {
	case !st.Sync.Known:
		card.Sync = f.words.say("device.sync_unknown")
	case st.Sync.Synchronised:
		card.Sync = f.words.say("device.sync_on")
	default:
		card.Sync = f.words.say("device.sync_off")
	}
	return card
}

func diskOf(care gateway.Care, f *Frame) diskCard {
	d := care.Health.Disk
	card := diskCard{Says: f.words.say("device.disk_unknown"), Mood: Off}
	switch care.Disk {
	case gateway.DiskFine:
		card.Mood, card.Says = Fine, f.words.say("device.disk_fine")
	case gateway.DiskLow:
		card.Mood, card.Says = Act, gateway.FaultSentence(&device.Error{Code: gateway.FaultDiskLow}, f.Lang)
	default:
		if err := gateway.DiskFault(care.Disk); err != nil {
			card.Mood, card.Says = Act, gateway.FaultSentence(err, f.Lang)
		}
	}
	if !d.Known {
		return card
	}
	card.Free, card.Total, card.Used, card.Database = f.bytes(d.Free), f.bytes(d.Total), f.bytes(d.Used), f.bytes(d.Database)
	card.Ballast = f.words.say("device.ballast_none")
	if care.Ballast > 0 {
		card.Ballast = f.bytes(care.Ballast)
	}
	if d.Total > 0 {
		card.Part = drawPart(int(100-100*d.Free/d.Total), card.Mood, f.words.say("device.disk_part", "n", 100-100*d.Free/d.Total))
	}
	return card
}

// hot is where a small computer slows itself down, in degrees Celsius.
const hot = 80

func powerOf(h device.Health, f *Frame) *powerCard {
	p := h.Power
	if !h.HasCelsius && p.Supply == device.SupplyUnknown && !p.HasBattery && !p.KnowsVoltage {
		return nil
	}
	card := &powerCard{Mood: Fine, Says: f.words.say("device.power_fine")}
	switch {
	case p.UnderVoltage:
		card.Mood, card.Says = Act, f.words.say("device.power_weak")
	case p.Supply == device.SupplyBattery:
		card.Mood, card.Says = Act, f.words.say("device.power_battery")
	case h.HasCelsius && h.Celsius >= hot:
		card.Mood, card.Says = Act, f.words.say("device.power_hot")
	}
	if p.Supply != device.SupplyUnknown {
		card.Supply = f.words.say("supply." + string(p.Supply))
	}
	if p.HasBattery {
		card.Battery = strconv.Itoa(p.Percent) + " %"
	}
	if h.HasCelsius {
		card.Degree = strconv.Itoa(int(h.Celsius+0.5)) + " °C"
	}
	return card
}

func upkeepOf(care gateway.Care, f *Frame) upkeepCard {
	card := upkeepCard{Mood: Fine}
	open := 0
	for _, found := range care.Findings {
		if found.MendedAt.IsZero() {
			open++
		}
	}
	for _, name := range []gateway.ChoreName{gateway.ChoreAudit, gateway.ChoreCheck, gateway.ChoreBackup, gateway.ChoreRehearsal} {
		c, known := care.Chores[name]
		line := UpkeepLine{Mood: Fine, Name: f.words.say("chore." + string(name)), At: c.At}
		switch {
		case name == gateway.ChoreBackup && f.settings.Backup.Passphrase == "":
			line.Mood, line.Says = Off, gateway.BackupOff.Sentence(nil, f.Lang)
		case !known:
			line.Mood, line.Says = Off, f.words.say("device.chore_never")
		case name == gateway.ChoreAudit && open > 0:
			line.Mood = Act
			line.Says, _ = f.words.tn("device.audit_found", open)
		case name == gateway.ChoreAudit:
			line.Says = f.words.say("device.audit_fine")
		case name == gateway.ChoreCheck && c.OK:
			line.Says = f.words.say("device.check_fine")
		case name == gateway.ChoreCheck:
			line.Mood, line.Says = Waiting, f.words.say("device.check_slow")
		default:
			line.Says = gateway.BackupChoreSentence(c, f.Lang, f.zone)
			if !c.OK {
				line.Mood = Act
			}
		}
		if line.Mood == Act || line.Mood == Off && card.Mood != Act && name == gateway.ChoreBackup {
			card.Mood = line.Mood
		}
		card.Lines = append(card.Lines, line)
	}
	return card
}

// bytes is a size as a person says it.
func (f *Frame) bytes(n int64) string {
	text := strconv.FormatInt((n+1<<19)>>20, 10)
	unit := "device.mb"
	switch {
	case n >= 10<<30:
		text, unit = strconv.FormatInt(n>>30, 10), "device.gb"
	case n >= 1<<30:
		text, unit = strconv.FormatFloat(float64(n)/(1<<30), 'f', 1, 64), "device.gb"
	case n < 10<<20:
		text = strconv.FormatFloat(float64(n)/(1<<20), 'f', 1, 64)
	}
	if f.Lang == "ru" {
		text = strings.Replace(text, ".", ",", 1)
	}
	return f.words.say(unit, "n", text)
}

// drawPart draws how much of something is used up, in per cent.
func drawPart(percent int, mood Mood, label string) template.HTML {
	percent = min(max(percent, 0), 100)
	if mood == Off {
		mood = Fine
	}
	label = template.HTMLEscapeString(label)
	return template.HTML(`<svg class="strip part" role="img" aria-label="` + label + `" viewBox="0 0 100 8" preserveAspectRatio="none"><title>` + label + `</title>` +
		`<rect class="beat-off" width="100" height="8"/><rect class="beat-` + string(mood) + `" width="` + strconv.Itoa(percent) + `" height="8"/></svg>`)
}

// trustClock is a manager's word that the clock is right.
func (s *Server) trustClock(c *fiber.Ctx) error {
	if err := s.o.Desk.TrustClock(c.UserContext(), visitorOf(c).User.Name); err != nil {
		return err
	}
	return c.Redirect("/device?done=clock", fiber.StatusSeeOther)
}
