package virtual

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"
)

// Network connects dialers to listeners by address. What is sent arrives half a
// round trip later, and to connect takes a whole one:
//
//	network := virtual.NewNetwork()
//	listener := network.Listen(virtual.Endpoint, 20*time.Millisecond)
//	transport := &http.Transport{DialContext: network.DialContext}
//
// Not modelled: bandwidth, slow start, loss, and the server's view of the
// three-way handshake (it can answer half a round trip after the SYN, but a
// client that has not yet connected has asked nothing).
//
// It is safe for concurrent use.
type Network struct {
	mu    sync.Mutex // guards what follows
	hosts map[string]*Listener
	dials map[string]int
	conns []net.Conn // both ends of each
}

// NewNetwork returns a network on which nobody listens.
func NewNetwork() *Network {
	return &Network{hosts: map[string]*Listener{}, dials: map[string]int{}}
}

// Listen begins to accept connections to an address, at the given round-trip
// time from every dialer. A later Listen on the same address replaces it.
func (n *Network) Listen(address string, rtt time.Duration) *Listener {
	l := &Listener{network: n, address: addr(address), oneWay: rtt / 2, conns: make(chan net.Conn), done: make(chan struct{})}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.hosts[address] = l
	return l
}

// DialContext connects to an address, one round trip later. An address on which
// nobody listens is refused at once. It has the signature that http.Transport
// wants; network is not looked at.
func (n *Network) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	n.mu.Lock()
	n.dials[address]++
	l := n.hosts[address]
	n.mu.Unlock()
	if l == nil {
		return nil, &net.OpError{Op: "dial", Net: network, Addr: addr(address), Err: errNobody}
	}
	c, err := l.connect(ctx)
	if err != nil {
		return nil, &net.OpError{Op: "dial", Net: network, Addr: addr(address), Err: err}
	}
	return c, nil
}

var errNobody = errors.New("nobody listens")

func (n *Network) keep(ends ...net.Conn) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.conns = append(n.conns, ends...)
}

// Close ends every listener and connection at once, distance or not, so that
// nothing waits when a bubble ends.
func (n *Network) Close() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, l := range n.hosts {
		_ = l.Close()
	}
	for _, c := range n.conns {
		_ = c.Close()
	}
}

// Dials returns how often the address has been dialled.
func (n *Network) Dials(address string) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.dials[address]
}

// Listener is a [net.Listener].
type Listener struct {
	network *Network
	address addr
	oneWay  time.Duration
	conns   chan net.Conn
	done    chan struct{}
	once    sync.Once
}

func (l *Listener) connect(ctx context.Context) (net.Conn, error) {
	if err := sleep(ctx, l.oneWay); err != nil {
		return nil, err
	}
	client, server := pair(l.oneWay, "client", l.address)
	l.network.keep(client, server)
	select {
	case l.conns <- server:
	case <-l.done:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if err := sleep(ctx, l.oneWay); err != nil {
		_ = client.Close()
		return nil, err
	}
	return client, nil
}

func sleep(ctx context.Context, d time.Duration) error {
	if d == 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Accept waits for the next connection.
func (l *Listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

// Close ends Accept and refuses dialers; connections stay. It may be called
// more than once.
func (l *Listener) Close() error {
	l.once.Do(func() { close(l.done) })
	return nil
}

// Addr is the address that was listened on.
func (l *Listener) Addr() net.Addr { return l.address }

type addr string

func (addr) Network() string  { return "virtual" }
func (a addr) String() string { return string(a) }
