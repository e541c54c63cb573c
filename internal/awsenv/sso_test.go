package awsenv_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wicketkey.internal/internal/awsenv"
)

const ssoProfile = "[default]\nsso_session = admin\nsso_account_id = 123456789012\nsso_role_name = Reader\n" +
	"[sso-session admin]\nsso_region = us-east-1\nsso_start_url = https://corp.awsapps.com/start\n"

// A renewed token must leave the file as the SDK leaves it: other tools go on
// from there.
func TestRenewedSSOTokenIsWrittenBack(t *testing.T) {
	const old = `{"accessToken":"old","expiresAt":"2020-01-01T00:00:00Z","refreshToken":"r","clientId":"id","clientSecret":"s",` +
		`"region":"us-east-1","startUrl":"u","registrationExpiresAt":"2999-01-01T00:00:00Z","extra":{"n":12345678901234567890}}`
	h := host{dir: t.TempDir(), env: vars(region, toSSO), config: ssoProfile, files: map[string]string{sessionToken: old}}
	url := startAWS(t)
	read := func() map[string]json.RawMessage {
		t.Helper()
		path := filepath.Join(h.dir, sessionToken)
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(path); err != nil || info.Mode() != 0o600 {
			t.Errorf("mode %v, %v", info.Mode(), err)
		}
		var fields map[string]json.RawMessage
		if err := json.Unmarshal(content, &fields); err != nil {
			t.Fatal(err)
		}
		var expires time.Time
		if err := json.Unmarshal(fields["expiresAt"], &expires); err != nil || time.Until(expires) < 50*time.Minute {
			t.Errorf("renewed until %v, %v", expires, err)
		}
		delete(fields, "expiresAt") // an hour from whenever
		if rest, _ := os.ReadDir(filepath.Dir(path)); len(rest) != 1 {
			t.Errorf("files left in the cache: %v", rest)
		}
		return fields
	}
	h.on(t, url)
	if sdkOutcome(t, h).Failed {
		t.Fatal("the SDK failed")
	}
	want := read()
	want["extra"] = json.RawMessage(`{"n":12345678901234567890}`) // the SDK rounds numbers; we do not
	h.on(t, url)
	if ourOutcome(t, h).Failed {
		t.Fatal("we failed")
	}
	if diff := cmp.Diff(want, read()); diff != "" {
		t.Errorf("SDK -, ours +\n%s", diff)
	}
}

func TestSSOErrors(t *testing.T) {
	tests := map[string]struct {
		token string
		want  error
	}{
		"not logged in": {"", awsenv.ErrExpired},
		"expired":       {`{"accessToken":"x","expiresAt":"2020-01-01T00:00:00Z"}`, awsenv.ErrExpired},
		"not renewable": {`{"accessToken":"x","expiresAt":"2020-01-01T00:00:00Z","refreshToken":"stale","clientId":"i","clientSecret":"s"}`, awsenv.ErrExpired},
		"revoked":       {`{"accessToken":"revoked","expiresAt":"2999-01-01T00:00:00Z"}`, awsenv.ErrExpired},
		"no account":    {`{"accessToken":"forbidden","expiresAt":"2999-01-01T00:00:00Z"}`, awsenv.ErrCredentials},
	}
	url := startAWS(t)
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			h := host{dir: t.TempDir(), env: vars(region, toSSO), config: ssoProfile, files: map[string]string{sessionToken: test.token}}
			h.on(t, url)
			l, err := awsenv.Load(nil)
			if err != nil {
				t.Fatal(err)
			}
			_, err = l.Config.Credentials.Retrieve(t.Context())
			if !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
}
