package store

import (
	"context"

	"vestnik/device"
	"vestnik/gateway"
)

const (
	queryAttempts = `SELECT ` + attemptColumns + ` FROM attempt a JOIN message m ON m.id = a.message WHERE a.message = ? ORDER BY a.n`
	queryReceipts = `SELECT channel, device, part, parts, kind, at, phone, evidence FROM receipt
		WHERE wire_id = ? AND channel = ? ORDER BY kept_at, at, part`
	queryEffectsOf = `SELECT ` + effectColumns + ` FROM effect WHERE message = ? ORDER BY id`
)

// Story implements gateway.Journal. The proofs of a wire id that was sent several
// times stand with its newest attempt.
func (s *Store) Story(ctx context.Context, id gateway.MessageID) (gateway.Story, error) {
	const op = "read a message's story"
	var story gateway.Story
	err := s.view(ctx, op, func(q querier) (err error) {
		if story.Message, err = messageByID(ctx, q, op, id); err != nil {
			return err
		}
		if story.Decision, err = oneDecision(ctx, q, op, queryDecisionOf, int64(id)); err != nil {
			return err
		}
		steps, err := traceOf(ctx, q, id)
		if err != nil {
			return err
		}
		story.Trace = append(append([]gateway.Step(nil), story.Decision.Trace...), steps...)
		if story.Attempts, err = attemptsOf(ctx, q, id); err != nil {
			return err
		}
		return each(ctx, q, func(scan scanner) error {
			e, err := scanEffect(scan)
			story.Effects = append(story.Effects, e)
			return err
		}, queryEffectsOf, int64(id))
	})
	if err != nil {
		return gateway.Story{}, err
	}
	return story, nil
}

func attemptsOf(ctx context.Context, q querier, id gateway.MessageID) ([]gateway.AttemptStory, error) {
	var list []gateway.AttemptStory
	err := each(ctx, q, func(scan scanner) error {
		a, err := scanAttempt(scan)
		list = append(list, gateway.AttemptStory{Attempt: a})
		return err
	}, queryAttempts, int64(id))
	if err != nil {
		return nil, err
	}
	told := map[string]bool{}
	for i := len(list) - 1; i >= 0; i-- {
		a := &list[i]
		if a.Parts, err = partsOf(ctx, q, a.Attempt); err != nil {
			return nil, err
		}
		wire := string(a.Channel) + " " + a.Envelope.WireID
		if told[wire] {
			continue
		}
		told[wire] = true
		if a.Receipts, err = receiptsOf(ctx, q, a.Channel, a.Envelope.WireID); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func receiptsOf(ctx context.Context, q querier, ch device.Channel, wire string) ([]device.Receipt, error) {
	var list []device.Receipt
	err := each(ctx, q, func(scan scanner) error {
		r := device.Receipt{WireIDs: []string{wire}}
		var at stamp
		err := scan(&r.Channel, &r.Device, &r.Part, &r.Parts, &r.Kind, &at, &r.From, &r.Evidence)
		if at.Int64 != 0 {
			r.At = at.time()
		}
		list = append(list, r)
		return err
	}, queryReceipts, wire, string(ch))
	return list, err
}
