package e2e_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

const root = "../../.."

// pages are all that a reader is led to, but for those that others run: each
// language's page has its own client, and performance.md's commands take hours.
func pages(t *testing.T) []string {
	t.Helper()
	all := []string{"README.md", "CONTRIBUTING.md", "SECURITY.md"}
	err := filepath.WalkDir(filepath.Join(root, "docs"), func(path string, d fs.DirEntry, err error) error {
		if err == nil && filepath.Ext(path) == ".md" {
			path, err = filepath.Rel(root, path)
			all = append(all, path)
		}
		return err
	})
	if err != nil || len(all) < 10 {
		t.Fatalf("%d pages found, %v", len(all), err)
	}
	return slices.DeleteFunc(all, func(page string) bool {
		return page == "docs/performance.md" || strings.HasPrefix(page, "docs/languages/")
	})
}

func read(t *testing.T, page string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, page))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestDocs runs every command of every page, from the root of a fresh clone.
func TestDocs(t *testing.T) {
	clone, files := freshClone(t)
	for _, page := range pages(t) {
		if strings.HasPrefix(page, "docs/ja/") {
			continue // the same session again: see TestTwins
		}
		t.Run(page, func(t *testing.T) {
			defer sweep(t, clone, files)
			runPage(t, clone, blocks(read(t, page)))
		})
	}
}

// TestFilesAgree: a unit, a policy or a recipe that stands on two pages is the same on both.
func TestFilesAgree(t *testing.T) {
	seen := map[string]string{}
	for _, page := range pages(t) {
		for _, b := range blocks(read(t, page)) {
			switch before, ok := seen[b.arg]; {
			case !b.file() || b.arg == "main.go":
			case !ok:
				seen[b.arg] = b.text
			case before != b.text:
				t.Errorf("%s, line %d: %s differs from another page's", page, b.line, b.arg)
			}
		}
	}
}

// freshClone is what git clone would give, and what is in it.
func freshClone(t *testing.T) (dir string, files map[string]bool) {
	t.Helper()
	dir, files = filepath.Join(t.TempDir(), "wicketkey"), map[string]bool{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil || name == ".git" {
			return fs.SkipDir
		}
		files[name] = true
		if d.IsDir() {
			return os.MkdirAll(filepath.Join(dir, name), 0o755)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(dir, name), text, info.Mode().Perm())
	})
	if err != nil {
		t.Fatal(err)
	}
	project(t, filepath.Join(dir, "..", "my-gateway"))
	return dir, files
}

// project is the reader's own, beside the clone.
func project(t *testing.T, dir string) {
	t.Helper()
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "go.mod"), "module example.com/gateway\n\ngo 1.26\n", 0o600)
	write(t, filepath.Join(dir, "main.go"), `package main

import (
	_ "wicketkey.internal/cache"
	_ "wicketkey.internal/cache/otelwicketkey"
)

func main() {}
`, 0o600)
}

// sweep removes what a page has made, so that no page needs another one.
func sweep(t *testing.T, clone string, files map[string]bool) {
	err := filepath.WalkDir(clone, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if name, err := filepath.Rel(clone, path); err != nil || files[name] {
			return err
		}
		if err := os.RemoveAll(path); err != nil {
			return err
		}
		if d.IsDir() {
			return fs.SkipDir
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func runPage(t *testing.T, clone string, all []block) {
	var shell string
	for _, b := range all {
		switch {
		case b.file():
			write(t, filepath.Join(clone, b.arg), b.text, 0o600)
		case b.commands() && shell != "bash": // what runs in sh runs in bash as well
			shell = b.lang
		}
	}
	if shell != "" {
		printed := session(t, clone, shell, all)
		for i, b := range all {
			if !b.output() {
				continue
			}
			if i == 0 || !all[i-1].commands() {
				t.Fatalf("line %d: output of nothing", b.line)
			}
			if real := printed[all[i-1].line]; !shows(stable(b.text), stable(real)) {
				t.Errorf("line %d: the page shows\n%s\nprinted was\n%s", b.line, b.text, real)
			}
		}
	}
	for _, b := range all {
		switch {
		case b.lang == "console":
			picture(t, clone, b)
		case b.file():
			judge(t, clone, b)
		case b.lang == "go":
			compileFragment(t, clone, b)
		}
	}
}

// picture runs the one command of a block that shows it with its output.
func picture(t *testing.T, clone string, b block) {
	line, output, _ := strings.Cut(b.text, "\n")
	command, ok := strings.CutPrefix(line, "$ ")
	if !ok {
		t.Fatalf("line %d: no command", b.line)
	}
	real, _ := withMock(t, clone, "sh", "-c", command).CombinedOutput() // a failure may be what is to be seen
	if !shows(stable(output), stable(string(real))) {
		t.Errorf("line %d: the page shows\n%s\nprinted was\n%s", b.line, output, real)
	}
}

// session types a page's commands into one shell, which reads them as it reads a
// terminal: a shell that a command opens goes on where that one stood. It
// returns what each block printed, by the block's line.
func session(t *testing.T, clone, shell string, all []block) map[int]string {
	t.Helper()
	const mark = "-- line "
	script := ""
	for _, b := range all {
		if b.commands() {
			text := strings.ReplaceAll(b.text, "go test ./...\n", "") // .ci/run runs it; this test stands beside it
			script += fmt.Sprintf("set -eu; echo; echo '%s%d'\n%s", mark, b.line, text)
		}
	}
	cmd := withMock(t, clone, shell)
	cmd.Stdin = strings.NewReader(script)
	cmd.SysProcAttr, cmd.WaitDelay = &syscall.SysProcAttr{Setpgid: true}, time.Second // an error, where something is left running
	out, err := cmd.CombinedOutput()
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	printed, line := map[int]string{}, 0
	for text := range strings.Lines(string(out)) {
		if n, _ := fmt.Sscanf(text, mark+"%d", &line); n == 0 {
			printed[line] += text
		} else {
			printed[line] = ""
		}
	}
	for _, b := range all {
		if _, ran := printed[b.line]; b.commands() && !ran {
			t.Errorf("line %d was not reached:\n%s", b.line, out)
		}
	}
	return printed
}

// withMock runs a command where a mock holds the secret of which the pages
// speak, and stand-ins take the place of what a test must not run.
func withMock(t *testing.T, clone string, command ...string) *exec.Cmd {
	t.Helper()
	value, _ := json.Marshal(configuration("gateway.example.com"))
	state := filepath.Join(t.TempDir(), "state.json")
	write(t, state, fmt.Sprintf(`{"secrets": [{"name": "keeperRotationGatewayConfig", "suffix": "Vwt7zX", "versions": [
	 {"id": "11111111-1111-1111-1111-111111111111", "stages": ["AWSPREVIOUS"], "value": %[1]s},
	 {"id": "22222222-2222-2222-2222-222222222222", "stages": ["AWSCURRENT"], "value": %[1]s}]}]}`, value), 0o600)
	cmd := exec.Command(filepath.Join(bin, "wicketkey"), append([]string{"mock", "-state", state, "--"}, command...)...)
	path := strings.Join([]string{filepath.Join(clone, "examples", "rehearsal"), bin, os.Getenv("PATH")}, string(filepath.ListSeparator))
	cmd.Dir, cmd.Env = clone, append(os.Environ(), "PATH="+path, "AWS_PAGER=",
		"GOFLAGS=-trimpath") // so that a build does not depend on the clone's path, and is kept
	return cmd
}

func write(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}
