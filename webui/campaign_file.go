package webui

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/gofiber/fiber/v2"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/campaign"
	"vestnik/gateway/campaign/sheet"
)

// FileView is the uploaded list and how it is read.
type FileView struct {
	Name    string
	Kind    string
	Lines   string
	Columns []ColumnLine
	// Encodings and Commas are on offer for a CSV file.
	Encodings, Commas []Choice
	Header            bool
	// Unreadable says why the file cannot be looked at.
	Unreadable string
	Code       string
}

// ColumnLine is a column with what it seems to hold.
type ColumnLine struct {
	N     int
	Name  string
	Like  []string // its first cells
	Means []Choice
}

// columnMeans are what a column may be, in the order in which they are offered.
var columnMeans = []string{"", "phone", "name", "language", "city", "order", "field"}

// commas are the separators that a list may have.
var commas = []string{";", ",", "\t", "|"}

// lookAtFile fills in how the uploaded file looks, when there is one.
func (s *Server) lookAtFile(c *fiber.Ctx, p *whomPage) error {
	file := p.C.Audience.File
	if file.Ref == "" {
		return nil
	}
	p.File = FileView{Name: file.Name}
	look, err := s.o.Campaigns.LookAtFile(c.UserContext(), p.C.ID)
	if err != nil {
		status, key := statusOf(err)
		if status >= 500 {
			return err
		}
		if status != fiber.StatusNotFound {
			key = "campaign.unreadable"
		}
		p.File.Unreadable, p.File.Code = p.words.say(key), detailOf(err)
		return nil
	}
	v := &p.File
	v.Kind, v.Lines, v.Header = look.Kind, p.count("campaign.lines", look.Lines), look.Header
	if file.Columns != nil {
		v.Header = file.Header
	}
	encoding, comma := file.Encoding, file.Comma
	if encoding == "" {
		encoding = look.Encoding
	}
	if comma == "" {
		comma = look.Comma
	}
	if look.Kind != "xlsx" {
		for _, e := range []string{"utf-8", "windows-1251", "utf-16"} {
			v.Encodings = append(v.Encodings, Choice{e, p.words.say("campaign.encoding." + e), e == encoding})
		}
		for _, sep := range commas {
			v.Commas = append(v.Commas, Choice{sep, p.words.say("campaign.comma." + commaKey(sep)), sep == comma})
		}
	}
	for i, col := range look.Columns {
		line := ColumnLine{N: i, Name: col.Name}
		if line.Name == "" {
			line.Name = p.words.say("campaign.column_n", "n", i+1)
		}
		for _, row := range look.Rows {
			if i < len(row) && strings.TrimSpace(row[i]) != "" && len(line.Like) < 3 {
				line.Like = append(line.Like, clipText(row[i], 60))
			}
		}
		means := col.Guess
		if file.Columns != nil {
			means = file.Columns[i]
		}
		if strings.HasPrefix(means, "field:") {
			means = "field"
		}
		for _, m := range columnMeans {
			key := m
			if key == "" {
				key = "nothing"
			}
			line.Means = append(line.Means, Choice{m, p.words.say("campaign.column." + key), m == means})
		}
		v.Columns = append(v.Columns, line)
	}
	return nil
}

func commaKey(sep string) string {
	switch sep {
	case ",":
		return "comma"
	case "\t":
		return "tab"
	case "|":
		return "bar"
	}
	return "semicolon"
}

func clipText(text string, n int) string {
	if r := []rune(text); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return text
}

// saveColumns keeps what the columns are. A change of encoding or separator makes the columns
// others: what was chosen for the old ones is forgotten then.
func (s *Server) saveColumns(c *fiber.Ctx) error {
	h, err := s.campaignHead(c, "whom")
	if err != nil {
		return err
	}
	err = h.wantsDraft()
	if err == nil {
		err = s.keepColumns(c, &h)
	}
	status := h.explainStep(err)
	if status == fiber.StatusOK && !isPart(c) {
		return c.Redirect(h.Base+"/whom#file", fiber.StatusSeeOther)
	}
	return s.drawWhom(c, status, h, whomTyped(h))
}

func (s *Server) keepColumns(c *fiber.Ctx, h *campaignHead) error {
	file := &h.C.Audience.File
	if file.Ref == "" {
		return device.Errorf(device.Conflict, "campaign", "no file")
	}
	encoding, comma := c.FormValue("encoding"), c.FormValue("comma")
	switch encoding {
	case "", "utf-8", "windows-1251", "utf-16":
	default:
		return device.Errorf(device.Invalid, "campaign", "encoding %q", encoding)
	}
	if comma != "" && !slices.Contains(commas, comma) {
		return device.Errorf(device.Invalid, "campaign", "separator %q", comma)
	}
	before, err := s.o.Campaigns.LookAtFile(c.UserContext(), h.C.ID)
	if err != nil {
		return err
	}
	// The select shows what was found out: the same value is no choice of a person's.
	reread := c.FormValue("drawn_encoding") != encoding || c.FormValue("drawn_comma") != comma
	if reread {
		file.Encoding, file.Comma, file.Columns = encoding, comma, nil
	} else {
		if file.Columns, err = readColumns(c, before); err != nil {
			return err
		}
	}
	file.Header = c.FormValue("header") != ""
	h.C.Audience.Source = campaign.FromFile
	return s.keepCampaign(c, h)
}

// guessColumns keeps what the columns seem to be, for who has nothing to change.
func (s *Server) guessColumns(c *fiber.Ctx, h *campaignHead) error {
	look, err := s.o.Campaigns.LookAtFile(c.UserContext(), h.C.ID)
	if err != nil {
		return err
	}
	file := &h.C.Audience.File
	file.Header, file.Columns = look.Header, map[int]string{}
	taken := map[string]bool{"": true}
	for i, col := range look.Columns {
		if !taken[col.Guess] {
			taken[col.Guess], file.Columns[i] = true, col.Guess
		}
	}
	if !taken["phone"] {
		return gateway.FieldErrors{"columns": gateway.ProblemRequired}
	}
	return s.keepCampaign(c, h)
}

func readColumns(c *fiber.Ctx, look sheet.Look) (map[int]string, error) {
	columns, taken := map[int]string{}, map[string]bool{}
	for i, col := range look.Columns {
		means := c.FormValue("column_" + strconv.Itoa(i))
		switch means {
		case "":
			continue
		case "field":
			means = "field:" + columnField(col.Name, i)
		case "phone", "name", "language", "city", "order":
		default:
			return nil, device.Errorf(device.Invalid, "campaign", "column %q", means)
		}
		if taken[means] {
			return nil, gateway.FieldErrors{"column_" + strconv.Itoa(i): gateway.ProblemDuplicate}
		}
		taken[means] = true
		columns[i] = means
	}
	if !taken["phone"] {
		return nil, gateway.FieldErrors{"columns": gateway.ProblemRequired}
	}
	return columns, nil
}

// columnField is the name by which a text may use a column: its letters, digits and underscores.
func columnField(name string, i int) string {
	var b strings.Builder
	for _, r := range strings.TrimSpace(name) {
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			b.WriteRune(unicode.ToLower(r))
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "_"):
			b.WriteByte('_')
		}
		if b.Len() > 40 {
			break
		}
	}
	if field := strings.Trim(b.String(), "_"); field != "" {
		return field
	}
	return "c" + strconv.Itoa(i+1)
}

// pieceAnswer is what the uploading script reads.
type pieceAnswer struct {
	Have  int64  `json:"have"`
	Wrong string `json:"wrong,omitempty"`
}

// takeList takes a piece of an uploaded list, or, from a browser without scripts, a small file
// as a whole.
func (s *Server) takeList(c *fiber.Ctx) error {
	id, by, w := campaignID(c), visitorOf(c).User.Name, s.words[visitorOf(c).lang]
	one, err := s.o.Campaigns.Campaign(c.UserContext(), id)
	if err != nil {
		return s.pieceFailed(c, w, err)
	}
	if one.State != campaign.Draft {
		return s.pieceFailed(c, w, errBegun)
	}
	if !s.isNewest(c, one) {
		return s.pieceFailed(c, w, errChanged)
	}
	if head, err := c.FormFile("list"); err == nil {
		f, err := head.Open()
		if err != nil {
			return err
		}
		defer f.Close()
		data, err := io.ReadAll(io.LimitReader(f, maxBody))
		if err != nil {
			return err
		}
		if _, err := s.o.Campaigns.KeepUpload(c.UserContext(), id, head.Filename, int64(len(data)), 0, data, by); err != nil {
			return err
		}
		return c.Redirect(campaignPath(id)+"/whom#file", fiber.StatusSeeOther)
	}
	size, err1 := strconv.ParseInt(c.Query("size"), 10, 64)
	offset, err2 := strconv.ParseInt(c.Query("offset"), 10, 64)
	if err1 != nil || err2 != nil || size <= 0 || offset < 0 || c.Query("name") == "" {
		return s.pieceFailed(c, w, device.Errorf(device.Invalid, "campaign", "not a piece of a file"))
	}
	if size > sheet.MaxSize {
		return c.Status(http.StatusRequestEntityTooLarge).JSON(pieceAnswer{Wrong: w.say("campaign.list_too_big", "max", sheet.MaxSize>>20)})
	}
	have, err := s.o.Campaigns.KeepUpload(c.UserContext(), id, c.Query("name"), size, offset, c.Body(), by)
	if err == nil && have == size {
		if one, err = s.o.Campaigns.Campaign(c.UserContext(), id); err == nil {
			s.edits.note(id, one.Version, drawnPage(c))
		}
	}
	if err != nil {
		return s.pieceFailed(c, w, err)
	}
	return c.JSON(pieceAnswer{Have: have})
}

// pieceFailed answers the script in words.
func (s *Server) pieceFailed(c *fiber.Ctx, w *words, err error) error {
	status, key := statusOf(err)
	if status == fiber.StatusBadRequest {
		key = "campaign.list_refused"
	}
	if status >= 500 {
		s.o.Logger.Error("a piece of a file was not kept", "error", err)
	}
	says := w.say(key)
	switch {
	case boxSays(err, w.lang) != "":
		says = boxSays(err, w.lang)
	case errors.Is(err, errBegun):
		says = w.say("campaign.has_begun")
	case errors.Is(err, errChanged):
		says = w.say("campaign.conflict_own")
	}
	return c.Status(status).JSON(pieceAnswer{Wrong: says})
}
