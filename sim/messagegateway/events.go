package messagegateway

import "slices"

// eventTypes are what a socket may subscribe to (OpenAPI of GET /ws).
var eventTypes = []string{
	"message_new", "message_updated", "message_restored", "message_deleted", "dialog_opened", "dialog_closed", "dialog_assign",
	"chat_created", "chat_updated", "chats_deleted", "user_joined_chat", "user_left_chat", "user_updated", "user_online_updated",
	"channel_updated", "customer_updated", "bot_updated",
}

// event is a frame on its way to the sockets.
type event struct {
	kind  string
	mass  bool // about mass communication
	frame []byte
}

// emit tells the sockets that want it. Assumed: an event about mass communication
// reaches those only that connected with options=include_mass_communication, its
// delivery included.
func (gw *Gateway) emit(kind string, data obj, mass bool) {
	e := event{kind: kind, mass: mass}
	if !slices.ContainsFunc(gw.sockets, func(s *socket) bool { return gw.wanted(s, e) }) {
		return
	}
	e.frame = encode(obj{"type": kind, "meta": obj{"timestamp": gw.now().Unix()}, "data": data})
	f := gw.faults
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.lose > 0 {
		f.lose--
		return
	}
	if f.swap && gw.parked == nil {
		gw.parked = &e
		return
	}
	gw.spread(f, e)
	if first := gw.parked; first != nil {
		f.swap, gw.parked = false, nil
		gw.spread(f, *first)
	}
}

func (gw *Gateway) spread(f *Faults, e event) {
	times := 1
	if f.twice > 0 {
		f.twice--
		times = 2
	}
	for range times {
		if f.hold {
			gw.held = append(gw.held, e)
			continue
		}
		gw.hand(e)
	}
}

func (gw *Gateway) hand(e event) {
	for _, s := range gw.sockets {
		if gw.wanted(s, e) {
			s.put(e.frame)
		}
	}
}

func (gw *Gateway) wanted(s *socket, e event) bool {
	return s.events[e.kind] && (!e.mass || s.mass || gw.unknown.MassForAll)
}
