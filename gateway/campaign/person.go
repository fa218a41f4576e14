package campaign

import (
	"errors"
	"strings"

	"vestnik/device"
	"vestnik/gateway"
)

// Reading is what the rows of an audience are read with.
type Reading struct {
	Region string // of numbers without a country code
	// Zone tells the time zone of a place and number; nil, or an empty answer: the shop's.
	Zone func(p gateway.Place, phone device.Phone) string
	// WhatsApp: landlines may stay, since they may be there.
	WhatsApp bool
	// Allows is what the shop states about the people of a list or file.
	Allows device.Answer
	// Country is where people of a list or file live who gave no more than a city: ISO 3166-1 alpha-2.
	Country string
}

// ReadingOf is the reading for a mailing by the settings.
func ReadingOf(c Campaign, s gateway.Settings, zone func(gateway.Place, device.Phone) string) Reading {
	r := Reading{Region: s.Shop.Region, Country: s.Shop.Region, Zone: zone, Allows: device.Unknown, WhatsApp: len(c.Plan.Channels) == 0}
	for _, ch := range c.Plan.Channels {
		r.WhatsApp = r.WhatsApp || ch == device.WhatsApp
	}
	if c.Audience.ConsentFrom != "" && !c.Audience.ConsentAt.IsZero() && (c.Audience.Source == FromList || c.Audience.Source == FromFile) {
		r.Allows = device.Yes
	}
	return r
}

// numbered gives a person the best of the numbers in some fields, or the reason why he has none.
func (r Reading) numbered(p Person, fields []string) Person {
	var best *device.Number
	problem := device.PhoneEmpty
	for _, field := range fields {
		found, err := device.ParsePhones(field, r.Region)
		var bad *device.PhoneError
		if errors.As(err, &bad) && problem == device.PhoneEmpty {
			problem = bad.Problem
		}
		for _, n := range found {
			if best == nil || !best.Kind.CanSMS() && n.Kind.CanSMS() {
				best = &n
			}
		}
	}
	p.State = PersonWaits
	switch {
	case best == nil && p.Customer != 0 && problem == device.PhoneEmpty:
		return p // his card may have a chat
	case best == nil && problem == device.PhoneEmpty:
		p.State, p.Reason = PersonOut, gateway.NoPhone
		return p
	case best == nil:
		p.State, p.Reason, p.Args = PersonOut, gateway.BadPhone, gateway.Args{"problem": string(problem)}
		return p
	}
	p.Phone = best.Phone
	if !best.Kind.CanSMS() && !r.WhatsApp {
		p.State, p.Reason = PersonOut, gateway.Landline
	}
	return p
}

func (r Reading) zoned(p Person, place gateway.Place) Person {
	if r.Zone != nil {
		p.Zone = r.Zone(place, p.Phone)
	}
	return p
}

// Customer makes a person of one whom the CRM found.
func (r Reading) Customer(a gateway.AudiencePerson) Person {
	p := Person{
		Customer: a.Customer, Order: a.Order, Name: strings.TrimSpace(a.Name), Fields: a.Fields,
		Known: a.Known || a.Order != 0, Allows: a.Allows,
	}
	if p.Allows == "" {
		p.Allows = device.Unknown
	}
	return r.zoned(r.numbered(p, a.Phones), a.Place)
}

// Row makes a person of a row of a file: line is its number from 1, columns what each cell is. A
// row that is empty is none: ok is false.
func (r Reading) Row(line int, cells []string, columns map[int]string) (p Person, ok bool) {
	p = Person{Line: line, Allows: r.Allows, Fields: map[string]string{}}
	place := gateway.Place{Country: r.Country}
	var phones []string
	for i, cell := range cells {
		cell = strings.TrimSpace(cell)
		if cell == "" {
			continue
		}
		ok = true
		what := columns[i]
		switch name, named := strings.CutPrefix(what, columnField); {
		case what == columnPhone:
			phones = append(phones, cell)
		case what == columnName:
			p.Name = clipped(cell, 100)
		case what == columnLanguage:
			p.Language = languageOf(cell)
		case what == columnCity:
			place.City, p.Fields["customer.city"] = cell, clipped(cell, 100)
		case what == columnOrder:
			p.Fields["order.number"] = clipped(cell, 50)
		case named && columnPath(name) != "":
			p.Fields[columnPath(name)] = clipped(cell, 500)
		}
	}
	return r.zoned(r.numbered(p, phones), place), ok
}

// Refused makes a person of a row that could not be read; problem is why.
func (r Reading) Refused(line int, problem string) Person {
	return Person{Line: line, Allows: r.Allows, State: PersonOut, Reason: gateway.RowRefused, Args: gateway.Args{"problem": problem}}
}

// pastedColumns are those of a pasted list, as its reader parts each line.
var pastedColumns = map[int]string{0: columnPhone, 1: columnName}

// languageOf reads how a person's language is written in a list; empty: not known.
func languageOf(s string) string {
	switch s = strings.ToLower(strings.TrimSpace(s)); {
	case strings.HasPrefix(s, "ru"), strings.HasPrefix(s, "рус"):
		return "ru"
	case strings.HasPrefix(s, "en"), strings.HasPrefix(s, "анг"):
		return "en"
	}
	return ""
}

// clipped cuts a foreign text to n characters.
func clipped(s string, n int) string {
	if runes := []rune(s); len(runes) > n {
		return string(runes[:n])
	}
	return s
}
