package transport

import (
	"bufio"
	"bytes"
	"cmp"
	"net/http"
	"slices"
)

// Package http makes strings of all that stands before a body and behind it, and quotes
// it in its errors: with a peer that gets its lines wrong that can be the body. So the
// head is read in place here, and package http is shown of it the status and those
// headers that somebody reads: it, the SDK, this module's own calls.
var passedOn = bytes.Fields([]byte(`
	Connection Content-Length Transfer-Encoding
	Content-Encoding Content-Type
	Age Date Retry-After X-Amz-Retry-After
	X-Amz-Id-2 X-Amz-Request-Id X-Amz-RequestId X-Amzn-RequestId
	X-Amzn-ErrorType X-Amzn-Query-Error
	X-Aws-Ec2-Metadata-Token-Ttl-Seconds`))

// maxLine is the length of the longest header that is passed on; AWS's have 80 bytes.
const maxLine = 512

// readHead reads as far as the empty line.
func (c *conn) readHead(req *http.Request) (*http.Response, error) {
	head, err := c.status()
	if err == nil {
		err = c.headers(func(name, line []byte) error {
			if !slices.ContainsFunc(passedOn, func(known []byte) bool { return bytes.EqualFold(known, name) }) {
				return nil
			}
			if len(line) > maxLine {
				return errHTTP
			}
			head = append(head, line...)
			return nil
		})
	}
	if err != nil {
		return nil, c.top.plain(err)
	}
	head = append(head, "\r\n"...)
	resp, err := http.ReadResponse(bufio.NewReaderSize(bytes.NewReader(head), len(head)), req)
	if err != nil {
		return nil, errHTTP
	}
	resp.Status += " " + http.StatusText(resp.StatusCode) // the standard's word, not the peer's
	if resp.Body != http.NoBody {
		resp.Body = c.bodyOf(resp)
	}
	return resp, nil
}

// status begins a head in ordinary memory, without what the peer calls the status.
func (c *conn) status() ([]byte, error) {
	// Looked at as soon as it is there: a peer that speaks something else may wait.
	const protocol, status = "HTTP/1.", "HTTP/1.1 200"
	if begin, err := c.r.Peek(len(protocol)); err != nil || string(begin) != protocol {
		return nil, cmp.Or(err, errHTTP)
	}
	line, err := c.r.ReadSlice('\n')
	if err != nil {
		return nil, err
	}
	if end := bytes.TrimRight(line, "\r\n"); len(end) < len(status) || len(end) > len(status) && end[len(status)] != ' ' {
		return nil, errHTTP
	}
	return append(append(make([]byte, 0, 512), line[:len(status)]...), "\r\n"...), nil
}

// headers reads as far as the empty line, and calls pass with the name of each header
// and its line, in place until the next read; of one that is longer than the buffer
// with its beginning.
func (c *conn) headers(pass func(name, line []byte) error) error {
	for {
		line, err := c.r.ReadSlice('\n')
		if err != nil && err != bufio.ErrBufferFull {
			return err
		}
		if len(bytes.TrimRight(line, "\r\n")) == 0 {
			return nil
		}
		name, _, isHeader := bytes.Cut(line, []byte(":"))
		if !isHeader || !isToken(name) {
			return errHTTP
		}
		if err := pass(name, line); err != nil {
			return err
		}
		for err == bufio.ErrBufferFull {
			_, err = c.r.ReadSlice('\n')
		}
		if err != nil {
			return err
		}
	}
}

// isToken reports whether a name is one that a header can have.
func isToken(name []byte) bool {
	return len(name) > 0 && !bytes.ContainsFunc(name, func(r rune) bool {
		return r <= ' ' || r > '~' || bytes.ContainsRune([]byte(`"(),/:;<=>?@[\]{}`), r)
	})
}
