package mock_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"wicketkey.internal/mock"
)

func roots(t *testing.T, srv *mock.Server) *tls.Config {
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(srv.CA()) {
		t.Fatal("no certificate in CA")
	}
	return &tls.Config{RootCAs: pool}
}

func hasIPv6() bool {
	l, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		return false
	}
	return l.Close() == nil
}

// TestCertificateFits what is listened on, and the names that are added.
func TestCertificateFits(t *testing.T) {
	for listen, url := range map[string]string{"": "https://127.0.0.1:", "0.0.0.0:0": "https://127.0.0.1:", "[::]:0": "https://127.0.0.1:", "127.0.0.7:0": "https://127.0.0.7:", "[::1]:0": "https://[::1]:"} {
		if listen == "[::1]:0" && !hasIPv6() {
			continue
		}
		srv := mock.Start(t, &mock.Options{TLS: true, Standalone: mock.Standalone{Listen: listen, Hosts: []string{"mock.test", "10.1.2.3"}}})
		if !strings.HasPrefix(srv.URL(), url) {
			t.Errorf("on %q the URL is %s", listen, srv.URL())
		}
		at := strings.TrimPrefix(srv.URL(), "https://")
		host, _, _ := net.SplitHostPort(at)
		for _, name := range []string{host, "localhost", "mock.test", "10.1.2.3", "secretsmanager.ap-southeast-9.amazonaws.com"} {
			config := roots(t, srv)
			config.ServerName = name
			conn, err := tls.Dial("tcp", at, config)
			if err != nil {
				t.Errorf("on %q as %s: %v", listen, name, err)
				continue
			}
			conn.Close()
		}
		config := roots(t, srv)
		config.ServerName = "mock.example"
		if conn, err := tls.Dial("tcp", at, config); err == nil {
			conn.Close()
			t.Errorf("on %q it passes for mock.example", listen)
		}
	}
}

// endpoints are AWS's own, as the SDK makes them up: nothing in the client names the mock.
var endpoints = map[string]func(*secretsmanager.Options){
	"us-east-1": nil, "eu-central-1": nil, "cn-north-1": nil, "us-gov-west-1": nil, "us-iso-east-1": nil,
	"us-west-2": func(o *secretsmanager.Options) { o.EndpointOptions.UseFIPSEndpoint = aws.FIPSEndpointStateEnabled },
	"eu-west-1": func(o *secretsmanager.Options) {
		o.EndpointOptions.UseDualStackEndpoint = aws.DualStackEndpointStateEnabled
	},
}

// TestEveryEndpoint reaches the server under AWS's names of every kind: as their address, and as the proxy before them.
func TestEveryEndpoint(t *testing.T) {
	for name, opts := range map[string]*mock.Options{"address": {TLS: true}, "proxy": {Standalone: mock.Standalone{Proxy: true}}} {
		srv := mock.Start(t, opts)
		for region, change := range endpoints {
			t.Run(name+"/"+region, func(t *testing.T) {
				cfg := srv.AWSConfig()
				cfg.Region, cfg.BaseEndpoint = region, nil
				cfg.HTTPClient = awshttp.NewBuildableClient().WithTransportOptions(func(tr *http.Transport) {
					tr.TLSClientConfig = roots(t, srv)
					if opts.Standalone.Proxy {
						proxy, err := url.Parse(srv.URL())
						if err != nil {
							t.Fatal(err)
						}
						tr.Proxy = http.ProxyURL(proxy)
					} else {
						tr.DialContext = srv.Dial
					}
				})
				var list []func(*secretsmanager.Options)
				if change != nil {
					list = append(list, change)
				}
				c := secretsmanager.NewFromConfig(cfg, list...)
				if _, err := c.CreateSecret(t.Context(), &secretsmanager.CreateSecretInput{Name: aws.String("a"), SecretString: aws.String(region)}); err != nil {
					t.Fatal(err)
				}
				if got, err := get(t.Context(), c, "a"); err != nil || got != region {
					t.Errorf("%q, %v", got, err)
				}
			})
		}
		srv.Close()
	}
}

// TestProxyPassesNothingOn: it is no way to other hosts, and only a proxy when asked to be.
func TestProxyPassesNothingOn(t *testing.T) {
	other := mock.Start(t)
	for _, test := range []struct {
		opts *mock.Options
		to   string
		want string
	}{
		{&mock.Options{Standalone: mock.Standalone{Proxy: true}}, strings.TrimPrefix(other.URL(), "http://"), "403"},
		{&mock.Options{Standalone: mock.Standalone{Proxy: true}}, "amazonaws.com:443", "403"},
		{&mock.Options{Standalone: mock.Standalone{Proxy: true}}, "evil.example:443", "403"},
		{&mock.Options{Standalone: mock.Standalone{Proxy: true}}, "secretsmanager.us-east-1.amazonaws.com", "403"},
		{&mock.Options{Standalone: mock.Standalone{Proxy: true}}, "secretsmanager.us-east-1.amazonaws.com:443", "200"},
		{nil, "secretsmanager.us-east-1.amazonaws.com:443", "405"},
	} {
		srv := mock.Start(t, test.opts)
		conn, err := srv.Dial(t.Context(), "tcp", "")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Write([]byte("CONNECT " + test.to + " HTTP/1.1\r\nHost: " + test.to + "\r\n\r\n")); err != nil {
			t.Fatal(err)
		}
		head := make([]byte, 12)
		if _, err := conn.Read(head); err != nil || string(head) != "HTTP/1.1 "+test.want {
			t.Errorf("%s: %q, %v, want %s", test.to, head, err, test.want)
		}
		conn.Close()
	}
}

// TestProxyCloses with a tunnel open.
func TestProxyCloses(t *testing.T) {
	srv := mock.Start(t, &mock.Options{Standalone: mock.Standalone{Proxy: true}})
	conn, err := srv.Dial(context.Background(), "tcp", "")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write([]byte("CONNECT sts.amazonaws.com:443 HTTP/1.1\r\nHost: sts.amazonaws.com:443\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	answer := make([]byte, 39)
	if _, err := conn.Read(answer); err != nil {
		t.Fatal(err)
	}
	if err := srv.Close(); err != nil {
		t.Error(err)
	}
	if _, err := conn.Read(answer); err == nil {
		t.Error("the tunnel outlives the server")
	}
}
