package wirefault_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"

	"wicketkey.internal/mock/internal/wirefault"
)

const body = `{"Name":"db/main","SecretString":"hunter2"}`

func answer() wirefault.Answer {
	return wirefault.Answer{Status: 200, Header: http.Header{"Content-Type": {"application/x-amz-json-1.1"}}, Body: []byte(body)}
}

// protocols are the ways in which a client may come.
var protocols = []string{"http/1.1", "http/1.1 over TLS", "http/2"}

// site is a server whose answers have a fault, and a client for it.
type site struct {
	client      *http.Client
	url         string
	began, left chan struct{} // one value a request: the handler runs, has returned
}

func serve(t *testing.T, protocol string, f wirefault.Fault) *site {
	t.Helper()
	s := &site{began: make(chan struct{}, 10), left: make(chan struct{}, 10)}
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() { s.left <- struct{}{} }()
		_, _ = io.Copy(io.Discard, r.Body)
		s.began <- struct{}{}
		wirefault.Deliver(w, r, answer(), f, nil)
	}))
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	switch protocol {
	case "http/1.1":
		srv.Start()
	case "http/2":
		srv.EnableHTTP2 = true
		srv.StartTLS()
	default:
		srv.StartTLS()
	}
	t.Cleanup(srv.Close)
	s.client, s.url = srv.Client(), srv.URL
	return s
}

// fetch returns what a client sees: the body as far as it came, and the error.
func fetch(client *http.Client, url string) (resp *http.Response, got string, err error) {
	resp, err = client.Post(url, "application/x-amz-json-1.1", strings.NewReader("{}"))
	if err != nil {
		return nil, "", err
	}
	defer resp.Body.Close()
	read, err := io.ReadAll(resp.Body)
	return resp, string(read), err
}

func TestKindsOnTheWire(t *testing.T) {
	half := body[:len(body)/2]
	for _, protocol := range protocols {
		for _, tc := range []struct {
			kind     wirefault.Kind
			wantBody string // "?": whatever came
			broken   bool
		}{
			{"", body, false},
			{wirefault.Half, half, true},
			{wirefault.TooLong, body, true},
			{wirefault.TooShort, half, false},
			{wirefault.Hangup, "", true},
			{wirefault.Reset, "?", true},
			{wirefault.ResetEarly, "", true},
			{wirefault.Empty, "", false},
			{wirefault.GoAway, body, false},
		} {
			t.Run(protocol+"/"+string(tc.kind), func(t *testing.T) {
				s := serve(t, protocol, wirefault.Fault{Kind: tc.kind})
				resp, got, err := fetch(s.client, s.url)
				if (err != nil) != tc.broken {
					t.Errorf("error %v, want one: %v", err, tc.broken)
				}
				if tc.wantBody != "?" && got != tc.wantBody || !strings.HasPrefix(body, got) {
					t.Errorf("body %q, want %q", got, tc.wantBody)
				}
				if resp != nil && (resp.StatusCode != 200 || resp.ProtoMajor == 2 != (protocol == "http/2")) {
					t.Errorf("%s %s", resp.Proto, resp.Status)
				}
			})
		}
	}
}

func TestResetIsATCPReset(t *testing.T) {
	for _, protocol := range protocols[:2] {
		s := serve(t, protocol, wirefault.Fault{Kind: wirefault.ResetEarly})
		if _, _, err := fetch(s.client, s.url); !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("%s: %v, want a reset", protocol, err)
		}
	}
}

// What follows a body that is longer than declared must really be on the wire.
func TestTooShortSendsAll(t *testing.T) {
	s := serve(t, "http/1.1", wirefault.Fault{Kind: wirefault.TooShort})
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	all, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasSuffix(all, []byte("\r\n\r\n"+body)) || !bytes.Contains(all, []byte("Content-Length: 21\r\n")) {
		t.Errorf("on the wire: %q", all)
	}
}

func TestGoAwayClosesTheConnection(t *testing.T) {
	for _, protocol := range protocols {
		s := serve(t, protocol, wirefault.Fault{Kind: wirefault.GoAway})
		var addresses []string
		dial := (&net.Dialer{}).DialContext
		s.client.Transport.(*http.Transport).DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
			addresses = append(addresses, address)
			return dial(ctx, network, address)
		}
		for range 3 {
			if _, got, err := fetch(s.client, s.url); err != nil || got != body {
				t.Errorf("%s: %q, %v", protocol, got, err)
			}
		}
		if len(addresses) != 3 {
			t.Errorf("%s: %d connections for 3 requests, want 3", protocol, len(addresses))
		}
	}
}

func TestHTMLAndStatus(t *testing.T) {
	s := serve(t, "http/1.1", wirefault.Fault{Kind: wirefault.HTML})
	resp, got, err := fetch(s.client, s.url)
	if err != nil || resp.StatusCode != 502 || resp.Header.Get("Content-Type") != "text/html" || !strings.HasPrefix(got, "<!DOCTYPE html>") {
		t.Errorf("%v %q, %v", resp, got, err)
	}
	s = serve(t, "http/1.1", wirefault.Fault{Kind: wirefault.Empty, Status: 503})
	if resp, got, err = fetch(s.client, s.url); err != nil || resp.StatusCode != 503 || got != "" {
		t.Errorf("%v %q, %v", resp, got, err)
	}
}

// A handler that stayed would hang these tests, and a server that closes.
func TestStallEndsWhenTheClientLeaves(t *testing.T) {
	for _, protocol := range protocols {
		s := serve(t, protocol, wirefault.Fault{Kind: wirefault.Stall})
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			<-s.began
			cancel()
		}()
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err = s.client.Do(r); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", protocol, err)
		}
		<-s.left
	}
}

func TestStalledBodyEndsWhenTheClientLeaves(t *testing.T) {
	for _, protocol := range protocols {
		s := serve(t, protocol, wirefault.Fault{Kind: wirefault.StallBody})
		resp, err := s.client.Post(s.url, "", nil)
		if err != nil {
			t.Fatalf("%s: %v", protocol, err)
		}
		got := make([]byte, len(body)/2)
		if _, err := io.ReadFull(resp.Body, got); err != nil || string(got) != body[:len(body)/2] {
			t.Errorf("%s: %q, %v", protocol, got, err)
		}
		resp.Body.Close()
		<-s.left
	}
}
