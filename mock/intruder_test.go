package mock_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"wicketkey.internal/mock"
)

// doors are everything that the server answers, each with a request that succeeds from a script.
func doors(t *testing.T, srv *mock.Server) map[string]func() *http.Request {
	plain := func(method, path, body string, header ...string) func() *http.Request {
		return func() *http.Request {
			r, err := http.NewRequestWithContext(t.Context(), method, srv.URL()+path, strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			for i := 0; i < len(header); i += 2 {
				r.Header.Set(header[i], header[i+1])
			}
			return r
		}
	}
	p := mockPeer(srv)
	doors := map[string]func() *http.Request{
		"metadata token": plain("PUT", "/latest/api/token", "", "X-Aws-Ec2-Metadata-Token-Ttl-Seconds", "60"),
		"signed": func() *http.Request {
			r, err := p.request(t.Context(), "GetSecretValue", `{"SecretId":"a"}`, time.Now())
			if err != nil {
				t.Fatal(err)
			}
			return r
		},
		"presigned":   func() *http.Request { return presigned(t, srv) },
		"credentials": plain("GET", "/v2/credentials/gateway", "", "Authorization", srv.ContainerEnv()["AWS_CONTAINER_AUTHORIZATION_TOKEN"]),
	}
	for _, path := range []string{"", "health", "requests", "state", "faults", "clock"} {
		doors["control/"+path] = plain("GET", "/_mock/"+path, "")
	}
	doors["reset"] = plain("POST", "/_mock/reset", "")
	return doors
}

// presigned is what a page can send without asking the browser: the published key signs the query, and the body
// passes for text.
func presigned(t *testing.T, srv *mock.Server) *http.Request {
	const body = `{"SecretId":"a"}`
	r, err := http.NewRequestWithContext(t.Context(), "POST", srv.URL()+"/?X-Amz-Target=secretsmanager.GetSecretValue", nil)
	if err != nil {
		t.Fatal(err)
	}
	key, err := srv.AWSConfig().Credentials.Retrieve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	url, _, err := v4.NewSigner().PresignHTTP(t.Context(), key, r, hashOf(body), "secretsmanager", "us-east-1", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	r, err = http.NewRequestWithContext(t.Context(), "POST", url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "text/plain")
	return r
}

func status(t *testing.T, r *http.Request) (int, string) {
	t.Helper()
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

// TestWebPagesAreRefused sends what a browser adds, at every door. The header sets are the Fetch standard's: Origin
// on everything but a plain GET, Sec-Fetch-Site towards loopback on all.
func TestWebPagesAreRefused(t *testing.T) {
	srv := mock.Start(t)
	srv.Put("a", []byte("1"))
	for name, request := range doors(t, srv) {
		if name == "reset" {
			continue
		}
		if code, body := status(t, request()); code != 200 {
			t.Errorf("%s from a script: %d %s", name, code, body)
		}
		if code, _ := status(t, with(request(), "Sec-Fetch-Site", "none")); code != 200 {
			t.Errorf("%s typed into a browser: %d", name, code)
		}
	}
	before := srv.Snapshot()
	for name, request := range doors(t, srv) {
		for _, header := range [][2]string{
			{"Origin", "https://evil.example"}, {"Origin", "null"}, {"Origin", srv.URL()}, {"Origin", ""},
			{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Sec-Fetch-Site", "same-origin"},
		} {
			if code, body := status(t, with(request(), header[0], header[1])); code != 403 || !strings.Contains(body, "web page") {
				t.Errorf("%s with %s %q: %d %s", name, header[0], header[1], code, body)
			}
		}
	}
	if !bytes.Equal(srv.Snapshot(), before) {
		t.Error("a page changed the secrets")
	}
}

func with(r *http.Request, name, value string) *http.Request {
	r.Header.Set(name, value)
	return r
}

// TestForeignNames calls what needs no signature by names that a page could have made to resolve to this machine.
func TestForeignNames(t *testing.T) {
	srv := mock.Start(t, &mock.Options{Standalone: mock.Standalone{Hosts: []string{"mock.test"}}})
	srv.Put("a", []byte("1"))
	for name, request := range doors(t, srv) {
		if name == "signed" || name == "presigned" || name == "reset" {
			continue // the signature holds the name; reset is the last
		}
		for host, want := range map[string]int{
			"evil.example": 403, "evil.example:80": 403, "localhost.evil.example": 403, "127.0.0.1.evil.example": 403, "mock.test.": 403,
			"localhost": 200, "LocalHost:4566": 200, "127.0.0.1:1": 200, "[::1]:80": 200, "[::1]": 200, "10.0.0.7:4566": 200,
			"mock.test": 200, "mock.test:4566": 200,
		} {
			r := request()
			r.Host = host
			if code, body := status(t, r); code != want {
				t.Errorf("%s under %s: %d %s, want %d", name, host, code, body, want)
			}
		}
	}
}

// TestControlBeyondLoopback: there it takes a token, and health none.
func TestControlBeyondLoopback(t *testing.T) {
	local, open := "127.0.0.1:0", "0.0.0.0:0"
	for _, test := range []struct {
		listen, token, given string
		want                 int
	}{
		{local, "", "", 200}, {local, "t0ken", "", 401}, {local, "t0ken", "Bearer t0ken", 200},
		{open, "", "", 403}, {open, "", "Bearer ", 403}, {open, "t0ken", "", 401}, {open, "t0ken", "Bearer t0keN", 401},
		{open, "t0ken", "t0ken", 401}, {open, "t0ken", "Bearer t0ken", 200},
	} {
		srv := mock.Start(t, &mock.Options{Standalone: mock.Standalone{Listen: test.listen, ControlToken: test.token}})
		if !strings.HasPrefix(srv.URL(), "http://127.0.0.1:") {
			t.Errorf("on %s the URL is %s", test.listen, srv.URL())
		}
		for path, want := range map[string]int{"health": 200, "state": test.want, "requests": test.want, "": test.want} {
			r, err := http.NewRequestWithContext(t.Context(), "GET", srv.URL()+"/_mock/"+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			if test.given != "" {
				r.Header.Set("Authorization", test.given)
			}
			if code, body := status(t, r); code != want {
				t.Errorf("%+v /_mock/%s: %d %s, want %d", test, path, code, body, want)
			}
		}
	}
}
