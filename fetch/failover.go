package fetch

import (
	"context"
	"errors"
	"time"

	"wicketkey.internal/internal/ident"
)

// askRegions asks the sources of an identifier: the first, and the next when the
// last cannot answer, or when HedgeAfter has passed without an answer. A refusal
// by the first is final; its replicas know nothing better.
func (c *Client) askRegions(ctx context.Context, ref Ref, id ident.ID, once bool) (*Secret, error) {
	sources, err := c.sources(ctx, id)
	if err != nil {
		return nil, withID(ctx, ref, err)
	}
	if len(sources) == 1 {
		return c.ask(ctx, sources[0], ref, id, once)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r := race{client: c, ref: ref, id: id, once: once, sources: sources, answers: make(chan regional)}
	secret, err := r.run(ctx)
	cancel()
	r.drain()
	return secret, err
}

// regional is one region's answer.
type regional struct {
	place  int // 0 is home
	secret *Secret
	err    error
}

// race runs the regions of one call. Without HedgeAfter it never has two under
// way at once.
type race struct {
	client   *Client
	ref      Ref
	id       ident.ID
	once     bool
	sources  []source
	answers  chan regional
	started  int
	underway int
	first    error // home's, or the earliest
}

func (r *race) run(ctx context.Context) (*Secret, error) {
	r.next(ctx)
	for r.underway > 0 {
		timer, stop := r.hedge()
		select {
		case a := <-r.answers:
			r.underway--
			if a.err == nil {
				a.secret.p.meta.Replica = a.place > 0
				r.report(a)
				return a.secret, nil
			}
			r.keep(a)
			if a.place == 0 && refused(a.err) {
				return nil, a.err
			}
			if r.underway == 0 && ctx.Err() == nil {
				r.next(ctx)
			}
		case <-timer:
			r.next(ctx)
		}
		stop()
	}
	return nil, r.first
}

// hedge gives the channel that says when to ask the next region as well.
func (r *race) hedge() (<-chan time.Time, func()) {
	if r.client.opts.HedgeAfter == 0 || r.started == len(r.sources) {
		return nil, func() {}
	}
	timer := time.NewTimer(r.client.opts.HedgeAfter)
	return timer.C, func() { timer.Stop() }
}

// next starts a region, if one is left, with its share of the time that is
// left: a region that throttles for ever must not use up its replicas' time.
func (r *race) next(ctx context.Context) {
	if r.started == len(r.sources) {
		return
	}
	place, source := r.started, r.sources[r.started]
	ref, id := r.ref, r.id.WithRegion(source.place())
	ref.ID = id.String()
	ctx, cancel := share(ctx, len(r.sources)-r.started)
	r.started++
	r.underway++
	go func() {
		defer cancel()
		a := regional{place: place, err: withID(ctx, ref, errEnded)}
		defer func() { r.answers <- a }() // also where code of the caller's ends the goroutine
		a.secret, a.err = r.client.ask(ctx, source, ref, id, r.once)
	}()
}

var errEnded = errors.New("code of the caller's ended the call (runtime.Goexit)")

// share gives one of several parts of the time that ctx has left.
func share(ctx context.Context, parts int) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, time.Until(deadline)/time.Duration(parts))
}

func (r *race) keep(a regional) {
	if r.first == nil || a.place == 0 {
		r.first = a.err
	}
	r.client.log.Info("wicketkey: region cannot answer", "region", r.sources[a.place].place(), "error", a.err)
}

func (r *race) report(a regional) {
	if a.place > 0 {
		r.client.log.Warn("wicketkey: answered by a replica", "region", a.secret.Region(), "instead of", r.sources[0].place())
	}
}

// drain waits for the regions that lost; their context has ended.
func (r *race) drain() {
	for ; r.underway > 0; r.underway-- {
		if a := <-r.answers; a.secret != nil {
			_ = a.secret.Close()
		}
	}
}

func refused(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Refused()
}
