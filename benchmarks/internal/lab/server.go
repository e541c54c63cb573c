package lab

import (
	"crypto/tls"
	"encoding/json"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strings"
	"sync/atomic"

	"wicketkey.internal/benchmarks/internal/authority"
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

func startServer(address string, ca *authority.Authority, hosts []string, value string) (*server, error) {
	cert, err := ca.Issue(hosts...)
	if err != nil {
		return nil, err
	}
	s := &server{}
	if s.listener, err = net.Listen("tcp", address); err != nil {
		return nil, err
	}
	s.http = &http.Server{
		Handler:   answers(value),
		ErrorLog:  log.New(io.Discard, "", 0),
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{cert}, NextProtos: []string{"http/1.1"}},
		ConnState: func(_ net.Conn, state http.ConnState) {
			if state == http.StateNew {
				s.dials.Add(1)
			}
		},
	}
	go func() { _ = s.http.ServeTLS(s.listener, "", "") }()
	return s, nil
}

func answers(value string) http.Handler {
	const version, arn = "EXAMPLE1-90ab-cdef-fedc-ba987EXAMPLE", "arn:aws:secretsmanager:us-east-1:123456789012:secret:keeperRotationGatewayConfig-a1b2c3"
	head := map[string]any{"ARN": arn, "Name": "keeperRotationGatewayConfig", "CreatedDate": 1.5e9}
	get := map[string]any{"SecretString": value, "VersionId": version, "VersionStages": []string{"AWSCURRENT"}}
	describe := map[string]any{"VersionIdsToStages": map[string][]string{version: {"AWSCURRENT"}}}
	for k, v := range head {
		get[k], describe[k] = v, v
	}
	gotten, _ := json.Marshal(get)
	described, _ := json.Marshal(describe)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		if strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".DescribeSecret") {
			_, _ = w.Write(described)
			return
		}
		_, _ = w.Write(gotten)
	})
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
