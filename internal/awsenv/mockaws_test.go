package awsenv_test

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"wicketkey.internal/internal/awsenv"
	"wicketkey.internal/mock"
)

// TestKeysAreAccepted has the chain get credentials from every source that the mock is, and reads a secret with them:
// the mock checks the signature, the session token, and what the session's role may.
func TestKeysAreAccepted(t *testing.T) {
	const reads = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"*"}}`
	srv := mock.Start(t, &mock.Options{Role: mock.Role{Policies: []string{reads}}})
	if _, err := srv.Put("a", []byte("1")); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	token := "e30." + base64.RawURLEncoding.EncodeToString([]byte(`{"sub":"pod","exp":4102444800}`)) + ".c2ln"
	writeFile(t, filepath.Join(dir, "token"), token)
	writeFile(t, filepath.Join(dir, "config"), "[profile base]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n"+
		"aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n"+
		"[profile first]\nrole_arn = "+role+"first\nsource_profile = base\nrole_session_name = one\n")
	all := env("AWS_REGION", "us-east-1", "AWS_ENDPOINT_URL_STS", srv.URL(), "AWS_ENDPOINT_URL_SECRETS_MANAGER", srv.URL(),
		"AWS_CONFIG_FILE", filepath.Join(dir, "config"), "AWS_SHARED_CREDENTIALS_FILE", os.DevNull)
	for name, source := range map[string]struct {
		env       map[string]string
		profile   string
		principal string
	}{
		"keys":         {env: env("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"), principal: ":user/admin"},
		"role":         {profile: "first", principal: ":assumed-role/first/one"},
		"web identity": {env: env("AWS_ROLE_ARN", role+"web", "AWS_WEB_IDENTITY_TOKEN_FILE", filepath.Join(dir, "token"), "AWS_ROLE_SESSION_NAME", "pod"), principal: ":assumed-role/web/pod"},
		"container":    {env: srv.ContainerEnv(), principal: ":assumed-role/gateway-role/"},
		"instance":     {env: srv.InstanceEnv(), principal: ":assumed-role/gateway-role/"},
	} {
		variables := vars(all, source.env)
		l, err := awsenv.Load(&awsenv.Options{Profile: source.profile, LookupEnv: lookup(variables)})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		out, err := secretsmanager.NewFromConfig(l.Config).GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{SecretId: aws.String("a")})
		if err != nil || *out.SecretString != "1" {
			t.Errorf("%s: %v", name, err)
		}
		calls := srv.Requests()
		if last := calls[len(calls)-1]; !strings.Contains(last.Principal, source.principal) {
			t.Errorf("%s: it was %s that asked", name, last.Principal)
		}
		l.Close()
	}
	if srv.Calls("AssumeRole") != 1 || srv.Calls("AssumeRoleWithWebIdentity") != 1 {
		t.Errorf("%d and %d sessions were asked for, want one each", srv.Calls("AssumeRole"), srv.Calls("AssumeRoleWithWebIdentity"))
	}
}

// TestSTSRefusesTokens: what STS says of a token reaches the caller.
func TestSTSRefusesTokens(t *testing.T) {
	srv := mock.Start(t)
	dir := t.TempDir()
	claims := func(text string) string {
		return "e30." + base64.RawURLEncoding.EncodeToString([]byte(text)) + ".c2ln"
	}
	for token, want := range map[string]string{
		claims(`{"exp":1}`): "ExpiredTokenException", "no token": "InvalidIdentityToken",
	} {
		writeFile(t, filepath.Join(dir, "token"), token)
		variables := env("AWS_REGION", "us-east-1", "AWS_ENDPOINT_URL_STS", srv.URL(), "AWS_ROLE_ARN", role+"web",
			"AWS_WEB_IDENTITY_TOKEN_FILE", filepath.Join(dir, "token"), "AWS_CONFIG_FILE", os.DevNull, "AWS_SHARED_CREDENTIALS_FILE", os.DevNull)
		l, err := awsenv.Load(&awsenv.Options{LookupEnv: lookup(variables)})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := l.Config.Credentials.Retrieve(t.Context()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %s, got %v", want, err)
		}
		l.Close()
	}
}
