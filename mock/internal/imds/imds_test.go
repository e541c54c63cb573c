package imds_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wicketkey.internal/mock/internal/imds"
)

var start = time.Date(2025, 11, 6, 12, 0, 0, 0, time.UTC)

// clock is a clock that stands until a test moves it.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

// call asks a handler directly and returns status and body.
func call(t *testing.T, h http.Handler, method, path string, header ...string) (int, string) {
	t.Helper()
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	body, err := io.ReadAll(w.Result().Body)
	if err != nil {
		t.Fatal(err)
	}
	return w.Code, string(body)
}

const (
	ttl   = "X-aws-ec2-metadata-token-ttl-seconds"
	token = "X-aws-ec2-metadata-token"
)

func newInstance(t *testing.T, c *clock, o imds.InstanceOptions) *imds.Instance {
	t.Helper()
	o.Now = c.now
	i := imds.NewInstance(imds.NewIssuer(nil), &o)
	t.Cleanup(i.Close)
	return i
}

func TestTokens(t *testing.T) {
	c := &clock{start}
	i := newInstance(t, c, imds.InstanceOptions{})
	for _, tc := range []struct {
		method string
		header []string
		want   int
	}{
		{"PUT", []string{ttl, "1"}, 200},
		{"PUT", []string{ttl, "21600"}, 200},
		{"PUT", nil, 400},
		{"PUT", []string{ttl, "0"}, 400},
		{"PUT", []string{ttl, "21601"}, 400},
		{"PUT", []string{ttl, "soon"}, 400},
		{"PUT", []string{ttl, "60", "X-Forwarded-For", "10.0.0.1"}, 403},
		{"GET", []string{ttl, "60"}, 405},
		{"POST", []string{ttl, "60"}, 405},
	} {
		if got, _ := call(t, i, tc.method, "/latest/api/token", tc.header...); got != tc.want {
			t.Errorf("%s %v: %d, want %d", tc.method, tc.header, got, tc.want)
		}
	}

	_, tok := call(t, i, "PUT", "/latest/api/token", ttl, "60")
	get := func(header ...string) int {
		status, _ := call(t, i, "GET", "/latest/meta-data/instance-id", header...)
		return status
	}
	if got := get(token, tok); got != 200 {
		t.Errorf("with the token: %d", got)
	}
	for name, header := range map[string][]string{
		"none": nil, "made up": {token, "AQAEmadeup"}, "cut": {token, tok[:len(tok)-2]}, "empty": {token, ""},
	} {
		if got := get(header...); got != 401 {
			t.Errorf("%s: %d, want 401", name, got)
		}
	}
	c.at = c.at.Add(60 * time.Second)
	if got := get(token, tok); got != 401 {
		t.Errorf("after its end: %d, want 401", got)
	}
}

func TestVersionOneOnRequest(t *testing.T) {
	i := newInstance(t, &clock{start}, imds.InstanceOptions{AllowV1: true})
	if got, _ := call(t, i, "GET", "/latest/meta-data/instance-id"); got != 200 {
		t.Errorf("without a token: %d", got)
	}
	if got, _ := call(t, i, "GET", "/latest/meta-data/instance-id", token, "bad"); got != 401 {
		t.Errorf("with a bad token: %d, want 401", got)
	}
}

func TestTree(t *testing.T) {
	i := newInstance(t, &clock{start}, imds.InstanceOptions{Region: "eu-west-1", Role: "ops", AllowV1: true})
	for path, want := range map[string]string{
		"/latest/meta-data/placement/region":                 "eu-west-1",
		"/latest/meta-data/placement/availability-zone":      "eu-west-1a",
		"/latest/meta-data/placement/availability-zone/":     "eu-west-1a",
		"/2021-07-15/meta-data/iam/security-credentials":     "ops",
		"/latest/meta-data/iam/security-credentials/":        "ops",
		"/latest/meta-data/iam/security-credentials/nobody":  "404",
		"/latest/meta-data/iam/security-credentials/ops/too": "404",
		"/newest/meta-data/placement/region":                 "404",
		"/latest/user-data":                                  "404",
		"/":                                                  "404",
	} {
		status, body := call(t, i, "GET", path)
		if status != 200 {
			body = strconv.Itoa(status)
		}
		if body != want {
			t.Errorf("%s: %s, want %s", path, body, want)
		}
	}
	if got, _ := call(t, i, "DELETE", "/latest/meta-data/instance-id"); got != 405 {
		t.Errorf("DELETE: %d, want 405", got)
	}
	var document struct{ Region, AccountID, InstanceID, AvailabilityZone string }
	_, body := call(t, i, "GET", "/latest/dynamic/instance-identity/document")
	if err := json.Unmarshal([]byte(body), &document); err != nil {
		t.Fatal(err)
	}
	want := document
	want.Region, want.AccountID, want.InstanceID, want.AvailabilityZone = "eu-west-1", "123456789012", "i-0123456789abcdef0", "eu-west-1a"
	if diff := cmp.Diff(want, document); diff != "" {
		t.Error(diff)
	}
}

type role struct {
	Code, Type, AccessKeyID, SecretAccessKey, Token string
	LastUpdated, Expiration                         time.Time
}

func credentials(t *testing.T, i *imds.Instance) role {
	t.Helper()
	_, body := call(t, i, "GET", "/latest/meta-data/iam/security-credentials/gateway-role")
	var r role
	if err := json.Unmarshal([]byte(body), &r); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	return r
}

func TestCredentialsAreRenewedBeforeTheyExpire(t *testing.T) {
	c := &clock{start}
	issuer := imds.NewIssuer(nil)
	i := imds.NewInstance(issuer, &imds.InstanceOptions{Now: c.now, AllowV1: true})
	defer i.Close()

	first := credentials(t, i)
	known, ok := issuer.Lookup(first.AccessKeyID)
	if !ok {
		t.Fatal("the issuer does not know what it issued")
	}
	want := role{"Success", "AWS-HMAC", known.AccessKey, known.Secret, known.Token, start, start.Add(6 * time.Hour)}
	if diff := cmp.Diff(want, first); diff != "" {
		t.Error(diff)
	}
	c.at = first.Expiration.Add(-5*time.Minute - time.Second)
	if again := credentials(t, i); again != first {
		t.Error("renewed too early")
	}
	c.at = c.at.Add(time.Second)
	second := credentials(t, i)
	if second.AccessKeyID == first.AccessKeyID || !second.Expiration.Equal(c.at.Add(6*time.Hour)) {
		t.Errorf("not renewed five minutes before the end: %v", second.Expiration)
	}
	i.Set(imds.Trouble{Stale: true})
	c.at = second.Expiration.Add(time.Hour)
	if stale := credentials(t, i); stale != second {
		t.Error("stale, and yet renewed")
	}
	if _, ok := issuer.Lookup(first.AccessKeyID); !ok {
		t.Error("expired credentials are forgotten")
	}
}

func TestIssuerFollowsItsSeed(t *testing.T) {
	issue := func(seed uint64) imds.Credentials {
		return imds.NewIssuer(&imds.IssuerOptions{Seed: seed}).Issue("r", start)
	}
	if diff := cmp.Diff(issue(7), issue(7)); diff != "" {
		t.Error(diff)
	}
	if issue(7).AccessKey == issue(8).AccessKey {
		t.Error("another seed, the same key")
	}
}

func TestIssuerMemoryIsBounded(t *testing.T) {
	issuer := imds.NewIssuer(&imds.IssuerOptions{Lifetime: 2 * time.Second, RenewBefore: time.Second})
	first := issuer.Issue("r", start)
	for n := range 4096 {
		issuer.Issue("r", start.Add(time.Duration(n+1)*time.Second))
	}
	if _, ok := issuer.Lookup(first.AccessKey); ok {
		t.Error("the oldest of 4097 is still known")
	}
}

func TestTroubleAnswers(t *testing.T) {
	issuer := imds.NewIssuer(nil)
	i := imds.NewInstance(issuer, &imds.InstanceOptions{AllowV1: true})
	defer i.Close()
	c := imds.NewContainer(issuer, nil)
	defer c.Close()
	for _, tc := range []struct {
		trouble imds.Trouble
		want    int
	}{
		{imds.Trouble{}, 200},
		{imds.Trouble{Disabled: true}, 403},
		{imds.Trouble{NoRole: true}, 404},
		{imds.Trouble{Status: 503}, 503},
	} {
		i.Set(tc.trouble)
		if got, _ := call(t, i, "GET", "/latest/meta-data/iam/security-credentials/"); got != tc.want {
			t.Errorf("instance, %+v: %d, want %d", tc.trouble, got, tc.want)
		}
		c.Set(tc.trouble)
		if got, _ := call(t, c, "GET", "/v2/credentials/gateway"); got != tc.want {
			t.Errorf("container, %+v: %d, want %d", tc.trouble, got, tc.want)
		}
	}
}

func TestContainer(t *testing.T) {
	c := imds.NewContainer(imds.NewIssuer(nil), &imds.ContainerOptions{Token: "s3cret", Path: "/v1/credentials"})
	defer c.Close()
	for _, tc := range []struct {
		method, path, token string
		want                int
	}{
		{"GET", "/v1/credentials", "s3cret", 200},
		{"GET", "/v1/credentials", "", 401},
		{"GET", "/v1/credentials", "other", 401},
		{"GET", "/", "s3cret", 404},
		{"PUT", "/v1/credentials", "s3cret", 405},
	} {
		status, body := call(t, c, tc.method, tc.path, "Authorization", tc.token)
		if status != tc.want {
			t.Errorf("%s %s %q: %d, want %d", tc.method, tc.path, tc.token, status, tc.want)
		}
		if strings.Contains(body, "s3cret") {
			t.Error("the body holds the token")
		}
	}
}

func FuzzInstance(f *testing.F) {
	f.Add("PUT", "/latest/api/token", "60", "")
	f.Add("GET", "/latest/meta-data/iam/security-credentials/gateway-role", "", "AQAE")
	f.Add("", "..//%zz", "-1", "AQAE====")
	i := imds.NewInstance(imds.NewIssuer(nil), &imds.InstanceOptions{Now: (&clock{start}).now})
	f.Fuzz(func(t *testing.T, method, path, life, tok string) {
		r := httptest.NewRequest("GET", "/", nil)
		r.Method, r.URL.Path = method, path
		r.Header.Set(ttl, life)
		r.Header.Set(token, tok)
		w := httptest.NewRecorder()
		i.ServeHTTP(w, r)
		if w.Code >= 500 || w.Code == 200 && !strings.HasSuffix(strings.TrimSuffix(path, "/"), "api/token") {
			t.Fatalf("%s %q with token %q: %d", method, path, tok, w.Code)
		}
	})
}
