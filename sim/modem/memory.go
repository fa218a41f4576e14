package modem

// Message states of AT+CMGL in PDU mode, 3GPP TS 27.005 §3.1.
const (
	statUnread = iota
	statRead
	statUnsent
	statSent
	statAll
)

type stored struct {
	stat int
	smsc string
	tpdu []byte
}

// memory is one message storage with numbered slots.
type memory struct {
	first int
	slots []*stored
}

func newMemory(first, n int) *memory { return &memory{first: first, slots: make([]*stored, n)} }

func (s *memory) used() int {
	n := 0
	for _, slot := range s.slots {
		if slot != nil {
			n++
		}
	}
	return n
}

// put files a message in the lowest free slot and gives its index.
func (s *memory) put(msg *stored) (index int, ok bool) {
	for i, slot := range s.slots {
		if slot == nil {
			s.slots[i] = msg
			return i + s.first, true
		}
	}
	return 0, false
}

// get gives the message in a slot, nil when it is empty; ok is false when there is no such slot.
func (s *memory) get(index int) (msg *stored, ok bool) {
	i := index - s.first
	if i < 0 || i >= len(s.slots) {
		return nil, false
	}
	return s.slots[i], true
}

func (s *memory) drop(index int) bool {
	i := index - s.first
	if i < 0 || i >= len(s.slots) {
		return false
	}
	s.slots[i] = nil
	return true
}

// dropBy empties slots by AT+CMGD's flag: 1 read, 2 read and sent, 3 all but unread, 4 all.
func (s *memory) dropBy(flag int) {
	for i, slot := range s.slots {
		if slot == nil {
			continue
		}
		gone := flag == 4 || slot.stat == statRead || (flag >= 2 && slot.stat == statSent) || (flag >= 3 && slot.stat == statUnsent)
		if gone {
			s.slots[i] = nil
		}
	}
}
