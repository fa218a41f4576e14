package whatsapp

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"regexp"
	"strings"

	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/util/gcmutil"
	"go.mau.fi/whatsmeow/util/keys"
	"golang.org/x/crypto/curve25519"
)

// linkCode is a request to link by an 8-character code. Guarded by Server.mu.
type linkCode struct {
	ref     string
	number  string
	conn    *conn
	wrapped []byte // salt 32, iv 16, encrypted ephemeral key 32
	// After the code was typed:
	ephemeral *keys.KeyPair // of the phone
	companion []byte        // the companion's ephemeral key as opened with the typed code
	started   func(*pairing, error)
}

// handleMD serves the multi-device namespace: linking and unlinking. Called with mu held.
func (s *Server) handleMD(c *conn, node *waBinary.Node) {
	reg, isReg := node.GetOptionalChildByTag("link_code_companion_reg")
	remove, isRemove := node.GetOptionalChildByTag("remove-companion-device")
	switch {
	case isReg && reg.Attrs["stage"] == "companion_hello":
		s.companionHello(c, node, reg)
	case isReg && reg.Attrs["stage"] == "companion_finish":
		s.companionFinish(c, node, reg)
	case isRemove && c.companion != nil:
		c.result(node)
		jid, _ := remove.Attrs["jid"].(types.JID)
		if comp := c.companion.owner.companions[jid.Device]; comp == c.companion {
			delete(c.companion.owner.companions, jid.Device) // logging itself out; it closes the connection
		} else if comp != nil {
			s.unlink(comp)
		}
	default:
		s.puzzled("%s", node)
		c.failure(node, 400, "bad-request")
	}
}

// displayName is what the real server insists on: a known browser and a system in brackets (whatsmeow's comment on PairPhone).
var displayName = regexp.MustCompile(`^(Chrome|Firefox|Edge|Opera|Safari|IE) \((Linux|Windows|macOS|Mac OS|Android|Ubuntu|Chrome OS)\)$`)

func (s *Server) companionHello(c *conn, node *waBinary.Node, reg waBinary.Node) {
	jid, _ := reg.Attrs["jid"].(types.JID)
	wrapped := bytesOf(reg.GetChildByTag("link_code_pairing_wrapped_companion_ephemeral_pub"))
	display := string(bytesOf(reg.GetChildByTag("companion_platform_display")))
	if len(wrapped) != 80 || jid.Server != types.DefaultUserServer || !displayName.MatchString(display) ||
		string(bytesOf(reg.GetChildByTag("companion_server_auth_key_pub"))) != string(c.noise[:]) {
		c.failure(node, 400, "bad-request")
		return
	}
	for ref, old := range s.codes {
		if old.conn == c {
			delete(s.codes, ref)
		}
	}
	code := &linkCode{ref: "code-" + s.nextID(), number: jid.User, conn: c, wrapped: wrapped}
	s.codes[code.ref] = code
	c.result(node, waBinary.Node{
		Tag: "link_code_companion_reg", Attrs: waBinary.Attrs{"stage": "companion_hello"},
		Content: []waBinary.Node{leaf("link_code_pairing_ref", []byte(code.ref))},
	})
}

// ErrWrongCode is what the phone shows when the typed code is not the one on the device's screen.
var ErrWrongCode = errors.New("whatsapp simulator: the code is wrong")

// ErrNoCodeAsked means that no device waits for a code of this phone.
var ErrNoCodeAsked = errors.New("whatsapp simulator: no device waits for a linking code of this number")

// EnterCode types the 8-character code which a device shows ("ABCD-EFGH") into this phone, and returns when the device is linked or
// it is clear why not: ErrNoCodeAsked, ErrWrongCode, ErrTooManyDevices, ErrPasskeyAsked, or the device's refusal.
func (p *Phone) EnterCode(code string) error {
	s := p.srv
	typed := strings.ToUpper(strings.ReplaceAll(code, "-", ""))
	s.mu.Lock()
	var waiting *linkCode
	for _, candidate := range s.codes {
		if candidate.number == p.acc.number {
			waiting = candidate
		}
	}
	var wrapped []byte
	if waiting != nil {
		wrapped = waiting.wrapped
	}
	s.mu.Unlock()
	if waiting == nil {
		return ErrNoCodeAsked
	}
	companion, err := unwrapKey(typed, wrapped) // slow on purpose (PBKDF2), so not under the lock
	if err != nil {
		return err
	}
	ephemeral := keys.NewKeyPair()
	sealed, err := wrapKey(typed, ephemeral.Pub[:])
	if err != nil {
		return err
	}

	type outcome struct {
		pairing *pairing
		err     error
	}
	started := make(chan outcome, 1)
	s.mu.Lock()
	if s.codes[waiting.ref] != waiting {
		s.mu.Unlock()
		return ErrNoCodeAsked
	}
	if err = p.mayLink(waiting.conn); err != nil {
		s.mu.Unlock()
		return err
	}
	waiting.ephemeral, waiting.companion = ephemeral, companion
	waiting.started = func(pr *pairing, err error) {
		select {
		case started <- outcome{pr, err}:
		default:
		}
	}
	waiting.conn.send(waBinary.Node{
		Tag: "notification", Attrs: fromServer(waBinary.Attrs{"type": "link_code_companion_reg", "id": s.nextID(), "t": s.unix()}),
		Content: []waBinary.Node{{
			Tag: "link_code_companion_reg", Attrs: waBinary.Attrs{"stage": "primary_hello"},
			Content: []waBinary.Node{
				leaf("link_code_pairing_ref", []byte(waiting.ref)),
				leaf("link_code_pairing_wrapped_primary_ephemeral_pub", sealed),
				leaf("primary_identity_pub", p.acc.devices[0].keys().identity.Pub[:]),
			},
		}},
	})
	done := waiting.conn.done
	s.mu.Unlock()
	select {
	case result := <-started:
		if result.err != nil {
			return result.err
		}
		return waitPairing(result.pairing)
	case <-done:
		return errors.New("whatsapp simulator: the device went away before it was linked")
	}
}

// companionFinish opens the key bundle with what the typed code gave, and goes on as after a scan.
func (s *Server) companionFinish(c *conn, node *waBinary.Node, reg waBinary.Node) {
	code := s.codes[string(bytesOf(reg.GetChildByTag("link_code_pairing_ref")))]
	bundle := bytesOf(reg.GetChildByTag("link_code_pairing_wrapped_key_bundle"))
	who := bytesOf(reg.GetChildByTag("companion_identity_public"))
	if code == nil || code.conn != c || code.ephemeral == nil || len(bundle) < 44 || len(who) != 32 {
		s.puzzled("%s", node)
		c.failure(node, 400, "bad-request")
		return
	}
	c.result(node)
	owner := s.accounts[code.number]
	secret, err := code.secret(bundle, who, owner.devices[0].keys().identity)
	if err != nil {
		code.started(nil, err)
		return
	}
	delete(s.codes, code.ref)
	code.started(s.startPairing(c, owner, who, secret))
}

// secret derives the ADV secret that both sides share when the right code was typed.
func (l *linkCode) secret(bundle, companionIdentity []byte, phone *keys.KeyPair) ([]byte, error) {
	shared, err := curve25519.X25519(l.ephemeral.Priv[:], l.companion)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrWrongCode, err)
	}
	key, err := hkdf.Key(sha256.New, shared, bundle[:32], "link_code_pairing_key_bundle_encryption_key", 32)
	if err != nil {
		return nil, err
	}
	plain, err := gcmutil.Decrypt(key, bundle[32:44], bundle[44:], nil)
	if err != nil || len(plain) != 96 {
		return nil, ErrWrongCode
	}
	if string(plain[:32]) != string(companionIdentity) || string(plain[32:64]) != string(phone.Pub[:]) {
		return nil, errors.New("whatsapp simulator: the key bundle names other identities")
	}
	identities, err := curve25519.X25519(phone.Priv[:], companionIdentity)
	if err != nil {
		return nil, err
	}
	input := append(append(append([]byte{}, shared...), identities...), plain[64:]...)
	return hkdf.Key(sha256.New, input, nil, "adv_secret", 32)
}

// linkCodeRounds is WhatsApp's PBKDF2 work factor for linking codes.
const linkCodeRounds = 2 << 16

func linkCodeStream(code string, salt, iv []byte) (cipher.Stream, error) {
	key, err := pbkdf2.Key(sha256.New, code, salt, linkCodeRounds, 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewCTR(block, iv), nil
}

func wrapKey(code string, public []byte) ([]byte, error) {
	out := make([]byte, 80)
	_, _ = rand.Read(out[:48]) // never fails (crypto/rand)
	stream, err := linkCodeStream(code, out[:32], out[32:48])
	if err != nil {
		return nil, err
	}
	stream.XORKeyStream(out[48:], public)
	return out, nil
}

func unwrapKey(code string, wrapped []byte) ([]byte, error) {
	stream, err := linkCodeStream(code, wrapped[:32], wrapped[32:48])
	if err != nil {
		return nil, err
	}
	public := make([]byte, 32)
	stream.XORKeyStream(public, wrapped[48:80])
	return public, nil
}
