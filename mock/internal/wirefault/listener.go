package wirefault

import (
	"encoding/binary"
	"io"
	"maps"
	"net"
	"slices"
	"sync"
)

// Handshake is how a TLS handshake fails.
type Handshake string

// The ways. The client has said its hello in each of them.
const (
	Alert       Handshake = "alert"   // the server refuses with a handshake_failure alert
	CutHello    Handshake = "cut"     // the connection is closed
	PlainAnswer Handshake = "plain"   // the answer is not TLS but HTTP, as on a wrong port
	StallHello  Handshake = "stalled" // no answer for as long as the client waits
)

// Listener fails handshakes on order, and closes its connections with itself.
// It is safe for concurrent use.
type Listener struct {
	net.Listener

	mu     sync.Mutex // guards what follows
	left   int        // negative: for ever
	how    Handshake
	open   map[*conn]bool
	closed bool
}

// WrapListener returns a listener for the connections of l, which it owns:
// below TLS, so that it sees the hello.
func WrapListener(l net.Listener) *Listener {
	return &Listener{Listener: l, open: make(map[*conn]bool)}
}

// Fail makes the next n connections fail in that way, in place of what was
// ordered before. A negative n is for ever, zero is none.
func (l *Listener) Fail(n int, how Handshake) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.left, l.how = n, how
}

// Failing returns what the latest [Listener.Fail] has left to do.
func (l *Listener) Failing() (n int, how Handshake) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.left, l.how
}

// Accept waits for the next connection. One that is to fail is returned as
// well, and fails when it is read.
func (l *Listener) Accept() (net.Conn, error) {
	accepted, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	c := l.track(accepted)
	if how, ok := l.take(); ok {
		return &doomed{Conn: c, how: how}, nil
	}
	return c, nil
}

// Close ends Accept and cuts every connection, those included that a handler
// has taken over. The farewells of TLS are left out: they would wait for
// clients that do not read.
func (l *Listener) Close() error {
	l.mu.Lock()
	l.closed = true
	open := slices.Collect(maps.Keys(l.open))
	l.mu.Unlock()
	for _, c := range open {
		c.Close()
	}
	return l.Listener.Close()
}

// conn is a connection that its listener knows until it is closed.
type conn struct {
	net.Conn
	from *Listener
}

func (l *Listener) track(accepted net.Conn) *conn {
	c := &conn{Conn: accepted, from: l}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		accepted.Close()
		return c
	}
	l.open[c] = true
	return c
}

func (c *conn) Close() error {
	c.from.mu.Lock()
	delete(c.from.open, c)
	c.from.mu.Unlock()
	return c.Conn.Close()
}

// NetConn returns the connection beneath.
func (c *conn) NetConn() net.Conn { return c.Conn }

func (l *Listener) take() (Handshake, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.left == 0 {
		return "", false
	}
	if l.left > 0 {
		l.left--
	}
	return l.how, true
}

// doomed is a connection whose first read takes the client's hello and fails.
type doomed struct {
	net.Conn
	how Handshake
}

func (d *doomed) Read([]byte) (int, error) {
	if err := d.hello(); err != nil {
		return 0, err
	}
	switch d.how {
	case Alert: // type 21, TLS 1.2, two bytes: fatal, handshake_failure
		d.say("\x15\x03\x03\x00\x02\x02\x28")
	case PlainAnswer:
		d.say("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
	case StallHello:
		_, _ = io.Copy(io.Discard, d.Conn) // until the client, or whoever closes the server, gives up
	}
	d.Conn.Close()
	return 0, net.ErrClosed
}

// hello takes the client's first record, and all of it: a connection closed
// with bytes unread is reset, and what we said might be lost.
func (d *doomed) hello() error {
	head := make([]byte, 5)
	if _, err := io.ReadFull(d.Conn, head); err != nil {
		return err
	}
	_, err := io.CopyN(io.Discard, d.Conn, int64(binary.BigEndian.Uint16(head[3:])))
	return err
}

func (d *doomed) say(text string) {
	_, _ = io.WriteString(d.Conn, text) // a client that left does not matter
}

// Write says nothing: what the server thinks of the failure is not for the client.
func (d *doomed) Write(b []byte) (int, error) { return len(b), nil }
