package webui

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"vestnik/gateway/campaign/sheet"
)

// csvTime bounds the writing of a table: half a million people through a slow network.
const csvTime = 10 * time.Minute

// exportRefusals is the report of those who were left out, for a spreadsheet.
func (s *Server) exportRefusals(c *fiber.Ctx) error {
	id, lang := campaignID(c), visitorOf(c).lang
	if _, err := s.o.Campaigns.Campaign(c.UserContext(), id); err != nil {
		return err
	}
	s.sendCSV(c, fmt.Sprintf("refused-%d.csv", id), func(ctx context.Context, w io.Writer) error {
		return s.o.Campaigns.Refusals(ctx, id, lang, w)
	})
	return nil
}

// exportPeople is everybody with what became of him, for a spreadsheet.
func (s *Server) exportPeople(c *fiber.Ctx) error {
	id, lang := campaignID(c), visitorOf(c).lang
	if _, err := s.o.Campaigns.Campaign(c.UserContext(), id); err != nil {
		return err
	}
	s.sendCSV(c, fmt.Sprintf("people-%d.csv", id), func(ctx context.Context, w io.Writer) error {
		return s.o.Campaigns.Export(ctx, id, lang, w)
	})
	return nil
}

// sendTable answers rows as a file that spreadsheets open; no cell of it is a formula.
func sendTable(c *fiber.Ctx, name string, rows [][]string) error {
	var out bytes.Buffer
	w := sheet.NewWriter(&out)
	for _, row := range rows {
		if err := w.Row(row...); err != nil {
			return fmt.Errorf("webui: %s: %w", name, err)
		}
	}
	if err := w.End(); err != nil {
		return fmt.Errorf("webui: %s: %w", name, err)
	}
	c.Set(fiber.HeaderContentType, "text/csv; charset=utf-8")
	c.Set(fiber.HeaderContentDisposition, "attachment; filename="+strconv.Quote(name))
	return c.Send(out.Bytes())
}

// sendCSV sends a table while it is made: it is never whole in memory. A table that could not be
// ended breaks the connection, so that nobody takes a half of it for the whole.
func (s *Server) sendCSV(c *fiber.Ctx, name string, write func(context.Context, io.Writer) error) {
	c.Set(fiber.HeaderContentType, "text/csv; charset=utf-8")
	c.Set(fiber.HeaderContentDisposition, "attachment; filename="+strconv.Quote(name))
	ctx, cancel := context.WithTimeout(context.Background(), csvTime)
	out, in := io.Pipe()
	go func() { // ends with the table, with its time, or when the browser is gone: then in refuses
		defer cancel()
		w := bufio.NewWriterSize(&sheetWriter{w: in}, 32<<10)
		err := write(ctx, w)
		if err == nil {
			err = w.Flush()
		}
		if err != nil && !errors.Is(err, io.ErrClosedPipe) {
			s.o.Logger.Error("a table was not written", "file", name, "error", err)
		}
		in.CloseWithError(err)
	}()
	c.Context().SetBodyStream(out, -1)
}

// sheetWriter begins a table with the mark by which spreadsheets know UTF-8, once.
type sheetWriter struct {
	w     io.Writer
	begun bool
}

var utf8Mark = []byte("\ufeff")

func (s *sheetWriter) Write(p []byte) (int, error) {
	if !s.begun {
		s.begun = true
		if !bytes.HasPrefix(p, utf8Mark) {
			if _, err := s.w.Write(utf8Mark); err != nil {
				return 0, err
			}
		}
	}
	return s.w.Write(p)
}
