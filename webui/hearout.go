package webui

import (
	"errors"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"
)

// How much of a request that is too large is heard out, in bytes; for how long; and after what
// silence its sender is taken to have said it all.
const (
	hearsOutBytes = 16 << 20
	hearsOutTime  = 5 * time.Second
	hearsSilence  = 250 * time.Millisecond
)

// hearOut takes in the rest of a body of which nobody will read more, before the answer: TCP takes
// an answer back when a connection closes on unread bytes, and its sender would read of a reset
// instead of the limit (RFC 9112, 9.6).
func hearOut(answer fiber.ErrorHandler) fiber.ErrorHandler {
	return func(c *fiber.Ctx, err error) error {
		if errors.Is(err, fiber.ErrRequestEntityTooLarge) { // fiber's own, for a body over BodyLimit
			conn, end := c.Context().Conn(), time.Now().Add(hearsOutTime)
			buf := make([]byte, 32<<10)
			for left := hearsOutBytes; left > 0 && time.Now().Before(end); {
				if conn.SetReadDeadline(time.Now().Add(hearsSilence)) != nil {
					break
				}
				n, err := conn.Read(buf)
				if left -= n; err != nil {
					break
				}
			}
			err = fiber.NewError(fiber.StatusRequestEntityTooLarge, "the request is larger than "+strconv.Itoa(maxBody>>20)+" MiB")
		}
		return answer(c, err)
	}
}
