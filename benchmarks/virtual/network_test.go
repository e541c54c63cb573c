package virtual_test

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"wicketkey.internal/benchmarks/virtual"
)

const rtt = 20 * time.Millisecond

// echo serves until the listener closes.
func echo(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			_, _ = io.Copy(c, c)
			_ = c.Close()
		}()
	}
}

// took runs f and returns how much virtual time that took.
func took(f func()) time.Duration {
	start := time.Now()
	f()
	return time.Since(start)
}

func dial(t *testing.T, n *virtual.Network) net.Conn {
	t.Helper()
	c, err := n.DialContext(t.Context(), "tcp", "host:1")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestDistance(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := virtual.NewNetwork()
		defer n.Close()
		l := n.Listen("host:1", rtt)
		go echo(l)
		var c net.Conn
		if got := took(func() { c = dial(t, n) }); got != rtt {
			t.Errorf("dialling took %v, want %v", got, rtt)
		}
		buf := make([]byte, 6)
		got := took(func() {
			_, _ = c.Write([]byte("abc"))
			_, _ = c.Write([]byte("def"))
			_, _ = io.ReadFull(c, buf)
		})
		if got != rtt || string(buf) != "abcdef" {
			t.Errorf("%q came back after %v, want abcdef after %v", buf, got, rtt)
		}
		if got := n.Dials("host:1"); got != 1 {
			t.Errorf("%d dials, want 1", got)
		}
		_ = c.Close()
		if _, err := c.Write([]byte("x")); !errors.Is(err, net.ErrClosed) {
			t.Errorf("write after close: %v", err)
		}
	})
}

func TestEndArrivesAfterTheData(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := virtual.NewNetwork()
		defer n.Close()
		l := n.Listen("host:1", rtt)
		go func() {
			c, _ := l.Accept()
			_, _ = c.Write([]byte("bye"))
			_ = c.Close()
		}()
		c := dial(t, n)
		got, err := io.ReadAll(c)
		if string(got) != "bye" || err != nil {
			t.Errorf("got %q, %v", got, err)
		}
	})
}

func TestDeadlines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := virtual.NewNetwork()
		defer n.Close()
		l := n.Listen("host:1", rtt)
		go echo(l)
		c := dial(t, n)
		defer c.Close()
		_ = c.SetDeadline(time.Now().Add(time.Second))
		got := took(func() {
			if _, err := c.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("read: %v", err)
			}
		})
		if got != time.Second {
			t.Errorf("the deadline struck after %v", got)
		}
		if _, err := c.Write([]byte("x")); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("write: %v", err)
		}
		// A deadline set from elsewhere wakes a reader, as contexts do.
		_ = c.SetDeadline(time.Time{})
		time.AfterFunc(time.Minute, func() { _ = c.SetReadDeadline(time.Unix(1, 0)) })
		if got := took(func() { _, _ = c.Read(make([]byte, 1)) }); got != time.Minute {
			t.Errorf("woken after %v", got)
		}
	})
}

func TestDialerGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := virtual.NewNetwork()
		defer n.Close()
		n.Listen("host:1", time.Hour)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := n.DialContext(ctx, "tcp", "host:1"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		if _, err := n.DialContext(ctx, "tcp", "nowhere:1"); err == nil {
			t.Error("connected to nobody")
		}
	})
}
