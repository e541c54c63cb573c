package fetch

import (
	"net/http"
	"net/url"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"

	"wicketkey.internal/internal/transport"
)

// ownTransport makes our transport out of the settings of the client that would
// otherwise send the requests, or gives nil where it does not fit: a caller's own
// HTTP client that is more than an http.Client over a plain transport, hooks that
// have no place in it, a proxy that speaks SOCKS. The client that was given then
// sends the requests; the answers are taken out of its hands all the same, but
// what its read buffers keep is out of reach.
func ownTransport(client aws.HTTPClient, endpoint *url.URL, attempt time.Duration) *transport.Transport {
	std, timeout := transportOf(client)
	if std == nil || std.DialTLSContext != nil || std.GetProxyConnectHeader != nil || std.OnProxyConnectResponse != nil || socks(std, endpoint) {
		return nil
	}
	return transport.New(transport.Options{
		Dial:            std.DialContext,
		TLS:             std.TLSClientConfig,
		Proxy:           std.Proxy,
		ProxyHeader:     std.ProxyConnectHeader,
		TLSTimeout:      std.TLSHandshakeTimeout,
		OneExchange:     std.DisableKeepAlives,
		IdleTimeout:     std.IdleConnTimeout,
		ExchangeTimeout: shorter(attempt, timeout, std.ResponseHeaderTimeout),
	})
}

// socks reports whether the proxy on the way to the endpoint speaks something
// else than HTTP.
func socks(std *http.Transport, endpoint *url.URL) bool {
	if std.Proxy == nil || endpoint == nil {
		return false
	}
	proxy, err := std.Proxy(&http.Request{URL: endpoint, Host: endpoint.Host, Header: http.Header{}})
	return err == nil && proxy != nil && proxy.Scheme != "http" && proxy.Scheme != "https"
}

// transportOf gives a copy of the transport under a client and the client's
// limit for one exchange, or nil where something else than a transport sends.
func transportOf(client aws.HTTPClient) (*http.Transport, time.Duration) {
	switch c := client.(type) {
	case *awshttp.BuildableClient:
		return c.GetTransport(), c.GetTimeout()
	case *http.Client:
		used := c.Transport
		if used == nil {
			used = http.DefaultTransport
		}
		std, ok := used.(*http.Transport)
		if ok && c.Jar == nil && !deprecatedHooks(std) {
			return std.Clone(), c.Timeout
		}
	}
	return nil, 0
}

// deprecatedHooks reports dialling hooks that a transport still obeys.
func deprecatedHooks(std *http.Transport) bool {
	//lint:ignore SA1019 whoever sets them expects them to be called
	return std.Dial != nil || std.DialTLS != nil
}

// shorter gives the shortest of the limits that are set.
func shorter(first time.Duration, others ...time.Duration) time.Duration {
	for _, d := range others {
		if d > 0 && d < first {
			first = d
		}
	}
	return first
}
