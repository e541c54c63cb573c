//go:build unix

package awsenv_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"wicketkey.internal/internal/awsenv"
)

const printKeys = `echo '{"Version":1,"AccessKeyId":"AKIAP","SecretAccessKey":"p"}'`

func runProcess(t *testing.T, command string) (*awsenv.Loaded, func() error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config")
	writeFile(t, path, "[default]\ncredential_process = "+command+"\n")
	l := load(t, env("AWS_CONFIG_FILE", path), awsenv.Options{})
	return l, func() error {
		_, err := l.Config.Credentials.Retrieve(context.WithoutCancel(t.Context()))
		return err
	}
}

// grandchild is a command that leaves a child behind, which holds the output
// open. begun is closed when it runs, gone when it is no more: a pipe ends with
// the last who may write to it.
func grandchild(t *testing.T) (command string, begun, gone chan struct{}) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	begun, gone = make(chan struct{}), make(chan struct{})
	go func() {
		defer close(gone)
		f, err := os.Open(pipe)
		close(begun)
		if err == nil {
			io.Copy(io.Discard, f)
			f.Close()
		}
	}()
	return "sleep 1000 3> '" + pipe + "' & ", begun, gone
}

// The command's answer counts though a child that it left holds its output
// open; that child ends with it.
func TestProcessLeavesNothingBehind(t *testing.T) {
	start, _, gone := grandchild(t)
	_, retrieve := runProcess(t, start+printKeys)
	if err := retrieve(); err != nil {
		t.Fatal(err)
	}
	<-gone
}

// A lookup that ends takes the command and all its children along.
func TestProcessEndsWithTheLookup(t *testing.T) {
	start, begun, gone := grandchild(t)
	l, retrieve := runProcess(t, start+"wait")
	done := make(chan error)
	go func() { done <- retrieve() }()
	<-begun
	l.Close()
	if err := <-done; !errors.Is(err, awsenv.ErrCredentials) || !strings.Contains(err.Error(), `"sleep"`) {
		t.Errorf("got %v, want an error that names the command", err)
	}
	<-gone
}

func TestProcessOutputIsBounded(t *testing.T) {
	_, retrieve := runProcess(t, "cat /dev/zero")
	if err := retrieve(); !errors.Is(err, awsenv.ErrCredentials) || !strings.Contains(err.Error(), "more than 262144 bytes") {
		t.Errorf("got %v", err)
	}
}

// Arguments and variables may hold a password: an error names the program
// alone, or the first variable.
func TestProcessErrorsNameTheProgramAlone(t *testing.T) {
	for command, program := range map[string]string{
		"false --password hush": `"false"`, "false\t--password\thush": `"false"`, "false;hush": `"false"`, "false|hush": `"false"`,
		"TOKEN=hush false": `"TOKEN"`, "TOKEN='hush hush' false": `"TOKEN"`, "TOKEN=hush": `"TOKEN"`,
	} {
		_, retrieve := runProcess(t, command+" 2>/dev/null")
		if err := retrieve(); err == nil || !strings.Contains(err.Error(), program) || strings.Contains(err.Error(), "hush") {
			t.Errorf("%q: got %v, want %s and no more of it", command, err, program)
		}
	}
}

func TestProcessErrorsNameTheCause(t *testing.T) {
	for answer, want := range map[string]string{
		`{"Version":1,"AccessKeyId":"AKIA","SecretAccessKey":"hush","Expiration":"tomorrow"}`: "Expiration",
		`{"Version":1,"AccessKeyId":"AKIA","SecretAccessKey":"hush","Expiration":1}`:          "JSON",
		`{"Version":2,"AccessKeyId":"AKIA","SecretAccessKey":"hush"}`:                         "Version",
		`{"AccessKeyId":"AKIA","SecretAccessKey":"hush"}`:                                     "Version",
		`{"Version":1,"SecretAccessKey":"hush"}`:                                              "AccessKeyId",
		`{"Version":1,"AccessKeyId":"AKIA"}`:                                                  "SecretAccessKey",
		`hush`:                                                                                "JSON", ``: "JSON",
	} {
		_, retrieve := runProcess(t, "echo '"+answer+"'")
		err := retrieve()
		if !errors.Is(err, awsenv.ErrCredentials) || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), `credential_process "echo"`) || strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: got %v, want %q and the command", answer, err, want)
		}
	}
}
