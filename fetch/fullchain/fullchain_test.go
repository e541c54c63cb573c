package fullchain_test

import (
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"wicketkey.internal/fetch"
	"wicketkey.internal/fetch/fullchain"
	"wicketkey.internal/mock"
)

const (
	keyID  = "AKIAIOSFODNN7EXAMPLE"
	secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
)

// portal is SSO and STS: both hand out the pair that every mock accepts. STS
// wants the code 123456.
func portal(t *testing.T) string {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /sso/federation/credentials", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Amz-Sso_bearer_token") != "logged-in" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		fmt.Fprintf(w, `{"roleCredentials":{"accessKeyId":%q,"secretAccessKey":%q,"sessionToken":"","expiration":%d}}`, keyID, secret, time.Now().Add(time.Hour).UnixMilli())
	})
	mux.HandleFunc("POST /sts", func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("TokenCode") != "123456" {
			w.WriteHeader(http.StatusForbidden)
			io.WriteString(w, "<ErrorResponse><Error><Code>AccessDenied</Code><Message>wrong code</Message></Error></ErrorResponse>")
			return
		}
		fmt.Fprintf(w, "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>%s</AccessKeyId><SecretAccessKey>%s</SecretAccessKey><SessionToken></SessionToken><Expiration>%s</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>",
			keyID, secret, time.Now().Add(time.Hour).UTC().Format(time.RFC3339))
	})
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	return srv.URL
}

// workstation is a person's: two profiles, and a token of "aws sso login".
func workstation(t *testing.T) *mock.Server {
	t.Helper()
	srv := mock.Start(t, &mock.Options{Region: "eu-west-1"})
	if _, err := srv.Put("db/main", []byte("hunter2")); err != nil {
		t.Fatal(err)
	}
	home, aws := t.TempDir(), portal(t)
	sum := sha1.Sum([]byte("corp"))
	for path, text := range map[string]string{
		"config": "[profile sso]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = Reader\n[sso-session corp]\nsso_region = eu-west-1\nsso_start_url = https://corp.awsapps.com/start\n" +
			"[profile mfa]\nrole_arn = arn:aws:iam::123456789012:role/x\nsource_profile = keys\nmfa_serial = arn:aws:iam::123456789012:mfa/u\n[profile keys]\naws_access_key_id = AKIABASE\naws_secret_access_key = s\n",
		"sso/cache/" + hex.EncodeToString(sum[:]) + ".json": `{"accessToken":"logged-in","expiresAt":"2999-01-01T00:00:00Z"}`,
	} {
		path = filepath.Join(home, ".aws", path)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, value := range map[string]string{
		"HOME": home, "AWS_CONFIG_FILE": filepath.Join(home, ".aws", "config"), "AWS_SHARED_CREDENTIALS_FILE": os.DevNull,
		"AWS_REGION": "eu-west-1", "AWS_ENDPOINT_URL_SECRETS_MANAGER": srv.URL(), "AWS_ENDPOINT_URL_SSO": aws + "/sso", "AWS_ENDPOINT_URL_STS": aws + "/sts",
		"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_SESSION_TOKEN": "", "AWS_PROFILE": "",
	} {
		t.Setenv(name, value)
	}
	return srv
}

func TestSSO(t *testing.T) {
	workstation(t)
	cfg, err := fullchain.Load(t.Context(), &fullchain.Options{Profile: "sso"})
	if err != nil {
		t.Fatal(err)
	}
	get(t, &fetch.Options{AWS: cfg})
}

func TestMFACode(t *testing.T) {
	workstation(t)
	asked := 0
	cfg, err := fullchain.Load(t.Context(), &fullchain.Options{Profile: "mfa", MFACode: func() (string, error) { asked++; return "123456", nil }})
	if err != nil {
		t.Fatal(err)
	}
	get(t, &fetch.Options{AWS: cfg})
	if asked != 1 {
		t.Errorf("asked for a code %d times, want once", asked)
	}
}

func get(t *testing.T, o *fetch.Options) {
	t.Helper()
	client, err := fetch.New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	s, err := client.Get(t.Context(), "db/main")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if string(s.Bytes()) != "hunter2" {
		t.Error("another value")
	}
}

// Without this package the error names it.
func TestWithoutTheFullChain(t *testing.T) {
	workstation(t)
	for _, profile := range []string{"sso", "mfa"} {
		client, err := fetch.New(t.Context(), &fetch.Options{Profile: profile})
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		_, err = client.Get(t.Context(), "db/main")
		if !errors.Is(err, fetch.ErrNoCredentials) || !strings.Contains(err.Error(), "wicketkey.internal/fetch/fullchain") || !strings.Contains(err.Error(), profile) {
			t.Errorf("%s: %v", profile, err)
		}
	}
}

func TestBadProfile(t *testing.T) {
	workstation(t)
	if _, err := fullchain.Load(t.Context(), &fullchain.Options{Profile: "nobody"}); err == nil || !strings.Contains(err.Error(), "nobody") {
		t.Errorf("got %v", err)
	}
}
