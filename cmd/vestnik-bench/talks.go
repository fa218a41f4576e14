package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"vestnik/sim/disk"
	"vestnik/sim/world"
)

const (
	replies     = 201 // messages of as many people, in each of the two channels
	slowReplies = 20  // questions about an order in each, to a CRM that takes its time
	slowCRM     = 300 * time.Millisecond
	atOnce      = 50   // people who write at the same moment
	flooded     = 2000 // people who are answered before the memory is read
	// crmPause is what the box leaves between its requests to the CRM when it has used up the five that
	// it may make at once: messages that come more slowly than that measure the box.
	crmPause = 210 * time.Millisecond
)

// talkConfig is a bot that is open day and night.
const talkConfig = `
bot:
  enabled: true
  open: {mon: ["00:00-24:00"], tue: ["00:00-24:00"], wed: ["00:00-24:00"], thu: ["00:00-24:00"], fri: ["00:00-24:00"], sat: ["00:00-24:00"], sun: ["00:00-24:00"]}
  commands:
    - {number: 1, title: "Где мой заказ?", answer: {order_status: true}}
    - {number: 2, title: "Доставка", answer: {text: "Доставляем за два дня, от 1500 рублей бесплатно."}}
    - {number: 3, title: "Первое", answer: {text: "Ответ первый."}}
    - {number: 4, title: "Второе", answer: {text: "Ответ второй."}}
    - {number: 5, title: "Третье", answer: {text: "Ответ третий."}}
    - {number: 9, title: "Позвать сотрудника", answer: {operator: true}}
`

// question is what a customer asks, and what the answer must have.
type question struct {
	name, text string
	requests   int // that the box makes to the CRM for it
	answer     func(*writer) string
}

var (
	aWelcome = question{"welcome", "Здравствуйте!", 1, func(*writer) string { return "Здравствуйте, Анна!" }}
	aCommand = question{"command", "2", 1, func(*writer) string { return "Доставляем за два дня" }}
	aStatus  = question{"order's status", "Где мой заказ?", 2, func(w *writer) string { return "Заказ " + w.order }}
)

// talkBox is a box with open conversations on which the bot answers, and those who write to it.
type talkBox struct {
	*box
	crowd *crowd
}

func startTalks(ctx context.Context, dir, data string, byWhatsApp, byTelegram int) (*talkBox, error) {
	w, err := world.New(world.Options{Dir: mkdir(dir, "world"), CRMRate: -1})
	if err != nil {
		return nil, err
	}
	t := &talkBox{}
	if t.crowd, err = newCrowd(w, byWhatsApp, byTelegram); err == nil {
		err = t.crowd.fill(ctx, mkdir(data, "data"))
	}
	if err == nil {
		t.box, err = startBoxWith(ctx, data, w, true, talkConfig)
	}
	if err == nil {
		err = t.warm(ctx)
	}
	if err != nil {
		t.end()
		w.Close()
		return nil, err
	}
	return t, nil
}

// warm waits until the chats are connected and the CRM has answered: their first customers
// are answered.
func (t *talkBox) warm(ctx context.Context) error {
	w := t.crowd.world
	anna := &writer{say: func(text string) error { w.OnTelegram.Write(text); return nil }, texts: w.OnTelegram.Texts}
	limit := time.Now().Add(time.Minute)
	for n := 0; len(anna.texts()) == 0; n++ {
		if time.Now().After(limit) {
			return errors.New("the first customer was not answered within a minute")
		}
		if n%4 == 0 {
			if err := anna.say(fmt.Sprintf("Есть ли у вас зелёный чай, %d грамм?", 50+n)); err != nil {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(500 * time.Millisecond):
		}
	}
	time.Sleep(5 * time.Second) // until the chats that were there before are read
	return nil
}

func (t *talkBox) end() {
	if t.box != nil && t.child != nil {
		_ = t.stop() // the figures are taken
	}
	if t.crowd != nil {
		t.crowd.world.Close()
	}
	t.box, t.crowd = nil, nil
}

// timed asks everybody one question, one after the other, and collects the times by
// question.
func (t *talkBox) timed(ctx context.Context, people []*writer, questions ...question) (map[string][]time.Duration, error) {
	times := map[string][]time.Duration{}
	for i, w := range people {
		q := questions[i%len(questions)]
		answer, took, err := t.crowd.ask(ctx, w, q.text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", q.name, err)
		}
		if !strings.Contains(answer, q.answer(w)) {
			return nil, fmt.Errorf("%q was answered with %q", q.text, answer)
		}
		times[q.name] = append(times[q.name], took)
		time.Sleep(time.Duration(q.requests) * crmPause)
	}
	return times, nil
}

func together(times map[string][]time.Duration) []time.Duration {
	var all []time.Duration
	for _, list := range times {
		all = append(all, list...)
	}
	return all
}

// told are the median and the 95th percentile of each question.
func told(times map[string][]time.Duration) string {
	var parts []string
	for _, q := range []question{aWelcome, aCommand, aStatus} {
		if list := times[q.name]; len(list) > 0 {
			parts = append(parts, fmt.Sprintf("%s %.1f and %.1f", q.name, ms(median(list)), ms(p95(list))))
		}
	}
	return strings.Join(parts, ", ")
}

// benchTalks measures the bot in a ledger of many open conversations.
func benchTalks(ctx context.Context, dir string) ([]figure, error) {
	t, err := startTalks(ctx, dir, mkdir(dir, "box"), replies+slowReplies+atOnce+flooded, replies+slowReplies+atOnce)
	if err != nil {
		return nil, err
	}
	defer t.end()
	var figures []figure
	for _, measure := range []func(context.Context) ([]figure, error){t.replies, t.slowReplies, t.bursts, t.crowded} {
		more, err := measure(ctx)
		if err != nil {
			return nil, err
		}
		figures = append(figures, more...)
	}
	t.end()
	written, err := benchTalkDisk(ctx, dir)
	return append(figures, written...), err
}

// replies are the times of single messages on a box that has nothing else to do.
func (t *talkBox) replies(ctx context.Context) ([]figure, error) {
	var figures []figure
	for _, ch := range []struct {
		name, note string
		people     []*writer
	}{
		{"WhatsApp", "; each begins a Signal session", t.crowd.whatsapp[:replies]},
		{"Telegram by the CRM's chats", "", t.crowd.telegram[:replies]},
	} {
		times, err := t.timed(ctx, ch.people, aWelcome, aCommand, aStatus)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", ch.name, err)
		}
		all := together(times)
		figures = append(figures, figure{
			"reply, " + ch.name + ", 10,000 open conversations", ms(median(all)), "ms", atMost(150),
			fmt.Sprintf("from the wire to the wire, median of %d people, p95 %.1f ms; median and p95 by answer: %s; a CRM that answers at once%s", len(all), ms(p95(all)), told(times), ch.note),
		})
	}
	return figures, nil
}

// slowReplies are the times of answers for which a CRM is asked that takes its time.
func (t *talkBox) slowReplies(ctx context.Context) ([]figure, error) {
	people := slices.Concat(t.crowd.whatsapp[replies:][:slowReplies], t.crowd.telegram[replies:][:slowReplies])
	t.crowd.world.CRM.Faults().SlowBy(slowCRM)
	defer t.crowd.world.CRM.Faults().Clear()
	times, err := t.timed(ctx, people, aStatus)
	if err != nil {
		return nil, fmt.Errorf("slow CRM: %w", err)
	}
	all := times[aStatus.name]
	return []figure{{
		"reply with an order's status, from a CRM that takes 300 ms", ms(median(all)), "ms",
		target{},
		fmt.Sprintf("median of %d people, half of them by Telegram; p95 %.1f ms; the customer's card and his orders are asked for", len(all), ms(p95(all))),
	}}, nil
}

// bursts are what becomes of messages that many write at the same moment.
func (t *talkBox) bursts(ctx context.Context) ([]figure, error) {
	var figures []figure
	for _, ch := range []struct {
		name, note string
		people     []*writer
	}{
		{"WhatsApp", "", t.crowd.whatsapp},
		{"Telegram", "; the box makes 5 requests a second to the chats", t.crowd.telegram},
	} {
		sum, err := t.burst(ctx, ch.people[replies+slowReplies:][:atOnce])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", ch.name, err)
		}
		figures = append(figures, sum.figures(ch.name, ch.note)...)
	}
	return figures, nil
}

// crowded is the rate of answers when very many write, and the memory after that.
func (t *talkBox) crowded(ctx context.Context) ([]figure, error) {
	rate, err := t.flood(ctx, t.crowd.whatsapp[replies+slowReplies+atOnce:])
	if err != nil {
		return nil, err
	}
	full, err := rss(t.pid())
	if err != nil {
		return nil, err
	}
	return []figure{
		{"answers to people who write all at once, WhatsApp", rate, "answers/s", target{}, fmt.Sprintf("%d people, the first message of each", flooded)},
		{
			"memory: bot with 10,000 open conversations", full, "MiB", atMost(80),
			fmt.Sprintf("RSS after %d of them were answered; WhatsApp, SMS and chats connected", len(t.crowd.whatsapp)+len(t.crowd.telegram)),
		},
	}, nil
}

// tally is what became of messages that many wrote at the same moment.
type tally struct {
	people, messages, lost, doubled, disordered int
	took                                        time.Duration
}

// answersInTurn are the answers to the commands 3, 4 and 5.
var answersInTurn = []string{"Ответ первый.", "Ответ второй.", "Ответ третий."}

// burst has everybody write three times at the same moment.
func (t *talkBox) burst(ctx context.Context, people []*writer) (tally, error) {
	sum := tally{people: len(people), messages: len(people) * len(answersInTurn)}
	before := make([]int, len(people))
	for i, w := range people {
		before[i] = len(w.texts())
	}
	begin, failed := make(chan struct{}), make(chan error, len(people))
	var all sync.WaitGroup
	for _, w := range people {
		all.Go(func() {
			<-begin
			for n := range answersInTurn {
				if err := w.say(fmt.Sprint(3 + n)); err != nil {
					failed <- err
					return
				}
			}
		})
	}
	began := time.Now()
	close(begin)
	all.Wait()
	select {
	case err := <-failed:
		return sum, err
	default:
	}
	for i, w := range people {
		if _, err := t.crowd.await(ctx, w, before[i]+len(answersInTurn)-1); ctx.Err() != nil {
			return sum, err
		}
	}
	sum.took = time.Since(began)
	time.Sleep(2 * time.Second) // for what comes twice
	for i, w := range people {
		sum.add(w.texts()[before[i]:])
	}
	return sum, nil
}

// add counts what one person has got.
func (s *tally) add(texts []string) {
	last := -1
	for _, text := range texts {
		if n := slices.IndexFunc(answersInTurn, func(a string) bool { return strings.Contains(text, a) }); n >= 0 {
			if n < last {
				s.disordered++
			}
			last = n
		}
	}
	for _, answer := range answersInTurn {
		n := 0
		for _, text := range texts {
			if strings.Contains(text, answer) {
				n++
			}
		}
		if n == 0 {
			s.lost++
		}
		s.doubled += max(0, n-1)
	}
}

func (s tally) figures(channel, note string) []figure {
	name := fmt.Sprintf("%d people write %d messages each at once, %s: ", s.people, s.messages/s.people, channel)
	whole := fmt.Sprintf("%d of %d messages answered", s.messages-s.lost, s.messages)
	return []figure{
		{name + "lost", float64(s.lost), "answers", exactly(0), whole},
		{name + "doubled", float64(s.doubled), "answers", exactly(0), ""},
		{name + "out of order", float64(s.disordered), "answers", exactly(0), ""},
		{name + "until the last answer", s.took.Seconds(), "s", target{}, fmt.Sprintf("from the moment of writing, %.1f answers/s%s", float64(s.messages-s.lost)/s.took.Seconds(), note)},
	}
}

// flood has everybody write once and answers how many were answered in a second.
func (t *talkBox) flood(ctx context.Context, people []*writer) (float64, error) {
	began := time.Now()
	for _, w := range people {
		if err := w.say(aWelcome.text); err != nil {
			return 0, err
		}
	}
	for _, w := range people {
		if _, err := t.crowd.await(ctx, w, 0); err != nil {
			return 0, err
		}
	}
	return float64(len(people)) / time.Since(began).Seconds(), nil
}

// benchTalkDisk measures what the box writes for a message that it answers, by the word of
// the disk.
func benchTalkDisk(ctx context.Context, dir string) ([]figure, error) {
	const n = 30
	card, err := disk.New(disk.Options{Mount: filepath.Join(dir, "card"), Scratch: mkdir(dir, "scratch")})
	if errors.Is(err, disk.ErrUnavailable) {
		return []figure{{What: "fsyncs per message that is answered", Unit: "not measured", Note: err.Error()}}, nil
	}
	if err != nil {
		return nil, err
	}
	defer card.Close() //nolint:errcheck // the figures are taken
	t, err := startTalks(ctx, mkdir(dir, "second"), card.Path(), n, n)
	if err != nil {
		return nil, err
	}
	defer t.end()
	var figures []figure
	for _, ch := range []struct {
		name   string
		people []*writer
	}{{"WhatsApp", t.crowd.whatsapp}, {"Telegram", t.crowd.telegram}} {
		// The first messages begin sessions, and the customers' cards are read.
		if _, err := t.timed(ctx, ch.people, aWelcome); err != nil {
			return nil, err
		}
		syncs, kib := perMessage(card, n)
		if _, err := t.timed(ctx, ch.people, aCommand); err != nil {
			return nil, err
		}
		time.Sleep(time.Second) // the receipts
		figures = append(figures,
			figure{"fsyncs per message that is answered, " + ch.name, syncs(), "fsyncs", target{}, fmt.Sprintf("both databases, heard to delivered, one at a time, %d messages; with the rest of the box's writing in that time", n)},
			figure{"disk writes per message that is answered, " + ch.name, kib(), "KiB", target{}, "both databases, whole pages of 4 KiB that the fsyncs wrote, 10,000 open conversations"},
		)
	}
	return figures, nil
}
