package mock_test

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"wicketkey.internal/mock"
)

// greedy are ways to make a server keep what it was sent.
var greedy = []func(p *peer, ctx context.Context, i int) (*http.Request, error){
	func(p *peer, ctx context.Context, i int) (*http.Request, error) { // unsigned, in a region of its own
		r, err := http.NewRequestWithContext(ctx, "POST", p.url, strings.NewReader("{}"))
		r.Header.Set("X-Amz-Target", "secretsmanager.ListSecrets")
		r.Header.Set("Authorization", fmt.Sprintf("AWS4-HMAC-SHA256 Credential=%s/b/us-east-%d/d/e", long(i), i))
		return r, err
	},
	func(p *peer, ctx context.Context, i int) (*http.Request, error) { // unsigned, a known operation, a region that passes for one
		r, err := p.request(ctx, "ListSecrets", "{}", time.Now())
		r.Header.Set("Authorization", fmt.Sprintf("AWS4-HMAC-SHA256 Credential=%d/20260101/%s-1/secretsmanager/aws4_request, SignedHeaders=host, Signature=x", i, strings.Repeat("a", 100)))
		r.Header.Set("X-Odd", long(i))
		return r, err
	},
	func(p *peer, ctx context.Context, i int) (*http.Request, error) { // an operation that is none
		return p.request(ctx, long(i), "{}", time.Now())
	},
	func(p *peer, ctx context.Context, i int) (*http.Request, error) { // more secrets than a batch has
		return p.request(ctx, "BatchGetSecretValue", `{"SecretIdList":["`+strings.Repeat(`a","`, 1000)+`b"]}`, time.Now())
	},
	func(p *peer, ctx context.Context, i int) (*http.Request, error) { // a long name
		return p.request(ctx, "GetSecretValue", `{"SecretId":"`+long(i)+`"}`, time.Now())
	},
	func(p *peer, ctx context.Context, i int) (*http.Request, error) { // signed in a region of its own
		p.cfg.Region = fmt.Sprintf("%s-%d", strings.Repeat("a", 100), i)
		return p.request(ctx, "ListSecrets", "{}", time.Now())
	},
	func(p *peer, ctx context.Context, i int) (*http.Request, error) { // a document of faults
		fault := `{"secret":"` + long(i)[:2000] + `","operations":["GetSecretValue"],"latency":"1ns"}`
		return http.NewRequestWithContext(ctx, "POST", p.url+"/_mock/faults", strings.NewReader(`{"faults":[`+strings.Repeat(fault+",", 5)+fault+`]}`))
	},
	func(p *peer, ctx context.Context, i int) (*http.Request, error) { // a fault with a long list
		fault := `{"faults":[{"latency":"1ns","operations":["` + strings.Repeat(`ListSecrets","`, 200) + `ListSecrets"]}]}`
		return http.NewRequestWithContext(ctx, "POST", p.url+"/_mock/faults", strings.NewReader(fault))
	},
	func(p *peer, ctx context.Context, i int) (*http.Request, error) { // credentials
		r, err := http.NewRequestWithContext(ctx, "PUT", p.url+"/latest/api/token", nil)
		r.Header.Set("X-Aws-Ec2-Metadata-Token-Ttl-Seconds", "60")
		return r, err
	},
	func(p *peer, ctx context.Context, i int) (*http.Request, error) { // a session
		form := url.Values{"Action": {"AssumeRoleWithWebIdentity"}, "Version": {"2011-06-15"}, "WebIdentityToken": {jwt(`{"sub":"` + long(i) + `"}`)},
			"RoleArn": {"arn:aws:iam::123456789012:role/" + long(i)[:500]}, "RoleSessionName": {long(i)[:64]},
			"Policy": {`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"` + long(i)[:1900] + `"}}`}}
		r, err := http.NewRequestWithContext(ctx, "POST", p.url, strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		return r, err
	},
	func(p *peer, ctx context.Context, i int) (*http.Request, error) { // a path of control that is none
		return http.NewRequestWithContext(ctx, "GET", p.url+"/_mock/"+long(i), nil)
	},
}

// long is a text of 16 KiB that no other i has, or of 900 KiB for those from a million on.
func long(i int) string {
	if i >= 1_000_000 {
		return strings.Repeat(fmt.Sprintf("%08d", i), 115_200)
	}
	return strings.Repeat(fmt.Sprintf("%08d", i), 2048)
}

// TestMemoryIsBounded has ten thousand odd requests answered, a hundred megabytes, and compares what the server
// keeps with what it counts.
func TestMemoryIsBounded(t *testing.T) {
	srv := mock.Start(t)
	before := liveHeap()
	for i := range 100 {
		p := mockPeer(srv)
		ask(t, p, 0, 1_000_000+i)
	}
	var wg sync.WaitGroup
	const workers = 4
	for worker := range workers {
		wg.Go(func() {
			p := mockPeer(srv)
			rng := rand.New(rand.NewPCG(2, uint64(worker)))
			for i := range 10_000 / workers {
				ask(t, p, rng.IntN(len(greedy)), worker*10_000+i)
			}
		})
	}
	wg.Wait()
	http.DefaultClient.CloseIdleConnections()
	grown := int(liveHeap()) - int(before)
	held := mock.Held(srv)
	// Beside what is counted: 1000 faults of 3 KiB at most, 4096 sessions (a thousand here) with a policy of 2 KiB, and
	// what net/http keeps for the connections.
	if slack := 16 << 20; grown > held+slack || held > mock.MostHeld {
		t.Errorf("the heap has grown by %d KiB, %d KiB are counted", grown>>10, held>>10)
	}
	t.Logf("the heap has grown by %d KiB, %d KiB are counted", grown>>10, held>>10)
	if n := len(srv.Requests()); n == 0 {
		t.Error("nothing is on record")
	}
}

func ask(t *testing.T, p *peer, kind, i int) {
	region := p.cfg.Region
	r, err := greedy[kind](p, t.Context(), i)
	p.cfg.Region = region
	if err != nil {
		t.Error(err)
		return
	}
	resp, err := p.client.Do(r)
	if err != nil {
		t.Error(err)
		return
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode >= 500 || len(body) > 1<<16 {
		t.Errorf("kind %d: %d, %d bytes, %v", kind, resp.StatusCode, len(body), err)
	}
}

// TestTooMuch has each bound refused in words, and nothing changed.
func TestTooMuch(t *testing.T) {
	srv := mock.Start(t)
	if err := srv.Inject(make([]mock.Fault, mock.MostFaults+1)...); err == nil {
		t.Error("faults that do nothing were accepted")
	}
	faults := make([]mock.Fault, mock.MostFaults)
	for i := range faults {
		faults[i].Latency = 1
	}
	if err := srv.Inject(faults...); err != nil {
		t.Fatal(err)
	}
	if err := srv.Inject(faults[0]); err == nil || !strings.Contains(err.Error(), "1000") {
		t.Errorf("one more: %v", err)
	}
	srv.ClearFaults(nil)
	for _, f := range []mock.Fault{{Secret: strings.Repeat("x", 3000)}, {Failure: mock.Failure("A: " + strings.Repeat("x", 3000))}, {Operations: make([]string, 100)}} {
		f.Latency = 1
		if err := srv.Inject(f); err == nil || !strings.Contains(err.Error(), "longer") {
			t.Errorf("%.40v: %v", f, err)
		}
	}
}
