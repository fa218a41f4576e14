package modem

// Signal is the signal as AT+CSQ tells it now: 0 to 31, or 99 for none.
func (m *Modem) Signal() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.csq
}
