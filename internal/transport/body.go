package transport

import (
	"context"
	"io"
	"math"
	"net/http"
	"net/http/httputil"
)

// answerBody ends the exchange when it has been read, or is closed before.
type answerBody struct {
	src  io.ReadCloser
	c    *conn
	t    *Transport
	ctx  context.Context
	done func(whole bool) // nil once called
}

func (b *answerBody) Read(p []byte) (n int, err error) {
	if b.done == nil {
		return 0, io.EOF
	}
	b.c.block.Do(func() { n, err = b.src.Read(p) })
	if err == nil {
		return n, nil
	}
	if err != io.EOF {
		err = said(b.ctx, b.t.explain(b.c.top.plain(err)))
	}
	b.finish(err == io.EOF)
	return n, err
}

func (b *answerBody) Close() error {
	if b.done != nil {
		b.finish(false)
	}
	return nil
}

func (b *answerBody) finish(whole bool) {
	b.done(whole)
	b.done = nil
}

// bodyOf is the body of an answer whose head has been read, as long as the head says:
// read from the buffer of the connection, or past it.
func (c *conn) bodyOf(resp *http.Response) io.ReadCloser {
	switch {
	case len(resp.TransferEncoding) > 0: // package http knows no other than chunked
		return io.NopCloser(&chunked{httputil.NewChunkedReader(c.r), c, false})
	case resp.ContentLength >= 0:
		return io.NopCloser(&sized{c.r, resp.ContentLength})
	}
	return io.NopCloser(c.r)
}

// sized is a body of known length.
type sized struct {
	src  io.Reader
	left int64
}

func (b *sized) Read(p []byte) (int, error) {
	if b.left == 0 {
		return 0, io.EOF
	}
	n, err := b.src.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	switch {
	case b.left == 0:
		return n, io.EOF
	case err == io.EOF:
		return n, io.ErrUnexpectedEOF
	}
	return n, err
}

// chunked is a body in chunks. Of a trailer nothing is passed on.
type chunked struct {
	chunks io.Reader
	c      *conn
	ended  bool
}

func (b *chunked) Read(p []byte) (int, error) {
	n, err := b.chunks.Read(p)
	if err != io.EOF || b.ended {
		return n, err
	}
	b.ended = true
	b.c.top.limit(maxHeader)
	defer b.c.top.limit(math.MaxInt64)
	switch err := b.c.headers(func(_, _ []byte) error { return nil }); err {
	case nil:
		return n, io.EOF
	case io.EOF:
		return n, io.ErrUnexpectedEOF
	default:
		return n, err
	}
}
