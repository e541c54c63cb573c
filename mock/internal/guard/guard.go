// Package guard keeps web pages away from a server on the developer's machine. A page that the developer looks at
// can make the browser send requests to 127.0.0.1: by a form or a fetch that asks nobody (Origin and Sec-Fetch-Site
// tell), or after its own name was made to resolve to 127.0.0.1 (then Host is that name).
package guard

import (
	"crypto/subtle"
	"net"
	"net/http"
	"strings"
)

// Page reports whether a web page made the browser send the request. What somebody types into the address bar, and
// what SDKs, curl and scripts send, is from no page.
func Page(r *http.Request) bool {
	if len(r.Header["Origin"]) > 0 {
		return true
	}
	site := r.Header.Get("Sec-Fetch-Site")
	return site != "" && site != "none"
}

// Known reports whether the request names the server in a way that no page can have made up: by an IP address, as
// localhost, or by one of the names. A host name of anybody else's may have been made to resolve to this machine.
func Known(r *http.Request, names []string) bool {
	host := Host(r.Host)
	if net.ParseIP(host) != nil || strings.EqualFold(host, "localhost") {
		return true
	}
	for _, name := range names {
		if strings.EqualFold(host, name) {
			return true
		}
	}
	return false
}

// Host is the name or address in "host:port", "[::1]:port" or without a port.
func Host(hostport string) string {
	if host, _, err := net.SplitHostPort(hostport); err == nil {
		return host
	}
	return strings.Trim(hostport, "[]")
}

// Bears reports whether the request carries the token as a bearer's.
func Bears(r *http.Request, token string) bool {
	given, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	return ok && subtle.ConstantTimeCompare([]byte(given), []byte(token)) == 1
}
