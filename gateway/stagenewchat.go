package gateway

import (
	"context"
	"strconv"
	"time"
)

// stageNewChat keeps the number of people written to for the first time small, that of those who
// wait for nothing smaller still, and respects WhatsApp's lock on new chats. Replies and open chats pass.
func (d *Dispatcher) stageNewChat(ctx context.Context, m Message, now time.Time) (bool, wait, error) {
	limit := d.Live.Now().Settings.WhatsApp.NewChatsPerDay
	link := d.Transport.Link()
	if limit == 0 && link.CanStart() {
		return false, wait{}, nil
	}
	open, err := d.Ledger.HasChat(ctx, m.To)
	if err == nil && !open && d.owed != nil {
		// What is owed may be the beginning of this very chat.
		if err = d.payUp(ctx); err == nil {
			open, err = d.Ledger.HasChat(ctx, m.To)
		}
	}
	if err != nil || open {
		return false, wait{}, err
	}
	if !link.CanStart() {
		args := Args{}
		until := now.Add(lockPause)
		if link.Until.After(now) {
			args["until_at"] = At(link.Until)
			until = earlier(link.Until, until)
		}
		return d.newChatMustWait(ctx, m, now, NewChatsLocked, args, until)
	}
	log, err := d.chatsOf(ctx)
	if err != nil {
		return true, wait{}, err
	}
	steady := time.Now()
	if log.full(steady, sentSpan, limit) > 0 {
		return d.newChatMustWait(ctx, m, now, CapNewChats, Args{"limit": strconv.Itoa(limit)}, now.Add(lockPause))
	}
	if m.Purpose.Unasked() {
		if left := log.full(steady, sentSpan, d.newChatsOfMailings(limit, now)); left > 0 {
			room := now.Add(left).Add(time.Second)
			return d.newChatMustWait(ctx, m, now, ShareUsed, Args{"until_at": At(room)}, earlier(room, now.Add(shareLook)))
		}
	}
	d.fresh = true
	return false, wait{}, nil
}

// shareLook is how often a message of a mailing is looked at that waits for a budget: the settings
// may change meanwhile.
const shareLook = time.Hour

// newChatsOfMailings is how many chats mailings may begin in a day, by the account's age.
func (d *Dispatcher) newChatsOfMailings(limit int, now time.Time) int {
	age := time.Duration(WarmUpDays) * 24 * time.Hour
	if d.AccountSince != nil {
		if since := d.AccountSince(); !since.IsZero() {
			age = now.Sub(since)
		}
	}
	return d.Live.Now().Settings.Conduct.NewChats(limit, age)
}

// newChatMustWait gives a message to its next channel, or puts it off when it has none or is to
// stay here: so that those who may be written to are not behind those who may not.
func (d *Dispatcher) newChatMustWait(ctx context.Context, m Message, now time.Time, why Reason, args Args, until time.Time) (bool, wait, error) {
	if d.staysHere(m) || m.NextChannel(d.open) == "" {
		return true, wait{}, d.putOff(ctx, m, Queued, why, args, until, now)
	}
	return true, wait{}, d.move(ctx, m, d.onward(m, Change{}, why, args, now))
}

// stageLookUp bounds the numbers that mailings and invitations ask the directory about: nobody is looked up who
// could not be written to anyway.
func (d *Dispatcher) stageLookUp(ctx context.Context, m Message, now time.Time) (bool, wait, error) {
	if !m.Purpose.Unasked() {
		return false, wait{}, nil
	}
	p, ok, err := d.Ledger.Presence(ctx, m.To)
	if err != nil || ok && freshPresence(p, now) {
		return err != nil, wait{}, err
	}
	if done, w, err := d.stageNewChat(ctx, m, now); done || err != nil {
		return true, w, err
	}
	limit := d.Live.Now().Settings.Conduct.LookUpsPerDay
	if limit <= 0 {
		return false, wait{}, nil
	}
	log, err := d.looksOf(ctx)
	if err != nil {
		return true, wait{}, err
	}
	left := log.full(time.Now(), sentSpan, limit)
	if left == 0 {
		return false, wait{}, nil
	}
	room := now.Add(left).Add(time.Second)
	return true, wait{}, d.putOff(ctx, m, Queued, LookUpsUsed, Args{"until_at": At(room)}, earlier(room, now.Add(shareLook)), now)
}

// noteLook counts a question to the directory for a message that nobody waits for.
func (d *Dispatcher) noteLook(m Message) {
	d.looked = true
	if m.Purpose.Unasked() && d.looks != nil {
		d.looks.add(time.Now())
	}
}

// looksOf is the log of the numbers that mailings asked about. After a restart it is made of what
// the ledger still shows: answers of the directory, and chats that were begun after one. Some of them
// were asked for orders: rather too many than too few.
func (d *Dispatcher) looksOf(ctx context.Context) (*sentLog, error) {
	if d.looks != nil {
		return d.looks, nil
	}
	now := d.now()
	asked, err := d.Ledger.LookUpTimes(ctx, now.Add(-sentSpan), sentMost)
	if err != nil {
		return nil, err
	}
	begun, err := d.Ledger.NewChatTimes(ctx, now.Add(-sentSpan), sentMost)
	if err != nil {
		return nil, err
	}
	d.looks = loadSent(merge(asked, begun), now, d.Clock.Look().SetBackAt, time.Now())
	return d.looks, nil
}
