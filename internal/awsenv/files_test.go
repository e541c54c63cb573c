package awsenv_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"wicketkey.internal/internal/awsenv"
	"wicketkey.internal/internal/test/emulator"
)

// A variable that names what cannot be read is a mistake that the SDK passes
// over in silence, to use other keys.
func TestSharedFilesThatCannotBeRead(t *testing.T) {
	dir := t.TempDir()
	for _, variable := range []string{"AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"} {
		for what, content := range map[string]string{
			"UTF-8 with a mark": "\xef\xbb\xbf[default]\nregion = us-east-1\n",
			"UTF-16, little":    "\xff\xfe[\x00d\x00",
			"UTF-16, big":       "\xfe\xff\x00[\x00d",
		} {
			path := filepath.Join(dir, "file")
			writeFile(t, path, content)
			_, err := tryLoad(t, env(variable, path), awsenv.Options{})
			if !errors.Is(err, awsenv.ErrEnvironment) || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "byte-order mark") {
				t.Errorf("%s of %s: %v", variable, what, err)
			}
		}
		_, err := tryLoad(t, env(variable, dir), awsenv.Options{})
		if !errors.Is(err, awsenv.ErrEnvironment) || !strings.Contains(err.Error(), variable) || !strings.Contains(err.Error(), dir) {
			t.Errorf("%s of a directory: %v", variable, err)
		}
		if _, err := tryLoad(t, env(variable, filepath.Join(dir, "absent")), awsenv.Options{}); err != nil {
			t.Errorf("%s of no file, as on most hosts: %v", variable, err)
		}
	}
	for _, variables := range []map[string]string{env("AWS_CA_BUNDLE", dir)} {
		if _, err := tryLoad(t, variables, awsenv.Options{}); !errors.Is(err, awsenv.ErrEnvironment) || !strings.Contains(err.Error(), dir) {
			t.Errorf("%v: %v", variables, err)
		}
	}
	for name, variables := range map[string]map[string]string{
		"container": env("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", dir),
		"STS":       env("AWS_REGION", "us-east-1", "AWS_ROLE_ARN", role, "AWS_WEB_IDENTITY_TOKEN_FILE", dir),
	} {
		_, err := load(t, variables, awsenv.Options{}).Config.Credentials.Retrieve(t.Context())
		if !errors.Is(err, awsenv.ErrCredentials) || !strings.Contains(err.Error(), dir) || !strings.Contains(err.Error(), "mounted") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Without a home no file of the current directory is read, least of all a
// process run from it. It needs a process of its own: the test's user has a
// home, and only one without an entry in the user database has none.
func TestNoFileOfTheCurrentDirectory(t *testing.T) {
	const child = "WICKETKEY_TEST_NO_HOME"
	if os.Getenv(child) != "" {
		for _, home := range []string{"", ".", "relative"} {
			l, err := awsenv.Load(&awsenv.Options{LookupEnv: lookup(env("HOME", home, "AWS_EC2_METADATA_DISABLED", "true"))})
			if err != nil {
				t.Fatal(err)
			}
			if l.Config.Region != "" || l.CredentialsSource != "instance metadata" {
				t.Errorf("HOME=%q: region %q, credentials of %q", home, l.Config.Region, l.CredentialsSource)
			}
		}
		return
	}
	dir := t.TempDir()
	for _, path := range []string{".aws", "relative/.aws"} {
		if err := os.MkdirAll(filepath.Join(dir, path), 0o755); err != nil {
			t.Fatal(err)
		}
		writeFile(t, filepath.Join(dir, path, "config"), "[default]\nregion = evil-east-1\ncredential_process = touch "+filepath.Join(dir, "ran")+"\n")
	}
	cmd := emulator.Self(t.Context(), "-test.run=^TestNoFileOfTheCurrentDirectory$", "-test.v")
	cmd.Dir, cmd.Env = dir, []string{child + "=1"}
	asNobodyKnown(t, cmd, dir)
	out, err := cmd.CombinedOutput()
	if errors.Is(err, fs.ErrPermission) { // GOTMPDIR, where the test itself runs, may be elsewhere
		t.Skip("skipped: no other user may run a program in the folder for temporary files: set TMPDIR to one that is not mounted noexec: ", err)
	}
	if err != nil || !strings.Contains(string(out), "PASS") {
		t.Errorf("%v\n%s", err, out)
	}
	if _, err := os.Stat(filepath.Join(dir, "ran")); err == nil {
		t.Error("a process of the current directory was run")
	}
}

// Keys that a careless hand or tool has spoilt are refused where they are
// found, and never quoted.
func TestSpoiltKeys(t *testing.T) {
	path := filepath.Join(t.TempDir(), "credentials")
	writeFile(t, path, "[quoted]\naws_access_key_id = \"AKIA\naws_secret_access_key = hush\n[blank]\naws_access_key_id = AKIA\naws_secret_access_key = hush hush\n")
	for _, test := range []struct {
		env     map[string]string
		profile string
		kind    error
		says    []string
	}{
		{env("AWS_ACCESS_KEY_ID", "AKIA", "AWS_SECRET_ACCESS_KEY", "hush\n"), "", awsenv.ErrEnvironment, []string{"AWS_SECRET_ACCESS_KEY", "line break"}},
		{env("AWS_ACCESS_KEY_ID", `"AKIA"`, "AWS_SECRET_ACCESS_KEY", "hush"), "", awsenv.ErrEnvironment, []string{"AWS_ACCESS_KEY_ID", "quotes"}},
		{env("AWS_ACCESS_KEY", "'AKIA'", "AWS_SECRET_KEY", "hush"), "", awsenv.ErrEnvironment, []string{"AWS_ACCESS_KEY", "quotes"}},
		{env("AWS_ACCESS_KEY_ID", "AKIA ", "AWS_SECRET_ACCESS_KEY", "hush"), "", awsenv.ErrEnvironment, []string{"AWS_ACCESS_KEY_ID", "blank"}},
		{env("AWS_ACCESS_KEY_ID", "AKIA", "AWS_SECRET_ACCESS_KEY", "hush", "AWS_SESSION_TOKEN", "hush\r"), "", awsenv.ErrEnvironment, []string{"AWS_SESSION_TOKEN", "line break"}},
		{env("AWS_ACCESS_KEY_ID", "AKIA\u00a0", "AWS_SECRET_ACCESS_KEY", "hush"), "", awsenv.ErrEnvironment, []string{"AWS_ACCESS_KEY_ID", "no key"}},
		{env("AWS_SHARED_CREDENTIALS_FILE", path), "quoted", awsenv.ErrProfile, []string{"quoted", "aws_access_key_id", "quotes"}},
		{env("AWS_SHARED_CREDENTIALS_FILE", path), "blank", awsenv.ErrProfile, []string{"blank", "aws_secret_access_key"}},
	} {
		_, err := tryLoad(t, test.env, awsenv.Options{Profile: test.profile})
		for _, part := range test.says {
			if err == nil || !errors.Is(err, test.kind) || !strings.Contains(err.Error(), part) || strings.Contains(err.Error(), "hush") {
				t.Errorf("%s%v: got %v, want %q", test.profile, len(test.env), err, part)
			}
		}
	}
}

// Half a pair is none, as for the SDK; whoever finds no credentials then is told.
func TestHalfAKeyPairIsTold(t *testing.T) {
	for _, set := range []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SECRET_KEY"} {
		_, err := load(t, vars(noIMDS, env(set, "hush")), awsenv.Options{}).Config.Credentials.Retrieve(t.Context())
		if !errors.Is(err, awsenv.ErrNoCredentials) || !strings.Contains(err.Error(), set+" is set, but not the other half") || strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: %v", set, err)
		}
	}
}
