package e2e_test

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// block is a fenced part of a page: a file to be there, or commands to be run.
type block struct {
	lang, file, text string
	line             int
}

// blocks reads a page's fenced parts. A language alone is for readers, except
// sh, which is run; a file's name behind it makes it a file.
func blocks(page string) []block {
	var all []block
	var open *block
	for i, line := range strings.SplitAfter(page, "\n") {
		info, fence := strings.CutPrefix(strings.TrimSpace(line), "```")
		switch {
		case fence && open == nil:
			lang, file, _ := strings.Cut(info, " ")
			open = &block{lang: lang, file: file, line: i + 1}
		case fence:
			all = append(all, *open)
			open = nil
		case open != nil:
			open.text += line
		}
	}
	return all
}

// standIns take the place of what a test cannot or must not run for real.
var standIns = map[string]string{
	"gateway": `case $1 in
ott-init) cat "$E2E/one.b64" ;;
start) grep -q '"hostname":' "$4" && echo "gateway read $4" ;;
*) exit 1 ;;
esac`,
	"systemctl": `echo "systemctl $*"`,
	"docker":    `echo "docker $*"`,
	"sudo":      `command -v "$1" >/dev/null && echo "sudo $*"`, // nothing of the machine is changed
}

// awsCLI sends what is for Secrets Manager to the mock. Of other commands the
// CLI itself checks the arguments, and sends nothing.
const awsCLI = `if [ "$1" = secretsmanager ]; then exec %[1]s "$@"; fi
exec %[1]s "$@" --generate-cli-skeleton output`

func sandbox(t *testing.T) (dir string, env []string) {
	t.Helper()
	dir = t.TempDir()
	tools := filepath.Join(dir, ".tools")
	if err := os.Mkdir(tools, 0o700); err != nil {
		t.Fatal(err)
	}
	scripts := map[string]string{"aws": `echo "aws $* (not checked: no AWS CLI)"`}
	for name, text := range standIns {
		scripts[name] = text
	}
	if real, err := exec.LookPath("aws"); err == nil {
		scripts["aws"] = fmt.Sprintf(awsCLI, real)
	} else {
		t.Log("the AWS CLI is not here: its commands are not checked")
	}
	for name, text := range scripts {
		write(t, filepath.Join(tools, name), "#!/bin/sh\n"+text+"\n", 0o700)
	}
	write(t, filepath.Join(tools, "one.b64"), base64.StdEncoding.EncodeToString([]byte(configuration("one.example.com"))), 0o600)
	path := strings.Join([]string{tools, bin, os.Getenv("PATH")}, string(filepath.ListSeparator))
	return dir, append(os.Environ(), "PATH="+path, "E2E="+tools, "AWS_EC2_METADATA_DISABLED=true", "AWS_PAGER=",
		"AWS_CONFIG_FILE="+os.DevNull, "AWS_SHARED_CREDENTIALS_FILE="+os.DevNull)
}

func write(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

// mockFor starts a mock that holds the secret of which the pages speak.
func mockFor(t *testing.T, dir string, env []string) []string {
	t.Helper()
	value, _ := json.Marshal(configuration("one.example.com"))
	state := filepath.Join(dir, ".tools", "state.json")
	write(t, state, fmt.Sprintf(`{"secrets": [{"name": "keeperRotationGatewayConfig", "suffix": "Vwt7zX", "versions": [
	 {"id": "11111111-1111-1111-1111-111111111111", "stages": ["AWSPREVIOUS"], "value": %[1]s},
	 {"id": "22222222-2222-2222-2222-222222222222", "stages": ["AWSCURRENT"], "value": %[1]s}]}]}`, value), 0o600)
	cmd := exec.Command(filepath.Join(bin, "wicketkey"), "mock", "-state", state)
	var log bytes.Buffer
	cmd.Stderr = &log
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
		if t.Failed() {
			t.Log(log.String())
		}
	})
	for lines := bufio.NewScanner(out); lines.Scan() && lines.Text() != ""; {
		m := export.FindStringSubmatch(lines.Text())
		if m == nil {
			t.Fatalf("mock printed %q", lines.Text())
		}
		env = append(env, m[1]+"="+m[2])
	}
	return env
}

func TestDocs(t *testing.T) {
	pages, err := filepath.Glob("../../../docs/*.md")
	if err != nil || len(pages) < 7 {
		t.Fatalf("%d pages found, %v", len(pages), err)
	}
	for _, page := range append(pages, "../../../README.md") {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		if name := filepath.Base(page); name != "performance.md" {
			t.Run(name, func(t *testing.T) { runPage(t, string(text)) })
		}
	}
}

func runPage(t *testing.T, text string) {
	dir, env := sandbox(t)
	env = mockFor(t, dir, env)
	all := blocks(text)
	for _, b := range all {
		if b.file != "" {
			write(t, filepath.Join(dir, b.file), b.text, 0o600)
		}
	}
	project(t, dir)
	// All blocks are one session, as they are for a reader; what it leaves in
	// the background ends with it.
	script := "set -eu\ntrap 'jobs -p | xargs -r kill' EXIT\n"
	for _, b := range all {
		if b.lang == "sh" && !strings.Contains(b.text, "go test ./...") { // .ci/run runs these: a test would run itself
			script += fmt.Sprintf("echo '# line %d'\n%s", b.line, background(inModule.Replace(b.text)))
		}
	}
	cmd := exec.Command("bash", "-c", script)
	cmd.Dir, cmd.Env = dir, env
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	for _, b := range all {
		switch {
		case strings.HasSuffix(b.file, ".service"):
			verifyUnit(t, dir, b)
		case strings.HasSuffix(b.file, ".go"):
			compile(t, b)
		case b.file == "Dockerfile":
			buildLine(t, b)
		}
	}
	if len(all) == 0 && bytes.Contains([]byte(text), []byte("```")) {
		t.Error("fences that were not understood")
	}
}

// project is what the README's commands find around them: a module that links
// ours and has it as a neighbour.
func project(t *testing.T, dir string) {
	t.Helper()
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(root, filepath.Join(dir, "..", "wicketkey")); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "go.mod"), "module example.com/gateway\n\ngo 1.26\n", 0o600)
	write(t, filepath.Join(dir, "main.go"), "package main\n\nimport _ \"wicketkey.internal/cache\"\n\nfunc main() {}\n", 0o600)
}

// inModule runs where our module is what a page builds from its root.
var inModule = strings.NewReplacer("go build -o wicketkey", `go -C ../wicketkey build -o "$PWD/wicketkey"`)

// background gives a server that a page leaves running the time to say where it is.
func background(text string) string {
	return regexp.MustCompile(`(?m)^(.* > (\S+) &)$`).ReplaceAllString(text, "$1\nuntil grep -q '^$$' $2; do :; done")
}

func verifyUnit(t *testing.T, dir string, b block) {
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Logf("%s is not verified: systemd-analyze is not here", b.file)
		return
	}
	// The programs are here, but not where the unit looks for them.
	text := strings.NewReplacer("/usr/local/bin/wicketkey", filepath.Join(bin, "wicketkey"),
		"/usr/local/bin/gateway", filepath.Join(dir, ".tools", "gateway")).Replace(b.text)
	path := filepath.Join(dir, b.file)
	write(t, path, text, 0o600)
	out, err := exec.Command(analyze, "verify", "--man=no", "--recursive-errors=no", path).CombinedOutput()
	if err != nil || strings.Contains(string(out), b.file) {
		t.Errorf("systemd-analyze verify: %v\n%s", err, out)
	}
}

// compile builds a program of the page as if it stood in the module.
func compile(t *testing.T, b block) {
	source := filepath.Join(t.TempDir(), "page.go")
	write(t, source, b.text, 0o600)
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	overlay, _ := json.Marshal(map[string]map[string]string{"Replace": {filepath.Join(root, "docs", "page", "page.go"): source}})
	list := filepath.Join(t.TempDir(), "overlay.json")
	write(t, list, string(overlay), 0o600)
	cmd := exec.Command("go", "build", "-overlay", list, "-o", os.DevNull, "./docs/page")
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("line %d: %v\n%s", b.line, err, out)
	}
}

// buildLine runs the recipe's own build and looks at what goes into the image:
// it must need no loader and no library.
func buildLine(t *testing.T, b block) {
	m := regexp.MustCompile(`(?m)^RUN (.* -o )/wicketkey( .*)$`).FindStringSubmatch(b.text)
	if m == nil {
		t.Fatal("the recipe builds no command")
	}
	static := filepath.Join(t.TempDir(), "wicketkey")
	cmd := exec.Command("sh", "-c", m[1]+static+m[2])
	cmd.Dir = "../../.."
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
