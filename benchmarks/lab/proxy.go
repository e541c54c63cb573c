package lab

import (
	"io"
	"net"
	"net/http"
	"sync/atomic"
)

// proxy grants every CONNECT, to one host whatever the name that is asked for.
type proxy struct {
	listener net.Listener
	http     *http.Server
	to       atomic.Value // string: the host
}

func startProxy() (*proxy, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &proxy{listener: l}
	p.http = &http.Server{Handler: http.HandlerFunc(p.connect)}
	go func() { _ = p.http.Serve(l) }()
	return p, nil
}

func (p *proxy) address() string { return p.listener.Addr().String() }

func (p *proxy) connect(w http.ResponseWriter, r *http.Request) {
	_, port, err := net.SplitHostPort(r.Host)
	if err != nil || r.Method != http.MethodConnect {
		http.Error(w, "CONNECT only", http.StatusMethodNotAllowed)
		return
	}
	up, err := net.Dial("tcp", net.JoinHostPort(p.to.Load().(string), port))
	if err != nil {
		http.Error(w, "no way", http.StatusBadGateway)
		return
	}
	down, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		_ = up.Close()
		return
	}
	_, _ = io.WriteString(down, "HTTP/1.1 200 OK\r\n\r\n")
	go func() { _, _ = io.Copy(up, down); _ = up.Close() }()
	_, _ = io.Copy(down, up)
	_ = down.Close()
}
