package webui

import (
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/campaign"
)

// halfFiles are pictures and documents of which not all pieces have come yet. They are small
// (device.MaxFile), so they are kept in memory; few at a time, and not for long.
type halfFiles struct {
	now func() time.Time

	mu   sync.Mutex
	open map[gateway.CampaignID]*halfFile
}

type halfFile struct {
	name string
	size int64
	data []byte
	at   time.Time
}

const (
	halfFilesMost = 3
	halfFileLife  = 2 * time.Minute
)

func newHalfFiles(now func() time.Time) *halfFiles {
	return &halfFiles{now: now, open: map[gateway.CampaignID]*halfFile{}}
}

// add takes a piece and answers how much there is; whole is the file once it is complete.
// device.Conflict when the piece does not fit what is there, device.RateLimited when too many are
// uploaded at once.
func (h *halfFiles) add(id gateway.CampaignID, name string, size, offset int64, piece []byte) (have int64, whole []byte, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := h.now()
	for other, f := range h.open {
		if now.Sub(f.at) > halfFileLife {
			delete(h.open, other)
		}
	}
	f := h.open[id]
	if offset == 0 {
		if f == nil && len(h.open) >= halfFilesMost {
			return 0, nil, device.Errorf(device.RateLimited, "picture", "others are being uploaded")
		}
		f = &halfFile{name: name, size: size}
		h.open[id] = f
	}
	if f != nil && offset > 0 && offset+int64(len(piece)) == int64(len(f.data)) {
		return int64(len(f.data)), nil, nil // the answer was lost, so the piece comes once more
	}
	if f == nil || f.name != name || f.size != size || int64(len(f.data)) != offset || offset+int64(len(piece)) > size {
		delete(h.open, id)
		return 0, nil, device.Errorf(device.Conflict, "picture", "a piece does not fit")
	}
	f.data, f.at = append(f.data, piece...), now
	if have = int64(len(f.data)); have < size {
		return have, nil, nil
	}
	delete(h.open, id)
	return have, f.data, nil
}

// takePicture takes a piece of the picture or document that goes with the text.
func (s *Server) takePicture(c *fiber.Ctx) error {
	h, err := s.campaignHead(c, "what")
	w := s.words[visitorOf(c).lang]
	if err != nil {
		return s.pieceFailed(c, w, err)
	}
	size, err1 := strconv.ParseInt(c.Query("size"), 10, 64)
	offset, err2 := strconv.ParseInt(c.Query("offset"), 10, 64)
	name := c.Query("name")
	if err1 != nil || err2 != nil || size <= 0 || offset < 0 || name == "" || !h.MayEdit {
		return s.pieceFailed(c, w, device.Errorf(device.Invalid, "picture", "not a piece of a file"))
	}
	if size > device.MaxFile {
		return c.Status(http.StatusRequestEntityTooLarge).JSON(pieceAnswer{Wrong: w.say("campaign.picture_too_big", "max", device.MaxFile>>20)})
	}
	have, whole, err := s.halves.add(h.C.ID, name, size, offset, c.Body())
	if device.KindOf(err) == device.Conflict && offset > 0 && offset+int64(len(c.Body())) == size && s.hasPicture(c, h.C.Text, name, size) {
		return c.JSON(pieceAnswer{Have: size}) // the answer to the last piece was lost
	}
	if err == nil && whole != nil {
		err = s.keepPicture(c, &h, name, whole)
	}
	if device.KindOf(err) == device.Invalid && err != nil {
		return c.Status(fiber.StatusUnprocessableEntity).JSON(pieceAnswer{Wrong: w.say("campaign.picture_refused")})
	}
	if err != nil {
		return s.pieceFailed(c, w, err)
	}
	return c.JSON(pieceAnswer{Have: have})
}

// hasPicture tells whether a mailing has this picture already.
func (s *Server) hasPicture(c *fiber.Ctx, t campaign.Text, name string, size int64) bool {
	if t.File == 0 || !strings.HasPrefix(t.FileName, name) {
		return false
	}
	file, err := s.o.Campaigns.File(c.UserContext(), t.File)
	return err == nil && int64(len(file.Data)) == size
}

func (s *Server) keepPicture(c *fiber.Ctx, h *campaignHead, name string, data []byte) error {
	file, err := s.o.Campaigns.KeepFile(c.UserContext(), name, data)
	if err != nil {
		return err
	}
	h.C.Text.File, h.C.Text.FileName = file.ID, file.Name
	return s.keepCampaign(c, h)
}

func (s *Server) dropPicture(c *fiber.Ctx) error {
	h, err := s.campaignHead(c, "what")
	if err != nil {
		return err
	}
	h.C.Text.File, h.C.Text.FileName = 0, ""
	if err := s.keepCampaign(c, &h); err != nil {
		return err
	}
	return c.Redirect(h.Base+"/what", fiber.StatusSeeOther)
}

// showPicture serves the picture of a mailing to its preview.
func (s *Server) showPicture(c *fiber.Ctx) error {
	one, err := s.o.Campaigns.Campaign(c.UserContext(), campaignID(c))
	if err != nil {
		return err
	}
	if one.Text.File == 0 {
		return fiber.ErrNotFound
	}
	file, err := s.o.Campaigns.File(c.UserContext(), one.Text.File)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, file.MIME) // KeepFile has looked what it is
	return c.Send(file.Data)
}

// pictureKind is "image" or "document", by the ending that KeepFile gave the name; "" when there is none.
func pictureKind(t campaign.Text) string {
	switch {
	case t.File == 0:
		return ""
	case strings.HasSuffix(strings.ToLower(t.FileName), ".pdf"):
		return "document"
	}
	return "image"
}
