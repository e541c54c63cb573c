package leaktest_test

import (
	"bytes"
	"compress/gzip"
	"crypto/tls"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// A wire is a way to send an answer. It reports to s what a test waits for.
type wire func(s *service, w http.ResponseWriter, r *http.Request, body []byte)

// service stands in for Secrets Manager, with its hand on how each byte
// travels.
type service struct {
	*httptest.Server
	wire    wire
	body    func(operation string, call int32) []byte
	calls   atomic.Int32
	reached chan struct{} // a wire that stalls has come to where it does
}

// serve starts a service that speaks one version of TLS, or none for 0.
func serve(t *testing.T, version uint16, send wire, body func(operation string, call int32) []byte) *service {
	s := &service{wire: send, body: body, reached: make(chan struct{}, 16)}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(s.handle))
	s.TLS = &tls.Config{MinVersion: version, MaxVersion: version}
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	if version == 0 {
		s.Start()
	} else {
		s.StartTLS()
	}
	t.Cleanup(s.Close)
	return s
}

func (s *service) handle(w http.ResponseWriter, r *http.Request) {
	asked, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(asked)) // for a wire that wants to know
	_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	s.wire(s, w, r, s.body(operation, s.calls.Add(1)))
}

func (s *service) ca() []byte {
	if s.Certificate() == nil {
		return nil
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
}

func announce(w http.ResponseWriter, n int) { w.Header().Set("Content-Length", fmt.Sprint(n)) }

func flush(w http.ResponseWriter, piece []byte) {
	_, _ = w.Write(piece)
	w.(http.Flusher).Flush()
}

func withLength(_ *service, w http.ResponseWriter, _ *http.Request, body []byte) {
	announce(w, len(body))
	_, _ = w.Write(body)
}

func chunked(_ *service, w http.ResponseWriter, _ *http.Request, body []byte) {
	for piece := range pieces(body, len(body)/3+1) {
		flush(w, piece)
	}
}

// dribbled sends many small records, of odd sizes.
func dribbled(_ *service, w http.ResponseWriter, _ *http.Request, body []byte) {
	announce(w, len(body))
	for piece := range pieces(body, len(body)/37+1) {
		flush(w, piece)
	}
}

func dribbledChunks(_ *service, w http.ResponseWriter, _ *http.Request, body []byte) {
	for piece := range pieces(body, len(body)/41+1) {
		flush(w, piece)
	}
}

func pieces(body []byte, size int) func(yield func([]byte) bool) {
	return func(yield func([]byte) bool) {
		for len(body) > 0 {
			n := min(size, len(body))
			if !yield(body[:n]) {
				return
			}
			body = body[n:]
		}
	}
}

func compressed(s *service, w http.ResponseWriter, r *http.Request, body []byte) {
	w.Header().Set("Content-Encoding", "gzip")
	withLength(s, w, r, zip(body))
}

func zip(body []byte) []byte {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = z.Write(body)
	_ = z.Close()
	return packed.Bytes()
}

// compressedBadly is gzip that breaks off, after all of the value was unpacked.
func compressedBadly(s *service, w http.ResponseWriter, r *http.Request, body []byte) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = z.Write(body)
	_ = z.Flush()
	w.Header().Set("Content-Encoding", "gzip")
	withLength(s, w, r, packed.Bytes())
}

func closing(s *service, w http.ResponseWriter, r *http.Request, body []byte) {
	w.Header().Set("Connection", "close")
	withLength(s, w, r, body)
}

// untilClosed sends a body that ends with the connection, as HTTP/1.0 does.
func untilClosed(_ *service, w http.ResponseWriter, _ *http.Request, body []byte) {
	conn, buf, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	defer conn.Close()
	fmt.Fprintf(buf, "HTTP/1.0 200 OK\r\nContent-Type: application/x-amz-json-1.1\r\n\r\n%s", body)
	_ = buf.Flush()
}

func cutHalfWay(_ *service, w http.ResponseWriter, _ *http.Request, body []byte) {
	announce(w, len(body))
	flush(w, body[:len(body)*2/3])
	panic(http.ErrAbortHandler)
}

func cutChunk(_ *service, w http.ResponseWriter, _ *http.Request, body []byte) {
	flush(w, body[:len(body)*2/3])
	panic(http.ErrAbortHandler)
}

func stalledBody(s *service, w http.ResponseWriter, r *http.Request, body []byte) {
	announce(w, len(body))
	flush(w, body[:len(body)*2/3])
	s.reached <- struct{}{}
	<-r.Context().Done()
}

func stalledHeader(s *service, _ http.ResponseWriter, r *http.Request, _ []byte) {
	s.reached <- struct{}{}
	<-r.Context().Done()
}

// longer sends more than it announced; the rest stays in a buffer.
func longer(_ *service, w http.ResponseWriter, _ *http.Request, body []byte) {
	conn, buf, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	defer conn.Close()
	fmt.Fprintf(buf, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s%s", len(body), body, body)
	_ = buf.Flush()
	_, _ = io.Copy(io.Discard, conn)
}

// twice sends a second answer behind the first, in records of its own: it is met
// when the connection is looked at for the next exchange.
func twice(_ *service, w http.ResponseWriter, _ *http.Request, body []byte) {
	conn, buf, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	defer conn.Close()
	for range 2 {
		fmt.Fprintf(buf, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
		_ = buf.Flush()
	}
	_, _ = io.Copy(io.Discard, conn)
}

// headerless sends the body where a header should be.
func headerless(_ *service, w http.ResponseWriter, _ *http.Request, body []byte) {
	conn, buf, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	defer conn.Close()
	_, _ = buf.Write(body)
	_ = buf.Flush()
}

// refused is an error that says the secret beside its message.
func refused(_ *service, w http.ResponseWriter, _ *http.Request, body []byte) {
	said := append([]byte(`{"__type":"InvalidRequestException","Message":"no","More":`), body...)
	said = append(said, '}')
	announce(w, len(said))
	w.WriteHeader(http.StatusBadRequest)
	_, _ = w.Write(said)
}

// failedPage is a 503 page that is not JSON.
func failedPage(s *service, w http.ResponseWriter, r *http.Request, body []byte) {
	w.Header().Set("Content-Type", "text/html")
	w.WriteHeader(http.StatusServiceUnavailable)
	chunked(s, w, r, append([]byte("<html>"), body...))
}

// flaky fails once, saying the secret, and then answers.
func flaky(s *service, w http.ResponseWriter, r *http.Request, body []byte) {
	if s.calls.Load() == 1 {
		failedPage(s, w, r, body)
		return
	}
	withLength(s, w, r, body)
}

// cutOnce breaks off once and then answers.
func cutOnce(s *service, w http.ResponseWriter, r *http.Request, body []byte) {
	if s.calls.Load() == 1 {
		cutHalfWay(s, w, r, body)
	}
	withLength(s, w, r, body)
}

// malformed is a whole answer that is no JSON at its end.
func malformed(s *service, w http.ResponseWriter, r *http.Request, body []byte) {
	withLength(s, w, r, body[:len(body)-2])
}

func otherwiseGood(s *service, w http.ResponseWriter, r *http.Request, body []byte) {
	announce(w, len(body))
	w.WriteHeader(http.StatusAccepted)
	_, _ = w.Write(body)
}

// proxy tunnels.
func proxy(t *testing.T) string {
	p := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		up, err := net.Dial("tcp", r.Host)
		if err != nil || r.Method != http.MethodConnect {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		// Taken over first: a hello that came before would lose its first byte
		// to the server's own look at the connection.
		down, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		_, _ = io.WriteString(down, "HTTP/1.1 200 OK\r\n\r\n")
		go func() { _, _ = io.Copy(up, down); up.Close() }()
		_, _ = io.Copy(down, up)
		down.Close()
	}))
	t.Cleanup(p.Close)
	return p.URL
}
