package awsenv

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials/endpointcreds"
)

const (
	containerDial   = 2 * time.Second
	containerHeader = 5 * time.Second
	containerLimit  = 15 * time.Second

	// containerWindow is how long before their end the SDK renews these.
	containerWindow = 5 * time.Minute
)

// container returns nil outside a container.
func (c *chain) container() aws.CredentialsProvider {
	relative, _ := c.env.first("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")
	full, _ := c.env.first("AWS_CONTAINER_CREDENTIALS_FULL_URI")
	if relative != "" {
		full = "http://169.254.170.2" + relative
	} else if full == "" {
		return nil
	}
	c.passed("container", aws.CredentialSourceHTTP)
	provider := &containerProvider{
		url: full,
		Provider: endpointcreds.New(full, func(o *endpointcreds.Options) {
			o.HTTPClient = nearby(c.service.dial, containerDial, containerHeader)
			o.CredentialSources = c.sources()
			o.AuthorizationToken = c.env.getenv("AWS_CONTAINER_AUTHORIZATION_TOKEN")
			if path := c.env.getenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"); path != "" {
				o.AuthorizationTokenProvider = tokenFile(path)
			}
		}),
	}
	return aws.NewCredentialsCache(provider, func(o *aws.CredentialsCacheOptions) {
		o.ExpiryWindow = containerWindow
	})
}

// tokenFile is read at every use: EKS replaces the token while we run.
func tokenFile(path string) endpointcreds.TokenProviderFunc {
	return func() (string, error) {
		token, err := os.ReadFile(path)
		return string(token), err
	}
}

// containerProvider adds to the SDK's provider the check of the host and an
// error that says what to do.
type containerProvider struct {
	*endpointcreds.Provider
	url string
}

func (p *containerProvider) Retrieve(ctx context.Context) (aws.Credentials, error) {
	return bounded(ctx, containerLimit, func(ctx context.Context) (aws.Credentials, error) {
		if err := checkHost(ctx, p.url); err != nil {
			return aws.Credentials{}, err
		}
		keys, err := p.Provider.Retrieve(ctx)
		if err != nil {
			err = &Error{
				Kind: ErrCredentials, Err: err, Cause: "container credentials endpoint",
				Fix: "check AWS_CONTAINER_CREDENTIALS_*, AWS_CONTAINER_AUTHORIZATION_TOKEN and that the task or pod has a role",
			}
		}
		return keys, err
	})
}

// checkHost keeps the authorization token from travelling in the clear: over
// plain HTTP only to this host or to the addresses of ECS and EKS.
func checkHost(ctx context.Context, raw string) error {
	bad := &Error{
		Kind: ErrEnvironment, Cause: "AWS_CONTAINER_CREDENTIALS_FULL_URI cannot be used",
		Fix: "it must be https, or http to loopback, 169.254.170.2, 169.254.170.23 or [fd00:ec2::23]",
	}
	u, err := url.Parse(raw)
	if err != nil || u.Hostname() == "" {
		return bad
	}
	if u.Scheme != "http" {
		return nil
	}
	addrs, err := net.DefaultResolver.LookupNetIP(ctx, "ip", u.Hostname())
	if err != nil {
		bad.Err = err
		return bad
	}
	for _, addr := range addrs {
		if !isAllowed(addr) {
			bad.Cause = fmt.Sprintf("AWS_CONTAINER_CREDENTIALS_FULL_URI leads to %s", addr)
			return bad
		}
	}
	return nil
}

func isAllowed(addr netip.Addr) bool {
	addr = addr.Unmap()
	return addr.IsLoopback() ||
		addr == netip.AddrFrom4([4]byte{169, 254, 170, 2}) ||
		addr == netip.AddrFrom4([4]byte{169, 254, 170, 23}) ||
		addr == netip.AddrFrom16([16]byte{0xfd, 0x00, 0x0e, 0xc2, 15: 0x23})
}

type dialFunc = func(ctx context.Context, network, address string) (net.Conn, error)

// nearby returns a client for a service on this host or link: impatient, and
// without a proxy for plain HTTP, since a proxy would answer for its own host.
func nearby(dial dialFunc, connect, header time.Duration) *awshttp.BuildableClient {
	return awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
		viaProxy := t.Proxy
		t.Proxy = func(r *http.Request) (*url.URL, error) {
			if r.URL.Scheme == "http" {
				return nil, nil
			}
			return viaProxy(r)
		}
		t.ResponseHeaderTimeout = header
		t.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
			ctx, cancel := context.WithTimeout(ctx, connect)
			defer cancel()
			return dial(ctx, network, address)
		}
	})
}
