package wirefault_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"wicketkey.internal/mock/internal/wirefault"
)

func TestHandshakesFail(t *testing.T) {
	for how, want := range map[wirefault.Handshake]string{
		wirefault.Alert:       "handshake failure",
		wirefault.CutHello:    "EOF",
		wirefault.PlainAnswer: "HTTP response to HTTPS client",
	} {
		t.Run(string(how), func(t *testing.T) {
			srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, body) }))
			srv.Config.ErrorLog = log.New(io.Discard, "", 0)
			l := wirefault.WrapListener(srv.Listener)
			srv.Listener = l
			srv.StartTLS()
			defer srv.Close()
			l.Fail(2, how)
			for range 2 {
				if _, err := srv.Client().Get(srv.URL); err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("%v, want %q", err, want)
				}
			}
			if _, got, err := fetch(srv.Client(), srv.URL); err != nil || got != body {
				t.Errorf("after two failures: %q, %v", got, err)
			}
		})
	}
}

// one is a listener of one connection.
type one struct {
	net.Listener
	conn net.Conn
}

func (o one) Accept() (net.Conn, error) { return o.conn, nil }

func TestHandshakeStalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		l := wirefault.WrapListener(one{conn: far})
		l.Fail(-1, wirefault.StallHello)
		conn, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- tls.Server(conn, &tls.Config{}).Handshake() }()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		begun := time.Now()
		err = tls.Client(near, &tls.Config{ServerName: "mock"}).HandshakeContext(ctx)
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(begun) != time.Minute {
			t.Errorf("after %v: %v, want the deadline of a minute", time.Since(begun), err)
		}
		near.Close()
		if err := <-ended; err == nil {
			t.Error("the server's handshake succeeded")
		}
	})
}
