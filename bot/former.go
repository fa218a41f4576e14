package bot

// Former is what boxes kept among their settings before there was a bot: the texts of
// one to come.
type Former struct {
	Welcome  string
	Commands []FormerCommand
}

// FormerCommand is one line of its list.
type FormerCommand struct {
	Number      int
	Title       string
	Text        string // exactly one of Text, OrderStatus, Operator
	OrderStatus bool
	Operator    bool
}

// Script is the default one with its welcome and its commands replaced where s has some.
func (s Former) Script(lang string) Script {
	script := DefaultScript(lang)
	if s.Welcome != "" {
		script.Lines[LineWelcome] = Local{script.Languages[0]: s.Welcome}
	}
	if len(s.Commands) == 0 {
		return script
	}
	known := map[AnswerKind]Command{}
	for _, c := range script.Commands {
		known[c.Answer.Kind] = c
	}
	script.Commands = nil
	for _, c := range s.Commands {
		kind := AnswerText
		switch {
		case c.OrderStatus:
			kind = AnswerOrder
		case c.Operator:
			kind = AnswerPerson
		}
		next := Command{
			ID: CommandID(c.Number), Number: c.Number, Title: Local{script.Languages[0]: c.Title}, Audience: AudienceAll,
			Answer: Answer{Kind: kind},
		}
		if kind == AnswerText {
			next.Answer.Text = Local{script.Languages[0]: c.Text}
		} else {
			next.Words = known[kind].Words
			delete(known, kind) // a second one of the kind goes by its own title
		}
		script.Commands = append(script.Commands, next)
	}
	return script
}
