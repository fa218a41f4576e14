package retailcrm

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"time"

	"vestnik/gateway"
	"vestnik/gateway/outbound"
)

// usersAge is how long the users are taken from memory: who is online changes by the
// minute, and a burst of conversations asks many times.
const usersAge = 30 * time.Second

// Users are the active users. The API does not tell when somebody was there last, so
// that LastSeenAt stays zero.
func (c *Client) Users(ctx context.Context) ([]gateway.CRMUser, error) {
	c.mu.Lock()
	users, at := c.users, c.usersAt
	c.mu.Unlock()
	if age := c.now().Sub(at); !at.IsZero() && age >= 0 && age < usersAge {
		return slices.Clone(users), nil
	}
	rows, err := c.readStaff(ctx, interactive, url.Values{"filter[active]": {"1"}})
	if err != nil {
		return nil, err
	}
	users = nil
	for _, u := range rows {
		if u.ID == 0 || u.Active.Given && !u.Active.On {
			continue
		}
		users = append(users, gateway.CRMUser{
			ID: int64(u.ID), ChatUser: int64(u.MGUserID), Name: u.name(), Phone: string(u.Phone), Email: string(u.Email),
			Active: true, Online: u.Online.On, Manager: u.IsManager.On, OnBreak: u.onBreak(),
		})
	}
	c.mu.Lock()
	c.users, c.usersAt = users, c.now()
	c.mu.Unlock()
	return slices.Clone(users), nil
}

// readStaff reads users to the last page.
func (c *Client) readStaff(ctx context.Context, who outbound.Lane, filter url.Values) ([]userBody, error) {
	var rows []userBody
	err := c.pages(ctx, call{
		op: "retailcrm: read users", path: "/api/v5/users", query: filter, right: "user_read", lane: who,
	}, maxPages, func(q call) (pagination, error) {
		var body usersBody
		_, err := c.do(ctx, q, &body)
		rows = append(rows, body.Users.Rows...)
		return body.Pagination.T, err
	})
	return rows, err
}

func (u userBody) name() string {
	return strings.TrimSpace(string(u.FirstName) + " " + string(u.LastName))
}

// onBreak reads the status that a user sets himself (official PHP client's enum: free,
// busy, dinner, break). One that is not known keeps nobody from being asked.
func (u userBody) onBreak() bool {
	return u.Status == "busy" || u.Status == "dinner" || u.Status == "break"
}
