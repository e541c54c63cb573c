package awsenv_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"wicketkey.internal/internal/awsenv"
)

// network is one HTTP server that answers at every address, in memory, so that
// its time can be a synctest bubble's.
type network struct {
	conns chan net.Conn
	dials atomic.Int64
	mu    sync.Mutex
	addrs []string // mu guards it
}

func newNetwork(t *testing.T, handler http.Handler) *network {
	n := &network{conns: make(chan net.Conn)}
	server := &http.Server{Handler: handler}
	done := make(chan struct{})
	go func() {
		defer close(done)
		server.Serve(n)
	}()
	t.Cleanup(func() {
		server.Close()
		<-done
	})
	return n
}

func (n *network) dial(ctx context.Context, _, address string) (net.Conn, error) {
	n.dials.Add(1)
	n.mu.Lock()
	n.addrs = append(n.addrs, address)
	n.mu.Unlock()
	client, server := net.Pipe()
	select {
	case n.conns <- server:
		return pipe{client}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// pipe can be read without waiting, as a socket can.
type pipe struct{ net.Conn }

func (p pipe) ReadNow(b []byte) (int, error) {
	if err := p.SetReadDeadline(time.Unix(1, 0)); err != nil {
		return 0, err
	}
	n, err := p.Read(b)
	return n, errors.Join(err, p.SetReadDeadline(time.Time{}))
}

func (n *network) Accept() (net.Conn, error) {
	conn, open := <-n.conns
	if !open {
		return nil, io.EOF
	}
	return conn, nil
}

func (n *network) Close() error   { close(n.conns); return nil }
func (n *network) Addr() net.Addr { return &net.TCPAddr{} }

// blackHole is an address that swallows packets.
func blackHole(ctx context.Context, network, address string) (net.Conn, error) {
	<-ctx.Done()
	return nil, &net.OpError{Op: "dial", Net: network, Err: ctx.Err()}
}

// refused is a host where nothing listens.
func refused(context.Context, string, string) (net.Conn, error) {
	return nil, &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}
}

// load loads from the given variables alone.
func load(t *testing.T, env map[string]string, o awsenv.Options) *awsenv.Loaded {
	t.Helper()
	l, err := tryLoad(t, env, o)
	if err != nil {
		t.Fatalf("Load: %v", err)
	}
	return l
}

func tryLoad(t *testing.T, env map[string]string, o awsenv.Options) (*awsenv.Loaded, error) {
	if o.DialContext == nil {
		o.DialContext = func(context.Context, string, string) (net.Conn, error) {
			t.Error("the network was used")
			return nil, errors.New("no network")
		}
	}
	o.LookupEnv = func(name string) (string, bool) {
		value, ok := env[name]
		if name == "HOME" && value == "" {
			return t.TempDir(), true
		}
		return value, ok
	}
	return awsenv.Load(&o)
}

// took returns how long f took.
func took(f func()) time.Duration {
	start := time.Now()
	f()
	return time.Since(start)
}

func writeFile(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}
