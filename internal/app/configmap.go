package app

import (
	"fmt"
	"time"

	"vestnik/gateway"
)

// settings lays the file over what is in force.
func (f configFile) settings(s gateway.Settings) gateway.Settings {
	if c := f.Shop; c != nil {
		set(&s.Shop.Name, c.Name)
		set(&s.Shop.Language, c.Language)
		set(&s.Shop.Timezone, c.Timezone)
		set(&s.Shop.Region, c.Region)
	}
	if c := f.RetailCRM; c != nil {
		set(&s.RetailCRM.URL, c.URL)
		set(&s.RetailCRM.Key, c.Key)
		setDuration(&s.RetailCRM.Poll, c.Poll)
		set(&s.RetailCRM.WhatsAppField, c.WhatsAppField)
	}
	if c := f.WhatsApp; c != nil {
		set(&s.WhatsApp.Enabled, c.Enabled)
		c.onto(&s.WhatsApp.PaceSettings)
		set(&s.WhatsApp.NewChatsPerDay, c.NewChatsPerDay)
	}
	if c := f.SMS; c != nil {
		set(&s.SMS.Enabled, c.Enabled)
		c.onto(&s.SMS.PaceSettings)
		if c.Modems != nil {
			s.SMS.Modems = c.modems(s.SMS.Modems)
		}
		if c.Unknown != nil {
			s.SMS.Unknown = gateway.UnknownPolicy(*c.Unknown)
		}
		setDuration(&s.SMS.UnknownAfter, c.UnknownAfter)
	}
	if c := f.Backup; c != nil {
		set(&s.Backup.Folder, c.Folder)
		set(&s.Backup.Hour, c.Hour)
		set(&s.Backup.Passphrase, c.Passphrase)
	}
	if c := f.Chats; c != nil {
		set(&s.Chats.Enabled, c.Enabled)
		set(&s.Chats.Endpoint, c.Endpoint)
		if c.Mirror != nil {
			s.Chats.Mirror = gateway.MirrorMode(*c.Mirror)
		}
		set(&s.Chats.WebhookURL, c.WebhookURL)
	}
	if f.Helpdesk != nil {
		f.Helpdesk.onto(&s.Helpdesk)
	}
	if f.Decency != nil {
		f.Decency.onto(&s.Decency)
	}
	if f.Conduct != nil {
		f.Conduct.onto(&s.Conduct)
	}
	if f.Invitation != nil {
		f.Invitation.onto(&s.Invitation)
	}
	return s
}

func (p paceFile) onto(s *gateway.PaceSettings) {
	setDuration(&s.Gap, p.Gap)
	set(&s.PerHour, p.PerHour)
	set(&s.PerDay, p.PerDay)
}

// modems keeps the PIN of a port whose line names none.
func (f smsFile) modems(have []gateway.ModemSettings) []gateway.ModemSettings {
	modems := []gateway.ModemSettings{}
	for _, m := range *f.Modems {
		next := gateway.ModemSettings{Port: m.Port}
		for _, old := range have {
			if old.Port == m.Port {
				next.PIN = old.PIN
			}
		}
		set(&next.PIN, m.PIN)
		modems = append(modems, next)
	}
	return modems
}

func toFile(s gateway.Settings, rules []gateway.Rule) configFile {
	f := configFile{
		Shop:      &shopFile{&s.Shop.Name, &s.Shop.Language, &s.Shop.Timezone, &s.Shop.Region},
		RetailCRM: &crmFile{URL: &s.RetailCRM.URL, Poll: dur(s.RetailCRM.Poll), WhatsAppField: &s.RetailCRM.WhatsAppField},
		WhatsApp:  &whatsappFile{&s.WhatsApp.Enabled, toPace(&s.WhatsApp.PaceSettings), &s.WhatsApp.NewChatsPerDay},
		SMS:       &smsFile{Enabled: &s.SMS.Enabled, paceFile: toPace(&s.SMS.PaceSettings), UnknownAfter: dur(s.SMS.UnknownAfter)},
		Rules:     &[]ruleFile{},
		Backup:    &backupFile{Folder: &s.Backup.Folder, Hour: &s.Backup.Hour},
	}
	modems := []modemFile{}
	for _, m := range s.SMS.Modems {
		modems = append(modems, modemFile{Port: m.Port})
	}
	unknown := string(s.SMS.Unknown)
	f.SMS.Modems, f.SMS.Unknown = &modems, &unknown
	mirror := string(s.Chats.Mirror)
	f.Chats = &chatsFile{&s.Chats.Enabled, &s.Chats.Endpoint, &mirror, &s.Chats.WebhookURL}
	f.Helpdesk = toHelpdesk(s.Helpdesk)
	f.Decency, f.Conduct, f.Invitation = toDecency(s.Decency), toConduct(s.Conduct), toInvitation(s.Invitation)
	for _, r := range rules {
		*f.Rules = append(*f.Rules, toRule(r))
	}
	return f
}

func toPace(p *gateway.PaceSettings) paceFile { return paceFile{dur(p.Gap), &p.PerHour, &p.PerDay} }

func dur(d time.Duration) *duration { v := duration(d); return &v }

func toRule(r gateway.Rule) ruleFile {
	channels := []string{}
	for _, ch := range r.Channels {
		channels = append(channels, string(ch))
	}
	once, missing := string(r.Once), string(r.IfMissing)
	f := ruleFile{
		Name: r.Name, Enabled: &r.Enabled, Statuses: r.Statuses, Text: r.Text, Channels: &channels, Once: &once,
		FallbackAfter: dur(r.FallbackAfter), ExpiresAfter: dur(r.ExpiresAfter), IfMissing: &missing,
	}
	if !r.Hours.Any() {
		f.Hours = &hoursFile{r.Hours.From.String(), r.Hours.To.String()}
	}
	return f
}

// settingsChanges tells each setting that differs, secrets without their value.
func settingsChanges(a, b gateway.Settings) []string {
	var lines []string
	tell := func(name string, old, new any) {
		if o, n := fmt.Sprint(old), fmt.Sprint(new); o != n {
			lines = append(lines, fmt.Sprintf("%s: %s → %s", name, o, n))
		}
	}
	secret := func(name, old, new string) {
		if old != new {
			lines = append(lines, name+": changed (not shown)")
		}
	}
	tell("shop.name", a.Shop.Name, b.Shop.Name)
	tell("shop.language", a.Shop.Language, b.Shop.Language)
	tell("shop.timezone", a.Shop.Timezone, b.Shop.Timezone)
	tell("shop.region", a.Shop.Region, b.Shop.Region)
	tell("retailcrm.url", a.RetailCRM.URL, b.RetailCRM.URL)
	secret("retailcrm.key", a.RetailCRM.Key, b.RetailCRM.Key)
	tell("retailcrm.poll", a.RetailCRM.Poll, b.RetailCRM.Poll)
	tell("retailcrm.whatsapp_field", a.RetailCRM.WhatsAppField, b.RetailCRM.WhatsAppField)
	tell("whatsapp.enabled", a.WhatsApp.Enabled, b.WhatsApp.Enabled)
	tell("whatsapp.pace", a.WhatsApp.PaceSettings, b.WhatsApp.PaceSettings)
	tell("whatsapp.new_chats_per_day", a.WhatsApp.NewChatsPerDay, b.WhatsApp.NewChatsPerDay)
	tell("sms.enabled", a.SMS.Enabled, b.SMS.Enabled)
	tell("sms.pace", a.SMS.PaceSettings, b.SMS.PaceSettings)
	tell("sms.unknown", a.SMS.Unknown, b.SMS.Unknown)
	tell("sms.unknown_after", a.SMS.UnknownAfter, b.SMS.UnknownAfter)
	ports := func(s gateway.Settings) (ports []string, pins string) {
		for _, m := range s.SMS.Modems {
			ports, pins = append(ports, m.Port), pins+m.PIN+"/"
		}
		return ports, pins
	}
	portsA, pinsA := ports(a)
	portsB, pinsB := ports(b)
	tell("sms.modems", portsA, portsB)
	if len(portsA) == len(portsB) {
		secret("sms.modems.pin", pinsA, pinsB)
	}
	tell("backup.folder", a.Backup.Folder, b.Backup.Folder)
	tell("backup.hour", a.Backup.Hour, b.Backup.Hour)
	secret("backup.passphrase", a.Backup.Passphrase, b.Backup.Passphrase)
	tell("chats.enabled", a.Chats.Enabled, b.Chats.Enabled)
	tell("chats.endpoint", a.Chats.Endpoint, b.Chats.Endpoint)
	tell("chats.mirror", a.Chats.Mirror, b.Chats.Mirror)
	tell("chats.webhook_url", a.Chats.WebhookURL, b.Chats.WebhookURL)
	lines = append(lines, helpdeskChanges(a.Helpdesk, b.Helpdesk)...)
	return append(lines, decencyChanges(a, b)...)
}
