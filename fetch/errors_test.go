package fetch_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/smithy-go"

	"wicketkey.internal/fetch"
	"wicketkey.internal/mock"
)

// Every error says what to do. What AWS says is relayed; what to do about it is
// ours.
func TestRemedies(t *testing.T) {
	for _, tt := range []struct {
		failure mock.Failure
		want    error
		remedy  string // a part of it
	}{
		{"AccessDeniedException", fetch.ErrDenied, "-??????"},
		{"AccessDeniedException: Access to KMS is not allowed", fetch.ErrKMSDenied, "kms:Decrypt"},
		{"DecryptionFailure", fetch.ErrKeyDisabled, "enable the KMS key"},
		{"DecryptionFailure: Secrets Manager can't decrypt the protected secret text using the provided KMS key.", fetch.ErrKeyDisabled, "enable the KMS key"},
		{"DecryptionFailure: arn:aws:kms:us-east-1:123456789012:key/k is pending deletion (KMSInvalidStateException)", fetch.ErrKeyDisabled, "cancel its deletion"},
		{"DecryptionFailure: KeyUnavailableException: the KMS key was not available. You can retry the request.", fetch.ErrUnavailable, "key store"},
		{"DecryptionFailure: the external key store proxy did not respond", fetch.ErrUnavailable, "key store"},
		{"ResourceNotFoundException", fetch.ErrNotFound, "us-east-1"},
		{"ResourceNotFoundException: Secrets Manager can't find the specified secret value for staging label: AWSCURRENT", fetch.ErrNoVersion, "store a value"},
		{"InvalidRequestException: You can't perform this operation on the secret because it was marked for deletion.", fetch.ErrDeleted, "restore-secret"},
		{"InvalidRequestException: You provided a VersionStage that is not associated to the provided VersionId.", fetch.ErrNoVersion, "not for both"},
		{"InvalidRequestException: You can't access a secret from a different AWS account if you encrypt the secret with the default KMS service key.", fetch.ErrKMSDenied, "customer-managed"},
		{"ThrottlingException", fetch.ErrThrottled, "spread the start"},
		{"UnrecognizedClientException", fetch.ErrNoCredentials, "access key"},
		{"ExpiredTokenException", fetch.ErrNoCredentials, "log in again"},
		{"InvalidSignatureException: Signature expired: 20251105T220858Z is now earlier than 20251106T132108Z (20251106T132608Z - 5 min.)", fetch.ErrNoCredentials, "clock"},
		{"InvalidSignatureException", fetch.ErrNoCredentials, "secret key"},
		{"InternalServiceError", fetch.ErrUnavailable, "us-east-1"},
		{"RequestTimeoutException", fetch.ErrUnavailable, "try again"},
		{"RequestTimeTooSkewed", fetch.ErrNoCredentials, "clock"},
		{"RequestExpired", fetch.ErrNoCredentials, "clock"},
		{"InvalidSignatureException: Credential should be scoped to a valid region. ", fetch.ErrNoRegion, "AWS knows no region"},
	} {
		t.Run(string(tt.failure), func(t *testing.T) {
			srv := mock.Start(t)
			srv.Inject(mock.Fault{Failure: tt.failure})
			_, err := newClient(t, srv, &fetch.Options{MaxAttempts: 1}).Get(t.Context(), name)
			var e *fetch.Error
			if !errors.As(err, &e) || !errors.Is(err, tt.want) || !strings.Contains(e.Remedy, tt.remedy) {
				t.Fatalf("got  %v\nwant %v with a fix that names %q", err, tt.want, tt.remedy)
			}
			var api smithy.APIError
			if !errors.As(err, &api) || !strings.HasPrefix(string(tt.failure), api.ErrorCode()) {
				t.Error("the SDK's own error cannot be reached")
			}
			if e.ID != name || strings.Contains(err.Error(), "\n") {
				t.Errorf("not one line, or without the name: %q", err)
			}
		})
	}
}

func TestNothingFound(t *testing.T) {
	environment(t, map[string]string{"AWS_REGION": "", "AWS_DEFAULT_REGION": ""})
	_, err := defaultClient(t, nil).Get(t.Context(), name)
	if !errors.Is(err, fetch.ErrNoRegion) || !strings.Contains(err.Error(), "AWS_REGION") {
		t.Errorf("no region: got %v", err)
	}

	environment(t, map[string]string{"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""})
	_, err = defaultClient(t, nil).Get(t.Context(), name)
	var e *fetch.Error
	if !errors.Is(err, fetch.ErrNoCredentials) || !errors.As(err, &e) || e.Remedy == "" {
		t.Errorf("no credentials: got %v", err)
	}
}

func TestProfileThatDoesNotExist(t *testing.T) {
	environment(t, nil)
	_, err := fetch.New(t.Context(), &fetch.Options{Profile: "missing"})
	if !errors.Is(err, fetch.ErrInvalid) || !strings.Contains(err.Error(), "missing") {
		t.Errorf("got %v", err)
	}
}

func TestOptionsOutOfRange(t *testing.T) {
	for _, o := range []fetch.Options{
		{AttemptTimeout: -1}, {Budget: -1}, {MaxAttempts: -1}, {HedgeAfter: -1}, {StartJitter: -1},
		{Endpoint: "localhost:4566"}, {Endpoint: "localhost"}, {Endpoint: "https://"}, {Endpoint: "ftp://localhost"}, {Endpoint: "http://a b"},
		{Agent: &fetch.Agent{URL: "localhost:2773"}},
		{Region: "us-east-1\n"}, {Failover: []string{""}}, {Failover: []string{"eu-west-1", "us-east-1 "}},
		{Failover: []string{"US-WEST-2"}}, {Failover: []string{"us_west_2"}}, {Region: "US-EAST-1"}, {Region: "us-east"},
	} {
		if _, err := fetch.New(t.Context(), &o); !errors.Is(err, fetch.ErrInvalid) {
			t.Errorf("%+v: got %v, want %v", o, err, fetch.ErrInvalid)
		}
	}
}

// The instance metadata service answers from another network namespace only
// with hop limit 2: the connection opens and the token does not come. That must
// be named. (That it costs two seconds, not the SDK's five to eight, is tested in
// internal/awsenv, on virtual time.)
func TestInstanceMetadataThatDoesNotAnswer(t *testing.T) {
	imds := serving(t, silent)
	environment(t, map[string]string{"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "",
		"AWS_EC2_METADATA_DISABLED": "", "AWS_EC2_METADATA_SERVICE_ENDPOINT": imds.URL})
	_, err := defaultClient(t, nil).Get(t.Context(), name)
	if !errors.Is(err, fetch.ErrNoCredentials) || !strings.Contains(err.Error(), "hop limit to 2") {
		t.Errorf("got %v", err)
	}
}

// Region and credentials from the instance, both by the default chain.
func TestOnAnInstance(t *testing.T) {
	srv := mock.Start(t)
	_, _ = srv.Put(name, []byte("hunter2"))
	environment(t, map[string]string{"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_REGION": "", "AWS_DEFAULT_REGION": "",
		"AWS_EC2_METADATA_DISABLED": ""})
	for variable, value := range srv.InstanceEnv() {
		t.Setenv(variable, value)
	}
	t.Setenv("AWS_ENDPOINT_URL_SECRETS_MANAGER", srv.URL())
	wantHunter(t, defaultClient(t, nil))
}

// A name that cannot be resolved is told apart from a service that is down.
func TestNameThatCannotBeResolved(t *testing.T) {
	srv := mock.Start(t)
	client := newClient(t, srv, &fetch.Options{MaxAttempts: 1, SDK: func(o *secretsmanager.Options) {
		o.HTTPClient = awshttp.NewBuildableClient().WithTransportOptions(func(tr *http.Transport) {
			tr.DialContext = func(context.Context, string, string) (net.Conn, error) {
				return nil, &net.DNSError{Err: "no such host", Name: "secretsmanager.mars-north-1.amazonaws.com", IsNotFound: true}
			}
		})
	}})
	_, err := client.Get(t.Context(), name)
	var e *fetch.Error
	if !errors.Is(err, fetch.ErrUnavailable) || !errors.As(err, &e) || !strings.Contains(e.Remedy, "region") {
		t.Errorf("got %v", err)
	}
}

func TestAgentTokenFileMissing(t *testing.T) {
	client := defaultClient(t, &fetch.Options{Agent: &fetch.Agent{URL: "http://127.0.0.1:1", Token: "file://" + filepath.Join(t.TempDir(), "none")}})
	if _, err := client.Get(t.Context(), name); !errors.Is(err, fetch.ErrNoCredentials) || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

// The names of secrets and roles stand in AWS's message, and must not be taken
// for what it says.
func TestNamesInADenial(t *testing.T) {
	const denial = "AccessDeniedException: User: arn:aws:sts::123456789012:assumed-role/%s/i is not authorized to perform: %s on resource: %s because no identity-based policy allows the action"
	for _, tt := range []struct {
		role, action, resource string
		want                   error
	}{
		{"KMS-Gateway", "secretsmanager:GetSecretValue", "keeperKMS", fetch.ErrDenied},
		{"kms:Decrypt", "secretsmanager:GetSecretValue", "KMS", fetch.ErrDenied},
		{"Gateway", "kms:Decrypt", "arn:aws:kms:us-east-1:123456789012:key/1", fetch.ErrKMSDenied},
	} {
		srv := mock.Start(t)
		_ = srv.Inject(mock.Fault{Failure: mock.Failure(fmt.Sprintf(denial, tt.role, tt.action, tt.resource))})
		if _, err := newClient(t, srv, &fetch.Options{MaxAttempts: 1}).Get(t.Context(), name); !errors.Is(err, tt.want) {
			t.Errorf("%+v: got %v, want %v", tt, err, tt.want)
		}
	}
}

// A region with a line break in it, as from a file, is not a service that is down.
func TestRegionThatIsNone(t *testing.T) {
	environment(t, map[string]string{"AWS_REGION": "us-east-1\n"})
	_, err := defaultClient(t, nil).Get(t.Context(), name)
	if !errors.Is(err, fetch.ErrNoRegion) || strings.Contains(err.Error(), "\n") {
		t.Errorf("got %v, want %v", err, fetch.ErrNoRegion)
	}
}

// The environment's endpoint is found out at the first call.
func TestEndpointWithoutScheme(t *testing.T) {
	environment(t, map[string]string{"AWS_ENDPOINT_URL_SECRETS_MANAGER": "localhost:4566"})
	_, err := defaultClient(t, nil).Get(t.Context(), name)
	if !errors.Is(err, fetch.ErrInvalid) || !strings.Contains(err.Error(), "https://") {
		t.Errorf("got %v, want %v", err, fetch.ErrInvalid)
	}
}

// What a peer says is put into one line that a terminal can be shown.
func TestErrorsAreOneLine(t *testing.T) {
	srv := mock.Start(t)
	_ = srv.Inject(mock.Fault{Failure: "AccessDeniedException: first\nsecond\x1b[31m\u2028third"})
	_, err := newClient(t, srv, nil).Get(t.Context(), name)
	if !errors.Is(err, fetch.ErrDenied) || !strings.Contains(err.Error(), "first second [31m third") {
		t.Errorf("got %q", err)
	}
}

// The request is not signed where the configuration has no credentials.
func TestConfigurationWithoutCredentials(t *testing.T) {
	srv := mock.Start(t)
	cfg := srv.AWSConfig()
	cfg.Credentials = nil
	_, err := defaultClient(t, &fetch.Options{AWS: &cfg}).Get(t.Context(), name)
	var e *fetch.Error
	if !errors.Is(err, fetch.ErrNoCredentials) || !errors.As(err, &e) || !strings.Contains(e.Remedy, "Credentials") {
		t.Errorf("got %v", err)
	}
}

// The SDK corrects for a clock that is off, once for all calls: the date of the
// answer has to reach it.
func TestClockThatIsOff(t *testing.T) {
	for _, by := range []time.Duration{time.Hour, -time.Hour} {
		inBubble(t, func(t *testing.T, srv *mock.Server) {
			srv.Advance(by)
			client := newClient(t, srv, nil)
			get(t, client, name)
			get(t, client, name)
			if got := srv.Calls("GetSecretValue"); got != 3 {
				t.Errorf("clock off by %v: %d calls for two secrets, want 3", by, got)
			}
		})
	}
}
