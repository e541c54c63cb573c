package wirefault

import (
	"io"
	"maps"
	"net"
	"net/http"
	"strconv"
	"syscall"
	"time"
)

// delivery is one answer on its way.
type delivery struct {
	w      http.ResponseWriter
	r      *http.Request
	rc     *http.ResponseController
	f      Fault
	a      Answer
	closed <-chan struct{}
}

// Deliver writes the answer to w as the fault has it; the handler must return
// right after. It blocks while it waits, and while a stalled client stays;
// closing a non-nil closed ends every wait, and so does the end of r's
// context. To break a connection it panics with [http.ErrAbortHandler], the
// way of net/http, unless w is a [Breaker]. The request's body should have
// been read, for net/http notices only then that a client left.
func Deliver(w http.ResponseWriter, r *http.Request, a Answer, f Fault, closed <-chan struct{}) {
	d := &delivery{w: w, r: r, rc: http.NewResponseController(w), f: f, closed: closed}
	if !d.pause(f.Latency) {
		d.cut(r.Context().Err())
		return
	}
	d.a = f.dress(a) // after the pause: an answer is dated when it is sent
	d.run()
}

func (d *delivery) run() {
	half := d.a.Body[:len(d.a.Body)/2]
	switch d.f.Kind {
	case Half:
		d.partial(len(d.a.Body), half, io.ErrUnexpectedEOF)
	case TooLong:
		d.partial(2*len(d.a.Body)+1, d.a.Body, io.ErrUnexpectedEOF)
	case TooShort:
		d.tooShort(half)
	case Hangup:
		d.cut(io.EOF)
	case Reset:
		d.reset(half)
	case ResetEarly:
		d.resetEarly()
	case Stall:
		d.hold()
	case StallBody:
		if d.send(len(d.a.Body), half) {
			d.hold()
		}
	default:
		d.send(len(d.a.Body), d.a.Body)
	}
}

// partial sends fewer bytes than it declares.
func (d *delivery) partial(declared int, body []byte, err error) {
	if d.send(declared, body) {
		d.cut(err)
	}
}

// send writes the header and the body, and flushes them. It returns false if
// the client left: then the exchange is over already.
func (d *delivery) send(declared int, body []byte) bool {
	maps.Copy(d.w.Header(), d.a.Header)
	d.w.Header().Set("Content-Length", strconv.Itoa(declared))
	d.w.WriteHeader(d.a.Status)
	return d.drip(body)
}

// drip sends the body through net/http.
func (d *delivery) drip(body []byte) bool {
	flush := func() { _ = d.rc.Flush() } // a writer that cannot flush sends when it likes
	if !d.pieces(d.w, body, flush) {
		d.cut(io.ErrUnexpectedEOF)
		return false
	}
	flush()
	return true
}

// pieces writes the body piece by piece; false means that client or server
// gave up.
func (d *delivery) pieces(w io.Writer, body []byte, flush func()) bool {
	piece := len(body)
	if d.f.Drip > 0 {
		piece = max(d.f.Piece, 1)
	}
	for len(body) > 0 {
		n := min(piece, len(body))
		if _, err := w.Write(body[:n]); err != nil {
			return false
		}
		flush()
		if body = body[n:]; len(body) > 0 && !d.pause(d.f.Drip) {
			return false
		}
	}
	return true
}

// pause lets time pass; false means that client or server gave up.
func (d *delivery) pause(span time.Duration) bool {
	if span <= 0 {
		return true
	}
	timer := time.NewTimer(span)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-d.r.Context().Done():
	case <-d.closed:
	}
	return false
}

// hold keeps the exchange open until client or server gives up.
func (d *delivery) hold() {
	select {
	case <-d.r.Context().Done():
	case <-d.closed:
	}
	d.cut(io.ErrUnexpectedEOF)
}

// cut ends the exchange without another byte.
func (d *delivery) cut(err error) {
	if b, ok := d.w.(Breaker); ok {
		if err == nil { // the server closes while the client still waits
			err = io.ErrUnexpectedEOF
		}
		b.Break(err)
		return
	}
	panic(http.ErrAbortHandler)
}

// tooShort needs the connection: net/http lets nobody write more than was
// declared. Without one the client gets what it would read anyway.
func (d *delivery) tooShort(half []byte) {
	conn, _, err := d.rc.Hijack()
	if err != nil {
		d.send(len(half), half)
		return
	}
	defer conn.Close()
	d.raw(conn, len(half), d.a.Body)
}

func (d *delivery) reset(half []byte) {
	conn, _, err := d.rc.Hijack()
	if err != nil {
		d.partial(len(d.a.Body), half, connReset())
		return
	}
	d.raw(conn, len(d.a.Body), half)
	abort(conn)
}

func (d *delivery) resetEarly() {
	conn, _, err := d.rc.Hijack()
	if err != nil {
		d.cut(connReset())
		return
	}
	abort(conn)
}

func connReset() error { return &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET} }

// raw writes an HTTP/1.1 answer by hand. It cannot end the exchange by a panic:
// the connection is ours now, and the caller closes it.
func (d *delivery) raw(conn net.Conn, declared int, body []byte) {
	d.a.Header.Set("Content-Length", strconv.Itoa(declared))
	head := "HTTP/1.1 " + strconv.Itoa(d.a.Status) + " " + http.StatusText(d.a.Status) + "\r\n"
	if _, err := io.WriteString(conn, head); err != nil {
		return
	}
	if err := d.a.Header.Write(conn); err != nil {
		return
	}
	if _, err := io.WriteString(conn, "\r\n"); err != nil {
		return
	}
	d.pieces(conn, body, func() {})
}

// abort closes the connection with a reset instead of a farewell. One that is
// not TCP is just closed; TLS gets no close_notify.
func abort(conn net.Conn) {
	for {
		beneath, ok := conn.(interface{ NetConn() net.Conn })
		if !ok {
			break
		}
		conn = beneath.NetConn()
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // at worst it closes in peace
	}
	conn.Close()
}
