package whatsapp

import (
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strings"

	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
)

// participantHash is WhatsApp's version 2 hash over a list of devices: "2:" and six bytes of SHA-256 over the sorted, joined addresses.
func participantHash(devices []types.JID) string {
	names := make([]string, len(devices))
	for i, jid := range devices {
		names[i] = jid.ADString()
	}
	slices.Sort(names)
	sum := sha256.Sum256([]byte(strings.Join(names, "")))
	return "2:" + base64.RawStdEncoding.EncodeToString(sum[:6])
}

func devicesOf(user types.JID, numbers []uint16) []types.JID {
	list := make([]types.JID, len(numbers))
	for i, number := range numbers {
		list[i] = types.JID{User: user.User, Server: user.Server, Device: number}
	}
	return list
}

// missingDevices is the hash for an acknowledgement when the client left out a device of the receiver, so that it asks for the list
// again; otherwise "". Called with mu held.
func (s *Server) missingDevices(comp *companion, to types.JID, participants waBinary.Node) string {
	peer := s.find(to)
	if peer == nil || !peer.registered {
		return ""
	}
	got := map[uint16]bool{}
	for _, copied := range participants.GetChildrenByTag("to") {
		if jid, _ := copied.Attrs["jid"].(types.JID); jid.User == to.User {
			got[jid.Device] = true
		}
	}
	missing := slices.ContainsFunc(peer.deviceNumbers(), func(n uint16) bool { return !got[n] && (peer != comp.owner || n != comp.number) })
	if !missing {
		return ""
	}
	return participantHash(append(devicesOf(to, peer.deviceNumbers()), devicesOf(comp.lidJID(), comp.owner.deviceNumbers())...))
}

// ownDevicesChanged tells the linked clients of an account about its list of devices, except the one that changed it. Called with mu held.
func (a *account) ownDevicesChanged(except *companion) {
	devices := devicesOf(a.pnJID(), a.deviceNumbers())
	var list []waBinary.Node
	for _, jid := range devices {
		list = append(list, waBinary.Node{Tag: "device", Attrs: waBinary.Attrs{"jid": jid}})
	}
	for _, comp := range a.sortedCompanions() {
		if comp == except {
			continue
		}
		comp.push(waBinary.Node{
			Tag: "notification", Attrs: waBinary.Attrs{"from": a.pnJID(), "type": "account_sync", "id": a.srv.nextID(), "t": a.srv.unix()},
			Content: []waBinary.Node{{Tag: "devices", Attrs: waBinary.Attrs{"dhash": participantHash(devices)}, Content: list}},
		})
	}
}

// AddDevice links another device to the customer's account. A client that has the old list learns of it by the answer to its next message;
// that message does not reach the new device.
func (c *Customer) AddDevice() {
	c.srv.mu.Lock()
	defer c.srv.mu.Unlock()
	c.acc.addDevice()
	c.srv.touch()
}

// Reinstall gives the customer's phone new keys, as a new phone with the same number has them, and tells the linked clients of everybody
// he had words with.
func (c *Customer) Reinstall() {
	s := c.srv
	s.mu.Lock()
	defer s.mu.Unlock()
	c.acc.devices[0] = newDevice(c.acc, 0)
	for number := range c.acc.chats {
		peer := s.accounts[number]
		if peer == nil {
			continue
		}
		for _, comp := range peer.sortedCompanions() {
			comp.push(waBinary.Node{
				Tag: "notification", Attrs: waBinary.Attrs{"from": c.acc.lidJID(), "type": "encrypt", "id": s.nextID(), "t": s.unix()},
				Content: []waBinary.Node{{Tag: "identity"}},
			})
		}
	}
	s.touch()
}
