package awsenv_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/smithy-go"

	"wicketkey.internal/internal/awsenv"
)

// onSTS loads a host that assumes a role, with the handler as its STS, and asks
// it for credentials. It must be called in a bubble.
func onSTS(t *testing.T, handler http.HandlerFunc, more map[string]string, config ...string) (aws.Credentials, error) {
	t.Helper()
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "token"), "jwt")
	writeFile(t, filepath.Join(dir, "config"), strings.Join(config, "\n"))
	l := load(t, vars(region, more, env("AWS_ENDPOINT_URL_STS", "http://sts.test/base", "AWS_CONFIG_FILE", filepath.Join(dir, "config"),
		"AWS_WEB_IDENTITY_TOKEN_FILE", filepath.Join(dir, "token"), "AWS_ROLE_ARN", role+"web")),
		awsenv.Options{DialContext: newNetwork(t, handler).dial})
	return l.Config.Credentials.Retrieve(t.Context())
}

const assumeFromKeys = "[profile base]\naws_access_key_id = AKIABASE\naws_secret_access_key = base-secret\naws_session_token = tok\n" +
	"[profile r]\nrole_arn = " + role + "x\nsource_profile = base\n"

func TestAssumeRoleIsSigned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var path string
		dir := t.TempDir()
		writeFile(t, filepath.Join(dir, "config"), assumeFromKeys)
		n := newNetwork(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			path = r.URL.Path
			checkSignature(t, r, aws.Credentials{AccessKeyID: "AKIABASE", SecretAccessKey: "base-secret", SessionToken: "tok"})
			serveSTS(w, r)
		}))
		l := load(t, vars(region, env("AWS_ENDPOINT_URL_STS", "http://sts.test/base", "AWS_CONFIG_FILE", filepath.Join(dir, "config"))),
			awsenv.Options{Profile: "r", DialContext: n.dial})
		if _, err := l.Config.Credentials.Retrieve(t.Context()); err != nil {
			t.Fatal(err)
		}
		if path != "/base" {
			t.Errorf("STS was called at %q", path)
		}
	})
}

// A clock that is off is corrected for by the date of STS's refusal, as the SDK
// does; other refusals and small differences are final.
func TestAssumeRoleWithAClockThatIsOff(t *testing.T) {
	for name, test := range map[string]struct {
		by    time.Duration
		code  string
		env   map[string]string
		calls int // for two sessions
	}{
		"behind":    {by: time.Hour, code: "SignatureDoesNotMatch", calls: 3},
		"ahead":     {by: -time.Hour, code: "SignatureDoesNotMatch", calls: 3},
		"wrong key": {code: "SignatureDoesNotMatch", calls: 2},
		"denied":    {by: time.Hour, code: "AccessDenied", calls: 2},
		"unwanted":  {by: time.Hour, code: "SignatureDoesNotMatch", env: env("AWS_DISABLE_CLOCK_SKEW_CORRECTION", "true"), calls: 2},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				calls := 0
				dir := t.TempDir()
				writeFile(t, filepath.Join(dir, "config"), assumeFromKeys)
				n := newNetwork(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					calls++
					now := time.Now().Add(test.by)
					w.Header().Set("Date", now.UTC().Format(http.TimeFormat))
					at, _ := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
					if test.calls == 2 || now.Sub(at).Abs() > 5*time.Minute {
						w.WriteHeader(http.StatusForbidden)
						io.WriteString(w, "<ErrorResponse><Error><Code>"+test.code+"</Code><Message>m</Message></Error></ErrorResponse>")
						return
					}
					serveSTS(w, r)
				}))
				l := load(t, vars(region, test.env, env("AWS_ENDPOINT_URL_STS", "http://sts.test", "AWS_CONFIG_FILE", filepath.Join(dir, "config"))),
					awsenv.Options{Profile: "r", DialContext: n.dial})
				for range 2 {
					_, err := l.Config.Credentials.Retrieve(t.Context())
					if fails := test.calls == 2; (err != nil) != fails {
						t.Errorf("got %v, want an error: %v", err, fails)
					}
					l.Config.Credentials.(*aws.CredentialsCache).Invalidate()
				}
				if calls != test.calls {
					t.Errorf("%d calls for two sessions, want %d", calls, test.calls)
				}
			})
		})
	}
}

// checkSignature signs what arrived once more and compares.
func checkSignature(t *testing.T, r *http.Request, keys aws.Credentials) {
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(strings.NewReader(string(body)))
	at, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
	if err != nil || time.Since(at).Abs() > time.Minute {
		t.Errorf("X-Amz-Date %q: %v", r.Header.Get("X-Amz-Date"), err)
	}
	again, _ := http.NewRequest(r.Method, "http://"+r.Host+r.URL.Path, strings.NewReader(string(body)))
	again.Header.Set("Content-Type", r.Header.Get("Content-Type"))
	sum := sha256.Sum256(body)
	if err := v4.NewSigner().SignHTTP(t.Context(), keys, again, hex.EncodeToString(sum[:]), "sts", "eu-west-1", at); err != nil {
		t.Error(err)
	}
	if got, want := r.Header.Get("Authorization"), again.Header.Get("Authorization"); got != want {
		t.Errorf("signed\n%s\nwant\n%s", got, want)
	}
}

func TestServiceCallsAreRepeated(t *testing.T) {
	refuse := func(status int, code string) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) {
			w.WriteHeader(status)
			io.WriteString(w, "<ErrorResponse><Error><Code>"+code+"</Code><Message>m</Message></Error></ErrorResponse>")
		}
	}
	tests := map[string]struct {
		first func(http.ResponseWriter)
		calls int32
		env   map[string]string
		fails bool
	}{
		"throttled":            {first: refuse(400, "Throttling"), calls: 2},
		"unavailable":          {first: refuse(503, "ServiceUnavailable"), calls: 2},
		"not XML":              {first: func(w http.ResponseWriter) { w.WriteHeader(502); io.WriteString(w, "<html") }, calls: 2},
		"token not known yet":  {first: refuse(400, "InvalidIdentityToken"), calls: 2},
		"connection lost":      {first: func(http.ResponseWriter) { panic(http.ErrAbortHandler) }, calls: 2},
		"denied":               {first: refuse(403, "AccessDenied"), calls: 1, fails: true},
		"one attempt is asked": {first: refuse(503, "x"), calls: 1, fails: true, env: env("AWS_MAX_ATTEMPTS", "1")},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var calls atomic.Int32
				_, err := onSTS(t, func(w http.ResponseWriter, r *http.Request) {
					if calls.Add(1) == 1 {
						test.first(w)
						return
					}
					serveSTS(w, r)
				}, test.env)
				if (err != nil) != test.fails || calls.Load() != test.calls {
					t.Errorf("%d calls, %v; want %d", calls.Load(), err, test.calls)
				}
			})
		})
	}
}

func TestServiceCallsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var err error
		spent := took(func() {
			_, err = onSTS(t, func(_ http.ResponseWriter, r *http.Request) {
				io.Copy(io.Discard, r.Body)
				<-r.Context().Done()
			}, nil)
		})
		if !errors.Is(err, awsenv.ErrCredentials) || !errors.Is(err, context.DeadlineExceeded) || spent > 15*time.Second {
			t.Errorf("took %v, %v; want at most 15s", spent, err)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		_, err := onSTS(t, func(w http.ResponseWriter, r *http.Request) {
			for range 300 {
				if _, err := w.Write(make([]byte, 1<<10)); err != nil {
					return
				}
			}
		}, env("AWS_MAX_ATTEMPTS", "1"))
		if !errors.Is(err, awsenv.ErrCredentials) {
			t.Errorf("an answer of 300 kB: %v", err)
		}
	})
}

func TestUnusableAnswersOfSTS(t *testing.T) {
	for name, answer := range map[string]string{
		"empty":         "",
		"no keys":       "<AssumeRoleResponse><AssumeRoleResult/></AssumeRoleResponse>",
		"no expiration": "<R><Credentials><AccessKeyId>a</AccessKeyId><SecretAccessKey>hush</SecretAccessKey></Credentials></R>",
		"cut off":       "<R><Credentials><AccessKeyId>a</AccessKeyId><SecretAccessKey>hush",
		"elsewhere":     "<R><Other><AccessKeyId>a</AccessKeyId><SecretAccessKey>hush</SecretAccessKey><Expiration>2999-01-01T00:00:00Z</Expiration></Other></R>",
		"too many ends": "</a></b></c>",
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				_, err := onSTS(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, answer) }, nil)
				if !errors.Is(err, awsenv.ErrCredentials) || strings.Contains(err.Error(), "hush") {
					t.Errorf("got %v", err)
				}
			})
		})
	}
}

func TestRefusalsOfSTS(t *testing.T) {
	for code, want := range map[string]error{"ExpiredTokenException": awsenv.ErrExpired, "ExpiredToken": awsenv.ErrExpired, "AccessDenied": awsenv.ErrCredentials} {
		t.Run(code, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				_, err := onSTS(t, func(w http.ResponseWriter, r *http.Request) {
					w.WriteHeader(http.StatusBadRequest)
					io.WriteString(w, "<ErrorResponse><Error><Code>"+code+"</Code><Message>what AWS said</Message></Error></ErrorResponse>")
				}, nil)
				said, ok := errors.AsType[smithy.APIError](err)
				if !errors.Is(err, want) || !ok || said.ErrorCode() != code || said.ErrorMessage() != "what AWS said" {
					t.Errorf("got %v, want %v and the code", err, want)
				}
			})
		})
	}
}
