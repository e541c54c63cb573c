package mock

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"wicketkey.internal/mock/internal/authority"
	"wicketkey.internal/mock/internal/chance"
	"wicketkey.internal/mock/internal/guard"
	"wicketkey.internal/mock/internal/pipe"
	"wicketkey.internal/mock/internal/service"
	"wicketkey.internal/mock/internal/sigv4"
	"wicketkey.internal/mock/internal/wirefault"
)

// Server is a running Secrets Manager. All its methods are safe for concurrent use. Several servers in one
// process share nothing.
type Server struct {
	opts       Options
	service    *service.Service
	ids        *chance.Source // request ids
	keys       keyring
	sessions   sessions
	signing    sigv4.Keys
	clock      clock
	scheduling sync.Mutex // orders the settings of the clock's alarm
	faults     faultPlan
	parsed     policyCache
	instance   *instance
	record     record
	lambdas    *lambdas
	http       *http.Server
	addr       string               // at which this machine reaches it
	exposed    bool                 // other machines reach it as well
	authority  *authority.Authority // nil without TLS
	tunnels    *pipe.Listener       // of connections to AWS's hosts; nil unless it is a proxy
	pipe       *pipe.Listener       // nil with sockets
	client     *http.Client         // reaches an in-process server; nil otherwise
	served     sync.WaitGroup
	listener   *wirefault.Listener
	handlers   handlers
	closing    chan struct{} // closed by Close
	closed     sync.Once
}

// TB is the part of testing.TB that this package uses.
type TB interface {
	Helper()
	Cleanup(func())
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// Start returns a running server that closes with the test. It takes one Options or none, and ends the test if the
// server cannot start.
func Start(t TB, options ...*Options) *Server {
	t.Helper()
	var opts *Options
	switch len(options) {
	case 0:
	case 1:
		opts = options[0]
	default:
		t.Fatalf("mock: Start takes one Options, not %d", len(options))
		return nil
	}
	s, err := New(opts)
	if err != nil {
		t.Fatalf("%v", err)
		return nil
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// New returns a running server; the caller closes it. It fails on an impossible option or when it cannot listen.
func New(options *Options) (*Server, error) {
	opts := options.withDefaults()
	if err := opts.check(); err != nil {
		return nil, err
	}
	s := &Server{opts: opts, ids: chance.New(opts.Seed, 2), closing: make(chan struct{})}
	s.service = service.New(chance.New(opts.Seed, 1))
	s.service.ListLag, s.service.DeleteLag = opts.ListLag, opts.DeleteLag
	s.service.Policies = policyChecker()
	s.faults.dice = chance.New(opts.Seed, 3)
	s.lambdas = newLambdas(s)
	s.service.Rotator = s.lambdas
	for _, key := range append([]AccessKey{{}}, opts.Keys...) {
		if err := s.SetKey(key); err != nil {
			return nil, err
		}
	}
	var err error
	if s.instance, err = newInstance(s); err != nil {
		return nil, err
	}
	if err := s.serve(); err != nil {
		return nil, err
	}
	return s, nil
}

func (o *Options) check() error {
	if len(o.Account) != 12 || strings.Trim(o.Account, "0123456789") != "" {
		return fmt.Errorf("mock: Options.Account %q is not twelve digits", o.Account)
	}
	if !service.ValidRegion(o.Region) {
		return fmt.Errorf("mock: Options.Region %q is not a region", o.Region)
	}
	if o.Regions != nil && !slices.Contains(o.Regions, o.Region) {
		return fmt.Errorf("mock: Options.Regions does not hold Options.Region %q", o.Region)
	}
	if o.DeleteLag < 0 {
		return errors.New("mock: Options.DeleteLag is negative")
	}
	if o.TLS && o.Standalone.Proxy {
		return errors.New("mock: Options.TLS and Standalone.Proxy exclude each other: a proxy is spoken to without TLS, and through it with")
	}
	if o.Standalone.Proxy && o.InProcess {
		return errors.New("mock: Standalone.Proxy needs sockets, which Options.InProcess does without")
	}
	for _, name := range o.Standalone.Hosts {
		if name == "" || strings.ContainsAny(name, ":/ ") && net.ParseIP(name) == nil {
			return fmt.Errorf("mock: Standalone.Hosts: %q is no host name", name)
		}
	}
	if o.ListLag < 0 {
		return errors.New("mock: Options.ListLag is negative")
	}
	return nil
}

// serves reports whether the server stands for the region.
func (s *Server) serves(region string) bool {
	if s.opts.Regions == nil {
		return service.ValidRegion(region)
	}
	return slices.Contains(s.opts.Regions, region)
}

// slowestHeader bounds how long a client may take over its headers.
const slowestHeader = 30 * time.Second

func (s *Server) serve() error {
	listener, err := s.listen()
	if err != nil {
		return fmt.Errorf("mock: %w", err)
	}
	s.listener = wirefault.WrapListener(listener)
	s.http = &http.Server{
		Handler:           http.HandlerFunc(s.handle),
		ReadHeaderTimeout: slowestHeader,
		ErrorLog:          log.New(io.Discard, "", 0), // handshakes that clients break off are not news
	}
	serve := s.http.Serve
	overTLS := func(l net.Listener) error { return s.http.ServeTLS(l, "", "") }
	if s.opts.TLS || s.opts.Standalone.Proxy {
		if s.authority, err = authority.New(s.certified()); err != nil {
			listener.Close()
			return fmt.Errorf("mock: %w", err)
		}
		s.http.TLSConfig = s.authority.ServerConfig()
		// A proxy serves with TLS and without. Package http sets HTTP/2 up for whichever comes first, and without TLS
		// only if it is named here.
		s.http.TLSConfig.NextProtos = []string{"h2", "http/1.1"}
	}
	if s.opts.TLS {
		serve = overTLS
	}
	if s.opts.Standalone.Proxy {
		s.tunnels = pipe.Listen()
		s.served.Go(func() { _ = overTLS(s.tunnels) }) // ends as the other does
	}
	if s.pipe != nil {
		s.client = s.inProcessClient()
	}
	s.served.Go(func() { _ = serve(s.listener) }) // ends with ErrServerClosed, or with the listener
	return nil
}

// certified are the names of the server's own certificate.
func (s *Server) certified() []string {
	return append([]string{"localhost", "127.0.0.1", "::1", guard.Host(s.addr)}, s.opts.Standalone.Hosts...)
}

func (s *Server) listen() (net.Listener, error) {
	if s.opts.InProcess {
		s.pipe = pipe.Listen()
		s.addr = inProcessHost
		return s.pipe, nil
	}
	listener, err := net.Listen("tcp", s.opts.Standalone.Listen)
	if err != nil {
		return nil, err
	}
	if at, ok := listener.Addr().(*net.TCPAddr); ok {
		s.exposed = !at.IP.IsLoopback()
		if at.IP.IsUnspecified() { // every address; the one that nobody else has is loopback's
			at = &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: at.Port}
		}
		s.addr = at.String()
	}
	return listener, nil
}

// Close stops the server: it breaks off every request and rotation, and waits until the last of them has noticed, so
// a rotation function and a log handler must not call it. It may be called more than once.
func (s *Server) Close() error {
	s.closed.Do(func() { close(s.closing) })
	s.handlers.close()
	s.clock.stop()
	s.lambdas.close()
	s.instance.close()
	err := s.listener.Close() // first: http.Server's Close would say farewell to clients that do not listen
	if closed := s.http.Close(); err == nil && !errors.Is(closed, net.ErrClosed) {
		err = closed
	}
	if s.client != nil {
		s.client.CloseIdleConnections()
	}
	s.served.Wait()
	s.handlers.running.Wait()
	return err
}

// URL returns the address at which this machine reaches the server, such as http://127.0.0.1:41234.
func (s *Server) URL() string {
	if s.opts.TLS {
		return "https://" + s.addr
	}
	return "http://" + s.addr
}

// CA returns the PEM certificate of the authority behind the server's own, for a client's roots or AWS_CA_BUNDLE.
// It is nil without [Options.TLS] and [Standalone.Proxy]. The slice is the caller's.
func (s *Server) CA() []byte {
	if s.authority == nil {
		return nil
	}
	return slices.Clone(s.authority.PEM())
}

// Dial connects to the server, whatever the address: it is a DialContext for transports of one's own. It blocks
// until the server accepts or ctx ends.
func (s *Server) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	if s.pipe != nil {
		return s.pipe.Dial(ctx, network, address)
	}
	var d net.Dialer
	return d.DialContext(ctx, "tcp", s.addr)
}
