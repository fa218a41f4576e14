package webui

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gofiber/fiber/v2"

	"vestnik/device"
	"vestnik/gateway"
)

var kindStatus = map[device.Kind]int{
	device.Invalid: 400, device.Unauthorized: 403, device.NotFound: 404, device.Conflict: 409, device.RateLimited: 429,
	device.Refused: 422, device.Locked: 423, device.Unavailable: 503, device.Uncertain: 504, device.Internal: 500,
}

// errorPage is a page that says what is wrong and what to do.
type errorPage struct {
	*Frame
	Status   int
	Sentence string
	Detail   string
}

// errorTimeout bounds the drawing of an error page: a broken box must still answer.
const errorTimeout = 5 * time.Second

// fail answers an error that a handler gave up with.
func (s *Server) fail(c *fiber.Ctx, err error) error {
	if isAPI(c.Path()) && s.o.APIErrors != nil {
		return s.o.APIErrors(c, err)
	}
	status, key := statusOf(err)
	if status >= 500 {
		s.o.Logger.Error("page failed", "path", c.Path(), "error", err)
	}
	c.Status(status)
	if isPart(c) {
		// A part that cannot be drawn now leaves the old one standing.
		c.Set("HX-Reswap", "none")
		return c.SendString("")
	}
	// The request's own time ended with its handler; the menu around the sentence needs
	// the database once more.
	ctx, cancel := context.WithTimeout(context.Background(), errorTimeout)
	defer cancel()
	c.SetUserContext(ctx)
	v := visitorOf(c)
	if s.words[v.lang] == nil {
		v.lang = s.languageOf(c, gateway.User{})
		c.Locals(visitorKey, v)
	}
	f, frameErr := s.newFrame(c, "error.title")
	if frameErr != nil {
		f = &Frame{Lang: v.lang, Path: c.Path(), Title: s.words[v.lang].say("error.title"), words: s.words[v.lang]}
	}
	p := errorPage{Frame: f, Status: status, Sentence: f.words.say(key)}
	if says := boxSays(err, f.Lang); says != "" {
		p.Sentence = says
	}
	if status != 404 && status != 403 && status != 421 {
		p.Detail = detailOf(err)
	}
	return s.render(c, status, "error", p)
}

func isAPI(path string) bool { return len(path) >= 5 && path[:5] == "/api/" }

// statusOf finds the HTTP status of an error and the key of its sentence.
func statusOf(err error) (int, string) {
	var known *fiber.Error
	if errors.As(err, &known) {
		switch known.Code {
		case 403, 404, 405, 413, 421:
			return known.Code, fmt.Sprintf("error.%d", known.Code)
		}
		if known.Code < 500 {
			return known.Code, "kind.invalid"
		}
		return known.Code, "kind.internal"
	}
	var fields gateway.FieldErrors
	var text *gateway.TemplateError
	var phone *device.PhoneError
	if errors.As(err, &fields) || errors.As(err, &text) || errors.As(err, &phone) {
		return fiber.StatusUnprocessableEntity, "kind.invalid"
	}
	kind := device.KindOf(err)
	status, ok := kindStatus[kind]
	if !ok {
		return 500, "kind.internal"
	}
	return status, "kind." + string(kind)
}

// boxSays is what is wrong with the box's own disk, in words; "" when an error is about something else.
func boxSays(err error, lang string) string {
	var e *device.Error
	if errors.As(err, &e) {
		switch e.Code {
		case gateway.FaultDiskLow, gateway.FaultDiskReserve, gateway.FaultDiskReadOnly, "SQLITE_FULL", gateway.FaultDiskErrors:
			return gateway.FaultSentence(err, lang)
		}
	}
	return ""
}

// detailOf is what a technician wants to read, never shown without being asked for.
func detailOf(err error) string {
	if device.KindOf(err) == device.Internal {
		return "" // it may hold anything; the log has it
	}
	return err.Error()
}

// explain puts an error into words on a form: the fields' own sentences where it names
// fields, one sentence otherwise.
func (f *Frame) explain(err error) {
	var fields gateway.FieldErrors
	var phone *device.PhoneError
	switch {
	case err == nil:
	case errors.As(err, &fields):
		for name, problem := range fields {
			f.Errors[name] = problem.Sentence(f.Lang)
		}
		f.Wrong = f.words.say("form.wrong")
	case gateway.TemplateSentence(err, f.Lang) != "":
		f.Errors["text"] = gateway.TemplateSentence(err, f.Lang)
		f.Wrong = f.words.say("form.wrong")
	case errors.As(err, &phone):
		f.Errors["phone"] = f.words.say("phone." + string(phone.Problem))
		f.Wrong = f.words.say("form.wrong")
	case boxSays(err, f.Lang) != "":
		f.Wrong, f.Code = boxSays(err, f.Lang), ""
	default:
		_, key := statusOf(err)
		f.Wrong, f.Code = f.words.say(key), detailOf(err)
	}
}
