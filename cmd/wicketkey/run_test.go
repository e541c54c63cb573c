package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"wicketkey.internal/mock"
)

// try runs the program on an environment of its own.
func try(t *testing.T, env []string, stdin string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.Context(), args, append([]string{"AWS_EC2_METADATA_DISABLED=true"}, env...), strings.NewReader(stdin), &out, &errs)
	return code, out.String(), errs.String()
}

const canary = "Q2FuYXJ5Q2FuYXJ5"

func configuration() string {
	id := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, 64))
	return fmt.Sprintf(`{"hostname":"gate.example.com","clientId":"%s","privateKey":"%s","serverPublicKeyId":"10","appKey":"YXBwS2V5"}`, id, canary)
}

// environment leads to a mock, without a word in the process's own environment.
func environment(t *testing.T, srv *mock.Server) []string {
	t.Helper()
	key, err := srv.AWSConfig().Credentials.Retrieve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return []string{"AWS_ENDPOINT_URL_SECRETS_MANAGER=" + srv.URL(), "AWS_REGION=" + mock.DefaultRegion,
		"AWS_ACCESS_KEY_ID=" + key.AccessKeyID, "AWS_SECRET_ACCESS_KEY=" + key.SecretAccessKey,
		"AWS_CONFIG_FILE=" + os.DevNull, "AWS_SHARED_CREDENTIALS_FILE=" + os.DevNull}
}

func TestEnvironmentIsTheOneGiven(t *testing.T) {
	srv := mock.Start(t)
	if _, err := srv.Put("gateway", []byte(configuration())); err != nil {
		t.Fatal(err)
	}
	env := append(environment(t, srv), nameVariable+"=gateway")
	code, out, errs := try(t, env, "", "get", "-decode", "-key", "hostname")
	if code != codeOK || out != "gate.example.com" {
		t.Errorf("exit status %d, output %q, %s", code, out, errs)
	}
	if srv.Calls("GetSecretValue") != 1 || len(srv.Requests()) != 1 {
		t.Errorf("%d requests, want one", len(srv.Requests()))
	}
}

// TestFlagBeatsVariables: the SDK would let the variable for the endpoint win.
func TestFlagBeatsVariables(t *testing.T) {
	srv, wrong := mock.Start(t), mock.Start(t)
	if _, err := srv.Put("gateway", []byte("right")); err != nil {
		t.Fatal(err)
	}
	env := append(environment(t, wrong), nameVariable+"=nosuch", "AWS_ENDPOINT_URL="+wrong.URL())
	code, out, errs := try(t, env, "", "get", "-name", "gateway", "-endpoint-url", srv.URL())
	if code != codeOK || out != "right" || !strings.Contains(errs, nameVariable+" names another") {
		t.Errorf("exit status %d, output %q, %s", code, out, errs)
	}
}

func TestPutThenGetIsTheSame(t *testing.T) {
	env := environment(t, mock.Start(t))
	stored := base64.StdEncoding.EncodeToString([]byte(configuration()))
	if code, _, errs := try(t, env, stored[:50]+"\r\n  "+stored[50:]+"\n", "put", "-name", "gateway"); code != codeOK {
		t.Fatal(errs)
	}
	if code, out, errs := try(t, env, "", "get", "-name", "gateway"); code != codeOK || out != stored {
		t.Errorf("exit status %d, %d bytes, want the %d that were stored; %s", code, len(out), len(stored), errs)
	}
}

// TestOnlyGetPrintsValues runs every way to fail on, or report about, a secret.
func TestOnlyGetPrintsValues(t *testing.T) {
	srv := mock.Start(t)
	broken := strings.Replace(configuration(), `"appKey"`, `"other"`, 1)
	for name, value := range map[string]string{"good": configuration(), "broken": broken, "text": canary} {
		if _, err := srv.Put(name, []byte(value)); err != nil {
			t.Fatal(err)
		}
	}
	env := environment(t, srv)
	for _, args := range [][]string{
		{"check", "-name", "good"}, {"check", "-name", "broken"}, {"check", "-name", "text", "-json"}, {"check", "-any", "-name", "text"},
		{"get", "-name", "broken", "-decode"}, {"get", "-name", "text:key"}, {"get", "-name", "good", "-json"}, {"get", "-name", canary},
		{"get", "-name", "good", "-decode", "-key", "nosuch"}, {"exec", "-name", "broken", "--", "cat", "{}"}, {"policy", "-name", "good"},
		{"put", "-name", "good"}, {"get", "-name", "ey " + canary}, {"get", "-name", `{"privateKey":"` + canary + `"}`},
	} {
		_, out, errs := try(t, env, broken, args...)
		shown := out + errs
		if named := args[len(args)-1]; named == canary { // a well-formed name is shown, as given
			shown = strings.ReplaceAll(shown, canary, "")
		}
		if strings.Contains(shown, canary[:8]) {
			t.Errorf("%v prints the value:\n%s", args[:2], shown)
		}
	}
}

func TestClockIsCompared(t *testing.T) {
	for _, test := range []struct {
		skew time.Duration
		want string
	}{
		{0, "ok"}, {30 * time.Second, "ok"}, {10 * time.Minute, "warn"}, {-10 * time.Minute, "warn"},
	} {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Date", time.Now().Add(test.skew).UTC().Format(http.TimeFormat))
			w.WriteHeader(http.StatusTeapot)
		}))
		_, out, _ := try(t, []string{"AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=x", "AWS_SECRET_ACCESS_KEY=y", "AWS_CONFIG_FILE=" + os.DevNull},
			"", "check", "-json", "-name", "gateway", "-endpoint-url", srv.URL)
		srv.Close()
		var report checkReport
		if err := json.Unmarshal([]byte(out), &report); err != nil {
			t.Fatal(err)
		}
		for _, step := range report.Steps {
			if step.Name == "clock" && string(step.Status) != test.want {
				t.Errorf("a clock that is %v behind: %s, want %s", test.skew, step.Status, test.want)
			}
		}
		if report.Code != 33 { // a teapot is no Secrets Manager
			t.Errorf("status %d, want 33", report.Code)
		}
	}
}

func TestSave(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "value")
	for _, value := range []string{"one", "another"} {
		if err := save(path, []byte(value)); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != value {
			t.Errorf("%q, %v; want %q", got, err, value)
		}
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 && runtime.GOOS != "windows" {
		t.Errorf("%v, %v; want mode 0600", info.Mode(), err)
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink(path, link); err == nil && save(link, []byte("x")) == nil {
		t.Error("a link was replaced")
	}
	if err := save(filepath.Join(dir, "no", "such"), []byte("x")); err == nil {
		t.Error("saved into a folder that is not there")
	}
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".wicketkey") {
			t.Errorf("%s was left behind", e.Name())
		}
	}
}

func TestQuoted(t *testing.T) {
	for in, want := range map[string]string{
		"http://127.0.0.1:80": "http://127.0.0.1:80", "": "''", "a b": "'a b'", "it's": `'it'\''s'`, "$x": "'$x'", "é": "'é'",
	} {
		if got := quoted(in); got != want {
			t.Errorf("quoted(%q) = %s, want %s", in, got, want)
		}
	}
}
