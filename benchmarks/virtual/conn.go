package virtual

import (
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// pair returns the two ends of a connection.
func pair(oneWay time.Duration, client, server addr) (net.Conn, net.Conn) {
	up, down := newStream(oneWay), newStream(oneWay)
	return &conn{in: down, out: up, local: client, remote: server},
		&conn{in: up, out: down, local: server, remote: client}
}

type conn struct {
	in, out       *stream
	local, remote addr
}

func (c *conn) Read(p []byte) (int, error) { return c.in.read(p) }

// ReadNow reads what has arrived, as our transport does on TCP connections, where
// it takes no time.
func (c *conn) ReadNow(p []byte) (int, error) {
	n, _, _, err := c.in.tryRead(p)
	if n == 0 && err == nil {
		err = os.ErrDeadlineExceeded
	}
	return n, err
}

func (c *conn) Write(p []byte) (int, error) { return c.out.write(p) }
func (c *conn) LocalAddr() net.Addr         { return c.local }
func (c *conn) RemoteAddr() net.Addr        { return c.remote }

// Close ends both directions; the peer sees the end half a round trip later,
// after what was sent before.
func (c *conn) Close() error {
	c.in.abandon()
	c.out.end()
	return nil
}

func (c *conn) SetDeadline(t time.Time) error {
	c.in.setReadDeadline(t)
	c.out.setWriteDeadline(t)
	return nil
}

func (c *conn) SetReadDeadline(t time.Time) error  { c.in.setReadDeadline(t); return nil }
func (c *conn) SetWriteDeadline(t time.Time) error { c.out.setWriteDeadline(t); return nil }

// stream is one direction of a connection. Its window is unbounded, so writing
// never waits.
type stream struct {
	delay time.Duration

	mu            sync.Mutex // guards what follows
	segments      []segment
	ended         bool          // the writer will write no more
	abandoned     bool          // the reader will read no more
	changed       chan struct{} // closed, and replaced, when any of this changes
	readDeadline  time.Time
	writeDeadline time.Time
}

// segment is what one Write sent; no data stands for the end.
type segment struct {
	at   time.Time
	data []byte
}

func newStream(delay time.Duration) *stream {
	return &stream{delay: delay, changed: make(chan struct{})}
}

// changedLocked wakes the reader. The caller holds mu.
func (s *stream) changedLocked() {
	close(s.changed)
	s.changed = make(chan struct{})
}

func (s *stream) write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.ended:
		return 0, net.ErrClosed
	case past(s.writeDeadline):
		return 0, os.ErrDeadlineExceeded
	case len(p) > 0:
		s.segments = append(s.segments, segment{time.Now().Add(s.delay), append([]byte(nil), p...)})
		s.changedLocked()
	}
	return len(p), nil
}

func (s *stream) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.ended {
		s.ended = true
		s.segments = append(s.segments, segment{at: time.Now().Add(s.delay)})
		s.changedLocked()
	}
}

func (s *stream) read(p []byte) (int, error) {
	for {
		n, wait, changed, err := s.tryRead(p)
		if n > 0 || err != nil || len(p) == 0 {
			return n, err
		}
		if wait < 0 {
			<-changed
			continue
		}
		t := time.NewTimer(wait)
		select {
		case <-t.C:
		case <-changed:
		}
		t.Stop()
	}
}

// tryRead takes what has arrived. Where that is nothing, it says how long to
// wait, negative for ever, and what would cut the wait short.
func (s *stream) tryRead(p []byte) (n int, wait time.Duration, changed <-chan struct{}, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.abandoned {
		return 0, 0, nil, net.ErrClosed
	}
	if past(s.readDeadline) {
		return 0, 0, nil, os.ErrDeadlineExceeded
	}
	wait = -1
	if len(s.segments) > 0 {
		first := &s.segments[0]
		if wait = time.Until(first.at); wait <= 0 {
			if len(first.data) == 0 {
				return 0, 0, nil, io.EOF
			}
			return s.takeLocked(p), 0, nil, nil
		}
	}
	if !s.readDeadline.IsZero() {
		if until := time.Until(s.readDeadline); wait < 0 || until < wait {
			wait = until
		}
	}
	return 0, wait, s.changed, nil
}

// takeLocked copies from the first segment. The caller holds mu.
func (s *stream) takeLocked(p []byte) int {
	first := &s.segments[0]
	n := copy(p, first.data)
	if first.data = first.data[n:]; len(first.data) == 0 {
		s.segments = s.segments[1:]
	}
	return n
}

func (s *stream) abandon() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.abandoned = true
	s.changedLocked()
}

func (s *stream) setReadDeadline(t time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.readDeadline = t
	s.changedLocked()
}

func (s *stream) setWriteDeadline(t time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writeDeadline = t
}

func past(deadline time.Time) bool { return !deadline.IsZero() && !time.Now().Before(deadline) }
