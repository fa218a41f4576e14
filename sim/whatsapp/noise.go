package whatsapp

import (
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"go.mau.fi/whatsmeow/proto/waWa6"
	"go.mau.fi/whatsmeow/socket"
	"go.mau.fi/whatsmeow/util/gcmutil"
	"go.mau.fi/whatsmeow/util/keys"
	"golang.org/x/crypto/curve25519"
	"google.golang.org/protobuf/proto"
)

// noiseState is the responder's side of Noise XX with 25519, AES-GCM and SHA-256 (The Noise Protocol Framework, rev. 34, §5 and §7.5).
type noiseState struct {
	hash  []byte // running transcript hash, h in the specification
	chain []byte // chaining key, ck in the specification
	aead  cipher.AEAD
	nonce uint32
}

func newNoiseState(prologue []byte) (*noiseState, error) {
	start := []byte(socket.NoiseStartPattern) // exactly 32 bytes, therefore used as it is and not hashed
	aead, err := gcmutil.Prepare(start)
	if err != nil {
		return nil, err
	}
	state := &noiseState{hash: start, chain: start, aead: aead}
	state.mixHash(prologue)
	return state, nil
}

func (n *noiseState) mixHash(data []byte) {
	sum := sha256.New()
	sum.Write(n.hash)
	sum.Write(data)
	n.hash = sum.Sum(nil)
}

// mixKey folds the Diffie-Hellman secret of priv and pub into the chaining key and starts a new cipher.
func (n *noiseState) mixKey(priv *[32]byte, pub []byte) error {
	secret, err := curve25519.X25519(priv[:], pub)
	if err != nil {
		return err
	}
	chain, key, err := n.derive(secret)
	if err != nil {
		return err
	}
	n.chain, n.nonce = chain, 0
	n.aead, err = gcmutil.Prepare(key)
	return err
}

func (n *noiseState) derive(secret []byte) (first, second []byte, err error) {
	out, err := hkdf.Key(sha256.New, secret, n.chain, "", 64)
	if err != nil {
		return nil, nil, err
	}
	return out[:32], out[32:], nil
}

func (n *noiseState) seal(plain []byte) []byte {
	sealed := n.aead.Seal(nil, nonce(n.nonce), plain, n.hash)
	n.nonce++
	n.mixHash(sealed)
	return sealed
}

func (n *noiseState) open(sealed []byte) ([]byte, error) {
	plain, err := n.aead.Open(nil, nonce(n.nonce), sealed, n.hash)
	if err != nil {
		return nil, err
	}
	n.nonce++
	n.mixHash(sealed)
	return plain, nil
}

// nonce is 8 zero bytes and the big-endian counter.
func nonce(counter uint32) []byte {
	iv := make([]byte, 12)
	binary.BigEndian.PutUint32(iv[8:], counter)
	return iv
}

// handshakeResult is what both sides know after three handshake messages.
type handshakeResult struct {
	read, write  cipher.AEAD
	clientStatic [32]byte
	payload      *waWa6.ClientPayload
}

// handshake answers a client's Noise XX handshake. readFrame returns the next frame body, writeFrame sends one.
func handshake(id *identityOfServer, prologue []byte, readFrame func() ([]byte, error), writeFrame func([]byte) error) (*handshakeResult, error) {
	state, err := newNoiseState(prologue)
	if err != nil {
		return nil, err
	}
	var hello waWa6.HandshakeMessage
	if err = readProto(readFrame, &hello); err != nil {
		return nil, fmt.Errorf("client hello: %w", err)
	}
	clientEphemeral := hello.GetClientHello().GetEphemeral()
	if len(clientEphemeral) != 32 {
		return nil, errors.New("client hello without an ephemeral key")
	}
	state.mixHash(clientEphemeral)

	ephemeral := keys.NewKeyPair()
	state.mixHash(ephemeral.Pub[:])
	if err = state.mixKey(ephemeral.Priv, clientEphemeral); err != nil {
		return nil, err
	}
	static := state.seal(id.static.Pub[:])
	if err = state.mixKey(id.static.Priv, clientEphemeral); err != nil {
		return nil, err
	}
	reply, err := proto.Marshal(&waWa6.HandshakeMessage{ServerHello: &waWa6.HandshakeMessage_ServerHello{
		Ephemeral: ephemeral.Pub[:], Static: static, Payload: state.seal(id.certificate),
	}})
	if err != nil {
		return nil, err
	}
	if err = writeFrame(reply); err != nil {
		return nil, err
	}

	var finish waWa6.HandshakeMessage
	if err = readProto(readFrame, &finish); err != nil {
		return nil, fmt.Errorf("client finish: %w", err)
	}
	clientStatic, err := state.open(finish.GetClientFinish().GetStatic())
	if err != nil {
		return nil, fmt.Errorf("client finish: static key: %w", err)
	}
	if err = state.mixKey(ephemeral.Priv, clientStatic); err != nil {
		return nil, err
	}
	payload, err := state.open(finish.GetClientFinish().GetPayload())
	if err != nil {
		return nil, fmt.Errorf("client finish: payload: %w", err)
	}
	result := &handshakeResult{payload: &waWa6.ClientPayload{}}
	copy(result.clientStatic[:], clientStatic)
	if err = proto.Unmarshal(payload, result.payload); err != nil {
		return nil, fmt.Errorf("client finish: payload: %w", err)
	}
	fromClient, toClient, err := state.derive(nil)
	if err != nil {
		return nil, err
	}
	if result.read, err = gcmutil.Prepare(fromClient); err != nil {
		return nil, err
	}
	result.write, err = gcmutil.Prepare(toClient)
	return result, err
}

func readProto(readFrame func() ([]byte, error), into proto.Message) error {
	body, err := readFrame()
	if err != nil {
		return err
	}
	return proto.Unmarshal(body, into)
}

// maxFrame is the largest body that the 3-byte length of a frame can carry.
const maxFrame = 1<<24 - 1

// readFrameFrom reads a frame: 3 bytes of big-endian length and the body.
func readFrameFrom(r io.Reader) ([]byte, error) {
	var head [3]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}
	body := make([]byte, int(head[0])<<16|int(head[1])<<8|int(head[2]))
	_, err := io.ReadFull(r, body)
	return body, err
}

// frame puts the 3-byte length before a body.
func frame(body []byte) ([]byte, error) {
	if len(body) > maxFrame {
		return nil, fmt.Errorf("frame of %d bytes is longer than %d", len(body), maxFrame)
	}
	out := make([]byte, 3, 3+len(body))
	out[0], out[1], out[2] = byte(len(body)>>16), byte(len(body)>>8), byte(len(body))
	return append(out, body...), nil
}
