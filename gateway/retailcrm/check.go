package retailcrm

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

// Needed are the rights without which the main job cannot be done, by their names in
// the CRM.
func Needed() []string {
	return []string{"order_read", "order_write", "customer_read", "reference_read", "custom_fields_read", "custom_fields_write"}
}

// right is a right by its name in the CRM, with what is lost without it.
type right struct{ name, ru, en string }

// usefulRights are what the box uses when it has it, with what it cannot do without.
var usefulRights = []right{
	{"user_read", "Не видно, кто из менеджеров на месте и как их зовут.", "It is not seen which managers are there and what they are called."},
	{"customer_write", "На карточке клиента не появятся заметки и оценки.", "A customer's card gets no notes and no marks."},
	{"task_read", "Задачи менеджерам не ставятся: нельзя проверить, нет ли уже такой.", "Managers get no tasks: it cannot be seen whether there is one already."},
	{"task_write", "Задачи менеджерам не ставятся.", "Managers get no tasks."},
	{"integration_read", "Не видно, подключены ли чаты.", "It is not seen whether the chats are connected."},
	{"integration_write", "Чаты CRM не подключить: бот не отвечает в мессенджерах.", "The CRM's chats cannot be connected: the bot does not answer in messengers."},
	{"loyalty_read", "Уровень и баллы в программе лояльности не видны.", "The level and the points in the loyalty programme are not seen."},
	{"segment_read", "Рассылку не собрать по сегменту клиентов.", "Mailings cannot take a segment of the customers."},
}

// supportRights are what the customer's card and support use, with what operators lose
// without each. Segments come with the card and need no right of their own.
var supportRights = []right{
	{"customer_read", "Карточка клиента не показывается: клиента не найти.", "There is no customer's card: the customer cannot be found."},
	{"customer_write", "Новых клиентов не завести, заметки в карточку не записать.", "New customers cannot be added, and notes cannot be written on cards."},
	{"order_read", "Заказы клиента не видны.", "The customer's orders are not seen."},
	{"user_read", "Не видно, кто менеджер клиента и кто оставил заметку.", "It is not seen who the customer's manager is and who wrote a note."},
	{"task_read", "Задачи по клиенту не видны и не ставятся.", "Tasks about the customer are neither seen nor given."},
	{"task_write", "Задачи менеджерам не ставятся.", "Managers get no tasks."},
	{"loyalty_read", "Уровень и баллы в программе лояльности не видны.", "The level and the points in the loyalty programme are not seen."},
}

// Useful are rights that the box uses when it has them. Without them a shop works, but
// see Loss.
func Useful() []string {
	var names []string
	for _, r := range usefulRights {
		names = append(names, r.name)
	}
	return names
}

// Loss says what is lost without a useful right; "" for any other.
func Loss(name, lang string) string { return lossOf(usefulRights, name, lang) }

// SupportRights are the rights that the customer's card and support use. Without one its
// part is missing, see SupportLoss.
func SupportRights() []string {
	var names []string
	for _, r := range supportRights {
		names = append(names, r.name)
	}
	return names
}

// SupportLoss says what operators lose without a right of SupportRights; "" for any other.
func SupportLoss(name, lang string) string { return lossOf(supportRights, name, lang) }

func lossOf(rights []right, name, lang string) string {
	for _, r := range rights {
		if r.name == name {
			return languageOf(lang).pick(r.ru, r.en)
		}
	}
	return ""
}

// Test tries the address and the key. What is wrong stands in the State, Missing and
// Excess of the answer; the error is only for a trial that was broken off.
//
// A key that may do more than it must is no fault, but should it be stolen, it opens
// more than it must: Excess is advice.
func (c *Client) Test(ctx context.Context) (gateway.CRMTest, error) {
	out := gateway.CRMTest{CRMStatus: gateway.CRMStatus{State: gateway.CRMConnected, Since: c.now()}}
	var creds credentialsBody
	got, err := c.do(ctx, call{op: "retailcrm: read the key's rights", path: "/api/credentials", lane: interactive}, &creds)
	if err != nil {
		return c.failed(ctx, out, err)
	}
	if creds.Scopes.given {
		out.Missing, out.Lacking, out.Excess = compare(creds.Scopes.names)
	}
	settings, err := c.settings(ctx, interactive)
	if err != nil {
		return c.failed(ctx, out, err)
	}
	out.Zone = settings.zoneName
	if out.Clock, err = c.clockAhead(ctx, got, settings.Zone()); err != nil {
		return c.failed(ctx, out, err)
	}
	sites, err := c.reference(ctx, interactive, "sites", "sites")
	switch {
	case gateway.RightOf(err) != "":
		if !slices.Contains(out.Missing, gateway.RightOf(err)) {
			out.Missing = append(out.Missing, gateway.RightOf(err))
		}
	case err != nil:
		return c.failed(ctx, out, err)
	}
	for _, s := range sites {
		out.Shops = append(out.Shops, first(string(s.Name), string(s.Code)))
	}
	if len(out.Missing) > 0 {
		out.State = gateway.CRMMissingRight
	}
	return out, nil
}

func compare(have []string) (missing, lacking, excess []string) {
	without := func(rights []string) []string {
		return slices.DeleteFunc(rights, func(r string) bool { return slices.Contains(have, r) })
	}
	missing, lacking = without(Needed()), without(Useful())
	for _, r := range have {
		if !slices.Contains(Needed(), r) && !slices.Contains(Useful(), r) {
			excess = append(excess, r)
		}
	}
	slices.Sort(excess)
	return missing, lacking, slices.Compact(excess)
}

// clockAhead is how far the account's clock is ahead of ours, in whole seconds. The
// Date header is preferred, since it has no time zone to mistake.
func (c *Client) clockAhead(ctx context.Context, got receipt, zone *time.Location) (time.Duration, error) {
	if !got.date.IsZero() {
		return got.date.Sub(got.at).Round(time.Second), nil
	}
	var body historyBody
	q := call{
		op: "retailcrm: compare clocks", path: "/api/v5/orders/history", right: "order_read", lane: interactive,
		query: url.Values{"limit": {"20"}, "filter[startDate]": {c.now().In(zone).Format(time.DateTime)}},
	}
	got, err := c.do(ctx, q, &body)
	if err != nil {
		if device.KindOf(err) == device.Unauthorized {
			return 0, nil // stands in Missing already
		}
		return 0, err
	}
	at, ok := apiTime(body.GeneratedAt, zone)
	if !ok {
		return 0, nil
	}
	return at.Sub(got.at).Round(time.Second), nil
}

// failed turns a failure into the state that a page explains.
func (c *Client) failed(ctx context.Context, out gateway.CRMTest, err error) (gateway.CRMTest, error) {
	if ctx.Err() != nil {
		return out, err
	}
	var e *device.Error
	if !errors.As(err, &e) {
		return out, err
	}
	out.Cause = err.Error()
	switch {
	case e.Code == codeNotCRM || e.Code == codePage || e.Code == codeOdd:
		out.State = gateway.CRMNotCRM
	case e.Kind == device.Unauthorized && e.Code == "":
		out.State = gateway.CRMWrongKey
	case e.Kind == device.Unauthorized:
		out.State = gateway.CRMMissingRight
		if e.Code != codeDenied && !slices.Contains(out.Missing, e.Code) {
			out.Missing = append(out.Missing, e.Code)
		}
	case e.Kind == device.Unavailable && isStatus(e.Code), e.Kind == device.RateLimited, e.Kind == device.Refused:
		out.State = gateway.CRMFailing
	case e.Kind == device.NotFound:
		out.State = gateway.CRMNotCRM
	default:
		out.State = gateway.CRMUnreachable
	}
	return out, nil
}

// isStatus tells an HTTP status from a word.
func isStatus(code string) bool { return len(code) == 3 && code[0] >= '4' && code[0] <= '5' }
