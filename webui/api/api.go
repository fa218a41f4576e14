// Package api is the JSON interface for programs: ERPs, sites, scripts. It is
// mounted under /api/v1 beside the pages and asks the same desk. Its names are a
// contract (openapi.json); a change of one is a breaking change.
//
// Imported by internal/app only.
package api

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/campaign"
)

// Options are what the interface works with.
type Options struct {
	Desk    Desk
	Book    gateway.Book
	Journal gateway.Journal
	Tokens  Tokens
	// Mailings is what the calls about mailings ask; nil: there are none.
	Mailings Mailings
	// Helpdesk is how the connection to the helpdesk stands; nil: it is off.
	Helpdesk func() gateway.HelpdeskStatus
	Log      *slog.Logger
	Version  string
}

type api struct{ Options }

// Mount adds the calls to a router that stands at /api/v1.
func Mount(r fiber.Router, o Options) {
	a := &api{o}
	r.Get("/openapi.json", a.openAPI)
	r.Use(a.authenticate)

	operator, manager, owner := a.need(gateway.Operator), a.need(gateway.Manager), a.need(gateway.Owner)
	r.Post("/messages", operator, a.createMessage)
	r.Get("/messages", operator, a.listMessages)
	r.Get("/messages/:id", operator, a.showMessage)
	r.Post("/messages/:id/cancel", operator, a.cancelMessage)
	r.Get("/status", operator, a.status)
	r.Post("/whatsapp/pairing", manager, a.startPairing)
	r.Get("/whatsapp/pairing", manager, a.showPairing)
	r.Delete("/whatsapp/pairing", manager, a.stopPairing)
	r.Delete("/whatsapp/session", owner, a.unlink)
	r.Post("/numbers/check", operator, a.checkNumbers)
	r.Post("/rules/try", manager, a.tryRule)
	if a.Mailings != nil {
		a.mountCampaigns(r, manager)
	}
	r.Use(func(*fiber.Ctx) error {
		return device.Errorf(device.NotFound, "api", "there is no such call")
	})
}

// ErrorHandler turns an error of a call into its JSON body and status. The server
// that mounts the interface calls it for paths under /api/.
func ErrorHandler(c *fiber.Ctx, err error) error {
	status, body := describe(err)
	return c.Status(status).JSON(map[string]any{"error": body})
}

type errorBody struct {
	Code    string            `json:"code"`
	Message string            `json:"message"`
	Fields  map[string]string `json:"fields,omitempty"`
}

func describe(err error) (int, errorBody) {
	var fields gateway.FieldErrors
	var template *gateway.TemplateError
	var phone *device.PhoneError
	var httpError *fiber.Error
	var refused *campaign.Refused
	switch {
	case errors.As(err, &refused):
		b := errorBody{Code: "refused", Fields: map[string]string{}}
		for _, f := range refused.Findings {
			says := sentenceOf(f, "en")
			b.Fields[string(f.Code)] = says
			b.Message = strings.TrimSpace(b.Message + " " + says)
		}
		return fiber.StatusUnprocessableEntity, b
	case errors.As(err, &fields):
		b := errorBody{Code: "invalid", Message: "Some fields are wrong.", Fields: map[string]string{}}
		for name, problem := range fields {
			b.Fields[name] = problem.Sentence("en")
		}
		return fiber.StatusBadRequest, b
	case errors.As(err, &template):
		says := gateway.TemplateSentence(err, "en")
		return fiber.StatusBadRequest, errorBody{Code: "invalid", Message: says, Fields: map[string]string{"text": says}}
	case errors.As(err, &phone):
		says := gateway.BadPhone.Sentence(gateway.Args{"problem": string(phone.Problem)}, "en", nil)
		return fiber.StatusBadRequest, errorBody{Code: "invalid", Message: says, Fields: map[string]string{"to": says}}
	case errors.As(err, &httpError):
		return httpError.Code, errorBody{Code: codes[httpError.Code], Message: httpError.Message}
	}
	var fault *device.Error
	if errors.As(err, &fault) && fault.Code == gateway.FaultDiskLow {
		return fiber.StatusInsufficientStorage, errorBody{Code: "disk_low", Message: gateway.FaultSentence(err, "en")}
	}
	kind := device.KindOf(err)
	status, ok := statuses[kind]
	if !ok {
		return fiber.StatusInternalServerError, errorBody{Code: "internal", Message: "Something went wrong inside the box; its log says what."}
	}
	message := err.Error()
	var e *device.Error
	if errors.As(err, &e) && e.Err != nil {
		message = e.Err.Error()
	}
	return status, errorBody{Code: string(kind), Message: message}
}

var statuses = map[device.Kind]int{
	device.Invalid: 400, device.Unauthorized: 401, device.NotFound: 404, device.Conflict: 409, device.RateLimited: 429,
	device.Refused: 422, device.Locked: 423, device.Unavailable: 503, device.Uncertain: 504,
}

var codes = map[int]string{
	400: "invalid", 401: "unauthorized", 403: "forbidden", 404: "not_found", 405: "not_allowed", 409: "conflict", 413: "too_large", 429: "rate_limited",
}

const tokenKey = "token"

// authenticate wants a bearer token. Cookies are not looked at: a browser cannot be
// tricked into a call.
func (a *api) authenticate(c *fiber.Ctx) error {
	bearer, ok := strings.CutPrefix(c.Get(fiber.HeaderAuthorization), "Bearer ")
	if !ok || bearer == "" {
		return fiber.NewError(fiber.StatusUnauthorized, "Send the header Authorization: Bearer TOKEN; `vestnik token add` makes one.")
	}
	hash := sha256.Sum256([]byte(strings.TrimSpace(bearer)))
	token, err := a.Tokens.TokenByHash(c.UserContext(), hex.EncodeToString(hash[:]), time.Now())
	if device.KindOf(err) == device.NotFound {
		return fiber.NewError(fiber.StatusUnauthorized, "This token is not known, or it was taken away.")
	}
	if err != nil {
		return err
	}
	c.Locals(tokenKey, token)
	return c.Next()
}

func (a *api) need(role gateway.Role) fiber.Handler {
	return func(c *fiber.Ctx) error {
		if token, _ := c.Locals(tokenKey).(gateway.Token); !token.Role.Atleast(role) {
			return fiber.NewError(fiber.StatusForbidden, "This call needs the role "+string(role)+".")
		}
		return c.Next()
	}
}

func tokenName(c *fiber.Ctx) string {
	token, _ := c.Locals(tokenKey).(gateway.Token)
	return token.Name
}

// readBody decodes a JSON body strictly: an unknown name is told, not ignored.
func readBody(c *fiber.Ctx, into any) error {
	if len(c.Body()) == 0 {
		return nil
	}
	dec := json.NewDecoder(strings.NewReader(string(c.Body())))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return fiber.NewError(fiber.StatusBadRequest, "The body is not the JSON that this call takes: "+strings.TrimPrefix(err.Error(), "json: "))
	}
	if dec.More() {
		return fiber.NewError(fiber.StatusBadRequest, "The body has something after its JSON object.")
	}
	return nil
}
