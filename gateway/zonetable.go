package gateway

import (
	"strings"
	"sync"
)

// country is one of the world as the tables know it.
type country struct {
	code    string // ISO 3166-1 alpha-2
	zone    string // the capital's
	many    bool   // it has several clocks
	regions map[string]*subject
	towns   map[string]string // zones by key
}

// subject is a part of a country.
type subject struct {
	zone  string
	other map[string]string // zones of its towns with another clock, by key
}

// countries are the tables in the order in which a name is looked for.
type countries struct {
	list   []*country // those with regions
	byCode map[string]*country
	byName map[string]*country
}

// placeTables are read once, when the first place is looked up: about half a megabyte.
var placeTables = sync.OnceValue(func() *countries {
	all := &countries{byCode: map[string]*country{}, byName: map[string]*country{}}
	var c *country
	for line := range strings.Lines(russia + neighbours + world) {
		line = strings.TrimSpace(line)
		head, rest, _ := strings.Cut(line, "]")
		switch {
		case line == "":
		case strings.HasPrefix(head, "["):
			code, zone, _ := strings.Cut(head[1:], " ")
			names, many := strings.CutPrefix(strings.TrimSpace(rest), "*")
			c = &country{code: code, zone: zone, many: many, regions: map[string]*subject{}, towns: map[string]string{}}
			all.byCode[code] = c
			for _, name := range keysOf(names) {
				all.byName[name] = c
			}
		default:
			if len(c.regions) == 0 {
				all.list = append(all.list, c)
			}
			c.line(line)
		}
	}
	return all
})

func keysOf(names string) []string {
	var keys []string
	for name := range strings.SplitSeq(names, ",") {
		keys = append(keys, placeKey(placeWords(name)))
	}
	return keys
}

// line adds a subject, or towns of one that have another clock.
func (c *country) line(line string) {
	parts := strings.SplitN(line, "|", 3)
	zone, names, towns := strings.TrimSpace(parts[0]), keysOf(parts[1]), keysOf(parts[2])
	s, known := c.regions[names[0]]
	if !known {
		s = &subject{zone: zone, other: map[string]string{}}
		for _, name := range names {
			c.regions[name] = s
		}
	}
	c.many = c.many || zone != c.zone
	for _, town := range towns {
		c.towns[town] = zone
		if zone != s.zone {
			s.other[town] = zone
		}
	}
}

// find is the zone of a place in this country, by the keys of its region and its town.
// The region decides, since many towns share a name; a town decides within it, or alone. Each
// may stand in the other's field.
func (c *country) find(region, city []string) (zone string, by ZoneSource) {
	for _, keys := range [][]string{region, city} {
		for _, key := range keys {
			s, name, ok := longestOf(c.regions, key)
			if !ok {
				continue
			}
			if zone := townIn(s.other, city, region); zone != "" {
				return zone, ZoneByCity
			}
			if c.towns[name] != "" && name == key && len(region) == 0 {
				return s.zone, ZoneByCity // Moscow, or Kursk in Latin letters: a town's name and a region's
			}
			return s.zone, ZoneByRegion
		}
	}
	if zone := townIn(c.towns, city, region); zone != "" {
		return zone, ZoneByCity
	}
	return "", ""
}

// townIn is the zone of the first town that a table has; empty: it has none of them.
func townIn(towns map[string]string, fields ...[]string) string {
	if len(towns) == 0 {
		return ""
	}
	for _, keys := range fields {
		for _, key := range keys {
			if zone, _, ok := longestOf(towns, key); ok {
				return zone
			}
		}
	}
	return ""
}
