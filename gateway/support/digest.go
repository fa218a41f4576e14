package support

import (
	"context"
	"strconv"
	"strings"
	"time"

	"vestnik/gateway"
)

// mostAsked is how many questions a digest names.
const mostAsked = 12

// digest tells the CRM once a week what was asked. The week that was under way when it was
// switched on is told to nobody.
func (c *Clerk) digest(ctx context.Context) error {
	d := c.settings().Digest
	if d.As == gateway.DigestOff || d.As == "" {
		return nil
	}
	done, err := c.Store.DigestedAt(ctx)
	if err != nil {
		return boxed(err)
	}
	end := digestTime(d, c.now().In(c.zone()), 0)
	if !done.Before(end) {
		return nil
	}
	if done.IsZero() {
		return boxed(c.Store.KeepDigest(ctx, end, gateway.Effect{}))
	}
	begin, before := digestTime(d, c.now().In(c.zone()), 1), digestTime(d, c.now().In(c.zone()), 2)
	list, err := c.Store.Questions(ctx, begin, end)
	if err != nil {
		return boxed(err)
	}
	was, err := c.Store.Questions(ctx, before, begin) // also what nobody asks any more
	if err != nil {
		return boxed(err)
	}
	e, err := c.digestEffect(d, list, was, end)
	if err != nil {
		return err
	}
	if err := c.Store.KeepDigest(ctx, end, e); err != nil {
		return boxed(err)
	}
	c.EffectsDue()
	return nil
}

// untilDigest is how long until the next digest, and not less than a minute.
func (c *Clerk) untilDigest() time.Duration {
	now := c.now().In(c.zone())
	return max(digestTime(c.settings().Digest, now, -1).Sub(now), time.Minute)
}

// digestTime is when a week ended last, or some weeks before; negative: after. It goes by
// the calendar, so that a change to summer time does not move the hour.
func digestTime(d gateway.DigestSettings, now time.Time, weeksAgo int) time.Time {
	back := (int(now.Weekday()) - int(d.Weekday) + 7) % 7
	at := func(weeks int) time.Time {
		return time.Date(now.Year(), now.Month(), now.Day()-back-7*weeks, d.Hour, 0, 0, 0, now.Location())
	}
	if at(0).After(now) {
		weeksAgo++
	}
	return at(weeksAgo)
}

// digestEffect is the week's word to the CRM; without a key when nothing was asked.
func (c *Clerk) digestEffect(d gateway.DigestSettings, list, was []Question, end time.Time) (gateway.Effect, error) {
	if len(list) == 0 {
		return gateway.Effect{}, nil
	}
	title, text := digestText(list, was, c.words(), c.Live.Now().Settings.Shop.Language, end)
	key := "digest/" + end.Format(time.DateOnly)
	if d.As == gateway.DigestTask {
		return effect(gateway.EffectGive, key, 0, gateway.Task{Performer: d.User, Text: title, Comment: text, DueAt: c.now().Add(day)}, c.now())
	}
	return effect(gateway.EffectNote, key, 0, gateway.Note{Customer: d.Customer, Text: title + "\n" + text}, c.now())
}

// digestText says how often what was asked, with the week before. A ticket that names several
// products counts for each.
func digestText(list, was []Question, say say, lang string, end time.Time) (title, text string) {
	before := map[string]int{}
	for _, q := range was {
		before[q.Topic] += q.Tickets
		before[""] += q.Tickets
	}
	now, total := map[string]int{}, 0
	var order, products []string
	for _, q := range list {
		if now[q.Topic] == 0 {
			order = append(order, q.Topic)
		}
		now[q.Topic] += q.Tickets
		total += q.Tickets
		if q.Product != "" && len(products) < mostAsked {
			products = append(products, "  "+clean(q.Product)+" — "+TopicWord(q.Topic, lang)+": "+against(q.Tickets, q.Before, say))
		}
	}
	var lines []string
	for _, topic := range order {
		lines = append(lines, "  "+TopicWord(topic, lang)+": "+against(now[topic], before[topic], say))
	}
	title = say("Вопросы в поддержку за неделю до ", "Questions to support in the week to ") + end.Format("02.01.2006") + ": " + against(total, before[""], say)
	text = say("По темам:", "By topic:") + "\n" + strings.Join(lines, "\n")
	if len(products) > 0 {
		text += "\n" + say("По товарам:", "By product:") + "\n" + strings.Join(products, "\n")
	}
	return title, text
}

func against(now, before int, say say) string {
	return strconv.Itoa(now) + say(" (неделей раньше ", " (the week before ") + strconv.Itoa(before) + ")"
}
