package app

import (
	"context"
	"time"

	"vestnik/bot"
	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/campaign"
	"vestnik/gateway/invite"
	"vestnik/store"
	"vestnik/webui"
)

// wireInvites makes who asks for reviews.
func (a *App) wireInvites() {
	l := invite.NewLoop()
	l.Store, l.Live, l.Clock, l.Topics, l.Log = a.store, a.live, a.clock, a.topics, a.log
	l.Orders, l.CRMAnswers, l.Enqueued, l.MaxParts = a.watch.Orders, a.clerk.CRMAnswers, a.wakeQueues, maxSMSParts
	l.NewToken = campaign.NewToken
	l.Asks = func() bool {
		script := a.script.Now().Script
		return script.On && script.Marks.Ask.On
	}
	l.LanguageOf = func(t gateway.Conversation) string {
		if len(t.State) == 0 {
			return ""
		}
		state, err := bot.ParseConversation(t.State)
		if err != nil {
			return "" // the clerk says so where it matters
		}
		return state.Language
	}
	a.invites = l
}

// inviteDesk is what the pages about invitations and consents ask.
type inviteDesk struct {
	*store.Store
	app *App
}

var _ webui.Invites = inviteDesk{}

// InvitationTotals implements webui.Invites.
func (d inviteDesk) InvitationTotals(ctx context.Context, since time.Time) (gateway.InvitationTotals, error) {
	return d.InvitationsSince(ctx, since)
}

// TryInvitation implements webui.Invites.
func (d inviteDesk) TryInvitation(ctx context.Context, i gateway.InvitationSettings, lang, orderNumber string) (gateway.Trial, error) {
	order, err := d.app.desk.OrderToTry(ctx, orderNumber)
	if err != nil {
		return gateway.Trial{}, err
	}
	decision, err := d.app.invites.Try(ctx, i, lang, order)
	if err != nil {
		return gateway.Trial{}, err
	}
	t := gateway.Trial{Verdict: decision.Verdict, Reason: decision.Reason, Args: decision.Args, Trace: decision.Trace, Order: order}
	m := decision.Message
	if m == nil {
		return t, nil
	}
	t.Text, t.To, t.SMS = m.Text, m.To, device.MeasureSMS(m.Text)
	return t, d.app.desk.WayOf(ctx, m, &t)
}

// OpenLink implements webui.Invites.
func (d inviteDesk) OpenLink(ctx context.Context, token string, count bool) (string, error) {
	link, err := d.LinkByToken(ctx, token)
	if err != nil {
		return "", err
	}
	if count && link.ClickedAt.IsZero() {
		if err := d.Clicked(ctx, token); err != nil { // the customer goes on to where he wanted
			d.app.log.Error("a click on a review link was not noted", "error", err)
		}
	}
	return d.app.live.Now().Settings.Decency.ReviewURL, nil
}
