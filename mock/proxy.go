package mock

import (
	"net"
	"net/http"

	"wicketkey.internal/mock/internal/authority"
)

// tunnel serves a client that takes the server for its HTTPS proxy: what it sends through CONNECT to one of AWS's
// hosts ends here, under a certificate for that host. To other hosts there is no way through.
func (s *Server) tunnel(w http.ResponseWriter, r *http.Request) {
	host, _, err := net.SplitHostPort(r.Host)
	switch {
	case !s.opts.Standalone.Proxy:
		http.Error(w, "the mock is no proxy unless Standalone.Proxy, or -proxy, makes it one", http.StatusMethodNotAllowed)
		return
	case err != nil || !authority.OfAWS(host):
		http.Error(w, "the mock passes nothing on: it is a proxy to AWS's host names only, which end in it (NO_PROXY names the hosts to ask directly)", http.StatusForbidden)
		return
	}
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil { // HTTP/2, which no client of proxies speaks to one that it reaches without TLS
		http.Error(w, "CONNECT takes HTTP/1.1", http.StatusHTTPVersionNotSupported)
		return
	}
	if buffered.Reader.Buffered() > 0 { // it spoke before it was told to
		conn.Close()
		return
	}
	if _, err := conn.Write([]byte("HTTP/1.1 200 Connection established\r\n\r\n")); err != nil || !s.tunnels.Offer(conn) {
		conn.Close()
	}
}
