package leaktest_test

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http/httputil"
	"os"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
)

// Each canary is one assumption about code that is not ours. When a release
// breaks one, the test's name says which; the proof then fails as well, but
// cannot say why.

// tap is a connection that hands over whole TLS records, header and body in one
// Read each, and lets a test look at the buffer first.
type tap struct {
	net.Conn
	look func(p []byte, boundary bool)
	left int
	stop bool // the next Read at a boundary is told to wait
	mid  bool // the next Read in mid-record is told to wait
}

func (c *tap) Read(p []byte) (int, error) {
	c.look(p, c.left == 0)
	if c.stop && c.left == 0 || c.mid && c.left > 0 {
		c.stop, c.mid = false, false
		return 0, os.ErrDeadlineExceeded
	}
	if c.left > 0 {
		n, err := c.Conn.Read(p[:min(len(p), c.left)])
		c.left -= n
		return n, err
	}
	n, err := io.ReadFull(c.Conn, p[:5])
	c.left = int(p[3])<<8 | int(p[4])
	return n, err
}

var suites = map[string]*tls.Config{
	"TLS 1.3":                  {MinVersion: tls.VersionTLS13},
	"TLS 1.2 AES-GCM":          {MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256}},
	"TLS 1.2 ChaCha20Poly1305": {MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256}},
	"TLS 1.2 AES-CBC":          {MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA}},
}

// dialTap opens a TLS connection over which the server sends records, one for
// each write, and echoes nothing.
func dialTap(t *testing.T, cfg *tls.Config, records [][]byte) (*tls.Conn, *tap) {
	t.Helper()
	srv := serve(t, tls.VersionTLS13, withLength, func(string, int32) []byte { return nil })
	certificate := srv.TLS.Certificates[0]
	client, server := net.Pipe()
	t.Cleanup(func() { client.Close(); server.Close() })
	go func() {
		c := tls.Server(server, &tls.Config{Certificates: []tls.Certificate{certificate}, MaxVersion: cfg.MaxVersion, CipherSuites: cfg.CipherSuites, SessionTicketsDisabled: true})
		for _, r := range records {
			if _, err := c.Write(r); err != nil {
				return
			}
		}
	}()
	c := &tap{Conn: client, look: func([]byte, bool) {}}
	ours := cfg.Clone()
	ours.InsecureSkipVerify = true // the test's own server
	conn := tls.Client(c, ours)
	if err := conn.Handshake(); err != nil {
		t.Fatal(err)
	}
	return conn, c
}

func records(n int) [][]byte {
	var list [][]byte
	for range n {
		list = append(list, textPayload(3000).value)
	}
	return list
}

// At a record's boundary crypto/tls reads into all of the buffer in which it
// decrypted the record before: whoever zeroes what it passes to Read wipes that.
func TestCanaryTLSReadsIntoTheBufferThatHeldThePlaintext(t *testing.T) {
	for name, cfg := range suites {
		sent := records(4)
		conn, c := dialTap(t, cfg, sent)
		got, before := make([]byte, 3000), []byte(nil)
		seen := 0
		c.look = func(p []byte, boundary bool) {
			if boundary && before != nil && bytes.Contains(p, before) {
				seen++
			}
			clear(p)
		}
		for _, want := range sent {
			if _, err := io.ReadFull(conn, got); err != nil || !bytes.Equal(got, want) {
				t.Fatalf("%s: zeroing the buffer broke the connection: %v", name, err)
			}
			before = want
		}
		// The buffer may be replaced once, when it grows for the first record.
		if seen < len(sent)-2 {
			t.Errorf("%s: %d of %d plaintexts were in the buffer that the next Read was given", name, seen, len(sent)-1)
		}
	}
}

// os.ErrDeadlineExceeded from below is temporary to crypto/tls, at a boundary and
// inside a record.
func TestCanaryTLSGoesOnAfterADeadline(t *testing.T) {
	for name, cfg := range suites {
		sent := records(3)
		conn, c := dialTap(t, cfg, sent)
		got := make([]byte, 3000)
		for i, want := range sent {
			c.stop, c.mid = i == 1, i == 2
			if i > 0 {
				if n, err := conn.Read(got); n > 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
					t.Fatalf("%s: got %d bytes, %v", name, n, err)
				}
			}
			if _, err := io.ReadFull(conn, got); err != nil || !bytes.Equal(got, want) {
				t.Fatalf("%s: after the deadline: %v", name, err)
			}
		}
	}
}

// reader lets a test see what it is asked to fill.
type reader func(p []byte) (int, error)

func (r reader) Read(p []byte) (int, error) { return r(p) }

// An empty bufio.Reader passes its whole buffer to the reader below, and a
// deadline is not remembered.
func TestCanaryBufioPassesItsWholeBuffer(t *testing.T) {
	const size = 4 << 10
	var asked []byte
	deadline := false
	b := bufio.NewReaderSize(reader(func(p []byte) (int, error) {
		asked = p
		if deadline {
			return 0, os.ErrDeadlineExceeded
		}
		return copy(p, "plaintext"), nil
	}), size)
	if _, err := b.Peek(1); err != nil {
		t.Fatal(err)
	}
	_, _ = b.Discard(b.Buffered())
	deadline = true
	if _, err := b.ReadByte(); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatal(err)
	}
	if len(asked) != size || !bytes.HasPrefix(asked, []byte("plaintext")) {
		t.Errorf("asked to fill %d bytes, want the %d that held the plaintext", len(asked), size)
	}
	deadline = false
	if _, err := b.ReadByte(); err != nil {
		t.Errorf("after the deadline: %v", err)
	}
}

// Chunks are read straight into the caller's memory once the buffer is empty: package
// httputil keeps none of its own.
func TestCanaryChunksHaveNoBuffer(t *testing.T) {
	text := strings.NewReader(fmt.Sprintf("%x\r\n%s\r\n0\r\n", 20<<10, strings.Repeat("b", 20<<10)))
	to := make([]byte, 16<<10)
	direct := 0
	b := bufio.NewReaderSize(reader(func(p []byte) (int, error) {
		if len(p) > 4<<10 && &p[len(p)-1] == &to[len(to)-1] {
			direct++
		}
		return text.Read(p)
	}), 4<<10)
	if _, err := io.ReadFull(httputil.NewChunkedReader(b), to); err != nil {
		t.Fatal(err)
	}
	if direct == 0 {
		t.Error("the chunk went through another buffer")
	}
}

// jsontext parses a bytes.Buffer in place, and unquoting needs no more room than
// the quoted form.
func TestCanaryJSONIsReadInPlace(t *testing.T) {
	body := []byte(`{"SecretString":"` + strings.Repeat(`\u00e4`, 3000) + `"}`)
	dec := jsontext.NewDecoder(bytes.NewBuffer(body))
	for range 2 {
		if _, err := dec.ReadToken(); err != nil {
			t.Fatal(err)
		}
	}
	raw, err := dec.ReadValue()
	if err != nil {
		t.Fatal(err)
	}
	if &raw[0] != &body[len(`{"SecretString":`)] {
		t.Error("the value is a copy")
	}
	room := make([]byte, 0, len(raw))
	text, err := jsontext.AppendUnquote(room, raw)
	if err != nil || &text[0] != &room[:1][0] {
		t.Errorf("unquoting made a buffer of its own, %v", err)
	}
}
