package fetch_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"wicketkey.internal/fetch"
	"wicketkey.internal/mock"
)

// ours are the goroutines of this process in which the library, or an HTTP client
// for it, still runs.
func ours() string {
	buf := make([]byte, 1<<20)
	var left []string
	for _, g := range bytes.Split(buf[:runtime.Stack(buf, true)], []byte("\n\n")) {
		text := string(g)
		for _, of := range []string{"net/http.(*persistConn)", "/fetch.(", "/internal/transport.", "/internal/awsenv.", "aws-sdk-go-v2/aws."} {
			if strings.Contains(text, of) && !strings.Contains(text, "fetch_test.Test") {
				left = append(left, text)
				break
			}
		}
	}
	return strings.Join(left, "\n\n")
}

// sockets is a listener's view of the connections that are open.
type sockets struct{ open atomic.Int32 }

func (s *sockets) count(_ net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		s.open.Add(1)
	case http.StateClosed, http.StateHijacked:
		s.open.Add(-1)
	}
}

// front puts a server that counts its connections before another.
func front(t *testing.T, to string, s *sockets) string {
	t.Helper()
	up, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		out := r.Clone(r.Context())
		out.RequestURI, out.URL.Scheme, out.URL.Host = "", up.Scheme, up.Host
		resp, err := upstream.RoundTrip(out)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		defer resp.Body.Close()
		for name, values := range resp.Header {
			w.Header()[name] = values
		}
		w.WriteHeader(resp.StatusCode)
		var body bytes.Buffer
		_, _ = body.ReadFrom(resp.Body)
		_, _ = w.Write(body.Bytes())
	}))
	srv.Config.ConnState = s.count
	srv.Start()
	t.Cleanup(srv.Close)
	return srv.URL
}

var upstream = &http.Transport{DisableKeepAlives: true}

// After Close no goroutine and no connection of a client is left, whatever
// brought credentials and carried requests, used or not.
func TestCloseLeavesNothing(t *testing.T) {
	for _, source := range []string{"given", "container", "instance", "web identity", "ordinary", "agent"} {
		for _, used := range []bool{true, false} {
			t.Run(source+map[bool]string{true: "/used", false: "/at once"}[used], func(t *testing.T) {
				srv := mock.Start(t)
				_, _ = srv.Put(name, []byte("hunter2"))
				var s sockets
				opts := closingOptions(t, srv, source, &s)
				for range 10 {
					client, err := fetch.New(t.Context(), opts)
					if err != nil {
						t.Fatal(err)
					}
					if used {
						ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
						secret, err := client.Get(ctx, name)
						cancel()
						if err != nil {
							t.Fatal(err)
						}
						_ = secret.Close()
					}
					_ = client.Close()
				}
				for i := 0; ours() != "" || s.open.Load() != 0; i++ {
					if i == 2000 {
						t.Fatalf("%d connections are open, and there run\n%s", s.open.Load(), ours())
					}
					time.Sleep(time.Millisecond) // what a closed socket means reaches the peer in its time
				}
			})
		}
	}
}

func closingOptions(t *testing.T, srv *mock.Server, source string, s *sockets) *fetch.Options {
	at := front(t, srv.URL(), s)
	env := map[string]string{"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_ENDPOINT_URL_SECRETS_MANAGER": at}
	switch source {
	case "container":
		keys := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(`{"AccessKeyId":"AKIAIOSFODNN7EXAMPLE","SecretAccessKey":"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}`))
		}))
		keys.Config.ConnState = s.count
		keys.Start()
		t.Cleanup(keys.Close)
		env["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = keys.URL
	case "instance":
		env["AWS_EC2_METADATA_DISABLED"], env["AWS_REGION"], env["AWS_DEFAULT_REGION"] = "", "", ""
		for variable, value := range srv.InstanceEnv() {
			if variable == "AWS_EC2_METADATA_SERVICE_ENDPOINT" {
				value = front(t, value, s)
			}
			env[variable] = value
		}
	case "web identity":
		env["AWS_WEB_IDENTITY_TOKEN_FILE"], env["AWS_ROLE_ARN"] = tokenFile(t), "arn:aws:iam::123456789012:role/gateway"
		env["AWS_ENDPOINT_URL_STS"] = front(t, srv.URL(), s)
	case "agent":
		return &fetch.Options{Agent: &fetch.Agent{URL: front(t, agent(t, "").URL, s)}, AWS: &aws.Config{}}
	case "given", "ordinary":
		cfg := srv.AWSConfig()
		cfg.BaseEndpoint = &at
		cfg.HTTPClient = nil
		opts := &fetch.Options{AWS: &cfg}
		if source == "ordinary" {
			proxy := socksProxy(t)
			opts.SDK = func(o *secretsmanager.Options) {
				o.HTTPClient = awshttp.NewBuildableClient().WithTransportOptions(func(tr *http.Transport) {
					tr.Proxy = http.ProxyURL(&url.URL{Scheme: "socks5", Host: proxy})
				})
			}
		}
		return opts
	}
	environment(t, env)
	return nil
}

// A call that is under way when Close comes has its credentials and its answer.
func TestCloseDuringACall(t *testing.T) {
	inBubble(t, func(t *testing.T, srv *mock.Server) {
		_ = srv.Inject(mock.Fault{Latency: time.Second})
		client := newClient(t, srv, nil)
		time.AfterFunc(time.Second/2, func() { _ = client.Close() })
		wantHunter(t, client)
	})
}

// calling is a log's handler that asks the client for a secret.
type calling struct {
	slog.Handler
	client *atomic.Pointer[fetch.Client]
	asked  *atomic.Int32
}

func (calling) Enabled(context.Context, slog.Level) bool { return true }

func (c calling) Handle(context.Context, slog.Record) error {
	if client := c.client.Load(); client != nil && c.asked.Add(1) < 5 {
		if s, err := client.Get(context.Background(), name); err == nil {
			_ = s.Close()
		}
	}
	return nil
}

// Functions of the caller's are called without a lock: they may use the client.
func TestCallbacksMayCallTheClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := mock.Start(t, &mock.Options{InProcess: true})
		_, _ = srv.Put(name, []byte("hunter2"))
		var client atomic.Pointer[fetch.Client]
		var asked, observed, configured atomic.Int32
		ask := func(n *atomic.Int32) {
			if c := client.Load(); c != nil && n.Add(1) < 5 {
				if s, err := c.Get(context.Background(), name); err == nil {
					_ = s.Close()
				}
			}
		}
		cfg := srv.AWSConfig()
		next := cfg.HTTPClient
		cfg.HTTPClient = smithyClient(next.Do) // the ordinary path, which is logged
		c, err := fetch.New(t.Context(), &fetch.Options{AWS: &cfg, Logger: slog.New(calling{client: &client, asked: &asked}),
			Observe: func(fetch.Attempt) { ask(&observed) }, SDK: func(*secretsmanager.Options) { ask(&configured) }})
		if err != nil {
			t.Fatal(err)
		}
		client.Store(c)
		defer c.Close()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		for _, region := range []string{"us-east-1", "eu-west-1"} { // the second is configured with the client at hand
			s, err := c.Get(ctx, "arn:aws:secretsmanager:"+region+":123456789012:secret:"+name)
			if err == nil {
				_ = s.Close()
			}
		}
		ended := ctx.Err()
		time.Sleep(2 * time.Minute) // what the callbacks ask in the background ends with its budget
		if ended != nil || observed.Load() == 0 || configured.Load() == 0 {
			t.Errorf("%v; observed %d, configured %d", ended, observed.Load(), configured.Load())
		}
	})
}

// However many regions ARNs name, what is kept for them is bounded.
func TestRegionsAreForgotten(t *testing.T) {
	client := plainClient(t, "http://127.0.0.1:1", &fetch.Options{MaxAttempts: 1})
	ask := func(from, to int) {
		for i := from; i < to; i++ {
			_, _ = client.Get(t.Context(), fmt.Sprintf("arn:aws:secretsmanager:xx-%c%c-1:123456789012:secret:none-AbCdEf", 'a'+i%26, 'a'+i/26))
		}
	}
	ask(0, 100)
	before := live()
	ask(100, 600)
	if grown := live() - before; grown > 500<<10 {
		t.Errorf("%d bytes stay of 500 regions", grown)
	}
}

func live() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
