package gateway

import "vestnik/device"

// Mobile is the first number of an order that can take an SMS, else the first valid one; empty when
// it has none. region is the country of numbers without a country code.
func (o Order) Mobile(region string) device.Phone {
	n, reason, _ := choosePhone(o.Phones, region)
	if reason != "" {
		return ""
	}
	return n.Phone
}
