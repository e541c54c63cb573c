package e2e_test

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// bin is the folder with the command, for PATH.
var bin string

func TestMain(m *testing.M) {
	flag.Parse()
	// What is ignored stays ignored in what is started; what is caught does not. Under
	// nohup SIGHUP is ignored.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP)
	os.Exit(built(m.Run))
}

func built(run func() int) int {
	dir, err := os.MkdirTemp("", "wicketkey-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	args := []string{"-C", "../../..", "build", "-o", dir + string(filepath.Separator)}
	if race {
		args = append(args, "-race")
	}
	build := exec.Command("go", append(args, "./cmd/wicketkey")...)
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "building the command:", err)
		return 1
	}
	bin = dir
	return run()
}

// canary is part of every stored value: it must not be seen where values are
// not asked for.
const canary = "Q2FuYXJ5Q2FuYXJ5"

// configuration is a gateway's, with a hostname of the caller's choice.
func configuration(hostname string) string {
	id := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, 64))
	return fmt.Sprintf(`{"hostname":"%s","clientId":"%s","privateKey":"%s","serverPublicKeyId":"10","appKey":"YXBwS2V5"}`, hostname, id, canary)
}

func params(dir string) testscript.Params {
	return testscript.Params{
		Dir:                 dir,
		RequireExplicitExec: true,
		Setup:               setup,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"mock": startMock, "await": await, "status": status, "sed-i": replaceIn, "mode": mode,
		},
		Condition: func(name string) (bool, error) {
			switch name {
			case "root":
				return os.Geteuid() == 0, nil
			case "pidns": // may we make a process the first of its namespace?
				return exec.Command("unshare", "--pid", "--fork", "--mount-proc", "true").Run() == nil, nil
			}
			return false, fmt.Errorf("unknown condition %q", name)
		},
	}
}

func setup(env *testscript.Env) error {
	env.Setenv("PATH", bin+string(filepath.ListSeparator)+os.Getenv("PATH"))
	env.Setenv("HOME", env.WorkDir)
	env.Setenv("AWS_EC2_METADATA_DISABLED", "true") // no script may ask the instance that it runs on
	for _, host := range []string{"one", "two"} {
		text := configuration(host + ".example.com")
		for name, content := range map[string]string{host + ".json": text, host + ".b64": base64.StdEncoding.EncodeToString([]byte(text))} {
			if err := os.WriteFile(filepath.Join(env.WorkDir, name), []byte(content), 0o600); err != nil {
				return err
			}
		}
	}
	return nil
}

func TestScripts(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the scripts use a Unix shell")
	}
	testscript.Run(t, params("testdata"))
}

// startMock runs the real "wicketkey mock" until the script's end and takes its
// exports into the script's environment.
func startMock(ts *testscript.TestScript, neg bool, args []string) {
	cmd := exec.Command(filepath.Join(bin, "wicketkey"), append([]string{"mock"}, args...)...)
	cmd.Dir = ts.MkAbs(".")
	log, err := os.Create(ts.MkAbs("mock.log"))
	ts.Check(err)
	cmd.Stderr = log
	out, err := cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	ts.Defer(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		if err := cmd.Wait(); err != nil {
			ts.Logf("mock: %v", err)
			panic("mock does not end in peace") // testscript has no Fatalf for deferred calls
		}
		log.Close()
	})
	if n := takeExports(ts, bufio.NewScanner(out)); n == 0 {
		content, _ := os.ReadFile(log.Name())
		ts.Fatalf("mock printed nothing: %s", content)
	}
}

var export = regexp.MustCompile(`^export ([A-Z_0-9]+)='?([^']*)'?$`)

func takeExports(ts *testscript.TestScript, lines *bufio.Scanner) int {
	n := 0
	for lines.Scan() && lines.Text() != "" {
		if names, ok := strings.CutPrefix(lines.Text(), "unset "); ok {
			for _, name := range strings.Fields(names) {
				ts.Setenv(name, "")
			}
			continue
		}
		m := export.FindStringSubmatch(lines.Text())
		if m == nil {
			ts.Fatalf("mock printed %q", lines.Text())
		}
		ts.Setenv(m[1], m[2])
		n++
	}
	return n
}

// await FILE REGEXP waits until the file has a match.
func await(ts *testscript.TestScript, neg bool, args []string) {
	want := regexp.MustCompile("(?m)" + args[1])
	for began := time.Now(); time.Since(began) < 30*time.Second; time.Sleep(10 * time.Millisecond) {
		if content, err := os.ReadFile(ts.MkAbs(args[0])); err == nil && want.Match(content) {
			return
		}
	}
	ts.Fatalf("%s never matched %s", args[0], args[1])
}

// status N COMMAND... runs a command that must end with that exit status.
func status(ts *testscript.TestScript, neg bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	if ended, ok := err.(*exec.ExitError); ok {
		got = ended.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit status %d, want %d", got, want)
	}
}

// sed-i FILE OLD NEW replaces text in a file.
func replaceIn(ts *testscript.TestScript, neg bool, args []string) {
	path := ts.MkAbs(args[0])
	content, err := os.ReadFile(path)
	ts.Check(err)
	changed := strings.ReplaceAll(string(content), args[1], args[2])
	if changed == string(content) {
		ts.Fatalf("%s does not hold %q", args[0], args[1])
	}
	ts.Check(os.WriteFile(path, []byte(changed), 0o600))
}

// mode FILE MODE checks a file's permissions.
func mode(ts *testscript.TestScript, neg bool, args []string) {
	info, err := os.Stat(ts.MkAbs(args[0]))
	ts.Check(err)
	if got := fmt.Sprintf("%04o", info.Mode().Perm()); got != args[1] {
		ts.Fatalf("%s has mode %s, want %s", args[0], got, args[1])
	}
}
