package app

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"vestnik/gateway"
)

// helpdeskFile is the section helpdesk. A list or map that it names is the whole of it.
type helpdeskFile struct {
	Enabled       *bool              `yaml:"enabled,omitempty"`
	URL           *string            `yaml:"url,omitempty"`
	Email         *string            `yaml:"email,omitempty"`
	Key           *string            `yaml:"key,omitempty"`
	Poll          *duration          `yaml:"poll,omitempty"`
	PerMinute     *int               `yaml:"per_minute,omitempty"`
	CardURL       *string            `yaml:"card_url,omitempty"`
	Comment       *bool              `yaml:"comment,omitempty"`
	Sparse        *bool              `yaml:"sparse,omitempty"`
	Fields        *map[string]string `yaml:"fields,omitempty,flow"`
	Closed        *[]string          `yaml:"closed,omitempty,flow"`
	IgnoreDomains *[]string          `yaml:"ignore_domains,omitempty,flow"`
	Unknown       *string            `yaml:"unknown,omitempty"`
	UnknownSite   *string            `yaml:"unknown_site,omitempty"`
	NoteTickets   *bool              `yaml:"note_tickets,omitempty"`
	NotifyManager *bool              `yaml:"notify_manager,omitempty"`
	ManagerTask   *bool              `yaml:"manager_task,omitempty"`
	Delivery      *[]string          `yaml:"delivery,omitempty,flow"`
	Problem       *[]string          `yaml:"problem,omitempty,flow"`
	Critical      *[]string          `yaml:"critical,omitempty,flow"`
	Ranking       *[]string          `yaml:"ranking,omitempty,flow"`
	Rules         *[]priorityFile    `yaml:"rules,omitempty"`
	RulesDry      *bool              `yaml:"rules_dry,omitempty"`
	Alarm         *alarmFile         `yaml:"alarm,omitempty,flow"`
	Digest        *digestFile        `yaml:"digest,omitempty,flow"`
	Embed         *embedFile         `yaml:"embed,omitempty,flow"`
	KeepDays      *int               `yaml:"keep_days,omitempty"`
}

type priorityFile struct {
	Name     string `yaml:"name"`
	Enabled  *bool  `yaml:"enabled,omitempty"`
	When     string `yaml:"when"`
	Value    string `yaml:"value,omitempty"`
	Priority string `yaml:"priority"`
}

// alarmFile is what is done when an order reaches a critical status.
type alarmFile struct {
	Priority   *string `yaml:"priority,omitempty"`
	Requester  *int64  `yaml:"requester,omitempty"`
	Department *string `yaml:"department,omitempty"`
}

type digestFile struct {
	As       *string `yaml:"as,omitempty"`
	User     *int64  `yaml:"user,omitempty"`
	Customer *int64  `yaml:"customer,omitempty"`
	Weekday  *day    `yaml:"weekday,omitempty"`
	Hour     *int    `yaml:"hour,omitempty"`
}

type embedFile struct {
	Frame       *string `yaml:"frame,omitempty"`
	Panel       *bool   `yaml:"panel,omitempty"`
	PanelSecret *string `yaml:"panel_secret,omitempty"`
	Mailbox     *string `yaml:"mailbox,omitempty"`
}

// day is written "mon" to "sun".
type day time.Weekday

func (d *day) UnmarshalYAML(n *yaml.Node) error {
	for w := time.Sunday; w <= time.Saturday; w++ {
		if strings.EqualFold(n.Value, w.String()[:3]) {
			*d = day(w)
			return nil
		}
	}
	return fmt.Errorf("line %d: %q is no weekday: write mon, tue, wed, thu, fri, sat or sun", n.Line, n.Value)
}

func (d day) MarshalYAML() (any, error) { return strings.ToLower(time.Weekday(d).String()[:3]), nil }

func (c *helpdeskFile) onto(h *gateway.HelpdeskSettings) {
	set(&h.Enabled, c.Enabled)
	set(&h.URL, c.URL)
	set(&h.Email, c.Email)
	set(&h.Key, c.Key)
	setDuration(&h.Poll, c.Poll)
	set(&h.PerMinute, c.PerMinute)
	set(&h.CardURL, c.CardURL)
	set(&h.Comment, c.Comment)
	set(&h.Sparse, c.Sparse)
	set(&h.Fields, c.Fields)
	set(&h.Closed, c.Closed)
	set(&h.IgnoreDomains, c.IgnoreDomains)
	if c.Unknown != nil {
		h.Unknown = gateway.UnknownRequester(*c.Unknown)
	}
	set(&h.UnknownSite, c.UnknownSite)
	set(&h.NoteTickets, c.NoteTickets)
	set(&h.NotifyManager, c.NotifyManager)
	set(&h.ManagerTask, c.ManagerTask)
	set(&h.Delivery, c.Delivery)
	set(&h.Problem, c.Problem)
	set(&h.Critical, c.Critical)
	set(&h.Ranking, c.Ranking)
	if c.Rules != nil {
		h.Rules = nil
		for _, r := range *c.Rules {
			rule := gateway.PriorityRule{Name: r.Name, Enabled: true, When: gateway.PriorityWhen(r.When), Value: r.Value, Priority: r.Priority}
			set(&rule.Enabled, r.Enabled)
			h.Rules = append(h.Rules, rule)
		}
	}
	set(&h.RulesDry, c.RulesDry)
	if a := c.Alarm; a != nil {
		set(&h.CriticalPriority, a.Priority)
		set(&h.InternalRequester, a.Requester)
		set(&h.InternalDepartment, a.Department)
	}
	if d := c.Digest; d != nil {
		if d.As != nil {
			h.Digest.As = gateway.DigestKind(*d.As)
		}
		set(&h.Digest.User, d.User)
		set(&h.Digest.Customer, d.Customer)
		if d.Weekday != nil {
			h.Digest.Weekday = time.Weekday(*d.Weekday)
		}
		set(&h.Digest.Hour, d.Hour)
	}
	if e := c.Embed; e != nil {
		set(&h.Embed.Frame, e.Frame)
		set(&h.Embed.Panel, e.Panel)
		set(&h.Embed.PanelSecret, e.PanelSecret)
		set(&h.Embed.Mailbox, e.Mailbox)
	}
	set(&h.KeepDays, c.KeepDays)
}

// toHelpdesk leaves the secrets out: the key, the panel's secret and the mailbox's address.
func toHelpdesk(h gateway.HelpdeskSettings) *helpdeskFile {
	unknown, as, weekday := string(h.Unknown), string(h.Digest.As), day(h.Digest.Weekday)
	f := &helpdeskFile{
		Enabled: &h.Enabled, URL: &h.URL, Email: &h.Email, Poll: dur(h.Poll), PerMinute: &h.PerMinute, CardURL: &h.CardURL,
		Comment: &h.Comment, Sparse: &h.Sparse, Fields: orEmpty(h.Fields), Closed: list(h.Closed), IgnoreDomains: list(h.IgnoreDomains),
		Unknown: &unknown, UnknownSite: &h.UnknownSite, NoteTickets: &h.NoteTickets, NotifyManager: &h.NotifyManager,
		ManagerTask: &h.ManagerTask, Delivery: list(h.Delivery), Problem: list(h.Problem), Critical: list(h.Critical),
		Ranking: list(h.Ranking), Rules: &[]priorityFile{}, RulesDry: &h.RulesDry,
		Alarm:  &alarmFile{&h.CriticalPriority, &h.InternalRequester, &h.InternalDepartment},
		Digest: &digestFile{&as, &h.Digest.User, &h.Digest.Customer, &weekday, &h.Digest.Hour},
		Embed:  &embedFile{Frame: &h.Embed.Frame, Panel: &h.Embed.Panel}, KeepDays: &h.KeepDays,
	}
	for _, r := range h.Rules {
		*f.Rules = append(*f.Rules, priorityFile{r.Name, &r.Enabled, string(r.When), r.Value, r.Priority})
	}
	return f
}

func list(of []string) *[]string {
	out := append([]string{}, of...)
	return &out
}

func orEmpty(m map[string]string) *map[string]string {
	if m == nil {
		m = map[string]string{}
	}
	return &m
}

// helpdeskChanges tells each setting of the section that differs, secrets without their
// value.
func helpdeskChanges(a, b gateway.HelpdeskSettings) []string {
	var lines []string
	was, is := asLines(toHelpdesk(a)), asLines(toHelpdesk(b))
	for _, name := range slices.Sorted(maps.Keys(is)) {
		if was[name] != is[name] {
			lines = append(lines, fmt.Sprintf("helpdesk.%s: %s → %s", name, was[name], is[name]))
		}
	}
	for _, secret := range [][3]string{
		{"key", a.Key, b.Key}, {"embed.panel_secret", a.Embed.PanelSecret, b.Embed.PanelSecret}, {"embed.mailbox", a.Embed.Mailbox, b.Embed.Mailbox},
	} {
		if secret[1] != secret[2] {
			lines = append(lines, "helpdesk."+secret[0]+": changed (not shown)")
		}
	}
	return lines
}

// asLines are the section's keys, each with its value as JSON.
func asLines(f *helpdeskFile) map[string]string {
	text, err := yaml.Marshal(f)
	if err != nil {
		return map[string]string{"?": err.Error()}
	}
	var values map[string]any
	if err := yaml.Unmarshal(text, &values); err != nil {
		return map[string]string{"?": err.Error()}
	}
	out := map[string]string{}
	for name, v := range values {
		line, err := json.Marshal(v)
		if err != nil {
			line = []byte(err.Error())
		}
		out[name] = string(line)
	}
	return out
}
