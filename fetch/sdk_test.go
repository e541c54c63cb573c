package fetch_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/smithy-go/middleware"

	"wicketkey.internal/fetch"
	"wicketkey.internal/mock"
)

// A middleware of the caller's may answer by itself. There is no value then, and
// none is made up.
func TestMiddlewareThatAnswersItself(t *testing.T) {
	stub := func(stack *middleware.Stack) error {
		return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("stub",
			func(_ context.Context, in middleware.InitializeInput, _ middleware.InitializeHandler) (out middleware.InitializeOutput, md middleware.Metadata, err error) {
				switch in.Parameters.(type) {
				case *secretsmanager.GetSecretValueInput:
					out.Result = &secretsmanager.GetSecretValueOutput{Name: aws.String(name), SecretString: aws.String("hunter2")}
				case *secretsmanager.BatchGetSecretValueInput:
					out.Result = &secretsmanager.BatchGetSecretValueOutput{}
				}
				return out, md, err
			}), middleware.Before)
	}
	client := defaultClient(t, &fetch.Options{AWS: &aws.Config{Region: "us-east-1", Credentials: aws.AnonymousCredentials{},
		BaseEndpoint: aws.String("http://127.0.0.1:1"), APIOptions: []func(*middleware.Stack) error{stub}}})
	if s, err := client.Get(t.Context(), name); s != nil || !errors.Is(err, fetch.ErrMalformed) {
		t.Errorf("got %v, want %v", err, fetch.ErrMalformed)
	}
	if _, err := client.GetMany(t.Context(), "a", "b"); !errors.Is(err, fetch.ErrMalformed) {
		t.Errorf("many: got %v, want %v", err, fetch.ErrMalformed)
	}
}

// sourced says where its credentials come from, as the SDK's providers do.
type sourced struct{ aws.CredentialsProvider }

func (sourced) ProviderSources() []aws.CredentialSource {
	return []aws.CredentialSource{aws.CredentialSourceProfileSSO}
}

// AWS counts by the user agent how clients find their credentials.
func TestUserAgentNamesTheSourceOfCredentials(t *testing.T) {
	srv := mock.Start(t)
	_, _ = srv.Put(name, []byte("hunter2"))
	var agents [2]string
	for i := range agents {
		cfg := srv.AWSConfig()
		if i == 1 {
			cfg.Credentials = sourced{cfg.Credentials}
		}
		next := cfg.HTTPClient
		if next == nil {
			next = awshttp.NewBuildableClient()
		}
		cfg.HTTPClient = smithyClient(func(r *http.Request) (*http.Response, error) {
			agents[i] = r.UserAgent()
			return next.Do(r)
		})
		get(t, newClient(t, srv, &fetch.Options{AWS: &cfg}), name)
	}
	if agents[0] == agents[1] {
		t.Errorf("both user agents are %q", agents[1])
	}
}

type smithyClient func(*http.Request) (*http.Response, error)

func (f smithyClient) Do(r *http.Request) (*http.Response, error) { return f(r) }

// Where a resolver of the SDK's first generation leads only the SDK knows, so
// nothing is dialled ahead: least of all AWS, from a test.
func TestEndpointResolverOfTheFirstGeneration(t *testing.T) {
	srv := mock.Start(t)
	_, _ = srv.Put(name, []byte("hunter2"))
	cfg := srv.AWSConfig()
	cfg.BaseEndpoint = nil
	//lint:ignore SA1019 old programs use it
	cfg.EndpointResolverWithOptions = aws.EndpointResolverWithOptionsFunc(func(string, string, ...any) (aws.Endpoint, error) {
		//lint:ignore SA1019 old programs use it
		return aws.Endpoint{URL: srv.URL(), HostnameImmutable: true}, nil
	})
	var mu sync.Mutex
	var dialled []string
	cfg.HTTPClient = awshttp.NewBuildableClient().WithTransportOptions(func(tr *http.Transport) {
		tr.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
			mu.Lock()
			dialled = append(dialled, addr)
			mu.Unlock()
			if "http://"+addr != srv.URL() {
				return nil, errors.New("not in a test")
			}
			return new(net.Dialer).DialContext(ctx, network, addr)
		}
	})
	wantHunter(t, newClient(t, srv, &fetch.Options{AWS: &cfg}))
	mu.Lock()
	defer mu.Unlock()
	if len(dialled) != 1 {
		t.Errorf("dialled %v", dialled)
	}
}
