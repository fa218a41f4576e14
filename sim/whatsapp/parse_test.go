package whatsapp

import (
	"bytes"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
)

func FuzzParseQR(f *testing.F) {
	key := base64.StdEncoding.EncodeToString(make([]byte, 32))
	f.Add("https://wa.me/settings/linked_devices#2@ref," + key + "," + key + "," + key + ",1")
	f.Add("https://wa.me/settings/linked_devices#,,,,")
	f.Fuzz(func(t *testing.T, text string) {
		code, err := parseQR(text)
		if err == nil && (len(code.noise) != 32 || len(code.identity) != 32 || len(code.advSecret) != 32 || strings.Contains(code.ref, ",")) {
			t.Errorf("%q became %+v", text, code)
		}
	})
}

// Whatever bytes a client sends, the handshake ends with an error and not with a panic.
func FuzzHandshake(f *testing.F) {
	id, err := newIdentityOfServer(0)
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte{0, 0, 2, 1, 2}, []byte{0, 0, 0})
	f.Fuzz(func(t *testing.T, hello, finish []byte) {
		in := bytes.NewReader(append(bytes.Clone(hello), finish...))
		_, err := handshake(id, []byte("WA\x06\x03"), func() ([]byte, error) { return readFrameFrom(in) }, func([]byte) error { return nil })
		if err == nil {
			t.Error("a handshake without the server's key succeeded")
		}
	})
}

func FuzzUnpad(f *testing.F) {
	f.Add([]byte("text\x03\x03\x03"))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, padded []byte) {
		plain, err := unpad(padded)
		if err == nil && !bytes.HasPrefix(padded, plain) {
			t.Errorf("%q became %q", padded, plain)
		}
		if again, err := unpad(pad(padded)); err != nil || !bytes.Equal(again, padded) {
			t.Errorf("%q padded and unpadded: %q, %v", padded, again, err)
		}
	})
}

func TestFrameTooLong(t *testing.T) {
	t.Parallel()
	if _, err := frame(make([]byte, maxFrame+1)); err == nil {
		t.Error("a frame that does not fit was made")
	}
	if _, err := readFrameFrom(bytes.NewReader([]byte{0, 0})); err == nil || errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("half a header: %v", err)
	}
}
