package gateway

import (
	"slices"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // for a box whose system has no zones: it would write by Greenwich's clock

	"vestnik/device"
)

// ZoneSource is by which evidence a customer's time zone is known.
type ZoneSource string

// The sources, the best first.
const (
	ZoneByCity    ZoneSource = "city"
	ZoneByRegion  ZoneSource = "region"
	ZoneByCountry ZoneSource = "country" // it has one clock, or the capital's was taken
	ZoneByPhone   ZoneSource = "phone"
	ZoneByShop    ZoneSource = "shop" // nothing else is known
)

// ZoneOf is the time zone (IANA name) in which a customer lives: by his address, else by
// his number, else the shop's, for which it answers "". It asks nobody.
//
// A number that may be at home in several zones, as Russian mobiles are, is taken for one
// of the shop's own zone if that is among them, since most customers live near, else of the
// country's capital, else of the likeliest. A country without a region in its address is
// treated alike. A zone that this box does not know is the shop's.
func ZoneOf(place Place, phone device.Phone, shop ShopSettings) (zone string, from ZoneSource) {
	zone, from = zoneOfPlace(place, phone, shop)
	if zone == "" && phone != "" {
		zone, from = zoneOfPhone(phone, shop)
	}
	if zone == "" || ZoneNamed(zone) == nil {
		return "", ZoneByShop
	}
	return zone, from
}

func zoneOfPlace(place Place, phone device.Phone, shop ShopSettings) (string, ZoneSource) {
	region, city := placeParts(place.Region), placeParts(place.City)
	tables := placeTables()
	named := tables.country(place.Country)
	if len(region) == 0 && len(city) == 0 {
		if named == nil {
			return "", ""
		}
		return named.whole(phone, shop)
	}
	if named != nil {
		if zone, by := named.find(region, city); zone != "" {
			return zone, by
		}
	}
	if named == nil || named.code == shop.Region { // which perhaps the CRM fills in by itself
		for _, c := range append([]*country{tables.byCode[device.CountryOf(phone)], tables.byCode[shop.Region]}, tables.list...) {
			if c == nil || c == named {
				continue
			}
			if zone, by := c.find(region, city); zone != "" {
				return zone, by
			}
		}
	}
	if named != nil {
		return named.whole(phone, shop)
	}
	for _, key := range append(region, city...) {
		if c, _, ok := longestOf(tables.byName, key); ok {
			return c.whole(phone, shop)
		}
	}
	return "", ""
}

// country finds one by its code or its name; nil: it is not known.
func (t *countries) country(name string) *country {
	if c := t.byCode[strings.ToUpper(strings.TrimSpace(name))]; c != nil {
		return c
	}
	return t.byName[placeKey(placeWords(name))]
}

// whole is the zone of someone of whom only the country is known. In one with several
// clocks a number of that country tells more, and the shop's own country nothing.
func (c *country) whole(phone device.Phone, shop ShopSettings) (string, ZoneSource) {
	switch {
	case !c.many:
		return c.zone, ZoneByCountry
	case phone != "" && device.CountryOf(phone) == c.code:
		return zoneOfPhone(phone, shop)
	case c.code == shop.Region:
		return "", ""
	}
	return c.zone, ZoneByCountry
}

func zoneOfPhone(phone device.Phone, shop ShopSettings) (string, ZoneSource) {
	zones := device.ZonesOf(phone)
	switch len(zones) {
	case 0:
		return "", ""
	case 1:
		return zones[0], ZoneByPhone
	}
	if slices.Contains(zones, shop.Timezone) {
		return "", ""
	}
	if c := placeTables().byCode[device.CountryOf(phone)]; c != nil && slices.Contains(zones, c.zone) {
		return c.zone, ZoneByPhone
	}
	return zones[0], ZoneByPhone
}

// PlaceOf is a place by an address that is one text: what ZoneOf finds in it. The parts
// of an address go before it.
func PlaceOf(address string) Place {
	var p Place
	for _, key := range placeParts(address) {
		for _, c := range placeTables().list {
			if _, name, ok := longestOf(c.regions, key); ok && p.Region == "" && (c.towns[name] == "" || p.City != "") {
				p.Region = name
				break
			}
			if _, name, ok := longestOf(c.towns, key); ok && p.City == "" {
				p.City = name
				break
			}
		}
	}
	return p
}

// zonesKnown keeps the zones that were read, by name.
var zonesKnown sync.Map

// ZoneNamed is a time zone by its IANA name; nil: this box does not know it.
func ZoneNamed(name string) *time.Location {
	if zone, ok := zonesKnown.Load(name); ok {
		return zone.(*time.Location)
	}
	if name == "" || name == "Local" {
		return nil
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil
	}
	zonesKnown.Store(name, zone)
	return zone
}
