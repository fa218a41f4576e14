package store

import (
	"context"
	"database/sql"
	"errors"
	"sync"
	"time"
)

// A commit waits for the disk: 0.2 ms on a good one, 30 ms on a bad card. Changes that
// wait for their turn at the same time share that wait: one transaction holds them all,
// and each is told when it is on the disk. On a slow disk the first waits a little for
// others: a receipt and the claim of the next message come within a millisecond.

// most is how many changes go into one transaction; a commit that fails, fails them all.
const most = 64

const (
	slowCommit = 5 * time.Millisecond // from here on a commit waits for others
	patience   = 10                   // for the tenth part of what the last one took
)

// job is a change that waits to be written.
type job struct {
	do   func(querier) error
	done chan struct{} // closed when the fields below stand
	err  error
	// panicked is what do panicked with; it goes on where the change was asked for.
	panicked any
}

func (j *job) end(err error) {
	j.err = err
	close(j.done)
}

func (j *job) ended() bool {
	select {
	case <-j.done:
		return true
	default:
		return false
	}
}

// run does the change; ok tells that it may be committed.
func (j *job) run(q querier) (ok bool, err error) {
	defer func() {
		if r := recover(); r != nil {
			j.panicked, ok = r, false
		}
	}()
	err = j.do(q)
	return err == nil, err
}

// queue is the changes that nobody has begun, in the order in which they came.
type queue struct {
	came chan struct{} // holds one token since the last one came; nobody need take it

	mu   sync.Mutex
	jobs []*job
}

func newQueue() queue { return queue{came: make(chan struct{}, 1)} }

func (q *queue) add(j *job) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.jobs = append(q.jobs, j)
	select {
	case q.came <- struct{}{}:
	default:
	}
}

// await waits until another one comes, at most for a time, and takes it; nil when none
// came.
func (q *queue) await(limit time.Duration) *job {
	late := time.NewTimer(limit)
	defer late.Stop()
	for {
		if j := q.next(); j != nil {
			return j
		}
		select {
		case <-q.came:
		case <-late.C:
			return q.next()
		}
	}
}

// next takes the first; nil when there is none.
func (q *queue) next() *job {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.jobs) == 0 {
		return nil
	}
	j := q.jobs[0]
	q.jobs = q.jobs[1:]
	return j
}

// withdraw takes one back; false when it was begun.
func (q *queue) withdraw(j *job) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	for i, other := range q.jobs {
		if other == j {
			q.jobs = append(q.jobs[:i:i], q.jobs[i+1:]...)
			return true
		}
	}
	return false
}

// transact runs do in one transaction, alone or with others that wait; it returns when
// that is on the disk. It may wait for its turn and for another process until ctx ends;
// once do has begun it goes to its end, which takes milliseconds, so that a caller who
// goes away never leaves a statement in the middle. do runs on the goroutine of one of
// those who wait.
func (w *writer) transact(ctx context.Context, do func(querier) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	j := &job{do: do, done: make(chan struct{})}
	w.queue.add(j)
	select {
	case <-j.done:
	case <-w.turn:
		w.lead(ctx, j)
		w.turn <- struct{}{}
	case <-ctx.Done():
		if w.queue.withdraw(j) {
			return ctx.Err()
		}
		<-j.done
	}
	if j.panicked != nil {
		panic(j.panicked)
	}
	return j.err
}

// lead writes what waits until mine is written.
func (w *writer) lead(ctx context.Context, mine *job) {
	for !mine.ended() {
		err := w.hold(ctx, func(conn *sql.Conn) error {
			if _, err := conn.ExecContext(ctx, `BEGIN IMMEDIATE`); err != nil {
				w.rollBack(ctx) // a wait that was cut short may have begun it
				return err
			}
			return w.group(context.WithoutCancel(ctx))
		})
		// What could not be begun is nobody's fault but the leader's patience; the others try
		// for themselves.
		if err != nil && w.queue.withdraw(mine) {
			mine.end(err)
		}
	}
}

// group fills the transaction that is open with what waits, what comes meanwhile
// included, and commits it. The first change may fail with the transaction, each other one is
// a savepoint and takes nothing else along. The error is that of a connection that broke.
func (w *writer) group(ctx context.Context) (broken error) {
	var written []*job
	endAll := func(err error) {
		for _, j := range written {
			j.end(err)
		}
		if errors.Is(err, sql.ErrConnDone) {
			broken = err
		}
	}
	for len(written) < most {
		j := w.queue.next()
		if j == nil && len(written) == 1 && w.took >= slowCommit {
			j = w.queue.await(w.took / patience)
		}
		if j == nil {
			break
		}
		if len(written) == 0 {
			ok, err := j.run(w)
			if !ok {
				w.rollBack(ctx)
				written = append(written, j)
				endAll(err)
				return broken
			}
			written = append(written, j)
			continue
		}
		if err := w.add(ctx, j); err != nil {
			// The transaction has ended under it, as a full disk does.
			w.rollBack(ctx)
			written = append(written, j)
			endAll(err)
			return broken
		}
		if !j.ended() {
			written = append(written, j)
		}
	}
	if len(written) == 0 {
		w.rollBack(ctx)
		return nil
	}
	began := time.Now()
	_, err := w.ExecContext(ctx, `COMMIT`)
	w.took = time.Since(began)
	if err != nil {
		w.rollBack(ctx)
	}
	w.changes.Add(1)
	endAll(err)
	if err == nil && broken == nil {
		broken = w.checkpoint(ctx, w.conn)
	}
	return broken
}

// add runs one more change inside of the transaction. One that fails is undone and
// ended; the error says that the transaction itself is lost.
func (w *writer) add(ctx context.Context, j *job) error {
	if _, err := w.ExecContext(ctx, `SAVEPOINT one`); err != nil {
		return err
	}
	ok, err := j.run(w)
	if ok {
		_, err := w.ExecContext(ctx, `RELEASE one`)
		return err
	}
	if _, bad := w.ExecContext(ctx, `ROLLBACK TO one`); bad != nil {
		return errors.Join(err, bad)
	}
	if _, bad := w.ExecContext(ctx, `RELEASE one`); bad != nil {
		return errors.Join(err, bad)
	}
	j.end(err)
	return nil
}
