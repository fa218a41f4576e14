package campaign_test

import (
	"context"

	"vestnik/device"
	"vestnik/gateway"
)

// oneAndTwo is a CRM with two customers who allow advertising.
type oneAndTwo struct{}

func (oneAndTwo) Segments(context.Context) ([]gateway.Segment, error) { return nil, nil }

func (oneAndTwo) AudiencePage(_ context.Context, _ gateway.AudienceQuery, page int) ([]gateway.AudiencePerson, int, error) {
	if page > 1 {
		return nil, 2, nil
	}
	return []gateway.AudiencePerson{
		{Customer: 7, Name: "Анна", Phones: []string{phone(1).String()}, Allows: device.Yes, Fields: map[string]string{"customer.firstName": "Анна"}},
		{Customer: 8, Name: "Борис", Phones: []string{phone(2).String()}, Allows: device.Yes},
	}, 2, nil
}
