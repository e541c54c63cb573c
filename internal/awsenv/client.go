package awsenv

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"

	"wicketkey.internal/internal/transport"
)

// answerLimit is how many bytes of an answer are read; real ones have a few
// thousand.
const answerLimit = 256 << 10

var errTooLong = fmt.Errorf("an answer of more than %d bytes", answerLimit)

// readBounded reads an answer to its end, or to answerLimit.
func readBounded(body io.ReadCloser) ([]byte, error) {
	defer body.Close()
	content, err := io.ReadAll(io.LimitReader(body, answerLimit+1))
	if len(content) > answerLimit {
		return nil, errTooLong
	}
	return content, err
}

type dialFunc = func(ctx context.Context, network, address string) (net.Conn, error)

// dialWithin gives up a connection that does not come about in time.
func dialWithin(limit time.Duration, dial dialFunc) dialFunc {
	if dial == nil {
		dial = (&net.Dialer{}).DialContext
	}
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		ctx, cancel := context.WithTimeout(ctx, limit)
		defer cancel()
		return dial(ctx, network, address)
	}
}

// nearby gives the client for a service on this host or link. It never goes
// through a proxy: that would answer for its own host, and see the token. Like
// every client here it follows no redirect, so that no token travels to a host
// that was not checked.
func (l *lookups) nearby(roots *tls.Config, dial dialFunc, limit time.Duration) aws.HTTPClient {
	return l.closing(transport.New(transport.Options{Dial: dial, TLS: roots, TLSTimeout: limit, ExchangeTimeout: limit}))
}

// distant gives the client for a service elsewhere, through a proxy where there
// is one. A proxy that speaks SOCKS is left to net/http.
func (l *lookups) distant(roots *tls.Config, dial dialFunc, limit time.Duration) aws.HTTPClient {
	if proxiedBySOCKS() {
		std := awshttp.NewBuildableClient().GetTransport()
		std.DisableKeepAlives = true
		if roots != nil {
			std.TLSClientConfig = roots.Clone()
		}
		return &http.Client{Transport: std, Timeout: limit,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	}
	return l.closing(transport.New(transport.Options{Dial: dial, TLS: roots, Proxy: http.ProxyFromEnvironment,
		TLSTimeout: limit, ExchangeTimeout: limit}))
}

// proxyOf is what the way to a URL leads through; nil is none.
func proxyOf(u *url.URL) *url.URL {
	proxy, err := http.ProxyFromEnvironment(&http.Request{URL: u})
	if err != nil {
		return nil
	}
	return proxy
}

func proxiedBySOCKS() bool {
	for _, scheme := range []string{"https", "http"} {
		if proxy := proxyOf(&url.URL{Scheme: scheme, Host: globalHost}); proxy != nil && proxy.Scheme != "http" && proxy.Scheme != "https" {
			return true
		}
	}
	return false
}

// roots are those of a configured CA bundle; nil means the system's.
func (l *Loaded) roots() *tls.Config {
	if client, ok := l.Config.HTTPClient.(*awshttp.BuildableClient); ok {
		return client.GetTransport().TLSClientConfig
	}
	return nil
}

// isUntrusted reports that the peer's certificate was not accepted.
func isUntrusted(err error) bool {
	_, ok := errors.AsType[*tls.CertificateVerificationError](err)
	return ok
}
