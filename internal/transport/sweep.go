package transport

import (
	"bufio"
	"encoding/binary"
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
	sweeping bool
}

func (s *sweeper) Read(p []byte) (int, error) {
	wipe.Clear(p)
	if s.sweeping {
		return 0, os.ErrDeadlineExceeded
	}
	return s.src.Read(p)
}

// recordConn sits between TCP and crypto/tls. It hands over at most one TLS
// record, its header first and then its body: so whenever crypto/tls begins a
// record its buffer is empty, p is all of it, and the last record's plaintext,
// which was decrypted in place, is wiped. Should the buffer grow in mid-record,
// what stays behind is ciphertext.
type recordConn struct {
	net.Conn
	buf      *bufio.Reader // ciphertext only: saves a system call for each header
	header   [recordHeader]byte
	have     int // bytes of header seen
	left     int // bytes of the body still to come
	sweeping bool
}

const recordHeader = 5 // type, version (2), length (2)

func newRecordConn(c net.Conn) *recordConn {
	return &recordConn{Conn: c, buf: bufio.NewReaderSize(c, 4<<10)}
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
