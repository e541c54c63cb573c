package transport

import (
	"errors"
	"io"
	"net"
	"os"
	"time"

	"wicketkey.internal/internal/wipe"
)

// quiet reports whether a connection that nobody has used for a while may carry
// another exchange: the peer has not closed it and has said nothing, for that
// would be taken for the next answer. Nothing tells a late answer from the one
// that is waited for but that nobody was waiting when it came.
//
// It asks what is spoken under HTTP, so that the records of TLS which are no
// data (a ticket to resume with) are taken for what they are.
func (c *conn) quiet() bool {
	var n int
	var err error
	c.bottom.now = true
	c.block.Do(func() { n, err = c.stream.Read(c.scratch[:]) }) // it may be a secret
	c.bottom.now = false
	wipe.Clear(c.scratch[:])
	return n == 0 && errors.Is(err, os.ErrDeadlineExceeded) && (c.records == nil || c.records.between())
}

// bottomConn is the connection under all others. It can be read without waiting.
type bottomConn struct {
	net.Conn
	now bool // Read gives what is there, and os.ErrDeadlineExceeded where nothing is
}

func (b *bottomConn) Read(p []byte) (int, error) {
	if !b.now {
		return b.Conn.Read(p)
	}
	switch c := b.Conn.(type) {
	case *net.TCPConn:
		if n, err, ok := readNow(c, p); ok {
			return n, err
		}
	case interface{ ReadNow([]byte) (int, error) }: // a network of our tests
		return c.ReadNow(p)
	}
	return b.readSoon(p)
}

// soon is how long a caller's own kind of connection is waited for, which cannot
// be read without waiting. It has to be long enough for one read.
const soon = time.Millisecond

func (b *bottomConn) readSoon(p []byte) (int, error) {
	if err := b.Conn.SetReadDeadline(time.Now().Add(soon)); err != nil {
		return 0, io.ErrClosedPipe
	}
	n, err := b.Conn.Read(p)
	if failed := b.Conn.SetReadDeadline(time.Time{}); failed != nil {
		err = io.ErrClosedPipe
	}
	return n, err // not wrapped: crypto/tls asks it whether it is temporary
}
