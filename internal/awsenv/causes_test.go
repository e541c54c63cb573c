package awsenv_test

import (
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws/retry"

	"wicketkey.internal/internal/awsenv"
)

func answering(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

// The cause that was met is in the error, and whether it may pass.
func TestCausesOfSources(t *testing.T) {
	fault := fault(403, "AccessDenied").body
	for name, test := range map[string]struct {
		source  string
		answer  http.HandlerFunc // nil: nothing listens
		says    []string
		passing bool
	}{
		"STS denies":             {"STS", answering(403, strings.Replace(fault, "<Message>m", "<Message>not yours", 1)), []string{"AccessDenied: not yours", "trust policy"}, false},
		"STS throttles":          {"STS", answering(400, strings.Replace(fault, "AccessDenied", "Throttling", 1)), []string{"Throttling", "wait"}, true},
		"STS is down":            {"STS", answering(503, ""), []string{"HTTP 503", "sts.test"}, true},
		"a 403 of nobody":        {"STS", answering(403, "<html>blocked"), []string{"HTTP 403 without an error that AWS would give", "proxy"}, false},
		"STS is no server":       {"STS", nil, []string{"connection refused", "sts.test", "route"}, true},
		"container denies":       {"container", answering(403, ""), []string{"HTTP 403", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"}, false},
		"container says why":     {"container", answering(400, `{"code":"NoRole","message":"none for this pod"}`), []string{"NoRole: none for this pod"}, false},
		"container is down":      {"container", answering(500, "x"), []string{"HTTP 500", "127.0.0.1:8080"}, true},
		"container is no server": {"container", nil, []string{"connection refused", "agent"}, true},
		"container talks junk":   {"container", answering(200, "<html>"), []string{"not the JSON"}, false},
		"container's odd time":   {"container", answering(200, `{"AccessKeyId":"A","SecretAccessKey":"hush","Expiration":"soon"}`), []string{"Expiration"}, false},
		"container's half":       {"container", answering(200, `{"AccessKeyId":"A"}`), []string{"no SecretAccessKey"}, false},
		"instance is no server":  {"instance", nil, []string{"no connection could be made", "AWS_EC2_METADATA_DISABLED"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				dial := refused
				if test.answer != nil {
					dial = newNetwork(t, test.answer).dial
				}
				l := load(t, sources(t)[test.source], awsenv.Options{DialContext: dial})
				defer l.Close()
				_, err := l.Config.Credentials.Retrieve(t.Context())
				for _, part := range test.says {
					if err == nil || !strings.Contains(err.Error(), part) || strings.Contains(err.Error(), "hush") {
						t.Errorf("%v does not say %q", err, part)
					}
				}
				if got := retry.NewStandard().IsErrorRetryable(err); got != test.passing {
					t.Errorf("%v: may pass %v, want %v", err, got, test.passing)
				}
			})
		})
	}
}

// A bundle of roots counts for STS, and as with the SDK not for a container's
// endpoint; either error says what would help.
func TestTrust(t *testing.T) {
	srv := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			serveContainer(w, r)
			return
		}
		serveSTS(w, r)
	}))
	t.Cleanup(srv.Close)
	srv.Config.ErrorLog = nil
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "token"), "jwt")
	writeFile(t, filepath.Join(dir, "ca.pem"), string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw})))
	sts := env("AWS_REGION", "eu-west-1", "AWS_MAX_ATTEMPTS", "1", "AWS_ENDPOINT_URL_STS", srv.URL, "AWS_ROLE_ARN", role+"x", "AWS_WEB_IDENTITY_TOKEN_FILE", filepath.Join(dir, "token"))
	container := env("AWS_CONTAINER_CREDENTIALS_FULL_URI", srv.URL)
	bundle := env("AWS_CA_BUNDLE", filepath.Join(dir, "ca.pem"))
	for name, test := range map[string]struct {
		env  map[string]string
		says string // empty: it works
	}{
		"STS, with it":           {vars(sts, bundle), ""},
		"STS, without":           {sts, "AWS_CA_BUNDLE"},
		"a container, with it":   {vars(container, bundle), "as with the SDK"},
		"a container without it": {container, "as with the SDK"},
	} {
		t.Run(name, func(t *testing.T) {
			h := host{dir: t.TempDir(), env: test.env}
			h.on(t, "")
			if name != "STS, without" && sdkOutcome(t, h).Failed != (test.says != "") {
				t.Error("the SDK does otherwise")
			}
			_, err := ourOutcomeErr(t, h)
			if test.says == "" && err != nil || test.says != "" && (err == nil || !strings.Contains(err.Error(), test.says)) {
				t.Errorf("got %v, want %q", err, test.says)
			}
		})
	}
}
