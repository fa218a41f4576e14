package modem

import (
	"fmt"
	"slices"
	"strings"
)

func (m *Modem) storageCommands(h map[string]handler) {
	h["+CPMS"] = m.needCard(m.memories)
	h["+CMGL"] = m.needCard(m.listMessages)
	h["+CMGR"] = m.needCard(m.readMessage)
	h["+CMGD"] = m.needCard(m.deleteMessage)
	h["+CMGDA"] = m.needCard(func(c command) reply {
		if m.opts.Profile != SIM800 {
			return failed(plainError())
		}
		flag := map[string]int{"1": 1, "3": 2, "5": 3, "6": 4, "DEL READ": 1, "DEL SENT": 2, "DEL ALL": 4}[strings.ToUpper(c.arg(0))]
		if c.op != opSet || flag == 0 {
			return failed(cms(302))
		}
		m.stores[m.set.mems[0]].dropBy(flag)
		m.freed()
		return reply{}
	})
}

// memories is AT+CPMS: where to read, write and receive.
func (m *Modem) memories(c command) reply {
	counts := func(named bool) string {
		parts := make([]string, 3)
		for i, name := range m.set.mems {
			s := m.stores[name]
			parts[i] = fmt.Sprintf("%d,%d", s.used(), len(s.slots))
			if named {
				parts[i] = fmt.Sprintf(`"%s",%s`, name, parts[i])
			}
		}
		return "+CPMS: " + strings.Join(parts, ",")
	}
	switch c.op {
	case opRead:
		return answer(counts(true))
	case opTest:
		l := `("` + strings.Join(m.trait.memories, `","`) + `")`
		return answer("+CPMS: " + l + "," + l + "," + l)
	case opSet:
		next := m.set.mems
		for i := range next {
			if i >= len(c.args) || c.arg(i) == "" {
				continue
			}
			name := strings.ToUpper(c.arg(i))
			if !slices.Contains(m.trait.memories, name) {
				name = strings.ToUpper(m.dec(c.arg(i)))
			}
			if !slices.Contains(m.trait.memories, name) {
				return failed(cms(302))
			}
			next[i] = name
		}
		m.set.mems = next
		return answer(counts(false))
	}
	return failed(plainError())
}

// statusWord is the state of a message in text mode.
func statusWord(stat int) string {
	return []string{"REC UNREAD", "REC READ", "STO UNSENT", "STO SENT", "ALL"}[stat]
}

func (m *Modem) listMessages(c command) reply {
	if c.op == opTest {
		if m.set.cmgf == 1 {
			return answer(`+CMGL: ("REC UNREAD","REC READ","STO UNSENT","STO SENT","ALL")`)
		}
		return answer("+CMGL: (0-4)")
	}
	want, ok := c.int(0, statUnread)
	if m.set.cmgf == 1 {
		want, ok = -1, true
		word := strings.ToUpper(c.arg(0))
		if len(c.args) == 0 {
			word = "REC UNREAD"
		}
		for i := statUnread; i <= statAll; i++ {
			if statusWord(i) == word {
				want = i
			}
		}
	}
	if !ok || want < statUnread || want > statAll {
		return failed(cms(302))
	}
	var lines []string
	store := m.stores[m.set.mems[0]]
	for i, slot := range store.slots {
		if slot == nil || (want != statAll && slot.stat != want) {
			continue
		}
		lines = append(lines, m.entry("+CMGL", i+store.first, slot))
		if slot.stat == statUnread {
			slot.stat = statRead
		}
	}
	return answer(lines...)
}

func (m *Modem) readMessage(c command) reply {
	if c.op == opTest {
		return reply{}
	}
	index, ok := c.int(0, -1)
	if !ok || c.op != opSet {
		return failed(cms(302))
	}
	slot, known := m.stores[m.set.mems[0]].get(index)
	switch {
	case slot != nil:
	case m.trait.emptySlotOK:
		return reply{}
	case !known:
		return failed(cms(321))
	case m.trait.srTrap:
		return reply{}
	default:
		return failed(cms(321))
	}
	line := m.entry("+CMGR", index, slot)
	if slot.stat == statUnread {
		slot.stat = statRead
	}
	return answer(line)
}

// entry is one message of AT+CMGL or AT+CMGR, header and body in one piece.
func (m *Modem) entry(name string, index int, slot *stored) string {
	head := name + ": "
	if name == "+CMGL" {
		head += fmt.Sprintf("%d,", index)
	}
	if m.set.cmgf == 0 {
		pdu := hexUpper(append(encodeSMSC(slot.smsc), slot.tpdu...))
		return fmt.Sprintf("%s%d,,%d\r\n%s", head, slot.stat, len(slot.tpdu), pdu)
	}
	s := showTPDU(slot.tpdu, m.now())
	head += `"` + statusWord(slot.stat) + `"`
	if s.kind == 2 {
		return fmt.Sprintf(`%s,6,%d,"%s",%d,"%s","%s",%d`, head, s.mr, s.number, numberTOA(s.number), textStamp(s.stamp), textStamp(s.dt), s.st)
	}
	head += fmt.Sprintf(`,"%s",`, m.enc(s.number))
	if s.kind == 0 {
		head += fmt.Sprintf(`,"%s"`, textStamp(s.stamp))
	}
	return head + "\r\n" + m.body(s.text)
}

func (m *Modem) deleteMessage(c command) reply {
	store := m.stores[m.set.mems[0]]
	if c.op == opTest {
		return answer(fmt.Sprintf("+CMGD: (%d-%d),(0-4)", store.first, store.first+len(store.slots)-1))
	}
	index, ok := c.int(0, -1)
	flag, ok2 := c.int(1, 0)
	if c.op != opSet || !ok || !ok2 || flag < 0 || flag > 4 {
		return failed(cms(302))
	}
	if flag > 0 {
		store.dropBy(flag)
	} else if !store.drop(index) {
		return failed(cms(321))
	}
	m.freed()
	return reply{}
}
