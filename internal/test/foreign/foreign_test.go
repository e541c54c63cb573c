package foreign_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// root is that of the repository.
const root = "../../.."

var bin string // holds wicketkey

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "wicketkey-foreign-*")
	if err != nil {
		panic(err)
	}
	bin = dir
	build := exec.Command("go", "build", "-o", dir+string(filepath.Separator), "./cmd/wicketkey")
	build.Dir, build.Stderr = root, os.Stderr
	if err := build.Run(); err != nil {
		panic(err)
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// block is a fenced part of a page: a file to be there, or commands to be run.
type block struct{ lang, file, text string }

func blocks(t *testing.T, page string) (all []block) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "docs", "languages", page))
	if err != nil {
		t.Fatal(err)
	}
	var open *block
	for line := range strings.Lines(string(text)) {
		info, fence := strings.CutPrefix(strings.TrimSpace(line), "```")
		switch {
		case fence && open == nil:
			lang, file, _ := strings.Cut(info, " ")
			open = &block{lang: lang, file: file}
		case fence:
			all = append(all, *open)
			open = nil
		case open != nil:
			open.text += line
		}
	}
	return all
}

// runPage lays out the files of a page and runs its commands, each of which must succeed. It returns what they print.
func runPage(t *testing.T, page, dir string) string {
	t.Helper()
	script := "set -eu\n"
	for _, b := range blocks(t, page) {
		switch {
		case b.file != "":
			if err := os.WriteFile(filepath.Join(dir, b.file), []byte(b.text), 0o600); err != nil {
				t.Fatal(err)
			}
		case b.lang == "sh":
			script += b.text
		}
	}
	cmd := exec.CommandContext(t.Context(), "sh", "-c", script)
	cmd.Dir = dir
	// What would lead an ordinary client away is what the mock must take away. No region is there, and no AWS either.
	cmd.Env = append(os.Environ(), "PATH="+bin+string(filepath.ListSeparator)+os.Getenv("PATH"),
		"AWS_PROFILE=production", "AWS_SESSION_TOKEN=leftover", "AWS_PAGER=", "AWS_MAX_ATTEMPTS=3",
		"AWS_ENDPOINT_URL_SECRETS_MANAGER=http://192.0.2.1", "AWS_ENDPOINT_URL_STS=http://192.0.2.1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%s: %v\n%s", page, err, out)
	}
	return string(out)
}

// need skips the test unless the command succeeds.
func need(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		t.Skipf("%s is not here: %v %.200s", name, err, out)
	}
}

// has counts lines.
func has(t *testing.T, out, line string, want int) {
	t.Helper()
	got := 0
	for printed := range strings.Lines(out) {
		if strings.TrimSuffix(printed, "\n") == line {
			got++
		}
	}
	if got != want {
		t.Errorf("%q is printed %d times, want %d:\n%s", line, got, want, out)
	}
}

func TestReadme(t *testing.T) {
	if out := runPage(t, "README.md", t.TempDir()); !strings.Contains(out, "a Secrets Manager is at http://127.0.0.1:") {
		t.Error(out)
	}
}

func TestPython(t *testing.T) {
	need(t, "python3", "-c", "import boto3")
	has(t, runPage(t, "python.md", t.TempDir()), "hunter2", 6)
}

func TestShell(t *testing.T) {
	need(t, "aws", "--version")
	need(t, "curl", "--aws-sigv4", "aws:amz", "--version")
	out := runPage(t, "shell.md", t.TempDir())
	has(t, out, "hunter2", 6)
	for _, part := range []string{`"ready": true`, `"Arn": "arn:aws:iam::123456789012:user/admin"`, ":assumed-role/gateway-role/", `"SecretList"`} {
		if !strings.Contains(out, part) {
			t.Errorf("%s is not printed:\n%s", part, out)
		}
	}
}

// TestGo runs the page's program in a module that takes the SDK from ours.
func TestGo(t *testing.T) {
	dir := t.TempDir()
	abs, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(filepath.Join(abs, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(strings.Replace(string(text), "module wicketkey.internal", "module example.com/page", 1)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	has(t, runPage(t, "go.md", dir), "hunter2", 5)
}

func TestJavaScript(t *testing.T) {
	need(t, "node", "--version")
	dir := os.Getenv("WICKETKEY_NODE") // a folder with node_modules
	if dir == "" {
		if os.Getenv("WICKETKEY_NPM") != "1" {
			t.Skip("WICKETKEY_NPM is not 1, so nothing is installed from the npm registry")
		}
		dir = t.TempDir()
		install := exec.Command("npm", "install", "--no-audit", "--no-fund", "--prefix", dir,
			"@aws-sdk/client-secrets-manager@3", "@aws-lambda-powertools/parameters@2")
		if out, err := install.CombinedOutput(); err != nil {
			t.Skipf("npm installs nothing here: %v %.300s", err, out)
		}
	}
	out := runPage(t, "javascript.md", dir)
	has(t, out, `{"password": "hunter2"}`, 3)
	has(t, out, "hunter2", 1)
}

// TestRecipe builds what the image's recipe builds, and has docker, where it is, read the compose file.
func TestRecipe(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "docs", "languages", "Dockerfile"))
	if err != nil {
		t.Fatal(err)
	}
	_, line, ok := strings.Cut(string(text), "\nRUN ")
	line, _, _ = strings.Cut(line, "\n")
	if !ok {
		t.Fatal("the recipe builds nothing")
	}
	built := filepath.Join(t.TempDir(), "wicketkey")
	cmd := exec.Command("sh", "-c", strings.Replace(line, " /wicketkey ", " "+built+" ", 1))
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	entry := []string{"mock", "-listen", "0.0.0.0:0", "-host", "mock", "-control-token", "t", "--", "true"}
	if !strings.Contains(string(text), `"mock", "-listen", "0.0.0.0:4566", "-host", "mock"]`) {
		t.Error("the recipe starts something else than what is tried here")
	}
	if out, err := exec.Command(built, entry...).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	need(t, "docker", "compose", "version")
	check := exec.Command("docker", "compose", "-f", "compose.yaml", "config", "--quiet")
	check.Dir = filepath.Join(root, "docs", "languages")
	if out, err := check.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
