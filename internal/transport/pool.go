package transport

import (
	"context"
	"net/url"
	"time"
)

// dialing is a connection being opened ahead of its use.
type dialing struct {
	stop  context.CancelFunc
	done  chan struct{}
	ended bool  // the same as done, under the transport's lock
	c     *conn // valid after done; nil when it failed
}

// Ahead starts to open a connection to u, unless there is one, idle, in use or
// on its way. It does not block. Failure costs nothing: the first Do dials again and
// reports what it meets.
func (t *Transport) Ahead(u *url.URL) {
	to := targetOf(u)
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed || t.live[to] > 0 {
		return
	}
	t.live[to]++
	ctx, stop := context.WithTimeout(context.Background(), aheadTimeout)
	d := &dialing{stop: stop, done: make(chan struct{})}
	t.ahead[to] = d
	go func() {
		var c *conn
		defer close(d.done)
		defer stop()
		defer func() { t.end(to, d, c) }() // also where a caller's Dial ends the goroutine
		if u.Scheme == "https" && t.amazonFirst() {
			go amazonRoots() // read while the SYN is under way
		}
		c, _ = t.dial(ctx, u)
	}()
}

// aheadTimeout bounds what nobody may be waiting for.
const aheadTimeout = 10 * time.Second

// end hands the connection to whoever claimed it, or puts it among the idle ones.
func (t *Transport) end(to target, d *dialing, c *conn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	d.c, d.ended = c, true
	if c == nil {
		t.live[to]--
	}
	if t.ahead[to] != d {
		return // claimed
	}
	delete(t.ahead, to)
	if c != nil {
		c.era = t.era
		t.releaseLocked(to, c, true)
	}
}

// acquire gives an idle connection, else the one that is being opened ahead,
// else a new one. One that has waited has to be quiet.
func (t *Transport) acquire(ctx context.Context, u *url.URL, to target) (*conn, error) {
	for {
		c, d, era := t.claim(to)
		if c == nil && d != nil {
			var err error
			if c, err = t.await(ctx, to, d); err != nil {
				return nil, err
			}
		}
		if c == nil {
			return t.dialFor(ctx, u, to, era)
		}
		if c.era = era; t.look(to, c) {
			return c, nil
		}
	}
}

// look reports whether a connection that has waited is quiet, and closes it otherwise.
func (t *Transport) look(to target, c *conn) (quiet bool) {
	defer func() {
		if !quiet {
			t.discard(to, c) // of a record that was not asked for the look has taken the beginning
		}
	}()
	return c.quiet()
}

// claim takes what there is: an idle connection, or a dialing that will give one.
func (t *Transport) claim(to target) (c *conn, d *dialing, era int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if c := t.popIdle(to); c != nil {
		return c, nil, t.era
	}
	d = t.ahead[to]
	delete(t.ahead, to) // claimed
	return nil, d, t.era
}

func (t *Transport) dialFor(ctx context.Context, u *url.URL, to target, era int) (*conn, error) {
	var c *conn
	t.found(to)
	defer func() {
		if c == nil {
			t.lost(to)
		}
	}()
	c, err := t.dial(ctx, u)
	if err != nil {
		return nil, err
	}
	c.era = era
	return c, nil
}

// found and lost count the connections to a target, those on their way included.
func (t *Transport) found(to target) { t.count(to, 1) }
func (t *Transport) lost(to target)  { t.count(to, -1) }

func (t *Transport) count(to target, n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.live[to] += n
}

// await waits for a claimed dialing; nil, nil means that it failed.
func (t *Transport) await(ctx context.Context, to target, d *dialing) (*conn, error) {
	select {
	case <-d.done:
		return d.c, nil
	case <-ctx.Done():
		t.leave(to, d)
		return nil, ctx.Err()
	}
}

// leave gives a claimed dialing up to whoever comes next.
func (t *Transport) leave(to target, d *dialing) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case !d.ended:
		t.ahead[to] = d
		if t.closed {
			d.stop()
		}
	case d.c != nil:
		d.c.era = t.era
		t.releaseLocked(to, d.c, true)
	}
}

func (t *Transport) popIdle(to target) *conn {
	list := t.idle[to]
	if len(list) == 0 {
		return nil
	}
	c := list[len(list)-1]
	t.idle[to] = list[:len(list)-1]
	c.expires.Stop()
	c.reused = true
	return c
}

// release keeps a connection that is fit for another exchange, and closes it
// otherwise.
func (t *Transport) release(to target, c *conn, fit bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.releaseLocked(to, c, fit)
}

// discard closes a connection that may have more to say than was read.
func (t *Transport) discard(to target, c *conn) {
	c.sweep()
	t.release(to, c, false)
}

func (t *Transport) releaseLocked(to target, c *conn, fit bool) {
	if !fit || t.closed || c.era != t.era || len(t.idle[to]) >= maxIdle {
		t.live[to]--
		c.close()
		return
	}
	c.expires = time.AfterFunc(t.opts.IdleTimeout, func() { t.expire(to, c) })
	t.idle[to] = append(t.idle[to], c)
}

func (t *Transport) expire(to target, c *conn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i, other := range t.idle[to] {
		if other == c {
			t.idle[to] = append(t.idle[to][:i], t.idle[to][i+1:]...)
			t.live[to]--
			c.close()
			return
		}
	}
}

// drop closes the idle connections to one target.
func (t *Transport) drop(to target) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.dropLocked(to)
}

func (t *Transport) dropLocked(to target) {
	for _, c := range t.idle[to] {
		t.live[to]--
		c.close()
	}
	delete(t.idle, to)
}

// Renew has every later exchange go out on a new connection: on one of those that
// stand now an answer has come to what nobody asked. Exchanges under way finish.
func (t *Transport) Renew() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.era++
	for to := range t.idle {
		t.dropLocked(to)
	}
}

// Close closes idle connections and ends what was begun ahead. Exchanges under
// way finish, those that still need a connection included; none is kept.
func (t *Transport) Close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closed = true
	for _, d := range t.ahead {
		d.stop()
	}
	for to := range t.idle {
		t.dropLocked(to)
	}
}
