package imds_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	sdk "github.com/aws/aws-sdk-go-v2/feature/ec2/imds"

	"wicketkey.internal/mock/internal/imds"
)

// environment leaves the SDK nothing but what env says.
func environment(t *testing.T, env map[string]string) {
	t.Helper()
	for _, name := range []string{
		"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION",
		"AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI",
		"AWS_CONTAINER_AUTHORIZATION_TOKEN", "AWS_EC2_METADATA_DISABLED", "AWS_EC2_METADATA_SERVICE_ENDPOINT",
	} {
		t.Setenv(name, "")
	}
	dir := t.TempDir()
	t.Setenv("AWS_CONFIG_FILE", dir+"/config")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", dir+"/credentials")
	for name, value := range env {
		t.Setenv(name, value)
	}
}

func TestDefaultChainFindsTheInstance(t *testing.T) {
	issuer := imds.NewIssuer(nil)
	i := imds.NewInstance(issuer, &imds.InstanceOptions{Region: "ap-northeast-1"})
	srv := httptest.NewServer(i)
	defer srv.Close()
	defer i.Close()
	environment(t, i.Env(srv.URL))

	cfg, err := config.LoadDefaultConfig(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got, err := cfg.Credentials.Retrieve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	verify(t, issuer, got)

	cfg, err = config.LoadDefaultConfig(t.Context(), config.WithEC2IMDSRegion())
	if err != nil || cfg.Region != "ap-northeast-1" {
		t.Errorf("region %q, %v", cfg.Region, err)
	}
	document, err := sdk.NewFromConfig(cfg).GetInstanceIdentityDocument(t.Context(), nil)
	if err != nil || document.Region != "ap-northeast-1" || document.AccountID != "123456789012" {
		t.Errorf("identity %+v, %v", document, err)
	}
	info, err := sdk.NewFromConfig(cfg).GetIAMInfo(t.Context(), nil)
	if err != nil || info.InstanceProfileArn != "arn:aws:iam::123456789012:instance-profile/gateway-role" {
		t.Errorf("IAM info %+v, %v", info, err)
	}
}

func TestDefaultChainFindsTheContainer(t *testing.T) {
	issuer := imds.NewIssuer(nil)
	c := imds.NewContainer(issuer, &imds.ContainerOptions{Token: "Bearer of-the-pod"})
	srv := httptest.NewServer(c)
	defer srv.Close()
	defer c.Close()
	environment(t, c.Env(srv.URL))

	cfg, err := config.LoadDefaultConfig(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got, err := cfg.Credentials.Retrieve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	verify(t, issuer, got)
}

// verify checks that the SDK holds what the issuer issued, session token and
// expiry included.
func verify(t *testing.T, issuer *imds.Issuer, got aws.Credentials) {
	t.Helper()
	want, ok := issuer.Lookup(got.AccessKeyID)
	if !ok || want.Secret != got.SecretAccessKey || want.Token != got.SessionToken || !got.CanExpire {
		t.Errorf("credentials %s (source %s, may expire %v) are not the issued ones", got.AccessKeyID, got.Source, got.CanExpire)
	}
}

// direct hands requests to a handler without a socket, so that a test may run
// in a synctest bubble.
type direct struct{ handler http.Handler }

func (d direct) RoundTrip(r *http.Request) (*http.Response, error) {
	answered := make(chan *http.Response, 1)
	go func() {
		defer func() {
			if p := recover(); p != nil && p != http.ErrAbortHandler {
				panic(p)
			}
			close(answered)
		}()
		w := httptest.NewRecorder()
		d.handler.ServeHTTP(w, r)
		answered <- w.Result()
	}()
	select {
	case resp, ok := <-answered:
		if !ok {
			return nil, errors.New("the connection broke")
		}
		return resp, nil
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
}

func TestTroubleThatNeverAnswers(t *testing.T) {
	environment(t, nil)
	for name, trouble := range map[string]imds.Trouble{"hop limit": {HopLimit: true}, "black hole": {BlackHole: true}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				i := imds.NewInstance(imds.NewIssuer(nil), nil)
				i.Set(trouble)
				client := sdk.New(sdk.Options{Endpoint: "http://instance", HTTPClient: &http.Client{Transport: direct{i}}})
				ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
				defer cancel()
				begun := time.Now()
				_, err := client.GetRegion(ctx, nil)
				if !errors.Is(err, context.DeadlineExceeded) || time.Since(begun) != 3*time.Second {
					t.Errorf("after %v: %v, want to wait for the deadline", time.Since(begun), err)
				}
				i.Set(imds.Trouble{})
				out, err := client.GetRegion(t.Context(), nil)
				if err != nil || out.Region != "us-east-1" {
					t.Errorf("afterwards: %+v, %v", out, err)
				}
			})
		})
	}
}

func TestDelayIsOnTheClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := imds.NewInstance(imds.NewIssuer(nil), &imds.InstanceOptions{AllowV1: true})
		i.Set(imds.Trouble{Delay: 700 * time.Millisecond})
		begun := time.Now()
		resp, err := (&http.Client{Transport: direct{i}}).Get("http://instance/latest/meta-data/instance-id")
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if took := time.Since(begun); took != 700*time.Millisecond {
			t.Errorf("took %v", took)
		}
	})
}

// Close must let go of what is held back, or a server could not shut down.
func TestCloseLetsGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := imds.NewInstance(imds.NewIssuer(nil), nil)
		i.Set(imds.Trouble{BlackHole: true})
		failed := make(chan error, 1)
		go func() {
			_, err := (&http.Client{Transport: direct{i}}).Get("http://instance/")
			failed <- err
		}()
		synctest.Wait()
		i.Close()
		i.Close()
		if err := <-failed; err == nil {
			t.Error("a black hole answered")
		}
	})
}
