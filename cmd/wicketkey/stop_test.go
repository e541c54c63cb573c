package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"wicketkey.internal/mock"
)

// tryStopped runs the program as one that has been told to stop.
func tryStopped(t *testing.T, env []string, stdin io.Reader, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	stop()
	var out, errs bytes.Buffer
	code = run(ctx, args, env, stdin, &out, &errs)
	return code, out.String(), errs.String()
}

// TestStopped tells a signal from a service that does not answer.
func TestStopped(t *testing.T) {
	env := environment(t, mock.Start(t))
	for _, args := range [][]string{{"get"}, {"check"}, {"put", "-any"}, {"exec", "-any", "--", os.Args[0], "{}"}, {"policy"}} {
		code, out, errs := tryStopped(t, append(env, nameVariable+"=gateway"), strings.NewReader("x"), args...)
		if code != codeStopped {
			t.Errorf("%s: exit status %d, want %d; %s", args[0], code, codeStopped, errs)
		}
		if shown := out + errs; !strings.Contains(shown, "stop") || strings.Contains(shown, "reachable from here") {
			t.Errorf("%s blames the service:\n%s", args[0], shown)
		}
	}
}

// TestStoppedWhileReading: whoever feeds put may never come to an end.
func TestStoppedWhileReading(t *testing.T) {
	endless, feeder := io.Pipe()
	defer feeder.Close()
	code, _, errs := tryStopped(t, environment(t, mock.Start(t)), endless, "put", "-any", "-name", "gateway")
	if code != codeStopped {
		t.Errorf("exit status %d, want %d; %s", code, codeStopped, errs)
	}
}

// TestTimesAreTimes: without a time to wait, every call would fail as if AWS
// could not be reached.
func TestTimesAreTimes(t *testing.T) {
	env := append(environment(t, mock.Start(t)), nameVariable+"=gateway")
	for _, args := range [][]string{
		{"check", "-timeout", "0"}, {"get", "-timeout", "-1s"}, {"exec", "-timeout", "0s", "--", "true"}, {"put", "-timeout", "5"},
		{"exec", "-interval", "0", "-watch", "restart", "--", "true", "{}"},
	} {
		if code, _, errs := try(t, env, "", args...); code != codeUsage || !strings.Contains(errs, "such as 10s") {
			t.Errorf("%v: exit status %d, want %d; %s", args, code, codeUsage, errs)
		}
	}
}

// TestCheckAlwaysReports: a machine gets its document whatever is wrong.
func TestCheckAlwaysReports(t *testing.T) {
	code, out, _ := try(t, nil, "", "check", "-json")
	var report checkReport
	if err := json.Unmarshal([]byte(out), &report); err != nil {
		t.Fatalf("%v in %q", err, out)
	}
	if code != codeUsage || report.Code != codeUsage || report.OK || !strings.Contains(report.Steps[0].Detail, nameVariable) {
		t.Errorf("exit status %d, report %+v", code, report)
	}
}

// TestRemediesAreSentences looks at what the check puts together itself.
func TestRemediesAreSentences(t *testing.T) {
	_, out, _ := try(t, []string{"AWS_REGION=us-east-1", "AWS_CONFIG_FILE=" + os.DevNull, "AWS_SHARED_CREDENTIALS_FILE=" + os.DevNull},
		"", "check", "-json", "-name", "gateway", "-endpoint-url", "http://127.0.0.1:1")
	var report checkReport
	if err := json.Unmarshal([]byte(out), &report); err != nil {
		t.Fatal(err)
	}
	for _, step := range report.Steps {
		if step.Status == statusFailed && (step.Remedy == "" || strings.HasPrefix(step.Remedy, ",")) {
			t.Errorf("%s: %q", step.Name, step.Remedy)
		}
	}
}

// TestFactsOrValue: what contradicts itself is refused, not half done.
func TestFactsOrValue(t *testing.T) {
	srv := mock.Start(t)
	if _, err := srv.Put("gateway", []byte(configuration())); err != nil {
		t.Fatal(err)
	}
	env := append(environment(t, srv), nameVariable+"=gateway")
	for _, flags := range [][]string{{"-out", "nosuch/file"}, {"-reveal"}, {"-decode"}} {
		if code, _, errs := try(t, env, "", append([]string{"get", "-json"}, flags...)...); code != codeUsage || !strings.Contains(errs, "-json") {
			t.Errorf("%v: exit status %d, want %d; %s", flags, code, codeUsage, errs)
		}
	}
	if code, _, errs := try(t, env, "", "get", "-out", "nosuch/file"); code != codeFailed || !strings.Contains(errs, "nosuch/file cannot be written") {
		t.Errorf("exit status %d, want %d; %s", code, codeFailed, errs)
	}
}

// TestBase64HasNoKeys: the hint says how to look into a configuration.
func TestBase64HasNoKeys(t *testing.T) {
	srv := mock.Start(t)
	if _, err := srv.Put("gateway", []byte("eyJob3N0bmFtZSI6IngifQ==")); err != nil {
		t.Fatal(err)
	}
	if code, _, errs := try(t, environment(t, srv), "", "get", "-name", "gateway", "-key", "hostname"); code == codeOK || !strings.Contains(errs, "-decode") {
		t.Errorf("exit status %d, %s", code, errs)
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

// TestLostOutputIsAFailure, as of a redirection to a disk that is full.
func TestLostOutputIsAFailure(t *testing.T) {
	srv := mock.Start(t)
	if _, err := srv.Put("gateway", []byte(configuration())); err != nil {
		t.Fatal(err)
	}
	env := environment(t, srv)
	_, least, _ := try(t, env, "", "policy", "gateway")
	policy := filepath.Join(t.TempDir(), "policy.json")
	if err := os.WriteFile(policy, []byte(least), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"help"}, {"help", "codes"}, {"help", "get"}, {"get", "-h"}, {"man"}, {"version"},
		{"completion", "bash"}, {"completion", "zsh"}, {"completion", "fish"},
		{"check", "gateway"}, {"check", "gateway", "-json"}, {"get", "gateway"}, {"get", "gateway", "-json"}, {"put", "gateway"},
		{"policy", "gateway"}, {"policy", "gateway", "-check", policy}} {
		var errs bytes.Buffer
		if code := run(t.Context(), args, env, strings.NewReader(configuration()), fullDisk{}, &errs); code != codeFailed || errs.Len() == 0 {
			t.Errorf("%v: exit status %d, want %d; %s", args, code, codeFailed, errs.String())
		}
	}
}

// TestNothingPastedIsEchoed where it is no word of ours.
func TestNothingPastedIsEchoed(t *testing.T) {
	for _, args := range [][]string{{canary}, {"help", canary}, {"completion", canary}, {"version", canary},
		{"get", "-" + canary}, {"check", "--" + canary + "=x"}, {"get", "-timeout", canary}, {"get", "-json=" + canary}, {"get", "a", canary},
		{"get", "-name", "a", "-stage", "x:" + canary}, {"get", "-name", "a", "-version", canary}, {"get", "\u2013" + canary},
		{"exec", "-as", canary, "a", "--", "true"}, {"exec", "-watch", canary, "a", "--", "true", "{}"}, {"exec", "a", canary},
		{"exec", "-user", canary, "a", "--", "true", "{}"}, {"exec", "-grace", canary, "a", "--", "true", "{}"},
		{"policy", "-account", canary, "a"}, {"policy", "-kms-key", canary, "a"}, {"mock", "-seed", canary}} {
		if code, out, errs := try(t, nil, "", args...); code != codeUsage || strings.Contains(out+errs, canary[:8]) {
			t.Errorf("%v: exit status %d, %s%s", args, code, out, errs)
		}
	}
}

// TestMockNamesItsRegion, the default one too.
func TestMockNamesItsRegion(t *testing.T) {
	_, out, errs := tryStopped(t, nil, strings.NewReader(""), "mock", "-region", "")
	if !strings.Contains(out, "export AWS_REGION="+mock.DefaultRegion+"\n") {
		t.Errorf("%s%s", out, errs)
	}
}
