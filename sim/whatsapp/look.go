package whatsapp

// IsDown tells what Down was last told.
func (f *Faults) IsDown() bool { return f.isDown() }
