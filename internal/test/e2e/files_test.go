package e2e_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// judge has each file of a page read by the program that it is for.
func judge(t *testing.T, clone string, b block) {
	switch {
	case strings.HasSuffix(b.arg, ".service"):
		verifyUnit(t, clone, b)
	case strings.HasSuffix(b.arg, ".go"):
		compile(t, clone, b)
	case b.arg == "Dockerfile":
		buildLine(t, clone, b)
	case strings.HasSuffix(b.arg, ".json"):
		if !json.Valid([]byte(b.text)) {
			t.Errorf("line %d: %s is no JSON", b.line, b.arg)
		}
	}
}

func verifyUnit(t *testing.T, clone string, b block) {
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Logf("%s is not verified: systemd-analyze is not here", b.arg)
		return
	}
	// The programs are here, but not where the unit looks for them.
	text := strings.NewReplacer("/usr/local/bin/wicketkey", filepath.Join(bin, "wicketkey"),
		"/usr/local/bin/gateway", filepath.Join(clone, "examples", "rehearsal", "gateway")).Replace(b.text)
	path := filepath.Join(t.TempDir(), b.arg)
	write(t, path, text, 0o600)
	out, err := exec.Command(analyze, "verify", "--man=no", "--recursive-errors=no", path).CombinedOutput()
	if err != nil || strings.Contains(string(out), b.arg) {
		t.Errorf("systemd-analyze verify: %v\n%s", err, out)
	}
}

// compile builds a program of the page as if it stood in the module.
func compile(t *testing.T, clone string, b block) {
	if out := build(t, clone, b.text); out != "" {
		t.Errorf("line %d:\n%s", b.line, out)
	}
}

// compileFragment does so with lines out of a function. What they leave unused
// is the reader's to use.
func compileFragment(t *testing.T, clone string, b block) {
	out := build(t, clone, fragmentHead+b.text+"}\n")
	for line := range strings.Lines(out) {
		if !strings.HasPrefix(line, "#") && !strings.Contains(line, "declared and not used") && !strings.Contains(line, "missing return") {
			t.Errorf("line %d: %s", b.line, line)
		}
	}
}

const fragmentHead = `package main

import (
	"context"
	"testing"

	"wicketkey.internal/cache"
	"wicketkey.internal/fetch"
	"wicketkey.internal/fetch/fullchain"
	"wicketkey.internal/mock"
)

var (
	_ *cache.Store
	_ *fetch.Client
	_ *fullchain.Options
	_ *mock.Server
)

func main()                     {}
func startGateway([]byte) error { return nil }

func page(ctx context.Context, t *testing.T) error {
`

func build(t *testing.T, clone, text string) string {
	dir := filepath.Join(clone, "docs", "page")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "page.go"), text, 0o600)
	cmd := exec.Command("go", "build", "-trimpath", "-gcflags=-e", "-o", os.DevNull, "./docs/page")
	cmd.Dir = clone
	out, err := cmd.CombinedOutput()
	if err != nil && len(out) == 0 {
		t.Fatal(err)
	}
	return string(out)
}

// buildLine runs the recipe's own build and looks at what goes into the image:
// it must need no loader and no library.
func buildLine(t *testing.T, clone string, b block) {
	m := regexp.MustCompile(`(?m)^RUN (.* -o )/wicketkey( .*)$`).FindStringSubmatch(b.text)
	if m == nil {
		t.Fatal("the recipe builds no command")
	}
	static := filepath.Join(t.TempDir(), "wicketkey")
	cmd := exec.Command("sh", "-c", m[1]+static+m[2])
	cmd.Dir = clone
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if out, err := exec.Command("ldd", static).CombinedOutput(); err == nil {
		t.Errorf("the command is not static:\n%s", out)
	}
	// As in the image: another user, nothing writable, nothing in the environment.
	if os.Geteuid() != 0 {
		t.Log("not root: the command is not tried as another user in an empty root")
		return
	}
	root := filepath.Dir(static)
	for dir := root; dir != os.TempDir() && dir != "/"; dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	run := exec.Command("/wicketkey", "check", "-timeout", "5s", "-name", "gateway", "-endpoint-url", "http://127.0.0.1:1", "-region", "us-east-1")
	run.Dir, run.Env = "/", []string{"AWS_ACCESS_KEY_ID=x", "AWS_SECRET_ACCESS_KEY=y"}
	run.SysProcAttr = &syscall.SysProcAttr{Chroot: root, Credential: &syscall.Credential{Uid: 65532, Gid: 65532}}
	out, err := run.CombinedOutput()
	if run.ProcessState == nil || run.ProcessState.ExitCode() != 31 {
		t.Errorf("in an empty root: %v\n%s", err, out)
	}
}
