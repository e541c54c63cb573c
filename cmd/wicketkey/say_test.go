package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// nasty is what a server may put into any text of its answers: an escape, line
// breaks, C1, a reversal of the reading direction.
const nasty = "\x1b[2J\r\n\u009b31m\u0085\u202e\x7f"

// nastyServer answers with it everywhere: as an error, or as far as the client
// believes it.
func nastyServer(t *testing.T, fails bool) []string {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		answer := map[string]any{
			"ARN": "arn:aws:secretsmanager:us-east-1:123456789012:secret:gateway-Vwt7zX", "Name": "gateway", "VersionId": "v" + nasty,
			"VersionStages": []string{"AWSCURRENT", "S" + nasty}, "KmsKeyId": "alias/k" + nasty, "SecretString": configuration(), "CreatedDate": 1e9,
		}
		if fails || strings.HasSuffix(r.Header.Get("X-Amz-Target"), "DescribeSecret") && r.URL.Path == "/deny" {
			w.WriteHeader(http.StatusBadRequest)
			answer = map[string]any{"__type": "Odd" + nasty + "Exception", "message": "why" + nasty}
		}
		_ = json.NewEncoder(w).Encode(answer)
	}))
	t.Cleanup(srv.Close)
	return []string{"AWS_ENDPOINT_URL_SECRETS_MANAGER=" + srv.URL, "AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=AKIA", "AWS_SECRET_ACCESS_KEY=x",
		"AWS_CONFIG_FILE=" + os.DevNull, "AWS_SHARED_CREDENTIALS_FILE=" + os.DevNull}
}

// TestForeignTextIsHarmless runs every way to show what a server said.
func TestForeignTextIsHarmless(t *testing.T) {
	file := filepath.Join(t.TempDir(), "policy.json")
	text, _ := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": map[string]string{"Sid": nasty, "Effect": "Allow", "Action": nasty, "Resource": nasty}})
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, fails := range []bool{false, true} {
		env := nastyServer(t, fails)
		for _, args := range [][]string{
			{"check", "gateway"}, {"check", "gateway", "-json"}, {"get", "gateway", "-json"}, {"get", "gateway", "-decode"}, {"put", "gateway"}, {"put", "gateway", "-json"},
			{"policy", "gateway"}, {"policy", "gateway", "-check", file}, {"policy", "gateway", "-json", "-check", file}, {"put", "gateway", "-kms-key", "alias/x"},
			{"exec", "gateway", "--", os.DevNull, "{}"}, {"exec", "gateway", "-as", "file:" + nasty + "/x", "--", "true"}, {"get", "gateway", "-out", nasty + "/x"},
			{"put", "gateway", "-file", nasty}, {"check", "gateway", "-profile", nasty}, {"check", "gateway", "-region", nasty}, {"check", "gateway", "-endpoint-url", "http://" + nasty},
		} {
			_, out, errs := try(t, env, configuration(), args...)
			shown := out + errs
			if shown == "" {
				t.Errorf("%v tells nothing", args)
			}
			if !utf8.ValidString(shown) || strings.ContainsFunc(shown, func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }) {
				t.Errorf("%v (fails: %t) gave a terminal orders:\n%q", args, fails, shown)
			}
			for line := range strings.Lines(errs) {
				if !strings.HasPrefix(line, "wicketkey: ") {
					t.Errorf("%v (fails: %t): a server wrote this line:\n%q", args, fails, line)
				}
			}
		}
	}
}

// TestOnePlacePrints: what writes to a standard stream without say.go may print
// what others wrote. The exceptions hand the streams on, or give a value.
func TestOnePlacePrints(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	writes := regexp.MustCompile(`(?:Fprint\w*|WriteString|NewWriter|NewEncoder)\([\w.]*std(?:out|err)\b|std(?:out|err)\.Write\(`)
	allowed := map[string]int{"say.go": 2, "get.go": 1, "report.go": 2}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		found := writes.FindAll(text, -1)
		if !strings.HasSuffix(file, "_test.go") && len(found) != allowed[file] {
			t.Errorf("%s writes by itself: %q", file, found)
		}
	}
}

func TestWrap(t *testing.T) {
	const text = "the quick brown fox jumps over the lazy dog"
	for _, test := range []struct {
		width, column int
		want          string
	}{
		{80, 0, text},
		{30, 0, "the quick brown fox jumps over\nthe lazy dog"},
		{32, 4, "the quick brown fox jumps\n    over the lazy dog"},
		{20, 4, text}, // too narrow
	} {
		if got := wrap(text, test.width, test.column); got != test.want {
			t.Errorf("%d, %d: got %q, want %q", test.width, test.column, got, test.want)
		}
	}
	long := strings.Repeat("x", 50)
	if got := wrap("a "+long+" b", 30, 0); got != "a\n"+long+"\nb" {
		t.Errorf("got %q", got)
	}
}

// TestHelpFits holds every page to its width, but for what cannot be broken.
func TestHelpFits(t *testing.T) {
	for _, c := range commands() {
		var b strings.Builder
		c.writeHelp(page{&b, 60})
		text, _, _ := strings.Cut(b.String(), "\nExamples:")
		for line := range strings.Lines(text) {
			if len([]rune(line)) > 61 && strings.Contains(strings.TrimSpace(line), " ") && !strings.HasPrefix(line, "Usage:") && !strings.HasPrefix(line, " ") {
				t.Errorf("%s: %d columns: %s", c.name, len(line), line)
			}
		}
	}
}
