package mock_test

import (
	"context"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"wicketkey.internal/mock"
)

const gateRole = "arn:aws:iam::210987654321:role/path/gate"

func jwt(claims string) string {
	return "e30." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + ".c2ln"
}

// TestCallerIdentity asks as the default caller, as a named one and as a session.
func TestCallerIdentity(t *testing.T) {
	srv := mock.Start(t)
	c := sts.NewFromConfig(srv.AWSConfig())
	identity := func() string {
		out, err := c.GetCallerIdentity(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		return *out.Arn + " " + *out.Account + " " + (*out.UserId)[:4]
	}
	if got := identity(); got != "arn:aws:iam::123456789012:user/admin 123456789012 AIDA" {
		t.Error(got)
	}
	if err := srv.SetKey(mock.AccessKey{Principal: "arn:aws:sts::210987654321:assumed-role/gate/i-1", Policies: []string{}}); err != nil {
		t.Fatal(err)
	}
	if got := identity(); got != "arn:aws:sts::210987654321:assumed-role/gate/i-1 210987654321 AROA" {
		t.Error(got)
	}
	if srv.Calls("GetCallerIdentity") != 2 {
		t.Errorf("%d calls on record", srv.Calls("GetCallerIdentity"))
	}
}

// TestAssumedRole reads a secret with a session's keys, until they expire.
func TestAssumedRole(t *testing.T) {
	srv := mock.Start(t)
	arn, _ := srv.Put("a", []byte("1"))
	cfg := srv.AWSConfig()
	sessions := map[string]aws.CredentialsProvider{
		"AssumeRole": stscreds.NewAssumeRoleProvider(sts.NewFromConfig(cfg), gateRole, func(o *stscreds.AssumeRoleOptions) { o.RoleSessionName = "s1" }),
		"AssumeRoleWithWebIdentity": stscreds.NewWebIdentityRoleProvider(sts.NewFromConfig(cfg), gateRole,
			stscreds.IdentityTokenFile(webTokenFile(t, `{"sub":"s","iss":"https://issuer.example","aud":["sts.amazonaws.com"]}`)),
			func(o *stscreds.WebIdentityRoleOptions) { o.RoleSessionName = "s1" }),
	}
	for name, session := range sessions {
		keys, err := session.Retrieve(t.Context())
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		cfg.Credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return keys, nil })
		out, err := sts.NewFromConfig(cfg).GetCallerIdentity(t.Context(), nil)
		if err != nil || *out.Arn != "arn:aws:sts::210987654321:assumed-role/gate/s1" || !strings.HasSuffix(*out.UserId, ":s1") {
			t.Errorf("%s: %+v, %v", name, out, err)
		}
		// Another account's role may read it once the secret's policy says so; the session is who asks.
		if _, err := get(t.Context(), secretsmanager.NewFromConfig(cfg), arn); codeOf(err) != "AccessDeniedException" || !strings.Contains(err.Error(), "assumed-role/gate/s1") {
			t.Errorf("%s: %v", name, err)
		}
		keys.SessionToken += "x"
		if _, err := get(t.Context(), secretsmanager.NewFromConfig(cfg), arn); codeOf(err) != "UnrecognizedClientException" {
			t.Errorf("%s with another token: %v", name, err)
		}
	}
}

// TestSessionLimits: what a session may is what the role may, and no more than its own policy says.
func TestSessionLimits(t *testing.T) {
	reads := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"*"}}`
	srv := mock.Start(t, &mock.Options{Role: mock.Role{Policies: []string{reads}}})
	srv.Put("a", []byte("1"))
	cfg := srv.AWSConfig()
	for limit, want := range map[string][2]string{
		"": {"", "AccessDeniedException"},
		`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"secretsmanager:DescribeSecret","Resource":"*"}}`: {"AccessDeniedException", "AccessDeniedException"},
		strings.Replace(reads, "GetSecretValue", "*", 1):                                                                  {"", "AccessDeniedException"},
	} {
		own := cfg.Copy()
		own.Credentials = stscreds.NewAssumeRoleProvider(sts.NewFromConfig(cfg), "arn:aws:iam::123456789012:role/r", func(o *stscreds.AssumeRoleOptions) {
			if limit != "" {
				o.Policy = &limit
			}
		})
		c := secretsmanager.NewFromConfig(own)
		_, read := get(t.Context(), c, "a")
		_, described := c.DescribeSecret(t.Context(), &secretsmanager.DescribeSecretInput{SecretId: aws.String("a")})
		if codeOf(read) != want[0] || codeOf(described) != want[1] {
			t.Errorf("%.80s: %v, %v", limit, read, described)
		}
		if want[0] != "" && !strings.HasSuffix(read.Error(), "because no session policy allows the secretsmanager:GetSecretValue action") {
			t.Errorf("%.80s: %v", limit, read)
		}
	}
	// The caller's own policies decide whether it may assume a role at all.
	if err := srv.SetKey(mock.AccessKey{Policies: []string{reads}}); err != nil {
		t.Fatal(err)
	}
	_, err := sts.NewFromConfig(cfg).AssumeRole(t.Context(), &sts.AssumeRoleInput{RoleArn: aws.String(gateRole), RoleSessionName: aws.String("s1")})
	if codeOf(err) != "AccessDenied" || !strings.Contains(err.Error(), "is not authorized to perform: sts:AssumeRole on resource: "+gateRole) {
		t.Errorf("got %v", err)
	}
}

// TestSessionLimitsWithinABoundary: the role's boundary holds beside the session's own policy.
func TestSessionLimitsWithinABoundary(t *testing.T) {
	allows := func(action string) string {
		return `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"secretsmanager:` + action + `","Resource":"*"}}`
	}
	srv := mock.Start(t, &mock.Options{Role: mock.Role{Boundary: allows("*Secret*")}})
	srv.Put("a", []byte("1"))
	cfg := srv.AWSConfig()
	for limit, want := range map[string]string{
		allows("GetSecretValue"): "", allows("ListSecrets"): "because no session policy allows the secretsmanager:GetSecretValue action",
	} {
		own := cfg.Copy()
		own.Credentials = stscreds.NewAssumeRoleProvider(sts.NewFromConfig(cfg), "arn:aws:iam::123456789012:role/r", func(o *stscreds.AssumeRoleOptions) { o.Policy = &limit })
		c := secretsmanager.NewFromConfig(own)
		if _, err := get(t.Context(), c, "a"); (err == nil) != (want == "") || err != nil && !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%s: %v", limit, err)
		}
		_, err := c.GetRandomPassword(t.Context(), &secretsmanager.GetRandomPasswordInput{})
		if err == nil || !strings.Contains(err.Error(), "because no permissions boundary allows") {
			t.Errorf("%s: past the boundary: %v", limit, err)
		}
	}
}

// TestSTSRefusals has each refusal read by the SDK.
func TestSTSRefusals(t *testing.T) {
	srv := mock.Start(t)
	c := sts.NewFromConfig(srv.AWSConfig(), func(o *sts.Options) { o.RetryMaxAttempts = 1 })
	assume := func(change func(*sts.AssumeRoleInput), opts ...func(*sts.Options)) func() error {
		return func() error {
			in := &sts.AssumeRoleInput{RoleArn: aws.String(gateRole), RoleSessionName: aws.String("s1")}
			if change != nil {
				change(in)
			}
			own := sts.NewFromConfig(srv.AWSConfig(), opts...) // of its own: a client's signer keeps keys by their id alone
			_, err := own.AssumeRole(t.Context(), in)
			return err
		}
	}
	web := func(token string) func() error {
		return func() error {
			_, err := c.AssumeRoleWithWebIdentity(t.Context(), &sts.AssumeRoleWithWebIdentityInput{
				RoleArn: aws.String(gateRole), RoleSessionName: aws.String("s1"), WebIdentityToken: &token})
			return err
		}
	}
	keys := func(id, secret, token string) func(*sts.Options) {
		return func(o *sts.Options) {
			o.Credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
				return aws.Credentials{AccessKeyID: id, SecretAccessKey: secret, SessionToken: token}, nil
			})
		}
	}
	for want, ask := range map[string]func() error{
		"":                        assume(nil),
		"InvalidClientTokenId":    assume(nil, keys("AKIAUNKNOWN", "x", "")),
		"SignatureDoesNotMatch":   assume(nil, keys("AKIAIOSFODNN7EXAMPLE", "wrong", "")),
		"ValidationError":         assume(func(in *sts.AssumeRoleInput) { in.DurationSeconds = aws.Int32(899) }),
		"ValidationError ":        assume(func(in *sts.AssumeRoleInput) { in.RoleArn = aws.String("arn:aws:iam::1:role/x-of-twenty") }),
		"ValidationError  ":       assume(func(in *sts.AssumeRoleInput) { in.RoleSessionName = aws.String("a b") }),
		"ValidationError   ":      assume(func(in *sts.AssumeRoleInput) { in.RoleSessionName = aws.String(strings.Repeat("s", 65)) }),
		"MalformedPolicyDocument": assume(func(in *sts.AssumeRoleInput) { in.Policy = aws.String("{") }),
		"InvalidIdentityToken":    web("no.jwt"),
		"ExpiredTokenException":   web(jwt(fmt.Sprintf(`{"exp":%d}`, time.Now().Add(-time.Minute).Unix()))),
		" ":                       web(jwt(fmt.Sprintf(`{"exp":%d,"aud":"a"}`, time.Now().Add(time.Minute).Unix()))),
		"InvalidAction": func() error {
			_, err := c.GetFederationToken(t.Context(), &sts.GetFederationTokenInput{Name: aws.String("name")})
			return err
		},
	} {
		err := ask()
		var said smithy.APIError
		if errors.As(err, &said); strings.TrimSpace(want) != codeOf(err) {
			t.Errorf("want %s, got %v", want, err)
		}
	}
}

func webTokenFile(t *testing.T, claims string) string {
	path := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(path, []byte(jwt(claims)), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestDefaultChainOverSTS has the SDK's default chain find a web identity and a profile's role.
func TestDefaultChainOverSTS(t *testing.T) {
	srv := mock.Start(t)
	srv.Put("a", []byte("1"))
	dir := t.TempDir()
	file := filepath.Join(dir, "config")
	profile := "[profile p]\nrole_arn = arn:aws:iam::123456789012:role/p\nsource_profile = s\nregion = us-east-1\n" +
		"[profile s]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n"
	if err := os.WriteFile(file, []byte(profile), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"} {
		t.Setenv(name, "")
	}
	t.Setenv("AWS_CONFIG_FILE", file)
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", os.DevNull)
	t.Setenv("AWS_ENDPOINT_URL_STS", srv.URL())
	t.Setenv("AWS_ENDPOINT_URL_SECRETS_MANAGER", srv.URL())
	t.Setenv("AWS_REGION", "us-east-1")
	for name, env := range map[string]map[string]string{
		"web identity": {"AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/w", "AWS_WEB_IDENTITY_TOKEN_FILE": webTokenFile(t, `{"sub":"x"}`)},
		"profile":      {"AWS_PROFILE": "p"},
	} {
		t.Run(name, func(t *testing.T) {
			for variable, value := range env {
				t.Setenv(variable, value)
			}
			cfg, err := config.LoadDefaultConfig(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if got, err := get(t.Context(), secretsmanager.NewFromConfig(cfg), "a"); err != nil || got != "1" {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
}

// FuzzSTS sends arbitrary forms, unsigned: no panic, no 500, always XML that names a code unless it succeeds.
func FuzzSTS(f *testing.F) {
	for _, form := range []string{
		"Action=GetCallerIdentity&Version=2011-06-15", "Action=AssumeRole&Version=2011-06-15&RoleArn=x", "%zz", "Action=%00&Version=2011-06-15",
		"Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole/a/b&RoleSessionName=ab&WebIdentityToken=e30.e30.x&DurationSeconds=900",
		"Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole/&RoleSessionName=ab&WebIdentityToken=a.b.c&Policy={",
	} {
		f.Add(form)
	}
	srv, err := mock.New(nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { srv.Close() })
	f.Fuzz(func(t *testing.T, form string) {
		r, err := http.NewRequestWithContext(t.Context(), "POST", srv.URL(), strings.NewReader(form))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		code, body := status(t, r)
		var out struct {
			Error struct{ Code string }
		}
		if err := xml.Unmarshal([]byte(body), &out); err != nil || code >= 500 || (code != 200) != (out.Error.Code != "") {
			t.Errorf("%d %q: %v", code, body, err)
		}
	})
}
