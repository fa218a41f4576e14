package retailcrm

import "vestnik/gateway"

// place is where the order goes, else where its customer lives: the first address that
// tells a region or a town. The country alone is what the account fills in by itself, and
// counts only beside a street.
func (v view) place() gateway.Place {
	var found gateway.Place
	for _, a := range []address{v.o.Delivery.T.Address.T, v.card.Address.T} {
		p := placeOf(a)
		if p.Region != "" || p.City != "" {
			return p
		}
		if found == (gateway.Place{}) {
			found = p
		}
	}
	return found
}

// placeOf is what an address says of the place, by its parts, else by its text.
func placeOf(a address) gateway.Place {
	p := gateway.Place{Region: string(a.Region), City: string(a.City)}
	if p == (gateway.Place{}) {
		p = gateway.PlaceOf(string(a.Text))
	}
	if p != (gateway.Place{}) || a.Text != "" || a.Street != "" {
		p.Country = string(a.Country)
	}
	return p
}
