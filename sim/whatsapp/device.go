package whatsapp

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"

	"go.mau.fi/libsignal/ecc"
	"go.mau.fi/libsignal/keys/identity"
	"go.mau.fi/libsignal/protocol"
	"go.mau.fi/libsignal/session"
	"go.mau.fi/libsignal/state/record"
	"go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/util/keys"
)

// device is one simulated WhatsApp installation with its own Signal state, in memory. It implements libsignal's stores. Guarded by
// Server.mu.
type device struct {
	owner    *account
	number   uint16
	made     *deviceKeys // nil before somebody asks for them; see keys
	lastKey  uint32
	oneTime  map[uint32]*keys.PreKey
	sessions map[string][]byte // by Signal address
	retries  map[string]int    // message id -> how often it was asked for again
}

// deviceKeys are what a device is known by. They are made when first needed: tens of thousands of customers
// of whom most are never written to would take seconds otherwise.
type deviceKeys struct {
	identity *keys.KeyPair
	regID    uint32
	signed   *keys.PreKey
}

func newDevice(owner *account, number uint16) *device { return &device{owner: owner, number: number} }

func (d *device) keys() *deviceKeys {
	if d.made == nil {
		d.made = &deviceKeys{identity: keys.NewKeyPair(), regID: randomUint32()&0x3fff | 1}
		d.made.signed = d.made.identity.CreateSignedPreKey(1)
	}
	return d.made
}

// put sets an entry of a map that may not be made yet.
func put[K comparable, V any](m *map[K]V, key K, value V) {
	if *m == nil {
		*m = map[K]V{}
	}
	(*m)[key] = value
}

func randomUint32() uint32 {
	var raw [4]byte
	_, _ = rand.Read(raw[:]) // never fails (crypto/rand)
	return binary.BigEndian.Uint32(raw[:])
}

func (d *device) lidJID() types.JID {
	jid := d.owner.lidJID()
	jid.Device = d.number
	return jid
}

// newPreKey makes a one-time key and keeps its private half.
func (d *device) newPreKey() *keys.PreKey {
	d.lastKey++
	key := keys.NewPreKey(d.lastKey)
	put(&d.oneTime, d.lastKey, key)
	return key
}

func (d *device) cipherFor(peer *protocol.SignalAddress) *session.Cipher {
	return session.NewCipher(d.builderFor(peer), peer)
}

func (d *device) builderFor(peer *protocol.SignalAddress) *session.Builder {
	return session.NewBuilder(d, d, d, d, peer, store.SignalProtobufSerializer)
}

// encryptFor encrypts a padded plaintext; kind is pkmsg until the peer has answered in this session.
func (d *device) encryptFor(peer *protocol.SignalAddress, plain []byte) (kind string, body []byte, err error) {
	sealed, err := d.cipherFor(peer).Encrypt(context.Background(), pad(plain))
	if err != nil {
		return "", nil, err
	}
	kind = "msg"
	if sealed.Type() == protocol.PREKEY_TYPE {
		kind = "pkmsg"
	}
	return kind, sealed.Serialize(), nil
}

func (d *device) decrypt(from types.JID, kind string, body []byte) ([]byte, error) {
	peer := from.SignalAddress()
	cipher := d.cipherFor(peer)
	serializer := store.SignalProtobufSerializer
	var padded []byte
	switch kind {
	case "pkmsg":
		msg, err := protocol.NewPreKeySignalMessageFromBytes(body, serializer.PreKeySignalMessage, serializer.SignalMessage)
		if err != nil {
			return nil, err
		}
		if padded, err = cipher.DecryptMessage(context.Background(), msg); err != nil {
			return nil, err
		}
	case "msg":
		msg, err := protocol.NewSignalMessageFromBytes(body, serializer.SignalMessage)
		if err != nil {
			return nil, err
		}
		if padded, err = cipher.Decrypt(context.Background(), msg); err != nil {
			return nil, err
		}
	default:
		return nil, fmt.Errorf("unknown kind of encryption %q", kind)
	}
	return unpad(padded)
}

// pad appends n times the byte n, 1 to 15, as WhatsApp hides lengths.
func pad(plain []byte) []byte {
	n := byte(randomUint32()%15) + 1
	return append(bytes.Clone(plain), bytes.Repeat([]byte{n}, int(n))...)
}

func unpad(padded []byte) ([]byte, error) {
	if len(padded) == 0 {
		return nil, errors.New("empty plaintext")
	}
	n := int(padded[len(padded)-1])
	if n < 1 || n > 15 || n > len(padded) {
		return nil, fmt.Errorf("padding of %d bytes", n)
	}
	return padded[:len(padded)-n], nil
}

// libsignal's IdentityKey store. Every identity is trusted: a re-installed peer is none of this simulator's concern.

func (d *device) GetIdentityKeyPair() *identity.KeyPair {
	return identity.NewKeyPair(identity.NewKey(ecc.NewDjbECPublicKey(*d.keys().identity.Pub)), ecc.NewDjbECPrivateKey(*d.keys().identity.Priv))
}
func (d *device) GetLocalRegistrationID() uint32 { return d.keys().regID }
func (d *device) SaveIdentity(context.Context, *protocol.SignalAddress, *identity.Key) error {
	return nil
}

func (d *device) IsTrustedIdentity(context.Context, *protocol.SignalAddress, *identity.Key) (bool, error) {
	return true, nil
}

// libsignal's PreKey store.

func (d *device) LoadPreKey(_ context.Context, id uint32) (*record.PreKey, error) {
	key := d.oneTime[id]
	if key == nil {
		return nil, nil //nolint:nilnil // libsignal reads this as "no such key"
	}
	return record.NewPreKey(id, ecc.NewECKeyPair(ecc.NewDjbECPublicKey(*key.Pub), ecc.NewDjbECPrivateKey(*key.Priv)), nil), nil
}
func (d *device) StorePreKey(context.Context, uint32, *record.PreKey) error { return nil }
func (d *device) ContainsPreKey(_ context.Context, id uint32) (bool, error) {
	return d.oneTime[id] != nil, nil
}

func (d *device) RemovePreKey(_ context.Context, id uint32) error {
	delete(d.oneTime, id)
	return nil
}

// libsignal's SignedPreKey store.

func (d *device) LoadSignedPreKey(_ context.Context, id uint32) (*record.SignedPreKey, error) {
	signed := d.keys().signed
	if id != signed.KeyID {
		return nil, nil //nolint:nilnil // libsignal reads this as "no such key"
	}
	pair := ecc.NewECKeyPair(ecc.NewDjbECPublicKey(*signed.Pub), ecc.NewDjbECPrivateKey(*signed.Priv))
	return record.NewSignedPreKey(id, 0, pair, *signed.Signature, nil), nil
}

func (d *device) LoadSignedPreKeys(ctx context.Context) ([]*record.SignedPreKey, error) {
	key, err := d.LoadSignedPreKey(ctx, d.keys().signed.KeyID)
	return []*record.SignedPreKey{key}, err
}

func (d *device) StoreSignedPreKey(context.Context, uint32, *record.SignedPreKey) error { return nil }

func (d *device) ContainsSignedPreKey(_ context.Context, id uint32) (bool, error) {
	return id == d.keys().signed.KeyID, nil
}
func (d *device) RemoveSignedPreKey(context.Context, uint32) error { return nil }

// libsignal's Session store.

func (d *device) LoadSession(_ context.Context, peer *protocol.SignalAddress) (*record.Session, error) {
	raw := d.sessions[peer.String()]
	serializer := store.SignalProtobufSerializer
	if raw == nil {
		return record.NewSession(serializer.Session, serializer.State), nil
	}
	return record.NewSessionFromBytes(raw, serializer.Session, serializer.State)
}
func (d *device) GetSubDeviceSessions(context.Context, string) ([]uint32, error) { return nil, nil }
func (d *device) StoreSession(_ context.Context, peer *protocol.SignalAddress, session *record.Session) error {
	put(&d.sessions, peer.String(), session.Serialize())
	return nil
}

func (d *device) ContainsSession(_ context.Context, peer *protocol.SignalAddress) (bool, error) {
	return d.sessions[peer.String()] != nil, nil
}

func (d *device) DeleteSession(_ context.Context, peer *protocol.SignalAddress) error {
	delete(d.sessions, peer.String())
	return nil
}

func (d *device) DeleteAllSessions(context.Context) error {
	clear(d.sessions)
	return nil
}
