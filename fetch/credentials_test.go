package fetch_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"wicketkey.internal/fetch"
	"wicketkey.internal/mock"
)

// Whatever a source of credentials says, Secrets Manager was asked nothing: it is
// never a refusal, and the source is asked again only where it may answer soon.

// sourceErrors are what STS, SSO, a container's agent and a caller's own provider
// may say; several are also words of Secrets Manager's.
var sourceErrors = []struct {
	status  int
	code    string
	message string
	again   bool
}{
	{403, "AccessDenied", "User is not authorized to perform: sts:AssumeRole", false},
	{403, "AccessDeniedException", "Access to KMS is not allowed", false},
	{400, "ResourceNotFoundException", "no such role", false},
	{400, "InvalidRequestException", "it was marked for deletion", false},
	{400, "DecryptionFailure", "cannot decrypt", false},
	{400, "ValidationException", "bad", false},
	{400, "ValidationError", "bad", false},
	{400, "InvalidParameterException", "bad", false},
	{400, "InvalidIdentityToken", "bad token", false},
	{403, "RegionDisabledException", "STS is not activated in this region", false},
	{403, "AssumeRoleUnauthorizedAccess", "EC2 cannot assume the role", false},
	{403, "ExpiredToken", "expired", false},
	{400, "ExpiredTokenException", "expired", false},
	{401, "UnauthorizedException", "Session token not found or invalid", false},
	{404, "", "", false},
	{400, "ThrottlingException", "Rate exceeded", true},
	{429, "TooManyRequestsException", "slow down", true},
	{503, "ServiceUnavailable", "later", true},
	{500, "InternalFailure", "ours", true},
	{502, "", "", true},
}

func apiError(status int, code, message string) error {
	var err error = &smithy.GenericAPIError{Code: code, Message: message}
	if code == "" {
		err = errors.New("no error that AWS would give")
	}
	return &smithyhttp.ResponseError{Response: &smithyhttp.Response{Response: &http.Response{StatusCode: status, Header: http.Header{}}}, Err: err}
}

func TestWhatSourcesOfCredentialsSay(t *testing.T) {
	for _, source := range []string{"provider", "cached provider"} {
		for _, tt := range sourceErrors {
			t.Run(fmt.Sprintf("%s/%d %s", source, tt.status, tt.code), func(t *testing.T) {
				inBubble(t, func(t *testing.T, srv *mock.Server) {
					asked := 0
					cfg := srv.AWSConfig()
					cfg.Credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
						asked++
						return aws.Credentials{}, apiError(tt.status, tt.code, tt.message)
					})
					if source == "cached provider" {
						cfg.Credentials = aws.NewCredentialsCache(cfg.Credentials)
					}
					client := defaultClient(t, &fetch.Options{AWS: &cfg, MaxAttempts: 2})
					synctest.Wait() // what New began
					asked = 0
					_, err := client.Get(t.Context(), name)
					wantNoAnswer(t, err, tt.message)
					if want := map[bool]int{true: 2, false: 1}[tt.again]; asked != want {
						t.Errorf("the source was asked %d times, want %d", asked, want)
					}
					_, err = client.GetMany(t.Context(), name, "other")
					wantNoAnswer(t, err, tt.message)
					if got := srv.Calls("GetSecretValue") + srv.Calls("BatchGetSecretValue"); got != 0 {
						t.Errorf("Secrets Manager was asked %d times", got)
					}
				})
			})
		}
	}
}

func wantNoAnswer(t *testing.T, err error, sentence string) {
	t.Helper()
	var e *fetch.Error
	switch {
	case !errors.As(err, &e) || !errors.Is(e.Kind, fetch.ErrNoCredentials) || e.Refused() || !e.Unanswered() || e.Remedy == "":
		t.Errorf("got %v", err)
	case !strings.Contains(e.Cause, sentence):
		t.Errorf("without the source's own sentence: %v", err)
	}
}

// The same of a source of our own, over HTTP.
func TestWhatAContainersAgentSays(t *testing.T) {
	srv := mock.Start(t)
	_, _ = srv.Put(name, []byte("hunter2"))
	for _, tt := range sourceErrors {
		t.Run(tt.message, func(t *testing.T) {
			agent := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(tt.status)
				if tt.code != "" {
					fmt.Fprintf(w, `{"Code":%q,"Message":%q}`, tt.code, tt.message)
				}
			}))
			defer agent.Close()
			environment(t, map[string]string{"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_MAX_ATTEMPTS": "1",
				"AWS_CONTAINER_CREDENTIALS_FULL_URI": agent.URL, "AWS_ENDPOINT_URL_SECRETS_MANAGER": srv.URL()})
			_, err := defaultClient(t, nil).Get(t.Context(), name)
			wantNoAnswer(t, err, tt.message)
		})
	}
	if got := srv.Calls("GetSecretValue"); got != 0 {
		t.Errorf("Secrets Manager was asked %d times", got)
	}
}

// rotating is a provider whose keys AWS rejects from the beginning, until they
// are fetched anew.
type rotating struct {
	srv     *mock.Server
	fetched atomic.Int32
	better  bool
}

func (r *rotating) Retrieve(ctx context.Context) (aws.Credentials, error) {
	if r.fetched.Add(1) > 1 && r.better {
		cfg := r.srv.AWSConfig()
		return cfg.Credentials.Retrieve(ctx)
	}
	return aws.Credentials{AccessKeyID: "AKIAOLD", SecretAccessKey: "old"}, nil
}

func TestRejectedKeysAreFetchedAnewOnce(t *testing.T) {
	for _, code := range []string{"ExpiredTokenException", "ExpiredToken", "UnrecognizedClientException", "InvalidClientTokenId", "RequestExpired"} {
		for _, better := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s/%v", code, better), func(t *testing.T) {
				srv := mock.Start(t, &mock.Options{Keys: []mock.AccessKey{{}, {ID: "AKIAOLD", Secret: "old"}}})
				_, _ = srv.Put(name, []byte("hunter2"))
				_ = srv.Inject(mock.Fault{Failure: mock.Failure(code), Times: 1})
				keys := &rotating{srv: srv, better: better}
				cfg := srv.AWSConfig()
				cfg.Credentials = aws.NewCredentialsCache(keys)
				client := newClient(t, srv, &fetch.Options{AWS: &cfg, MaxAttempts: 1})
				s, err := client.Get(t.Context(), name)
				if better {
					if err != nil {
						t.Fatal(err)
					}
					_ = s.Close()
				} else if !errors.Is(err, fetch.ErrNoCredentials) {
					t.Errorf("got %v", err)
				}
				wantCalls := map[bool]int{true: 2, false: 1}[better]
				if got := srv.Calls("GetSecretValue"); got != wantCalls || keys.fetched.Load() != 2 {
					t.Errorf("%d calls, keys fetched %d times, want %d and 2", got, keys.fetched.Load(), wantCalls)
				}
			})
		}
	}
}

// The shared files may hold other keys by now.
func TestFilesAreReadAgain(t *testing.T) {
	srv := mock.Start(t)
	_, _ = srv.Put(name, []byte("hunter2"))
	file := filepath.Join(t.TempDir(), "credentials")
	write := func(id, secret string) {
		text := fmt.Sprintf("[default]\naws_access_key_id=%s\naws_secret_access_key=%s\n", id, secret)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("AKIAOLD", "old")
	environment(t, map[string]string{"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_SHARED_CREDENTIALS_FILE": file,
		"AWS_ENDPOINT_URL_SECRETS_MANAGER": srv.URL()})
	client := defaultClient(t, &fetch.Options{MaxAttempts: 1})
	if _, err := client.Get(t.Context(), name); !errors.Is(err, fetch.ErrNoCredentials) {
		t.Fatalf("got %v, want %v", err, fetch.ErrNoCredentials)
	}
	write("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
	wantHunter(t, client)
}
