package mock

import (
	"net/http"
	"strings"

	"wicketkey.internal/mock/internal/guard"
)

// The published key is no protection, and loopback is none against a browser: any page may send requests there.
// So a page is answered nothing, and what needs no signature is answered only under a name of the server's.
const (
	pageRefused = "the mock answers no web page: the request has an Origin, or a Sec-Fetch-Site that is not none"
	hostRefused = "the mock is called here by a name that is not its own; Standalone.Hosts, or -host, adds names"
	needsToken  = "this wants the control token of the mock: Authorization: Bearer TOKEN"
	noToken     = "the mock listens beyond loopback, where its control wants a token: Standalone.ControlToken, or -control-token"
)

// refusal is why a request is not answered, and the status that says so; zero is no refusal.
func (s *Server) refusal(r *http.Request) (status int, why string) {
	switch {
	case guard.Page(r):
		return http.StatusForbidden, pageRefused
	case unsigned(r.URL.Path) && s.pipe == nil && !guard.Known(r, s.opts.Standalone.Hosts): // no page reaches a pipe
		return http.StatusForbidden, hostRefused
	case !strings.HasPrefix(r.URL.Path, controlPath) || r.URL.Path == healthPath:
		return 0, ""
	case s.opts.Standalone.ControlToken != "" && !guard.Bears(r, s.opts.Standalone.ControlToken):
		return http.StatusUnauthorized, needsToken
	case s.opts.Standalone.ControlToken == "" && s.exposed:
		return http.StatusForbidden, noToken
	}
	return 0, ""
}

// unsigned reports whether the path is of those that no signature guards: control, and the credentials.
func unsigned(path string) bool {
	return strings.HasPrefix(path, controlPath) || strings.HasPrefix(path, metadataPath) || path == credentialsPath
}
