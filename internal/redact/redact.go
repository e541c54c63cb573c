// Package redact takes secret values out of Secrets Manager's answers before
// the SDK sees them.
//
// [Client] wraps whatever HTTP client sends the requests. It reads a body
// straight into wipeable memory, moves each SecretString and SecretBinary into
// a buffer of its own, and hands the SDK a body that says "[secret]" instead and has
// the other members that AWS is known to give. So the SDK's parsing, pooling, logging
// and retrying never touch a value, wherever in the answer it stands. It fails closed: a request that would bring secrets, made
// without a [Sink] to receive them, is not sent.
package redact

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"

	"wicketkey.internal/internal/wipe"
)

// Sink receives the values of one call's answer. A call that is retried
// delivers only the last attempt's. It is safe for concurrent use.
type Sink struct {
	mu     sync.Mutex
	values []*wipe.Buffer
}

// Take gives the values over to the caller, in the order in which they stood in
// the answer, with nil for an entry that held none.
func (s *Sink) Take() []*wipe.Buffer { return s.swap(nil) }

func (s *Sink) put(values []*wipe.Buffer) {
	for _, old := range s.swap(values) {
		old.Free()
	}
}

func (s *Sink) swap(values []*wipe.Buffer) []*wipe.Buffer {
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.values
	s.values = values
	return old
}

// Received tells how many bytes of values ctx's sink holds.
func Received(ctx context.Context) (n int) {
	s, ok := ctx.Value(sinkKey{}).(*Sink)
	if !ok {
		return 0
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, v := range s.values {
		n += len(v.Bytes())
	}
	return n
}

// Discard wipes what nobody took. Defer it beside the call.
func (s *Sink) Discard() { s.put(nil) }

type sinkKey struct{}

// WithSink returns a context whose calls deliver into the sink returned.
func WithSink(ctx context.Context) (context.Context, *Sink) {
	s := &Sink{}
	return context.WithValue(ctx, sinkKey{}, s), s
}

// Doer is the part of an HTTP client that the SDK uses.
type Doer interface {
	Do(*http.Request) (*http.Response, error)
}

// Client sends through Next and redacts what comes back. A call that brings no
// secrets passes unchanged.
type Client struct{ Next Doer }

// ErrMalformed is wrapped by errors about an answer that arrived whole and
// cannot be understood. Asking again would not help.
var ErrMalformed = errors.New("malformed answer")

var errNoSink = errors.New("a call that brings secrets was made without a place to put them")

// Do sends the request. The answer's body is complete and in memory.
func (c Client) Do(req *http.Request) (resp *http.Response, err error) {
	sink, ok := req.Context().Value(sinkKey{}).(*Sink)
	if !ok {
		if op := operation(req); op == single || op == batch {
			return nil, errNoSink
		}
		return c.Next.Do(req)
	}
	wipe.Do(func() { resp, err = c.deliver(req, sink) })
	return resp, err
}

// deliver is all that touches a value, so that a build with runtime/secret
// erases what it leaves in registers and on the stack.
func (c Client) deliver(req *http.Request, sink *Sink) (*http.Response, error) {
	sink.put(nil)
	resp, err := c.Next.Do(req)
	if err != nil {
		return nil, err
	}
	defer wipe.Registers() // of reading through a caller's own client
	body, err := readBody(resp)
	if err != nil {
		return nil, err
	}
	defer body.Free()
	var redacted []byte
	wipe.HoldSignals(func() { redacted, err = redact(resp, body.Bytes(), sink, operation(req) == batch) })
	if err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(redacted))
	resp.ContentLength = int64(len(redacted))
	resp.TransferEncoding = nil
	resp.Header.Del("Content-Encoding")
	resp.Header.Set("Content-Length", fmt.Sprint(len(redacted)))
	return resp, nil
}

const (
	single = "GetSecretValue"
	batch  = "BatchGetSecretValue"
)

// operation is what the request asks for; empty for an agent's.
func operation(req *http.Request) string {
	_, operation, _ := strings.Cut(req.Header.Get("X-Amz-Target"), ".")
	return operation
}

func redact(resp *http.Response, body []byte, sink *Sink, wantBatch bool) ([]byte, error) {
	if resp.StatusCode < 200 || resp.StatusCode > 299 { // what the SDK calls an error
		return redactError(body), nil
	}
	redacted, values, err := scan(body, wantBatch)
	if err != nil {
		return nil, fmt.Errorf("%w: %d bytes of %s: %w", ErrMalformed, len(body), mediaType(resp), err)
	}
	sink.put(values)
	return redacted, nil
}

// mediaType is the peer's word, so only its shape is trusted.
func mediaType(resp *http.Response) string {
	t, _, _ := strings.Cut(resp.Header.Get("Content-Type"), ";")
	if t == "" || len(t) > 64 || strings.ContainsFunc(t, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "unnamed type"
	}
	return t
}

// maxBody bounds an answer: twenty values of 65,536 bytes, each byte of which
// may be escaped in six, are 7.9 MB.
const maxBody = 9 << 20

// firstRead is room for a gateway's configuration and what AWS says beside it,
// where the peer does not tell the length.
const firstRead = 8<<10 - 1

// readBody reads the body to its end and closes it; what a failed read has
// brought is wiped.
func readBody(resp *http.Response) (*wipe.Buffer, error) {
	defer resp.Body.Close()
	size := resp.ContentLength
	if size > maxBody {
		return nil, fmt.Errorf("%w: %d bytes announced, at most %d are expected", ErrMalformed, size, maxBody)
	}
	if size < 0 {
		size = firstRead
	}
	body, err := readAll(resp.Body, int(size)+1) // one more, so that the end shows
	if err != nil || resp.Header.Get("Content-Encoding") != "gzip" {
		return body, err
	}
	defer body.Free()
	var unpacked *wipe.Buffer
	wipe.HoldSignals(func() { unpacked, err = gunzip(body.Bytes()) })
	return unpacked, err
}

func readAll(r io.Reader, size int) (whole *wipe.Buffer, err error) {
	buf, n := wipe.New(size), 0
	defer func() {
		if whole == nil { // by an error, or by a panic of a caller's own client
			buf.Free()
		}
	}()
	for {
		m, err := r.Read(buf.Bytes()[n:])
		n += m
		switch {
		case err == io.EOF:
			buf.Truncate(n)
			return buf, nil
		case err != nil:
			return nil, err
		case n > maxBody:
			return nil, fmt.Errorf("%w: more than %d bytes", ErrMalformed, maxBody)
		case n == len(buf.Bytes()):
			buf = grow(buf)
		}
	}
}

func grow(old *wipe.Buffer) *wipe.Buffer {
	defer old.Free()
	bigger := wipe.New(2 * len(old.Bytes()))
	wipe.Copy(bigger.Bytes(), old.Bytes())
	return bigger
}

// gunzip unpacks a body. AWS compresses no answer of its own accord; a proxy
// might. The window that the decompressor keeps is overwritten by unpacking
// more zeroes than it holds.
func gunzip(packed []byte) (*wipe.Buffer, error) {
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, fmt.Errorf("%w: gzip: %w", ErrMalformed, err)
	}
	defer overwrite(z)
	body, err := readAll(z, 4*len(packed)+1)
	if err != nil {
		return nil, fmt.Errorf("%w: gzip: %w", ErrMalformed, err)
	}
	return body, nil
}

func overwrite(z *gzip.Reader) {
	const window = 32 << 10
	var zeroes bytes.Buffer
	w := gzip.NewWriter(&zeroes)
	_, _ = w.Write(make([]byte, 2*window))
	_ = w.Close()
	if z.Reset(&zeroes) == nil {
		_, _ = io.Copy(io.Discard, z)
	}
}
