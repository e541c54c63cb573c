package awsenv_test

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"wicketkey.internal/internal/awsenv"
)

// host is an environment. In its texts $URL is the AWS of startAWS and $DIR the
// directory that holds the files.
type host struct {
	env         map[string]string
	config      string
	credentials string
	files       map[string]string
	profile     string // explicit
	region      string // explicit
	dir         string // where the files are
}

// on makes the process environment that of the host.
func (h host) on(t *testing.T, aws string) {
	t.Helper()
	dir := h.dir
	fill := strings.NewReplacer("$URL", aws, "$DIR", dir)
	for _, pair := range os.Environ() {
		if name, _, _ := strings.Cut(pair, "="); strings.HasPrefix(name, "AWS_") {
			t.Setenv(name, "")
			os.Unsetenv(name)
		}
	}
	// LoadDefaultConfig fixed the default paths when the process started, so
	// they are always given.
	t.Setenv("HOME", dir)
	t.Setenv("AWS_CONFIG_FILE", filepath.Join(dir, ".aws", "config"))
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", filepath.Join(dir, ".aws", "credentials"))
	for name, value := range h.env {
		t.Setenv(name, fill.Replace(value))
	}
	write := func(name, text string) {
		if text == "" {
			return
		}
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(fill.Replace(text)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(".aws/config", h.config)
	write(".aws/credentials", h.credentials)
	for name, text := range h.files {
		write(name, text)
	}
}

// outcome is what a program sees of a configuration.
type outcome struct {
	Failed     bool // at loading or at the first use
	Region     string
	Base       *string // as a Secrets Manager client resolves it
	Endpoint   secretsmanager.EndpointResolverOptions
	Attempts   int
	Mode       aws.RetryMode
	Defaults   aws.DefaultsMode
	Runtime    aws.RuntimeEnvironment
	AppID      string
	NoSkew     bool
	Roots      *x509.CertPool
	Keys       aws.Credentials
	UserAgents []aws.CredentialSource
}

func outcomeOf(t testing.TB, cfg aws.Config, err error) outcome {
	t.Helper()
	if err != nil {
		t.Logf("load: %v", err)
		return outcome{Failed: true}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	keys, err := cfg.Credentials.Retrieve(ctx)
	if err != nil {
		t.Logf("retrieve: %v", err)
		return outcome{Failed: true}
	}
	o := secretsmanager.NewFromConfig(cfg).Options()
	out := outcome{
		Region: o.Region, Base: o.BaseEndpoint, Endpoint: o.EndpointOptions, Attempts: o.RetryMaxAttempts, Mode: o.RetryMode,
		Defaults: o.DefaultsMode, Runtime: o.RuntimeEnvironment, AppID: o.AppID, NoSkew: o.DisableClockSkewCorrection, Keys: keys,
	}
	if client, ok := cfg.HTTPClient.(*awshttp.BuildableClient); ok {
		out.Roots = client.GetTransport().TLSClientConfig.RootCAs
	}
	if provider, ok := cfg.Credentials.(aws.CredentialProviderSource); ok {
		out.UserAgents = provider.ProviderSources()
	}
	return out
}

func sdkOutcome(t testing.TB, h host) outcome {
	cfg, err := config.LoadDefaultConfig(t.Context(), func(o *config.LoadOptions) error {
		o.SharedConfigProfile, o.Region = h.profile, h.region
		return nil
	})
	return outcomeOf(t, cfg, err)
}

func ourOutcome(t testing.TB, h host) outcome {
	out, _ := ourOutcomeErr(t, h)
	return out
}

// ourOutcomeErr also returns why there are no credentials.
func ourOutcomeErr(t testing.TB, h host) (outcome, error) {
	l, err := awsenv.Load(&awsenv.Options{Profile: h.profile, Region: h.region})
	if err != nil {
		return outcomeOf(t, aws.Config{}, err), err
	}
	defer l.Close()
	_, err = l.Config.Credentials.Retrieve(t.Context())
	return outcomeOf(t, l.Config, nil), err
}

// certificate returns a PEM file that a CA bundle can be made of.
func certificate(t *testing.T) string {
	server := httptest.NewTLSServer(nil)
	defer server.Close()
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))
}

func TestLoadIsTheSDKs(t *testing.T) {
	url := startAWS(t)
	for name, h := range hosts(t) {
		t.Run(name, func(t *testing.T) {
			h.dir = t.TempDir()
			h.on(t, url)
			want := sdkOutcome(t, h)
			h.on(t, url) // again: a renewed SSO token has been written back
			got := ourOutcome(t, h)
			opts := cmp.Options{cmpopts.IgnoreFields(secretsmanager.EndpointResolverOptions{}, "LogDeprecated"), cmpopts.IgnoreUnexported(secretsmanager.EndpointResolverOptions{}),
				cmp.Comparer(func(a, b *x509.CertPool) bool { return a.Equal(b) })}
			if diff := cmp.Diff(want, got, opts, cmpopts.EquateApproxTime(0)); diff != "" {
				t.Errorf("SDK -, ours +\n%s", diff)
			}
			if wantFailure := strings.HasPrefix(name, "bad/"); want.Failed != wantFailure {
				t.Errorf("SDK failed = %v, so the case does not show what its name says", want.Failed)
			}
		})
	}
}
