package wirefault_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"wicketkey.internal/mock/internal/wirefault"
)

// direct is a transport without a connection: it calls the handler, and its
// response writer is a Breaker.
type direct struct {
	fault  wirefault.Fault
	closed chan struct{}
}

func (d *direct) RoundTrip(r *http.Request) (*http.Response, error) {
	pr, pw := io.Pipe()
	w := &writer{header: http.Header{}, body: pw, began: make(chan struct{})}
	go func() {
		wirefault.Deliver(w, r, answer(), d.fault, d.closed)
		w.begin(http.StatusOK)
		pw.CloseWithError(w.err) // nil is a plain end
	}()
	select {
	case <-w.began:
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	if w.status == 0 {
		return nil, w.err
	}
	return &http.Response{StatusCode: w.status, Header: w.header, Body: pr, Request: r}, nil
}

type writer struct {
	header http.Header
	body   *io.PipeWriter
	began  chan struct{}
	status int
	err    error
}

func (w *writer) Header() http.Header         { return w.header }
func (w *writer) WriteHeader(status int)      { w.begin(status) }
func (w *writer) Write(b []byte) (int, error) { return w.body.Write(b) }

func (w *writer) begin(status int) {
	select {
	case <-w.began:
	default:
		w.status = status
		close(w.began)
	}
}

func (w *writer) Break(err error) {
	w.err = err
	w.begin(0)
}

func TestInProcess(t *testing.T) {
	half := body[:len(body)/2]
	for _, tc := range []struct {
		kind wirefault.Kind
		body string
		want error
	}{
		{"", body, nil},
		{wirefault.Half, half, io.ErrUnexpectedEOF},
		{wirefault.TooLong, body, io.ErrUnexpectedEOF},
		{wirefault.TooShort, half, nil},
		{wirefault.Hangup, "", io.EOF},
		{wirefault.Reset, half, syscall.ECONNRESET},
		{wirefault.ResetEarly, "", syscall.ECONNRESET},
		{wirefault.Stall, "", context.DeadlineExceeded},
		{wirefault.StallBody, half, io.ErrUnexpectedEOF},
		{wirefault.Empty, "", nil},
		{wirefault.GoAway, body, nil},
	} {
		t.Run(string(tc.kind), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://mock/", nil)
				if err != nil {
					t.Fatal(err)
				}
				resp, err := (&direct{fault: wirefault.Fault{Kind: tc.kind, Latency: time.Second}}).RoundTrip(r)
				var got []byte
				if err == nil {
					got, err = io.ReadAll(resp.Body)
				}
				if string(got) != tc.body || !errors.Is(err, tc.want) {
					t.Errorf("%q, %v, want %q, %v", got, err, tc.body, tc.want)
				}
			})
		})
	}
}

func TestTimeIsVirtual(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		f := wirefault.Fault{Latency: time.Minute, Drip: time.Second, Piece: 10, Skew: -6 * time.Minute}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://mock/", nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := (&direct{fault: f}).RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(resp.Body)
		if err != nil || string(got) != body {
			t.Errorf("%q, %v", got, err)
		}
		// 43 bytes are five pieces, with four pauses between them.
		if took := time.Since(begun); took != time.Minute+4*time.Second {
			t.Errorf("took %v", took)
		}
		want := begun.Add(time.Minute - 6*time.Minute).UTC().Format(http.TimeFormat)
		if date := resp.Header.Get("Date"); date != want {
			t.Errorf("Date %s, want %s", date, want)
		}
	})
}

func TestClosingEndsAStall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		closed := make(chan struct{})
		time.AfterFunc(time.Hour, func() { close(closed) })
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://mock/", nil)
		if err != nil {
			t.Fatal(err)
		}
		_, err = (&direct{fault: wirefault.Fault{Kind: wirefault.Stall}, closed: closed}).RoundTrip(r)
		if !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Error(err)
		}
	})
}

// The answer's own Date is what is skewed, and its header stays the caller's.
func TestDeliverLeavesTheAnswerAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := answer()
		a.Header.Set("Date", "Thu, 06 Nov 2025 13:21:08 GMT")
		w := &writer{header: http.Header{}, began: make(chan struct{})}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://mock/", nil)
		if err != nil {
			t.Fatal(err)
		}
		wirefault.Deliver(w, r, a, wirefault.Fault{Kind: wirefault.Empty, Skew: time.Hour}, nil)
		if got := w.header.Get("Date"); got != "Thu, 06 Nov 2025 14:21:08 GMT" {
			t.Errorf("Date %s", got)
		}
		if len(a.Header) != 2 || a.Header.Get("Date") != "Thu, 06 Nov 2025 13:21:08 GMT" {
			t.Errorf("the answer's header became %v", a.Header)
		}
	})
}

func TestKindsAreValid(t *testing.T) {
	if !wirefault.Half.Valid() || !wirefault.Kind("").Valid() || wirefault.Kind("halfbody").Valid() {
		t.Error("Valid does not tell the kinds from others")
	}
}
