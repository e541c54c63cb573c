package fetch_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"wicketkey.internal/fetch"
)

const tls12, tls13 = tls.VersionTLS12, tls.VersionTLS13

// fetchFunc puts a question to a hostile peer and gives the value's text.
type fetchFunc func(context.Context, fetch.Ref) (string, error)

type questionKey struct{}

// nameQuestion writes the question's number into the request's header.
func nameQuestion(stack *middleware.Stack) error {
	return stack.Build.Add(middleware.BuildMiddlewareFunc("question",
		func(ctx context.Context, in middleware.BuildInput, next middleware.BuildHandler) (middleware.BuildOutput, middleware.Metadata, error) {
			number, _ := ctx.Value(questionKey{}).(string)
			in.Request.(*smithyhttp.Request).Header.Set(questionHeader, number)
			return next.HandleBuild(ctx, in)
		}), middleware.After)
}

// configFor is the configuration with which both sides ask: three attempts that
// follow each other at once.
func configFor(p *hostilePeer) (aws.Config, *http.Transport) {
	client := awshttp.NewBuildableClient().WithTransportOptions(func(tr *http.Transport) { tr.TLSClientConfig, tr.Proxy = p.tls, nil })
	swift := func() aws.Retryer {
		return retry.NewStandard(func(o *retry.StandardOptions) {
			o.Backoff = retry.NewExponentialJitterBackoff(0)
			o.RateLimiter = ratelimit.None
		})
	}
	return aws.Config{Region: "us-east-1", Credentials: aws.AnonymousCredentials{}, BaseEndpoint: aws.String(p.url), HTTPClient: client,
		Retryer: swift, APIOptions: []func(*middleware.Stack) error{nameQuestion}}, client.GetTransport()
}

// askOurs asks with this library, over its own transport or a caller's.
func askOurs(tb testing.TB, p *hostilePeer, ordinary bool) (fetchFunc, func()) {
	tb.Helper()
	cfg, tr := configFor(p)
	if ordinary {
		cfg.HTTPClient = &http.Client{Transport: &passing{next: tr}}
	}
	client, err := fetch.New(context.Background(), &fetch.Options{AWS: &cfg})
	if err != nil {
		tb.Fatal(err)
	}
	return func(ctx context.Context, ref fetch.Ref) (string, error) {
		s, err := client.GetRef(ctx, ref)
		if err != nil {
			return "", err
		}
		defer s.Close()
		return string(s.Bytes()), nil
	}, func() { _ = client.Close(); tr.CloseIdleConnections() }
}

// askPlain asks with the SDK alone.
func askPlain(p *hostilePeer) (fetchFunc, func()) {
	cfg, _ := configFor(p)
	tr := cfg.HTTPClient.(*awshttp.BuildableClient).GetTransport()
	cfg.HTTPClient = &http.Client{Transport: tr}
	sm := secretsmanager.NewFromConfig(cfg)
	return func(ctx context.Context, ref fetch.Ref) (string, error) {
		in := getValue(ref.ID)
		if ref.VersionID != "" {
			in.VersionId = aws.String(ref.VersionID)
		}
		out, err := sm.GetSecretValue(ctx, in)
		if err != nil {
			return "", err
		}
		return aws.ToString(out.SecretString), nil
	}, tr.CloseIdleConnections
}

// hostileTLS is a server's configuration and its client's. The key is small: most
// of a model's time goes into handshakes.
var hostileTLS = sync.OnceValues(func() (server, client *tls.Config) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	ca := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(24 * time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, ca, ca, key.Public(), key)
	if err != nil {
		panic(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, NextProtos: []string{"http/1.1"}},
		&tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
})
