package modem

// maxLine bounds one line from the modem in octets. The longest honest one is a PDU: 176
// octets in hex. More is noise and is dropped up to the next line end.
const maxLine = 4096

// event is what the modem says: a line without its ending, or the prompt of a submit.
type event struct {
	line   string
	prompt bool
}

// splitter cuts the modem's octets into events. Line ends may be \r, \n or any mix of both;
// empty lines are not told. NUL octets and others that no modem means are skipped.
type splitter struct {
	buf  []byte
	long bool
}

// feed adds octets and calls emit for each event. wantPrompt says, at the moment it is asked, whether
// a "> " at the start of a line is a prompt; else it is text like any other.
func (s *splitter) feed(b []byte, wantPrompt func() bool, emit func(event)) {
	for _, c := range b {
		switch {
		case c == '\r' || c == '\n':
			if len(s.buf) > 0 && !s.long {
				emit(event{line: string(s.buf)})
			}
			s.buf, s.long = s.buf[:0], false
		case c == '>' && len(s.buf) == 0 && !s.long && wantPrompt():
			emit(event{prompt: true})
		case c == ' ' && len(s.buf) == 0:
			// the space of the prompt, or padding
		case c < 0x20 && c != '\t':
			// ^Z and ESC echoed back, NUL from a waking UART
		case len(s.buf) >= maxLine:
			s.long = true
		default:
			s.buf = append(s.buf, c)
		}
	}
}
