package fetch_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	smithyendpoints "github.com/aws/smithy-go/endpoints"

	"wicketkey.internal/fetch"
	"wicketkey.internal/mock"
)

// replicated starts a server in a bubble whose secret has a replica in us-west-2.
func replicated(t *testing.T) (srv *mock.Server, arn string) {
	t.Helper()
	srv = mock.Start(t, &mock.Options{InProcess: true})
	arn, err := srv.Put(name, []byte("hunter2"))
	if err != nil {
		t.Fatal(err)
	}
	sm := secretsmanager.NewFromConfig(srv.AWSConfig())
	if _, err := sm.ReplicateSecretToRegions(t.Context(), replicateTo("us-west-2")); err != nil {
		t.Fatal(err)
	}
	return srv, arn
}

func TestFailover(t *testing.T) {
	for _, tt := range []struct {
		name    string
		failure mock.Failure
		region  string // that answers
		err     error
	}{
		{"home answers", "", "us-east-1", nil},
		{"home throttles to the end", mock.Throttling, "us-west-2", nil},
		{"home is broken", mock.InternalError, "us-west-2", nil},
		{"home refuses", mock.AccessDenied, "", fetch.ErrDenied},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				srv, arn := replicated(t)
				if tt.failure != "" {
					srv.Inject(mock.Fault{Secret: arn, Failure: tt.failure})
				}
				client := newClient(t, srv, &fetch.Options{Failover: []string{"us-east-1", "us-west-2"}})
				for _, id := range []string{name, arn} {
					s, err := client.Get(t.Context(), id)
					if !errors.Is(err, tt.err) {
						t.Fatalf("%s: got %v, want %v", id, err, tt.err)
					}
					if err != nil {
						continue
					}
					if s.Region() != tt.region || string(s.Bytes()) != "hunter2" {
						t.Errorf("%s: region %q answered, want %q", id, s.Region(), tt.region)
					}
					_ = s.Close()
				}
			})
		})
	}
}

func TestHedge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, arn := replicated(t)
		srv.Inject(mock.Fault{Secret: arn, Latency: 4 * time.Second})
		client := newClient(t, srv, &fetch.Options{Failover: []string{"us-west-2"}, HedgeAfter: 200 * time.Millisecond})
		began := time.Now()
		s := get(t, client, name)
		if took := time.Since(began); took != 200*time.Millisecond || s.Region() != "us-west-2" {
			t.Errorf("region %s answered after %v, want us-west-2 after 200ms", s.Region(), took)
		}
	})
}

func TestStartJitter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := mock.Start(t, &mock.Options{InProcess: true})
		_, _ = srv.Put(name, []byte("hunter2"))
		client := newClient(t, srv, &fetch.Options{StartJitter: time.Minute, Budget: time.Second})
		began := time.Now()
		get(t, client, name)
		first := time.Since(began)
		if first == 0 || first > time.Minute {
			t.Errorf("the first call came after %v", first)
		}
		get(t, client, name)
		if took := time.Since(began) - first; took != 0 {
			t.Errorf("the second call waited %v", took)
		}
	})
}

// regionIsHost gives each region a host of its own.
type regionIsHost struct{}

func (regionIsHost) ResolveEndpoint(_ context.Context, p secretsmanager.EndpointParameters) (smithyendpoints.Endpoint, error) {
	return smithyendpoints.Endpoint{URI: url.URL{Scheme: "http", Host: *p.Region}}, nil
}

// Where home does not answer, its replicas bring a batch as well: to wait for
// home with each single secret would use up the budget.
func TestGetManyFailsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := mock.Start(t, &mock.Options{InProcess: true})
		sm := secretsmanager.NewFromConfig(srv.AWSConfig())
		var ids []string
		for i := range 45 {
			id := fmt.Sprintf("s%d", i)
			arn, _ := srv.Put(id, []byte(id))
			to := replicateTo("us-west-2")
			to.SecretId = &arn
			if _, err := sm.ReplicateSecretToRegions(t.Context(), to); err != nil {
				t.Fatal(err)
			}
			if i%2 == 0 {
				id = arn
			}
			ids = append(ids, id)
		}
		cfg := srv.AWSConfig()
		cfg.HTTPClient = awshttp.NewBuildableClient().WithTransportOptions(func(tr *http.Transport) {
			tr.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
				if addr == "us-east-1:80" {
					<-ctx.Done()
					return nil, ctx.Err()
				}
				return srv.Dial(ctx, network, addr)
			}
		})
		client := newClient(t, srv, &fetch.Options{AWS: &cfg, Failover: []string{"us-west-2"}, SDK: func(o *secretsmanager.Options) {
			o.EndpointResolverV2 = regionIsHost{}
		}})
		secrets, err := client.GetMany(t.Context(), ids...)
		if err != nil {
			t.Fatal(err)
		}
		for i, s := range secrets {
			if string(s.Bytes()) != fmt.Sprintf("s%d", i) || s.Region() != "us-west-2" {
				t.Errorf("%s: %q from %s", ids[i], s.Bytes(), s.Region())
			}
			_ = s.Close()
		}
		if got := srv.Calls("GetSecretValue"); got != 0 {
			t.Errorf("%d single calls, want none", got)
		}
	})
}

// A region that is listed twice is asked once.
func TestFailoverNamesARegionTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := mock.Start(t, &mock.Options{InProcess: true})
		_, _ = srv.Put(name, []byte("hunter2"))
		_ = srv.Inject(mock.Fault{Failure: mock.InternalError})
		client := newClient(t, srv, &fetch.Options{MaxAttempts: 1, Failover: []string{"us-west-2", "us-east-1", "us-west-2"}})
		if _, err := client.Get(t.Context(), name); !errors.Is(err, fetch.ErrUnavailable) {
			t.Errorf("got %v, want %v", err, fetch.ErrUnavailable)
		}
		if got := srv.Calls("GetSecretValue"); got != 2 {
			t.Errorf("%d calls, want one in each region", got)
		}
	})
}

// Two hundred gateways start at once while nine of ten calls are throttled.
// Each gets its secret; the plain SDK gives up after three tries.
func TestStartUnderThrottling(t *testing.T) {
	const clients, most = 200, 3000 // nine throttles for each answer make 2,000 the expectation
	start := func(t *testing.T, one func(ctx context.Context, srv *mock.Server) error) (served, calls int) {
		synctest.Test(t, func(t *testing.T) {
			srv := mock.Start(t, &mock.Options{InProcess: true, Seed: 7})
			_, _ = srv.Put(name, []byte("hunter2"))
			srv.Inject(mock.Fault{Failure: mock.Throttling, Probability: 0.9})
			results := make(chan error)
			for range clients {
				go func() { results <- one(t.Context(), srv) }()
			}
			for range clients {
				if <-results == nil {
					served++
				}
			}
			calls = srv.Calls("GetSecretValue")
		})
		return served, calls
	}
	served, calls := start(t, func(ctx context.Context, srv *mock.Server) error {
		cfg := srv.AWSConfig()
		client, err := fetch.New(ctx, &fetch.Options{AWS: &cfg, Budget: 10 * time.Minute})
		if err != nil {
			return err
		}
		defer client.Close()
		s, err := client.Get(ctx, name)
		if err == nil {
			_ = s.Close()
		}
		return err
	})
	plain, plainCalls := start(t, func(ctx context.Context, srv *mock.Server) error {
		_, err := secretsmanager.NewFromConfig(srv.AWSConfig()).GetSecretValue(ctx, getValue(name))
		return err
	})
	t.Logf("served: %d of %d in %d calls; the plain SDK: %d in %d calls", served, clients, calls, plain, plainCalls)
	if served != clients || calls > most {
		t.Errorf("%d of %d served in %d calls, want all in at most %d", served, clients, calls, most)
	}
	if plain == clients {
		t.Error("the plain SDK served all: the test throttles too little to tell")
	}
}

// Code of the caller's that ends the goroutine of one region leaves the others.
func TestGoexitInARegion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, _ := replicated(t)
		client := newClient(t, srv, &fetch.Options{Failover: []string{"us-west-2"}, Observe: func(a fetch.Attempt) {
			if a.Region == "us-east-1" {
				runtime.Goexit()
			}
		}})
		s, err := client.Get(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if !s.Replica() {
			t.Errorf("answered by %s", s.Region())
		}
	})
}
