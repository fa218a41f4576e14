package gateway

import (
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"sort"
	"strings"
	"time"

	"vestnik/device"
)

// Settings is everything of the shop that is edited on the pages or applied from a
// file, apart from rules and users.
type Settings struct {
	Shop      ShopSettings
	RetailCRM CRMSettings
	WhatsApp  WhatsAppSettings
	SMS       SMSSettings
	Chats     ChatSettings
	Backup    BackupSettings
	Helpdesk  HelpdeskSettings
	Decency   DecencySettings
	Conduct   ConductSettings
	// Invitation asks for reviews after deliveries.
	Invitation InvitationSettings
}

// ShopSettings is who the shop is.
type ShopSettings struct {
	Name     string
	Language string // "ru" or "en"
	Timezone string // IANA name
	Region   string // ISO 3166-1 alpha-2: the country of numbers without a country code
}

// Zone is the shop's time zone; UTC when its name is not known here.
func (s ShopSettings) Zone() *time.Location {
	if zone, err := time.LoadLocation(s.Timezone); err == nil {
		return zone
	}
	return time.UTC
}

// CRMSettings is the way to the RetailCRM account.
type CRMSettings struct {
	URL string // https://account.retailcrm.ru; http for loopback only
	Key string // secret
	// Poll is the pause between two readings of the history, 5 s to 1 h.
	Poll time.Duration
	// WhatsAppField is the code of the order's checkbox; empty: the order is not marked.
	WhatsAppField string
}

// PaceSettings bounds how fast a channel writes. Zero means no limit.
type PaceSettings struct {
	Gap     time.Duration // least time between two messages; a third more is added by chance
	PerHour int
	PerDay  int
}

// WhatsAppSettings is how the WhatsApp channel behaves.
type WhatsAppSettings struct {
	Enabled bool
	PaceSettings
	// NewChatsPerDay bounds the customers written to for the first time. Zero: no limit.
	NewChatsPerDay int
}

// SMSSettings is how the SMS channel behaves.
type SMSSettings struct {
	Enabled bool
	PaceSettings
	Modems []ModemSettings
	// Unknown is what happens to an SMS of which nobody knows whether it left.
	Unknown UnknownPolicy
	// UnknownAfter is how long the delivery report has its chance before that, 1 minute to 24 hours.
	UnknownAfter time.Duration
}

// UnknownPolicy is what a shop prefers when nobody knows whether an SMS left.
type UnknownPolicy string

// The policies.
const (
	UnknownAsk    UnknownPolicy = "ask"     // a person decides
	UnknownResend UnknownPolicy = "resend"  // it is sent again: it may arrive twice
	UnknownLeave  UnknownPolicy = "give_up" // it is not: it may not arrive
)

// UnknownPolicies lists them, the default first.
var UnknownPolicies = []UnknownPolicy{UnknownAsk, UnknownResend, UnknownLeave}

// ModemSettings is one modem.
type ModemSettings struct {
	Port string // "auto" or a device path
	PIN  string // secret; empty: the SIM asks for none
}

// ChatSettings is the way to RetailCRM's chats: the messengers that the CRM holds.
type ChatSettings struct {
	Enabled bool
	// Endpoint is the address of the chats' server, for accounts that do not tell it; empty: the
	// CRM tells it.
	Endpoint string
	// Mirror is how this box's own WhatsApp and SMS appear among the CRM's chats.
	Mirror MirrorMode
	// WebhookURL is the public address for MirrorStub and MirrorWebhook.
	WebhookURL string
}

// MirrorMode is how this box's own WhatsApp and SMS appear among the CRM's chats.
type MirrorMode string

// The modes. Only MirrorShow works without a public address.
const (
	MirrorOff     MirrorMode = "off"
	MirrorShow    MirrorMode = "show"    // shown there; answered on this box's page or on the shop's phone
	MirrorStub    MirrorMode = "stub"    // answered there; a public stub says "later" and the chats' own wire brings the text
	MirrorWebhook MirrorMode = "webhook" // answered there; the address leads to this box
)

// MirrorModes lists them, the default first.
var MirrorModes = []MirrorMode{MirrorShow, MirrorOff, MirrorStub, MirrorWebhook}

// TwoWay tells whether operators may answer in the CRM.
func (m MirrorMode) TwoWay() bool { return m == MirrorStub || m == MirrorWebhook }

// BackupSettings is where and when the box copies itself.
type BackupSettings struct {
	Folder string // an absolute path; empty: "backups" in the data folder
	Hour   int    // of the shop's clock, 0 to 23
	// Passphrase is a secret; empty: no backups are made by themselves.
	Passphrase string
}

// MinPassphrase is the least length of a backup's passphrase in characters. Who finds
// the stick may try as many as he likes.
const MinPassphrase = 12

// DefaultSettings is what a new box starts from.
func DefaultSettings() Settings {
	return Settings{
		Shop:      ShopSettings{Language: "ru", Timezone: "Europe/Moscow", Region: "RU"},
		RetailCRM: CRMSettings{Poll: 10 * time.Second, WhatsAppField: "has_whatsapp"},
		WhatsApp: WhatsAppSettings{
			Enabled: true, PaceSettings: PaceSettings{Gap: 4 * time.Second, PerHour: 120, PerDay: 600}, NewChatsPerDay: 40,
		},
		SMS: SMSSettings{
			Enabled: true, PaceSettings: PaceSettings{Gap: 3 * time.Second, PerHour: 60, PerDay: 100},
			Modems: []ModemSettings{{Port: "auto"}}, Unknown: UnknownAsk, UnknownAfter: 10 * time.Minute,
		},
		Chats:  ChatSettings{Enabled: true, Mirror: MirrorShow},
		Backup: BackupSettings{Hour: 3}, Helpdesk: DefaultHelpdesk(),
		Decency: DefaultDecency(), Conduct: DefaultConduct(), Invitation: DefaultInvitation(),
	}
}

// FieldErrors says what is wrong with which setting. Keys are the names of the
// configuration file ("retailcrm.url"), values are problem codes with words in
// ProblemSentence.
type FieldErrors map[string]Problem

// Problem is a kind of mistake in a setting or rule.
type Problem string

// The mistakes.
const (
	ProblemRequired    Problem = "required"
	ProblemTooLong     Problem = "too_long"
	ProblemNotURL      Problem = "not_url"
	ProblemNotHTTPS    Problem = "not_https"
	ProblemTimezone    Problem = "unknown_timezone"
	ProblemRegion      Problem = "unknown_region"
	ProblemLanguage    Problem = "unknown_language"
	ProblemRange       Problem = "out_of_range"
	ProblemCode        Problem = "bad_code"
	ProblemUnknown     Problem = "unknown_value"
	ProblemDuplicate   Problem = "duplicate"
	ProblemTemplate    Problem = "bad_template"
	ProblemPIN         Problem = "bad_pin"
	ProblemWeak        Problem = "weak_password"
	ProblemUnknownCode Problem = "unknown_status"
	ProblemFolder      Problem = "bad_folder"
	ProblemInsideData  Problem = "inside_data"
	ProblemPassphrase  Problem = "weak_passphrase"
	ProblemDiffer      Problem = "not_the_same"
	ProblemNotOrigin   Problem = "not_origin" // an address with a path where only a name belongs
	ProblemNotName     Problem = "not_a_name" // a bare IP address
	ProblemStaffHost   Problem = "staff_host" // the name under which the shop's people open the box
	ProblemLoop        Problem = "leads_back"
	ProblemNoLink      Problem = "no_review_link"
)

func (e FieldErrors) Error() string {
	keys := make([]string, 0, len(e))
	for k, p := range e {
		keys = append(keys, k+": "+string(p))
	}
	sort.Strings(keys)
	return "settings: " + strings.Join(keys, "; ")
}

// OrNil is e as an error, nil when it is empty.
func (e FieldErrors) OrNil() error {
	if len(e) == 0 {
		return nil
	}
	return e
}

var codePattern = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// Validate answers FieldErrors, or nil.
func (s Settings) Validate() error {
	e := FieldErrors{}
	if len([]rune(s.Shop.Name)) > 100 {
		e["shop.name"] = ProblemTooLong
	}
	if s.Shop.Language != "ru" && s.Shop.Language != "en" {
		e["shop.language"] = ProblemLanguage
	}
	if _, err := time.LoadLocation(s.Shop.Timezone); err != nil || s.Shop.Timezone == "" || s.Shop.Timezone == "Local" {
		e["shop.timezone"] = ProblemTimezone
	}
	if !device.KnownRegion(s.Shop.Region) {
		e["shop.region"] = ProblemRegion
	}
	if s.RetailCRM.URL != "" {
		if p := urlProblem(s.RetailCRM.URL); p != "" {
			e["retailcrm.url"] = p
		}
	}
	if s.RetailCRM.Poll < 5*time.Second || s.RetailCRM.Poll > time.Hour {
		e["retailcrm.poll"] = ProblemRange
	}
	if f := s.RetailCRM.WhatsAppField; f != "" && !codePattern.MatchString(f) {
		e["retailcrm.whatsapp_field"] = ProblemCode
	}
	s.WhatsApp.validate("whatsapp.", e)
	if n := s.WhatsApp.NewChatsPerDay; n < 0 || n > 10_000 {
		e["whatsapp.new_chats_per_day"] = ProblemRange
	}
	s.SMS.validate("sms.", e)
	if !slices.Contains(UnknownPolicies, s.SMS.Unknown) {
		e["sms.unknown"] = ProblemUnknown
	}
	if s.SMS.UnknownAfter < time.Minute || s.SMS.UnknownAfter > 24*time.Hour {
		e["sms.unknown_after"] = ProblemRange
	}
	ports := map[string]bool{}
	for _, m := range s.SMS.Modems {
		if ports[m.Port] {
			e["sms.modems.port"] = ProblemDuplicate
		}
		ports[m.Port] = true
		if m.Port != "auto" && !strings.HasPrefix(m.Port, "/") {
			e["sms.modems.port"] = ProblemUnknown
		}
		if m.PIN != "" && (len(m.PIN) < 4 || len(m.PIN) > 8 || strings.Trim(m.PIN, "0123456789") != "") {
			e["sms.modems.pin"] = ProblemPIN
		}
	}
	s.Chats.validate(e)
	s.Backup.validate(e)
	s.Helpdesk.validate(e)
	s.Decency.validate(e)
	s.Conduct.validate(e)
	s.validateInvitation(e)
	s.checkPublic(e)
	return e.OrNil()
}

func (c ChatSettings) validate(e FieldErrors) {
	if c.Endpoint != "" {
		if p := urlProblem(c.Endpoint); p != "" {
			e["chats.endpoint"] = p
		}
	}
	if !slices.Contains(MirrorModes, c.Mirror) {
		e["chats.mirror"] = ProblemUnknown
	}
	switch {
	case c.WebhookURL != "":
		if p := urlProblem(c.WebhookURL); p != "" {
			e["chats.webhook_url"] = p
		}
	case c.Mirror.TwoWay():
		e["chats.webhook_url"] = ProblemRequired
	}
}

func (b BackupSettings) validate(e FieldErrors) {
	if b.Folder != "" && (!strings.HasPrefix(b.Folder, "/") || len(b.Folder) > 500) {
		e["backup.folder"] = ProblemFolder
	}
	if b.Hour < 0 || b.Hour > 23 {
		e["backup.hour"] = ProblemRange
	}
	if n := len([]rune(b.Passphrase)); n > 0 && n < MinPassphrase {
		e["backup.passphrase"] = ProblemPassphrase
	}
}

func (p PaceSettings) validate(prefix string, e FieldErrors) {
	if p.Gap < 0 || p.Gap > time.Hour {
		e[prefix+"gap"] = ProblemRange
	}
	if p.PerHour < 0 || p.PerHour > 100_000 {
		e[prefix+"per_hour"] = ProblemRange
	}
	if p.PerDay < 0 || p.PerDay > 1_000_000 {
		e[prefix+"per_day"] = ProblemRange
	}
}

func urlProblem(raw string) Problem {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return ProblemNotURL
	}
	host := u.Hostname()
	ip, err := netip.ParseAddr(host)
	if u.Scheme == "http" && (host == "localhost" || err == nil && ip.IsLoopback()) {
		return ""
	}
	if u.Scheme != "https" {
		return ProblemNotHTTPS
	}
	return ""
}

// Validate checks a rule against the CRM's vocabulary; an empty reference skips
// the checks of statuses and fields. It answers FieldErrors or nil; the template's own
// error is that of CheckText.
func (r Rule) Validate(ref Reference) error {
	e := FieldErrors{}
	if strings.TrimSpace(r.Name) == "" {
		e["name"] = ProblemRequired
	} else if len([]rune(r.Name)) > 100 {
		e["name"] = ProblemTooLong
	}
	if len(r.Statuses) == 0 {
		e["statuses"] = ProblemRequired
	}
	for _, code := range r.Statuses {
		if !codePattern.MatchString(code) {
			e["statuses"] = ProblemCode
		} else if _, ok := ref.Status(code); !ok && len(ref.Statuses) > 0 {
			e["statuses"] = ProblemUnknownCode
		}
	}
	if CheckText(r.Text, ref) != nil {
		e["text"] = ProblemTemplate
	}
	if len(r.Channels) == 0 {
		e["channels"] = ProblemRequired
	}
	seen := map[device.Channel]bool{}
	for _, ch := range r.Channels {
		if !ch.Known() {
			e["channels"] = ProblemUnknown
		} else if seen[ch] {
			e["channels"] = ProblemDuplicate
		}
		seen[ch] = true
	}
	if r.Once != OncePerOrder && r.Once != OncePerChange {
		e["once"] = ProblemUnknown
	}
	if r.IfMissing != SendWithout && r.IfMissing != DoNotSend {
		e["if_missing"] = ProblemUnknown
	}
	if r.FallbackAfter < 0 || r.FallbackAfter > 7*24*time.Hour {
		e["fallback_after"] = ProblemRange
	}
	if r.ExpiresAfter < 0 || r.ExpiresAfter > 30*24*time.Hour {
		e["expires_after"] = ProblemRange
	}
	if r.Hours.From < 0 || r.Hours.To < 0 || r.Hours.From > 24*60 || r.Hours.To > 24*60 {
		e["hours"] = ProblemRange
	}
	return e.OrNil()
}

// CheckText parses a rule's text and checks its fields against the directory, when
// that is known. The error is a *TemplateError.
func CheckText(text string, ref Reference) error {
	t, err := ParseTemplate(text)
	if err != nil {
		return err
	}
	if len(ref.Fields) == 0 {
		return nil
	}
	return t.Check(ref.Fields)
}
