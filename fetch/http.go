package fetch

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"

	"wicketkey.internal/internal/transport"
)

// ownTransport makes our transport out of the SDK's own settings, or gives nil
// where it does not fit: a caller's own HTTP client, hooks that have no place
// in it, a proxy that speaks SOCKS. The client that was given then sends the
// requests; the answers are taken out of its hands all the same, but what its
// read buffers keep is out of reach.
func ownTransport(client aws.HTTPClient, attempt time.Duration) *transport.Transport {
	buildable, ok := client.(*awshttp.BuildableClient)
	if !ok {
		return nil
	}
	std := buildable.GetTransport()
	if std.DialTLSContext != nil || std.GetProxyConnectHeader != nil || std.OnProxyConnectResponse != nil {
		return nil
	}
	return transport.New(transport.Options{
		Dial:            std.DialContext,
		TLS:             std.TLSClientConfig,
		Proxy:           std.Proxy,
		ProxyHeader:     std.ProxyConnectHeader,
		TLSTimeout:      std.TLSHandshakeTimeout,
		IdleTimeout:     std.IdleConnTimeout,
		ExchangeTimeout: shorter(attempt, buildable.GetTimeout(), std.ResponseHeaderTimeout),
	})
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
