package awsenv_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"wicketkey.internal/internal/awsenv"
)

// instance is the metadata service of an instance. Zero fields: IMDSv1 and v2,
// with a role.
type instance struct {
	tokenLost  bool // the answer to a token request dies on its second hop
	v2Only     bool
	status     int // of every answer, if not zero
	failFirst  int32
	slow       time.Duration
	noRole     bool
	puts, gets atomic.Int32
}

func (i *instance) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	select {
	case <-time.After(i.slow):
	case <-r.Context().Done():
		return
	}
	if i.puts.Load()+i.gets.Load() < i.failFirst {
		i.gets.Add(1)
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	if i.status != 0 {
		w.WriteHeader(i.status)
		return
	}
	if r.Method == http.MethodPut {
		i.puts.Add(1)
		if i.tokenLost {
			<-r.Context().Done()
			return
		}
		w.Header().Set("X-Aws-Ec2-Metadata-Token-Ttl-Seconds", "300")
		io.WriteString(w, "tok")
		return
	}
	i.gets.Add(1)
	i.get(w, r)
}

func (i *instance) get(w http.ResponseWriter, r *http.Request) {
	token := r.Header.Get("X-Aws-Ec2-Metadata-Token")
	switch {
	case i.v2Only && token != "tok":
		w.WriteHeader(http.StatusUnauthorized)
	case r.URL.Path == "/latest/dynamic/instance-identity/document":
		writeJSON(w, map[string]any{"region": "ap-northeast-1"})
	case i.noRole:
		w.WriteHeader(http.StatusNotFound)
	case r.URL.Path == "/latest/meta-data/iam/security-credentials/":
		io.WriteString(w, "role")
	default:
		writeJSON(w, map[string]any{"Code": "Success", "AccessKeyId": "ASIA", "SecretAccessKey": "s",
			"Token": "t", "Expiration": time.Now().Add(30 * time.Minute).UTC().Format(time.RFC3339)})
	}
}

func TestInstanceMetadata(t *testing.T) {
	type dial = func(context.Context, string, string) (net.Conn, error)
	tests := map[string]struct {
		instance *instance
		dial     dial
		env      map[string]string
		creds    error // nil: they arrive
		region   error
		within   time.Duration // for each of the two
	}{
		"answers":               {instance: &instance{}, within: 0},
		"v2 only":               {instance: &instance{v2Only: true}},
		"one quick failure":     {instance: &instance{failFirst: 1}, within: 200 * time.Millisecond},
		"two quick failures":    {instance: &instance{failFirst: 2}, within: 300 * time.Millisecond},
		"slow but there":        {instance: &instance{slow: 400 * time.Millisecond}, within: 1300 * time.Millisecond},
		"unreachable":           {dial: blackHole, creds: awsenv.ErrIMDSUnreachable, region: awsenv.ErrIMDSUnreachable, within: 2 * time.Second},
		"refused":               {dial: refused, creds: awsenv.ErrIMDSUnreachable, region: awsenv.ErrIMDSUnreachable, within: 2 * time.Second},
		"hop limit, v1 allowed": {instance: &instance{tokenLost: true}, within: 1200 * time.Millisecond},
		"hop limit, v2 only":    {instance: &instance{tokenLost: true, v2Only: true}, creds: awsenv.ErrIMDSHopLimit, region: awsenv.ErrIMDSHopLimit, within: 1200 * time.Millisecond},
		"hop limit, v1 forbidden": {instance: &instance{tokenLost: true}, env: env("AWS_EC2_METADATA_V1_DISABLED", "true"),
			creds: awsenv.ErrIMDSHopLimit, region: awsenv.ErrIMDSHopLimit, within: 2 * time.Second},
		"never answers":   {instance: &instance{slow: time.Minute}, creds: awsenv.ErrIMDSHopLimit, region: awsenv.ErrIMDSHopLimit, within: 2 * time.Second},
		"turned off":      {instance: &instance{status: http.StatusForbidden}, creds: awsenv.ErrIMDSDisabled, region: awsenv.ErrIMDSDisabled},
		"without a role":  {instance: &instance{noRole: true}, creds: awsenv.ErrNoCredentials},
		"broken":          {instance: &instance{status: http.StatusInternalServerError}, creds: awsenv.ErrCredentials, region: awsenv.ErrCredentials, within: 2 * time.Second},
		"disabled by env": {dial: refused, env: noIMDS, creds: awsenv.ErrIMDSDisabled, region: awsenv.ErrIMDSDisabled},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				if test.dial == nil {
					test.dial = newNetwork(t, test.instance).dial
				}
				l := load(t, test.env, awsenv.Options{DialContext: test.dial})
				var err error
				spent := took(func() { _, err = l.Config.Credentials.Retrieve(t.Context()) })
				checkOutcome(t, "credentials", err, test.creds, awsenv.ErrNoCredentials, spent, test.within)
				spent = took(func() { _, err = l.InstanceRegion(t.Context()) })
				checkOutcome(t, "region", err, test.region, awsenv.ErrNoRegion, spent, test.within)
			})
		})
	}
}

// checkOutcome wants want, and always outer, or no error at all.
func checkOutcome(t *testing.T, what string, err, want, outer error, spent, within time.Duration) {
	t.Helper()
	if want == nil && err != nil {
		t.Errorf("%s: %v", what, err)
	}
	if want != nil && (!errors.Is(err, want) || !errors.Is(err, outer)) {
		t.Errorf("%s: got %v, want %q and %q", what, err, outer, want)
	}
	if detail, ok := errors.AsType[*awsenv.Error](err); ok && errors.Is(want, awsenv.ErrIMDSHopLimit) && !strings.Contains(detail.Remedy, "hop limit to 2") {
		t.Errorf("%s: the remedy is %q", what, detail.Remedy)
	}
	if spent > within {
		t.Errorf("%s took %v, want at most %v", what, spent, within)
	}
}

// A fetch asks for both at once; one session token must serve both.
func TestInstanceTokenIsShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := &instance{v2Only: true, slow: time.Millisecond}
		l := load(t, nil, awsenv.Options{DialContext: newNetwork(t, i).dial})
		var wait sync.WaitGroup
		start := time.Now()
		for range 4 {
			wait.Go(func() {
				if _, err := l.Config.Credentials.Retrieve(t.Context()); err != nil {
					t.Error(err)
				}
			})
			wait.Go(func() {
				if region, err := l.InstanceRegion(t.Context()); region != "ap-northeast-1" {
					t.Error(region, err)
				}
			})
		}
		wait.Wait()
		if spent := time.Since(start); spent != 3*time.Millisecond {
			t.Errorf("took %v, want three trips: token, role, keys, and the region meanwhile", spent)
		}
		if puts := i.puts.Load(); puts != 1 {
			t.Errorf("%d token requests, want 1", puts)
		}
		before := i.gets.Load()
		if _, err := l.InstanceRegion(t.Context()); err != nil || i.gets.Load() != before {
			t.Errorf("the region was asked for again (%v)", err)
		}
	})
}

func TestInstanceRegionHonoursItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := load(t, nil, awsenv.Options{DialContext: blackHole})
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		var err error
		if spent := took(func() { _, err = l.InstanceRegion(ctx) }); spent != 100*time.Millisecond {
			t.Errorf("took %v, want 100ms", spent)
		}
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want the context's error", err)
		}
		time.Sleep(time.Second) // net/http lets the dial run to its own limit
	})
}

// Credentials that could be had once outlive an outage of the service.
func TestInstanceOutageKeepsCredentials(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := &instance{}
		l := load(t, nil, awsenv.Options{DialContext: newNetwork(t, i).dial})
		if _, err := l.Config.Credentials.Retrieve(t.Context()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		i.status = http.StatusServiceUnavailable
		got, err := l.Config.Credentials.Retrieve(t.Context())
		if err != nil || got.AccessKeyID != "ASIA" || got.Expired() {
			t.Errorf("got %q expiring %v, %v", got.AccessKeyID, got.Expires, err)
		}
	})
}

// An instance that demands a token, and whose answers were lost once, is asked
// for a token again: it is not a hop too far away for good.
func TestInstanceComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := &instance{v2Only: true, slow: time.Minute}
		l := load(t, nil, awsenv.Options{DialContext: newNetwork(t, i).dial})
		if _, err := l.Config.Credentials.Retrieve(t.Context()); !errors.Is(err, awsenv.ErrIMDSHopLimit) {
			t.Fatalf("got %v, want %v", err, awsenv.ErrIMDSHopLimit)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		i.slow = 0
		if keys, err := l.Config.Credentials.Retrieve(t.Context()); err != nil || keys.AccessKeyID != "ASIA" {
			t.Errorf("got %q, %v", keys.AccessKeyID, err)
		}
		if region, err := l.InstanceRegion(t.Context()); region != "ap-northeast-1" {
			t.Error(region, err)
		}
	})
}

// A role assumed from the instance is asked for in the instance's region.
func TestRoleInInstanceRegion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mux := http.NewServeMux()
		mux.Handle("/latest/", &instance{})
		mux.HandleFunc("POST /sts", serveSTS)
		n := newNetwork(t, mux)
		path := t.TempDir() + "/config"
		writeFile(t, path, "[default]\ncredential_source = Ec2InstanceMetadata\nrole_arn = "+role+"x\n")
		l := load(t, env("AWS_CONFIG_FILE", path, "AWS_ENDPOINT_URL", "http://ignored"), awsenv.Options{DialContext: n.dial})
		if _, err := l.Config.Credentials.Retrieve(t.Context()); err == nil {
			t.Fatal("a TLS handshake succeeded with a plain server")
		}
		n.mu.Lock()
		defer n.mu.Unlock()
		if last := n.addrs[len(n.addrs)-1]; last != "sts.ap-northeast-1.amazonaws.com:443" {
			t.Errorf("STS was called at %s", last)
		}
	})
}
