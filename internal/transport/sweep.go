package transport

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"

	"wicketkey.internal/internal/wipe"
)

// A buffer that is refilled before it is wiped keeps the end of whatever was
// longer. The contract of io.Reader lets the reader below a buffer do the
// wiping: "Even if Read returns n < len(p), it may use all of p as scratch
// space". So each reader here zeroes the whole of p before it fills the front,
// and one more Read that only zeroes (a sweep) cleans what the last one left.
//
// os.ErrDeadlineExceeded ends a sweep because it is temporary: neither
// crypto/tls nor bufio takes the connection for broken.

// sweeper sits between a bufio.Reader and what it reads from.
type sweeper struct {
	src      io.Reader
	block    *wipe.SignalBlock
	sweeping bool
	left     int64 // bytes that may still come
	err      error // the last that src gave: what went wrong below HTTP
}

// maxHeader bounds what comes before a body, in bytes; AWS sends a few hundred.
const maxHeader = 64 << 10

var (
	errHeader = fmt.Errorf("the answer's header is longer than %d bytes", maxHeader)
	errHTTP   = errors.New("the answer is not HTTP")
)

// limit allows n more bytes.
func (s *sweeper) limit(n int64) { s.left = n }

// plain is an error of package http without what that may quote of the answer.
// A fault below HTTP is given as it was met.
func (s *sweeper) plain(err error) error {
	switch {
	case err == nil || err == errHTTP || err == io.EOF && s.err == nil:
		return err
	case s.err == nil:
		return errHTTP
	case s.err == io.EOF:
		return io.ErrUnexpectedEOF
	}
	return s.err
}

func (s *sweeper) Read(p []byte) (n int, err error) {
	wipe.Clear(p)
	if s.sweeping {
		return 0, os.ErrDeadlineExceeded
	}
	if s.left <= 0 {
		s.err = errHeader
		return 0, errHeader
	}
	// Decryption and copying leave the last blocks in registers until others need them.
	s.block.Do(func() { n, s.err = s.src.Read(p) })
	s.left -= int64(n)
	return n, s.err
}

// recordConn sits between TCP and crypto/tls. It hands over at most one TLS
// record, its header first and then its body: so whenever crypto/tls begins a
// record its buffer is empty, p is all of it, and the last record's plaintext,
// which was decrypted in place, is wiped. Should the buffer grow in mid-record,
// what stays behind is ciphertext.
type recordConn struct {
	net.Conn
	block    wipe.SignalBlock // of the connection; not in use during the handshake
	buf      *bufio.Reader    // ciphertext only: saves a system call for each header
	header   [recordHeader]byte
	have     int // bytes of header seen
	left     int // bytes of the body still to come
	sweeping bool
}

const recordHeader = 5 // type, version (2), length (2)

// between reports whether no record is begun.
func (r *recordConn) between() bool { return r.have == 0 && r.left == 0 }

func newRecordConn(c net.Conn) *recordConn {
	r := &recordConn{Conn: c}
	r.buf = bufio.NewReaderSize(waiter{c, &r.block}, 4<<10)
	return r
}

// waiter lets signals through while it waits for the peer.
type waiter struct {
	src   io.Reader
	block *wipe.SignalBlock
}

func (w waiter) Read(p []byte) (n int, err error) {
	w.block.Wait(func() { n, err = w.src.Read(p) })
	return n, err
}

func (r *recordConn) Read(p []byte) (int, error) {
	wipe.Clear(p)
	if r.sweeping {
		return 0, os.ErrDeadlineExceeded
	}
	if r.left > 0 {
		n, err := r.buf.Read(p[:min(len(p), r.left)])
		r.left -= n
		return n, err
	}
	n, err := r.buf.Read(p[:min(len(p), recordHeader-r.have)])
	copy(r.header[r.have:], p[:n])
	r.have += n
	if r.have == recordHeader {
		r.have = 0
		r.left = int(binary.BigEndian.Uint16(r.header[3:]))
	}
	return n, err
}
