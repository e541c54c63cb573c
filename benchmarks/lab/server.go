package lab

import (
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"sync/atomic"

	"wicketkey.internal/benchmarks/virtual"
)

// server plays Secrets Manager with answers made beforehand, so that it takes as
// little as possible of the processors that the programs are measured on. It
// speaks HTTP/1.1: HTTP/2 would cost the other clients more, and gain them
// nothing.
type server struct {
	listener net.Listener
	http     *http.Server
	dials    atomic.Int64
}

func startServer(address string, ca *virtual.Authority, hosts []string, version uint16, handler http.Handler) (*server, error) {
	cert, err := ca.Issue(hosts...)
	if err != nil {
		return nil, err
	}
	s := &server{}
	if s.listener, err = net.Listen("tcp", address); err != nil {
		return nil, err
	}
	s.http = &http.Server{
		Handler:   handler,
		ErrorLog:  log.New(io.Discard, "", 0),
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{cert}, NextProtos: []string{"http/1.1"}, MaxVersion: version},
		ConnState: func(_ net.Conn, state http.ConnState) {
			if state == http.StateNew {
				s.dials.Add(1)
			}
		},
	}
	go func() { _ = s.http.ServeTLS(s.listener, "", "") }()
	return s, nil
}

func (s *server) port() string {
	_, port, _ := net.SplitHostPort(s.listener.Addr().String())
	return port
}

// distribution is the file of roots that this system trusts.
func distribution() ([]byte, error) {
	var err error
	for _, file := range []string{
		"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem",
	} {
		var data []byte
		if data, err = os.ReadFile(file); err == nil {
			return data, nil
		}
	}
	return nil, err
}
