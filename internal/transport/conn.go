package transport

import (
	"bufio"
	"context"
	"math"
	"net"
	"time"

	"wicketkey.internal/internal/wipe"
)

// conn is one connection, used by one exchange at a time; nothing reads it in
// between, so an idle one has no goroutine.
type conn struct {
	bottom    *bottomConn       // the TCP connection
	raw       net.Conn          // deadlines and closing: the tunnel through a proxy, or bottom
	stream    net.Conn          // what HTTP is spoken on: a *tls.Conn, or raw itself
	records   *recordConn       // under a *tls.Conn; nil without TLS
	top       *sweeper          // between stream and r
	block     *wipe.SignalBlock // around what handles plaintext
	r         *bufio.Reader
	w         *bufio.Writer // onto stream
	absURI    bool          // plain HTTP through a proxy: requests carry the absolute URI
	proxyAuth string        // with it
	reused    bool
	era       int // of the transport, when it was handed out: see Renew
	expires   *time.Timer
	scratch   [64]byte // for sweepTLS: heap memory, which does not move
}

func newConn(bottom *bottomConn, raw, stream net.Conn, records *recordConn) *conn {
	top := &sweeper{src: stream, left: math.MaxInt64}
	if records != nil {
		top.block = &records.block
	} else {
		top.block = new(wipe.SignalBlock)
		top.src = waiter{stream, top.block}
	}
	return &conn{bottom: bottom, raw: raw, stream: stream, records: records, top: top, block: top.block,
		r: bufio.NewReaderSize(top, 4<<10), w: bufio.NewWriterSize(stream, 4<<10)}
}

// guard makes the connection give up when ctx ends or timeout has passed. The
// stop that it returns reports whether the connection is still fit for use.
func (c *conn) guard(ctx context.Context, timeout time.Duration) (stop func() bool) {
	c.deadline(timeout)
	unhook := context.AfterFunc(ctx, func() { _ = c.raw.SetDeadline(time.Unix(1, 0)) })
	return func() bool {
		if !unhook() {
			return false
		}
		return c.raw.SetDeadline(time.Time{}) == nil
	}
}

func (c *conn) deadline(timeout time.Duration) {
	if timeout > 0 {
		_ = c.raw.SetDeadline(time.Now().Add(timeout))
	}
}

// sweep wipes what the read buffers still hold, on every path: after a whole
// answer, half a one, or none. It reports whether there was nothing unread: what
// comes after an answer would be taken for the next one's.
func (c *conn) sweep() (empty bool) {
	c.block.Do(func() {
		c.top.sweeping = true
		unread := c.r.Buffered()
		_, _ = c.r.Discard(unread)
		_, _ = c.r.ReadByte() // bufio asks sweeper to fill the empty buffer
		c.top.sweeping = false
		if c.records != nil {
			unread += c.sweepTLS()
		}
		empty = unread == 0
	})
	return empty
}

// sweepTLS takes out what crypto/tls has decrypted and nobody read, then lets
// it ask for the next record. It gives the number of bytes taken out.
func (c *conn) sweepTLS() (unread int) {
	c.records.sweeping = true
	defer func() { c.records.sweeping = false }()
	for {
		n, err := c.stream.Read(c.scratch[:])
		wipe.Clear(c.scratch[:])
		unread += n
		if err != nil {
			return unread
		}
	}
}

func (c *conn) close() {
	if c.expires != nil {
		c.expires.Stop()
	}
	// Close on a *tls.Conn would write an alert and may block; the peer learns
	// from the closed socket.
	_ = c.raw.Close()
}
