package mock

import (
	"bytes"
	"crypto/tls"
	"io"
	"net/http"
)

// inProcessHost is the name of a server without sockets. The domain never resolves.
const inProcessHost = "secretsmanager.mock.invalid"

func (s *Server) inProcessClient() *http.Client {
	transport := &http.Transport{DialContext: s.pipe.Dial, ForceAttemptHTTP2: s.opts.TLS}
	if s.authority != nil {
		transport.TLSClientConfig = &tls.Config{RootCAs: s.authority.Pool(), MinVersion: tls.VersionTLS12}
	}
	return &http.Client{Transport: wholeBodies{transport}}
}

// wholeBodies sends each request's body from memory. Over a pipe the answer is often there before net/http has
// read the end of the body; the SDK then closes the body, and net/http takes that for a broken request.
type wholeBodies struct{ *http.Transport }

func (t wholeBodies) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body == nil || req.Body == http.NoBody {
		return t.Transport.RoundTrip(req)
	}
	body, err := io.ReadAll(req.Body)
	req.Body.Close()
	if err != nil {
		return nil, err
	}
	whole := req.Clone(req.Context())
	whole.Body, whole.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	whole.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	return t.Transport.RoundTrip(whole)
}
