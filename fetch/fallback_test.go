package fetch_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"wicketkey.internal/fetch"
	"wicketkey.internal/internal/test/emulator"
	"wicketkey.internal/mock"
)

// Each shortcut falls back to the ordinary way. What follows is each occasion
// for it, against a server that checks signatures.

// environment is a shell with nothing but keys for the mock.
func environment(t *testing.T, more map[string]string) {
	t.Helper()
	for name, value := range map[string]string{
		"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
		"AWS_SESSION_TOKEN": "", "AWS_REGION": "us-east-1", "AWS_PROFILE": "", "AWS_CONFIG_FILE": "/dev/null",
		"AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "AWS_CA_BUNDLE": "", "AWS_ENDPOINT_URL": "", "AWS_EC2_METADATA_DISABLED": "true",
	} {
		t.Setenv(name, value)
	}
	for name, value := range more {
		t.Setenv(name, value)
	}
}

func defaultClient(t *testing.T, opts *fetch.Options) *fetch.Client {
	t.Helper()
	client, err := fetch.New(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return client
}

func wantHunter(t *testing.T, c *fetch.Client) {
	t.Helper()
	if got := string(get(t, c, name).Bytes()); got != "hunter2" {
		t.Errorf("got %q", got)
	}
}

func caFile(t *testing.T, srv *mock.Server) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, srv.CA(), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestCustomEndpointAndCABundle(t *testing.T) {
	srv := mock.Start(t, &mock.Options{TLS: true})
	_, _ = srv.Put(name, []byte("hunter2"))
	environment(t, map[string]string{"AWS_ENDPOINT_URL_SECRETS_MANAGER": srv.URL(), "AWS_CA_BUNDLE": caFile(t, srv)})
	wantHunter(t, defaultClient(t, nil))
	t.Setenv("AWS_CA_BUNDLE", "")
	_, err := defaultClient(t, nil).Get(t.Context(), name)
	if !errors.Is(err, fetch.ErrUntrusted) {
		t.Errorf("without the bundle: got %v, want %v", err, fetch.ErrUntrusted)
	}
}

// The SDK lets AWS_ENDPOINT_URL_SECRETS_MANAGER win over what the program says.
func TestEndpointOptionWins(t *testing.T) {
	srv := mock.Start(t)
	_, _ = srv.Put(name, []byte("hunter2"))
	environment(t, map[string]string{"AWS_ENDPOINT_URL_SECRETS_MANAGER": "http://127.0.0.1:1"})
	wantHunter(t, defaultClient(t, &fetch.Options{Endpoint: srv.URL(), MaxAttempts: 1}))
}

// SSL_CERT_FILE replaces the system's bundle, which a process reads once: so a
// process of its own. The root in it is not Amazon's.
func TestSystemRootThatIsNotAmazons(t *testing.T) {
	const inner = "WICKETKEY_TEST_SYSTEM_ROOT"
	if os.Getenv(inner) != "" {
		wantHunter(t, defaultClient(t, nil))
		return
	}
	srv := mock.Start(t, &mock.Options{TLS: true})
	_, _ = srv.Put(name, []byte("hunter2"))
	environment(t, map[string]string{"AWS_ENDPOINT_URL_SECRETS_MANAGER": srv.URL()})
	cmd := emulator.Self(t.Context(), "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), inner+"=1", "SSL_CERT_FILE="+caFile(t, srv), "SSL_CERT_DIR="+t.TempDir())
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	if got := srv.Calls("GetSecretValue"); got != 1 {
		t.Errorf("%d calls, want 1", got)
	}
}

func TestOldTLS(t *testing.T) {
	srv := mock.Start(t, &mock.Options{TLS: true})
	_, _ = srv.Put(name, []byte("hunter2"))
	cfg := srv.AWSConfig()
	cfg.HTTPClient = cfg.HTTPClient.(*awshttp.BuildableClient).WithTransportOptions(func(tr *http.Transport) {
		tr.TLSClientConfig.MaxVersion = tls.VersionTLS12
	})
	wantHunter(t, newClient(t, srv, &fetch.Options{AWS: &cfg}))
}

func TestIPv6(t *testing.T) {
	if l, err := net.Listen("tcp", "[::1]:0"); err != nil {
		t.Skip("no IPv6 here:", err)
	} else {
		_ = l.Close()
	}
	srv := mock.Start(t, &mock.Options{TLS: true, Standalone: mock.Standalone{Listen: "[::1]:0"}})
	_, _ = srv.Put(name, []byte("hunter2"))
	wantHunter(t, newClient(t, srv, nil))
}

func TestRefusedConnectionAhead(t *testing.T) {
	srv := mock.Start(t)
	_, _ = srv.Put(name, []byte("hunter2"))
	cfg := srv.AWSConfig()
	var dials atomic.Int32
	cfg.HTTPClient = awshttp.NewBuildableClient().WithTransportOptions(func(tr *http.Transport) {
		tr.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
			if dials.Add(1) == 1 {
				return nil, errors.New("refused")
			}
			return new(net.Dialer).DialContext(ctx, network, addr)
		}
	})
	wantHunter(t, newClient(t, srv, &fetch.Options{AWS: &cfg, MaxAttempts: 1}))
}

// An ARN is asked in its own region, with a client for each.
func TestRegionsOfARNs(t *testing.T) {
	srv := mock.Start(t)
	arn, _ := srv.Put(name, []byte("hunter2"))
	sm := secretsmanager.NewFromConfig(srv.AWSConfig())
	if _, err := sm.ReplicateSecretToRegions(t.Context(), replicateTo("eu-west-1")); err != nil {
		t.Fatal(err)
	}
	client := newClient(t, srv, nil)
	elsewhere := arn[:len("arn:aws:secretsmanager:")] + "eu-west-1" + arn[len("arn:aws:secretsmanager:us-east-1"):]
	for _, id := range []string{arn, elsewhere, name} {
		if got := string(get(t, client, id).Bytes()); got != "hunter2" {
			t.Errorf("%s: got %q", id, got)
		}
	}
	var regions []string
	for _, call := range srv.Requests() {
		if call.Operation == "GetSecretValue" {
			regions = append(regions, call.Region)
		}
	}
	if want := []string{"us-east-1", "eu-west-1", "us-east-1"}; !slices.Equal(regions, want) {
		t.Errorf("asked in %v, want %v", regions, want)
	}
}

// Where the SDK's resolver leads: nothing puts host names together by hand.
func TestEndpoints(t *testing.T) {
	for want, env := range map[string]map[string]string{
		"secretsmanager.us-east-1.amazonaws.com:443":      {},
		"secretsmanager-fips.us-east-1.amazonaws.com:443": {"AWS_USE_FIPS_ENDPOINT": "true"},
		// In the aws partition the plain names are dual-stack already, by the SDK's rules.
		"secretsmanager.eusc-de-east-1.api.amazonwebservices.eu:443": {"AWS_USE_DUALSTACK_ENDPOINT": "true", "AWS_REGION": "eusc-de-east-1"},
		"secretsmanager.cn-north-1.amazonaws.com.cn:443":             {"AWS_REGION": "cn-north-1"},
		"secretsmanager-fips.us-gov-west-1.amazonaws.com:443":        {"AWS_REGION": "us-gov-west-1", "AWS_USE_FIPS_ENDPOINT": "true"},
	} {
		t.Run(want, func(t *testing.T) {
			environment(t, env)
			dialled := make(chan string, 10)
			client := defaultClient(t, &fetch.Options{MaxAttempts: 1, SDK: func(o *secretsmanager.Options) {
				o.HTTPClient = awshttp.NewBuildableClient().WithTransportOptions(func(tr *http.Transport) {
					tr.DialContext = func(_ context.Context, _, addr string) (net.Conn, error) {
						dialled <- addr
						return nil, errors.New("not in a test")
					}
				})
			}})
			if _, err := client.Get(t.Context(), name); !errors.Is(err, fetch.ErrUnavailable) {
				t.Errorf("got %v, want %v", err, fetch.ErrUnavailable)
			}
			if got := <-dialled; got != want {
				t.Errorf("dialled %s", got)
			}
		})
	}
}

// Settings that contradict each other have no endpoint.
func TestSettingsWithoutEndpoint(t *testing.T) {
	environment(t, map[string]string{"AWS_USE_FIPS_ENDPOINT": "true", "AWS_ENDPOINT_URL_SECRETS_MANAGER": "https://vpce.invalid"})
	client := defaultClient(t, nil)
	for _, ask := range []func() error{
		func() error { _, err := client.Get(t.Context(), name); return err },
		func() error { _, err := client.GetMany(t.Context(), "a", "b"); return err },
	} {
		if err := ask(); !errors.Is(err, fetch.ErrInvalid) || !strings.Contains(err.Error(), "FIPS") {
			t.Errorf("got %v, want %v", err, fetch.ErrInvalid)
		}
	}
}

// Only GetSecretValue on this one secret is allowed; the official client's
// DescribeSecret would be denied.
func TestLeastPrivilege(t *testing.T) {
	const policy = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"secretsmanager:GetSecretValue",
		"Resource":"arn:aws:secretsmanager:us-east-1:123456789012:secret:keeperRotationGatewayConfig-??????"}]}`
	srv := mock.Start(t, &mock.Options{Keys: []mock.AccessKey{{ID: "AKIAIOSFODNN7EXAMPLE",
		Secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", Policies: []string{policy}}}})
	arn, _ := srv.Put(name, []byte("hunter2"))
	_, _ = srv.Put("other", []byte("swordfish"))
	client := newClient(t, srv, nil)
	wantHunter(t, client)
	for _, id := range []string{arn, arn[:len(arn)-7], name + arn[len(arn)-7:]} {
		if got := string(get(t, client, id).Bytes()); got != "hunter2" {
			t.Errorf("%s: got %q", id, got)
		}
	}
	if _, err := client.Get(t.Context(), "other"); !errors.Is(err, fetch.ErrDenied) {
		t.Errorf("got %v, want %v", err, fetch.ErrDenied)
	}
	sm := secretsmanager.NewFromConfig(srv.AWSConfig())
	if _, err := sm.DescribeSecret(t.Context(), &secretsmanager.DescribeSecretInput{SecretId: &arn}); err == nil {
		t.Error("DescribeSecret was allowed: the test proves nothing")
	}
}

// A proxy that speaks SOCKS is left to net/http, and the path says so.
func TestSOCKS(t *testing.T) {
	srv := mock.Start(t)
	_, _ = srv.Put(name, []byte("hunter2"))
	cfg := srv.AWSConfig()
	proxy := socksProxy(t)
	cfg.HTTPClient = awshttp.NewBuildableClient().WithTransportOptions(func(tr *http.Transport) {
		tr.Proxy = http.ProxyURL(&url.URL{Scheme: "socks5", Host: proxy})
	})
	var wiping bool
	wantHunter(t, newClient(t, srv, &fetch.Options{AWS: &cfg, Observe: func(a fetch.Attempt) { wiping = a.Wiping }}))
	if wiping {
		t.Error("the wiping transport carried it")
	}
}

// socksProxy serves SOCKS 5 (RFC 1928) without authentication, for IPv4.
func socksProxy(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			down, err := l.Accept()
			if err != nil {
				return
			}
			go tunnel(down)
		}
	}()
	return l.Addr().String()
}

func tunnel(down net.Conn) {
	defer down.Close()
	hello := make([]byte, 3) // version, one method: none
	request := make([]byte, 10)
	if _, err := io.ReadFull(down, hello); err != nil {
		return
	}
	_, _ = down.Write([]byte{5, 0})
	if _, err := io.ReadFull(down, request); err != nil {
		return
	}
	up, err := net.DialTCP("tcp", nil, &net.TCPAddr{IP: request[4:8], Port: int(request[8])<<8 | int(request[9])})
	if err != nil {
		return
	}
	_, _ = down.Write([]byte{5, 0, 0, 1, 0, 0, 0, 0, 0, 0})
	go func() { _, _ = io.Copy(up, down); _ = up.CloseWrite() }()
	_, _ = io.Copy(down, up)
}
