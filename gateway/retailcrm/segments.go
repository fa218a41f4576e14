package retailcrm

import (
	"context"
	"errors"
	"net/url"

	"vestnik/gateway"
)

// Segments are the account's active segments, in its order.
func (c *Client) Segments(ctx context.Context) ([]gateway.Segment, error) {
	rows, err := c.rawSegments(ctx)
	if err != nil {
		return nil, err
	}
	var out []gateway.Segment
	for _, s := range rows {
		if s.Code != "" && (s.Active.On || !s.Active.Given) {
			out = append(out, gateway.Segment{
				Code: string(s.Code), Name: first(string(s.Name), string(s.Code)), Customers: whole(s.Customers),
			})
		}
	}
	return out, nil
}

func (c *Client) rawSegments(ctx context.Context) ([]segmentBody, error) {
	var rows []segmentBody
	err := c.pages(ctx, call{
		op: "retailcrm: read the segments", path: "/api/v5/segments", query: url.Values{"filter[active]": {"1"}},
		right: "segment_read", lane: interactive,
	}, maxPages, func(q call) (pagination, error) {
		var body segmentsBody
		_, err := c.do(ctx, q, &body)
		if err == nil && !body.Segments.Given {
			err = c.lost(q, codeOdd, errors.New("the answer lacks the segments"))
		}
		rows = append(rows, body.Segments.Rows...)
		return body.Pagination.T, err
	})
	return rows, err
}

// segmentID is a segment's number by its code; "" when there is none.
func (c *Client) segmentID(ctx context.Context, code string) (string, error) {
	rows, err := c.rawSegments(ctx)
	for _, s := range rows {
		if string(s.Code) == code && s.ID != 0 {
			return itoa(int64(s.ID)), err
		}
	}
	return "", err
}
