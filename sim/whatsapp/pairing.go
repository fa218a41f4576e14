package whatsapp

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"

	"go.mau.fi/libsignal/ecc"
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/proto/waAdv"
	"go.mau.fi/whatsmeow/proto/waCompanionReg"
	"google.golang.org/protobuf/proto"
)

// qrRef is one reference that a client shows in a QR code.
type qrRef struct {
	conn    *conn
	expires time.Time
}

// pairing is the linking of one new device, from the scan to its signed answer. Guarded by Server.mu.
type pairing struct {
	iqID     string
	owner    *account
	number   uint16
	identity [32]byte // of the new device
	details  []byte   // ADVDeviceIdentity as signed by the phone
	done     chan error
}

func (p *pairing) finish(err error) {
	select {
	case p.done <- err:
	default:
	}
}

// Six references are offered; the first lives 60 s, the others 20 s, as whatsmeow shows them.
const (
	qrRefs     = 6
	firstQR    = 60 * time.Second
	followUpQR = 20 * time.Second
)

// offerPairing sends the QR references to a client that is not linked. Called with mu held.
func (s *Server) offerPairing(c *conn) {
	if refusal, ok := s.faults.refusal(); ok && refusal.code != 401 && refusal.code != 403 && refusal.code != 406 {
		s.refuse(c, refusal)
		return
	}
	expires := s.now()
	var refs []waBinary.Node
	for i := range qrRefs {
		expires = expires.Add(followUpQR)
		if i == 0 {
			expires = s.now().Add(firstQR)
		}
		ref := fmt.Sprintf("2@ref%s", s.nextID())
		s.refs[ref] = &qrRef{conn: c, expires: expires}
		c.refs = append(c.refs, ref)
		refs = append(refs, leaf("ref", []byte(ref)))
	}
	c.send(waBinary.Node{
		Tag: "iq", Attrs: fromServer(waBinary.Attrs{"type": "set", "id": s.nextID(), "xmlns": "md"}),
		Content: []waBinary.Node{{Tag: "pair-device", Content: refs}},
	})
}

// scannedCode is what a QR code says about the new device.
type scannedCode struct {
	ref                        string
	noise, identity, advSecret []byte
}

// parseQR reads the text of a linking code: https://wa.me/settings/linked_devices#ref,noise key,identity key,secret,client type.
func parseQR(text string) (scannedCode, error) {
	_, fields, ok := strings.Cut(text, "#")
	if !ok || !strings.HasPrefix(text, "https://wa.me/settings/linked_devices#") {
		return scannedCode{}, errors.New("this is not a code for linking a device")
	}
	parts := strings.Split(fields, ",")
	if len(parts) != 5 {
		return scannedCode{}, fmt.Errorf("a linking code has 5 fields, this one has %d", len(parts))
	}
	code := scannedCode{ref: parts[0]}
	for i, into := range []*[]byte{&code.noise, &code.identity, &code.advSecret} {
		raw, err := base64.StdEncoding.DecodeString(parts[i+1])
		if err != nil || len(raw) != 32 {
			return scannedCode{}, fmt.Errorf("field %d of the linking code is not a key of 32 bytes", i+2)
		}
		*into = raw
	}
	return code, nil
}

// Prefixes of what is signed when a device is linked (ADV: the phone vouches for the device, the device accepts).
var (
	accountSignaturePrefix = []byte{6, 0}
	deviceSignaturePrefix  = []byte{6, 1}
)

// startPairing makes the phone vouch for the new device and sends pair-success. Called with mu held.
func (s *Server) startPairing(c *conn, owner *account, companionIdentity, advSecret []byte) (*pairing, error) {
	phone := owner.devices[0]
	p := &pairing{iqID: s.nextID(), owner: owner, number: owner.lastDevice + 1, identity: [32]byte(companionIdentity), done: make(chan error, 1)}
	var err error
	p.details, err = proto.Marshal(&waAdv.ADVDeviceIdentity{
		RawID: proto.Uint32(phone.keys().regID), Timestamp: proto.Uint64(uint64(s.now().Unix())), KeyIndex: proto.Uint32(uint32(p.number)),
		AccountType: waAdv.ADVEncryptionType_E2EE.Enum(), DeviceType: waAdv.ADVEncryptionType_E2EE.Enum(),
	})
	if err != nil {
		return nil, err
	}
	message := append(append(append([]byte{}, accountSignaturePrefix...), p.details...), companionIdentity...)
	signature := ecc.CalculateSignature(ecc.NewDjbECPrivateKey(*phone.keys().identity.Priv), message)
	signed, err := proto.Marshal(&waAdv.ADVSignedDeviceIdentity{
		Details: p.details, AccountSignatureKey: phone.keys().identity.Pub[:], AccountSignature: signature[:],
	})
	if err != nil {
		return nil, err
	}
	mac := hmac.New(sha256.New, advSecret)
	mac.Write(signed)
	container, err := proto.Marshal(&waAdv.ADVSignedDeviceIdentityHMAC{
		Details: signed, HMAC: mac.Sum(nil), AccountType: waAdv.ADVEncryptionType_E2EE.Enum(),
	})
	if err != nil {
		return nil, err
	}
	pn, lid := owner.pnJID(), owner.lidJID()
	pn.Device, lid.Device = p.number, p.number
	c.pairing = p
	c.send(waBinary.Node{
		Tag: "iq", Attrs: fromServer(waBinary.Attrs{"type": "set", "id": p.iqID, "xmlns": "md", "t": s.unix()}),
		Content: []waBinary.Node{{Tag: "pair-success", Content: []waBinary.Node{
			leaf("device-identity", container),
			{Tag: "device", Attrs: waBinary.Attrs{"jid": pn, "lid": lid}},
			{Tag: "platform", Attrs: waBinary.Attrs{"name": "android"}},
			{Tag: "biz", Attrs: waBinary.Attrs{"name": owner.name}},
			{Tag: "client-props"},
		}}},
	})
	return p, nil
}

// pairingAnswered takes the device's answer to pair-success. Called with mu held.
func (s *Server) pairingAnswered(c *conn, node *waBinary.Node) {
	p := c.pairing
	c.pairing = nil
	if node.Attrs["type"] == "error" {
		failure := node.GetChildByTag("error")
		p.finish(fmt.Errorf("the new device refused: %v %v", failure.Attrs["code"], failure.Attrs["text"]))
		return
	}
	if err := p.verify(bytesOf(node.GetChildByTag("pair-device-sign", "device-identity"))); err != nil {
		s.puzzled("answer to pair-success: %v", err)
		p.finish(err)
		return
	}
	comp, err := newCompanion(c, p)
	if err != nil {
		s.puzzled("pairing data: %v", err)
		p.finish(err)
		return
	}
	comp.linkedAt = s.now()
	p.owner.lastDevice = p.number
	put(&p.owner.companions, p.number, comp)
	p.owner.ownDevicesChanged(comp)
	p.finish(nil)
	c.send(waBinary.Node{Tag: "stream:error", Attrs: waBinary.Attrs{"code": "515"}})
	c.closeSoon()
}

// verify checks the device's signature under the phone's statement.
func (p *pairing) verify(raw []byte) error {
	var answer waAdv.ADVSignedDeviceIdentity
	if err := proto.Unmarshal(raw, &answer); err != nil {
		return err
	}
	if len(answer.GetDeviceSignature()) != 64 || len(answer.GetAccountSignatureKey()) != 0 {
		return errors.New("the device signature must be there and the account's key must not")
	}
	phone := p.owner.devices[0].keys().identity.Pub[:]
	message := append(append(append(append([]byte{}, deviceSignaturePrefix...), p.details...), p.identity[:]...), phone...)
	if !ecc.VerifySignature(ecc.NewDjbECPublicKey(p.identity), message, [64]byte(answer.GetDeviceSignature())) {
		return errors.New("the device signature is wrong")
	}
	return nil
}

// newCompanion reads the registration data that a client sends while it is not linked.
func newCompanion(c *conn, p *pairing) (*companion, error) {
	data := c.payload.GetDevicePairingData()
	if len(data.GetERegid()) != 4 || len(data.GetESkeyID()) != 3 || len(data.GetESkeyVal()) != 32 || len(data.GetESkeySig()) != 64 {
		return nil, errors.New("registration id, signed prekey or its signature has a wrong length")
	}
	if string(data.GetEIdent()) != string(p.identity[:]) {
		return nil, errors.New("the identity key is not the one that was scanned")
	}
	var props waCompanionReg.DeviceProps
	if err := proto.Unmarshal(data.GetDeviceProps(), &props); err != nil {
		return nil, fmt.Errorf("device properties: %w", err)
	}
	comp := &companion{
		owner: p.owner, number: p.number, name: props.GetOs(), noise: c.noise, identity: p.identity,
		regID: binary.BigEndian.Uint32(data.GetERegid()), seen: map[string]seenSend{},
		signed: publicPreKey{
			id:  binary.BigEndian.Uint32(append([]byte{0}, data.GetESkeyID()...)),
			pub: [32]byte(data.GetESkeyVal()), sig: data.GetESkeySig(),
		},
	}
	if !comp.signed.signedBy(comp.identity) {
		return nil, errors.New("the signed prekey is not signed by the identity key")
	}
	return comp, nil
}
