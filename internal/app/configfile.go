package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"vestnik/bot"
	"vestnik/device"
	"vestnik/gateway"
)

// The configuration file. Its names are a contract with integrators: see
// docs/configuration.md. What a file leaves out stays as it is; a list that it names
// is the whole list.
type configFile struct {
	Shop       *shopFile       `yaml:"shop,omitempty"`
	RetailCRM  *crmFile        `yaml:"retailcrm,omitempty"`
	WhatsApp   *whatsappFile   `yaml:"whatsapp,omitempty"`
	SMS        *smsFile        `yaml:"sms,omitempty"`
	Chats      *chatsFile      `yaml:"chats,omitempty"`
	Rules      *[]ruleFile     `yaml:"rules,omitempty"`
	Bot        *botFile        `yaml:"bot,omitempty"`
	Backup     *backupFile     `yaml:"backup,omitempty"`
	Helpdesk   *helpdeskFile   `yaml:"helpdesk,omitempty"`
	Decency    *decencyFile    `yaml:"decency,omitempty"`
	Conduct    *conductFile    `yaml:"conduct,omitempty"`
	Invitation *invitationFile `yaml:"invitation,omitempty"`
}

type shopFile struct {
	Name     *string `yaml:"name,omitempty"`
	Language *string `yaml:"language,omitempty"`
	Timezone *string `yaml:"timezone,omitempty"`
	Region   *string `yaml:"region,omitempty"`
}

type crmFile struct {
	URL           *string   `yaml:"url,omitempty"`
	Key           *string   `yaml:"key,omitempty"`
	Poll          *duration `yaml:"poll,omitempty"`
	WhatsAppField *string   `yaml:"whatsapp_field,omitempty"`
}

type paceFile struct {
	Gap     *duration `yaml:"gap,omitempty"`
	PerHour *int      `yaml:"per_hour,omitempty"`
	PerDay  *int      `yaml:"per_day,omitempty"`
}

type whatsappFile struct {
	Enabled        *bool `yaml:"enabled,omitempty"`
	paceFile       `yaml:",inline"`
	NewChatsPerDay *int `yaml:"new_chats_per_day,omitempty"`
}

type smsFile struct {
	Enabled  *bool `yaml:"enabled,omitempty"`
	paceFile `yaml:",inline"`
	Modems   *[]modemFile `yaml:"modems,omitempty"`
	// Unknown and UnknownAfter: see gateway.SMSSettings.
	Unknown      *string   `yaml:"unknown,omitempty"`
	UnknownAfter *duration `yaml:"unknown_after,omitempty"`
}

type modemFile struct {
	Port string  `yaml:"port"`
	PIN  *string `yaml:"pin,omitempty"`
}

type ruleFile struct {
	Name          string     `yaml:"name"`
	Enabled       *bool      `yaml:"enabled,omitempty"`
	Statuses      []string   `yaml:"statuses,flow"`
	Text          string     `yaml:"text"`
	Channels      *[]string  `yaml:"channels,omitempty,flow"`
	Once          *string    `yaml:"once,omitempty"`
	FallbackAfter *duration  `yaml:"fallback_after,omitempty"`
	Hours         *hoursFile `yaml:"hours,omitempty,flow"`
	ExpiresAfter  *duration  `yaml:"expires_after,omitempty"`
	IfMissing     *string    `yaml:"if_missing,omitempty"`
}

type hoursFile struct {
	From string `yaml:"from"`
	To   string `yaml:"to"`
}

type backupFile struct {
	Folder     *string `yaml:"folder,omitempty"`
	Hour       *int    `yaml:"hour,omitempty"`
	Passphrase *string `yaml:"passphrase,omitempty"`
}

type chatsFile struct {
	Enabled    *bool   `yaml:"enabled,omitempty"`
	Endpoint   *string `yaml:"endpoint,omitempty"`
	Mirror     *string `yaml:"mirror,omitempty"`
	WebhookURL *string `yaml:"webhook_url,omitempty"`
}

// duration is written "4s", "30m" or "0".
type duration time.Duration

func (d *duration) UnmarshalYAML(n *yaml.Node) error {
	if n.Value == "0" {
		*d = 0
		return nil
	}
	v, err := time.ParseDuration(n.Value)
	if err != nil {
		return fmt.Errorf("line %d: %q is no duration: write 4s, 30m or 24h", n.Line, n.Value)
	}
	*d = duration(v)
	return nil
}

func (d duration) MarshalYAML() (any, error) {
	s := time.Duration(d).String()
	for _, zero := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(s, zero) {
			s = strings.TrimSuffix(s, zero[1:])
		}
	}
	return s, nil
}

var unknownField = regexp.MustCompile(`line (\d+): field (\S+) not found in type \S+`)

func parseConfig(data []byte) (configFile, error) {
	var f configFile
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	err := dec.Decode(&f)
	if errors.Is(err, io.EOF) {
		return f, nil
	}
	if err == nil {
		if err = dec.Decode(&configFile{}); errors.Is(err, io.EOF) {
			return f, nil
		}
		return f, errors.New("configuration: the file has a second document after ---; put everything into one")
	}
	var te *yaml.TypeError
	if errors.As(err, &te) {
		lines := make([]string, len(te.Errors))
		for i, e := range te.Errors {
			lines[i] = unknownField.ReplaceAllString(e, `line $1: unknown key "$2"`)
		}
		return f, errors.New("configuration: " + strings.Join(lines, "; "))
	}
	return f, fmt.Errorf("configuration: %w", err)
}

// ConfigBook is what a configuration is read from and written to.
type ConfigBook interface {
	gateway.Book
	ScriptNow(ctx context.Context) (s bot.Script, version int, ok bool, err error)
	SaveScript(ctx context.Context, s bot.Script, basedOn int, by string) (version int, err error)
}

// ExportConfig writes the whole configuration as YAML. Secrets (the keys of CRM and
// helpdesk, the SIM's PIN, the backups' passphrase) are left out.
func ExportConfig(ctx context.Context, book ConfigBook) ([]byte, error) {
	s, err := book.Settings(ctx)
	if err != nil {
		return nil, err
	}
	rules, err := book.Rules(ctx)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	out.WriteString("# Secrets are left out: retailcrm.key, helpdesk.key, helpdesk.embed.panel_secret,\n# helpdesk.embed.mailbox, backup.passphrase and the PINs of modems stay as they are on the box where this file is applied, unless they are added here.\n")
	enc := yaml.NewEncoder(&out)
	enc.SetIndent(2)
	f := toFile(s, rules)
	script, _, saved, err := book.ScriptNow(ctx)
	if err != nil {
		return nil, err
	}
	if saved {
		f.Bot = toBot(script)
	}
	if err := enc.Encode(f); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// ApplyConfig validates a whole file before it changes anything, writes it, and
// answers one line for each thing that changed. Applying the same file twice changes
// nothing the second time.
func ApplyConfig(ctx context.Context, book ConfigBook, data []byte, by string) ([]string, error) {
	f, err := parseConfig(data)
	if err != nil {
		return nil, err
	}
	before, err := book.Settings(ctx)
	if err != nil {
		return nil, err
	}
	oldRules, err := book.Rules(ctx)
	if err != nil {
		return nil, err
	}
	ref, err := book.Reference(ctx)
	if err != nil {
		return nil, err
	}
	if err := f.checkDecency(); err != nil {
		return nil, fmt.Errorf("configuration: nothing was changed: %w", err)
	}
	after := f.settings(before)
	problems := settingsProblems(after)
	if f.Invitation != nil && len(problems) == 0 {
		problems = invitationProblems(after, ref)
	}
	plan, ruleProblems := f.planRules(oldRules, ref)
	script, err := f.planScript(ctx, book, after, ref)
	if err != nil {
		return nil, fmt.Errorf("configuration: nothing was changed: %w", err)
	}
	problems = append(problems, script.problems...)
	if problems = append(problems, ruleProblems...); len(problems) > 0 {
		return nil, errors.New("configuration: nothing was changed:\n  " + strings.Join(problems, "\n  "))
	}
	changed := settingsChanges(before, after)
	if len(changed) > 0 {
		if err := book.SaveSettings(ctx, after, by); err != nil {
			return nil, err
		}
	}
	if script.changed {
		if _, err := book.SaveScript(ctx, script.next, script.version, by); err != nil {
			return changed, err
		}
		changed = append(changed, "bot: changed")
	}
	done, err := plan.carryOut(ctx, book, by)
	return append(changed, done...), err
}

type scriptPlan struct {
	next     bot.Script
	version  int
	changed  bool
	problems []string
}

// planScript is what the file makes of the bot's script.
func (f configFile) planScript(ctx context.Context, book ConfigBook, s gateway.Settings, ref gateway.Reference) (scriptPlan, error) {
	if f.Bot == nil {
		return scriptPlan{}, nil
	}
	now, version, saved, err := book.ScriptNow(ctx)
	if err != nil {
		return scriptPlan{}, err
	}
	if !saved && now.Languages[0] != s.Shop.Language {
		now = bot.DefaultScript(s.Shop.Language)
	}
	next, err := f.Bot.script(now, !saved)
	if err != nil {
		return scriptPlan{}, err
	}
	p := scriptPlan{next: next, version: version, problems: scriptProblems(next, ref.Fields)}
	// As they would be written: an empty list and none are the same there.
	was, err := yaml.Marshal(toBot(now))
	if err != nil {
		return p, err
	}
	is, err := yaml.Marshal(toBot(next))
	p.changed = !saved || !bytes.Equal(was, is)
	return p, err
}

func settingsProblems(s gateway.Settings) []string {
	var fields gateway.FieldErrors
	if !errors.As(s.Validate(), &fields) {
		return nil
	}
	return problemLines("", fields)
}

func problemLines(prefix string, fields gateway.FieldErrors) []string {
	var lines []string
	for key, problem := range fields {
		lines = append(lines, prefix+key+": "+problem.Sentence("en"))
	}
	slices.Sort(lines)
	return lines
}

type rulePlan struct {
	save   []gateway.Rule
	words  []string
	remove []gateway.Rule
}

func (f configFile) planRules(have []gateway.Rule, ref gateway.Reference) (rulePlan, []string) {
	var plan rulePlan
	var problems []string
	if f.Rules == nil {
		return plan, nil
	}
	named := map[string]bool{}
	for i, rf := range *f.Rules {
		prefix := fmt.Sprintf("rules[%d] %q: ", i, rf.Name)
		old, found := gateway.Rule{}, false
		for _, r := range have {
			if strings.EqualFold(r.Name, rf.Name) {
				old, found = r, true
			}
		}
		next, err := rf.rule(old, found)
		if err != nil {
			problems = append(problems, prefix+err.Error())
			continue
		}
		if named[strings.ToLower(rf.Name)] {
			problems = append(problems, prefix+"the name stands twice")
		}
		named[strings.ToLower(rf.Name)] = true
		var fields gateway.FieldErrors
		if errors.As(next.Validate(ref), &fields) {
			if fields["text"] != "" {
				delete(fields, "text")
				problems = append(problems, prefix+"text: "+gateway.TemplateSentence(gateway.CheckText(next.Text, ref), "en"))
			}
			problems = append(problems, problemLines(prefix, fields)...)
		}
		switch {
		case !found:
			plan.save, plan.words = append(plan.save, next), append(plan.words, "rule "+next.Name+": added")
		case !sameRule(old, next):
			plan.save, plan.words = append(plan.save, next), append(plan.words, "rule "+next.Name+": changed")
		}
	}
	for _, r := range have {
		if !named[strings.ToLower(r.Name)] {
			plan.remove = append(plan.remove, r)
		}
	}
	return plan, problems
}

func (p rulePlan) carryOut(ctx context.Context, book gateway.Book, by string) ([]string, error) {
	var done []string
	for _, r := range p.remove {
		if err := book.DeleteRule(ctx, r.ID, by); err != nil {
			return done, err
		}
		done = append(done, "rule "+r.Name+": removed")
	}
	for i, r := range p.save {
		if _, err := book.SaveRule(ctx, r, by); err != nil {
			return done, err
		}
		done = append(done, p.words[i])
	}
	return done, nil
}

func sameRule(a, b gateway.Rule) bool {
	a.Version, a.UpdatedAt, a.UpdatedBy = b.Version, b.UpdatedAt, b.UpdatedBy
	return a.ID == b.ID && a.Name == b.Name && a.Enabled == b.Enabled && a.Text == b.Text && a.Once == b.Once &&
		a.FallbackAfter == b.FallbackAfter && a.Hours == b.Hours && a.ExpiresAfter == b.ExpiresAfter && a.IfMissing == b.IfMissing &&
		slices.Equal(a.Statuses, b.Statuses) && slices.Equal(a.Channels, b.Channels)
}

func (rf ruleFile) rule(old gateway.Rule, found bool) (gateway.Rule, error) {
	r := gateway.DefaultRule()
	if found {
		r = old
	}
	r.Hours = gateway.Hours{} // left out in a file means any, also for a rule that had some
	r.Name, r.Statuses, r.Text = rf.Name, rf.Statuses, rf.Text
	set(&r.Enabled, rf.Enabled)
	if rf.Channels != nil {
		r.Channels = nil
		for _, ch := range *rf.Channels {
			r.Channels = append(r.Channels, device.Channel(ch))
		}
	}
	if rf.Once != nil {
		r.Once = gateway.Once(*rf.Once)
	}
	if rf.IfMissing != nil {
		r.IfMissing = gateway.IfMissing(*rf.IfMissing)
	}
	setDuration(&r.FallbackAfter, rf.FallbackAfter)
	setDuration(&r.ExpiresAfter, rf.ExpiresAfter)
	if rf.Hours != nil {
		from, err := gateway.ParseClock(rf.Hours.From)
		if err != nil {
			return r, fmt.Errorf("hours.from: %w", err)
		}
		to, err := gateway.ParseClock(rf.Hours.To)
		if err != nil {
			return r, fmt.Errorf("hours.to: %w", err)
		}
		r.Hours = gateway.Hours{From: from, To: to}
	}
	return r, nil
}

func set[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}

func setDuration(to *time.Duration, from *duration) {
	if from != nil {
		*to = time.Duration(*from)
	}
}
