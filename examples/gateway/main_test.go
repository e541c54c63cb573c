package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"wicketkey.internal/mock"
)

// output is a writer that a test may read while the gateway writes.
type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

func (o *output) waitFor(t *testing.T, text string) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if strings.Contains(o.String(), text) {
			return
		}
	}
	t.Fatalf("no %q in:\n%s", text, o.String())
}

func noEnv(string) string { return "" }

func TestDemonstration(t *testing.T) {
	t.Setenv("AWS_PROFILE", "does-not-exist") // whatever the newcomer's shell has
	t.Setenv("AWS_ENDPOINT_URL_SECRETS_MANAGER", "http://127.0.0.1:1")
	var out, errs output
	if code := run(t.Context(), nil, noEnv, &out, &errs); code != 0 {
		t.Fatalf("exit %d: %s", code, errs.String())
	}
	for _, want := range []string{"embedded mock", "gateway started", "arn=arn:aws:secretsmanager:us-east-1:123456789012:secret:" + demoName,
		"version=", "age=", "calls=1", "took=", "clientId", "gateway reloaded", "picked the rotation up"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in:\n%s", want, out.String())
		}
	}
}

func TestRefusesToStartWithoutName(t *testing.T) {
	var out, errs output
	if code := run(t.Context(), []string{"--require-aws"}, noEnv, &out, &errs); code != 2 {
		t.Errorf("exit %d, want 2", code)
	}
	for _, want := range []string{"--aws-kms-secret-name", "AWS_KMS_SECRET_NAME"} {
		if !strings.Contains(errs.String(), want) {
			t.Errorf("%q does not name %s", errs.String(), want)
		}
	}
}

// aws points the ordinary credential chain at a mock.
func aws(t *testing.T) *mock.Server {
	t.Helper()
	srv := mock.Start(t)
	t.Setenv("AWS_ENDPOINT_URL_SECRETS_MANAGER", srv.URL())
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
	t.Setenv("AWS_REGION", "us-east-1")
	t.Setenv("AWS_PROFILE", "")
	t.Setenv("AWS_CONFIG_FILE", "/dev/null")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
	return srv
}

func TestServesReloadsAndStops(t *testing.T) {
	srv := aws(t)
	if err := store(srv); err != nil {
		t.Fatal(err)
	}
	env := func(name string) string { return map[string]string{nameVariable: "not-this-one"}[name] }
	ctx, stop := context.WithCancel(t.Context()) // as SIGTERM does
	var out, errs output
	code := make(chan int)
	go func() {
		code <- run(ctx, []string{"--aws-kms-secret-name", demoName, "-ttl", "50ms"}, env, &out, &errs)
	}()
	out.waitFor(t, "gateway started")
	if !strings.Contains(out.String(), "source=--aws-kms-secret-name") {
		t.Errorf("the log does not say that the flag was used:\n%s", out.String())
	}

	if _, err := srv.Put(demoName, []byte("no configuration")); err != nil {
		t.Fatal(err)
	}
	out.waitFor(t, "new version not taken into use")
	if err := store(srv); err != nil {
		t.Fatal(err)
	}
	out.waitFor(t, "gateway reloaded")
	stop()
	if got := <-code; got != 0 {
		t.Errorf("exit %d: %s", got, errs.String())
	}
}

func TestNameFromTheEnvironmentAndFailure(t *testing.T) {
	aws(t)
	env := func(name string) string { return map[string]string{nameVariable: "missing"}[name] }
	var out, errs output
	if code := run(t.Context(), []string{"--require-aws"}, env, &out, &errs); code != 1 {
		t.Errorf("exit %d, want 1", code)
	}
	if !strings.Contains(errs.String(), `secret "missing"`) || !strings.Contains(errs.String(), "fix:") {
		t.Errorf("got %q", errs.String())
	}
}

// What is stored must not appear in what is printed.
func TestNothingOfTheValueIsPrinted(t *testing.T) {
	srv := aws(t)
	const marker = "xyzzyplugh0123456789"
	text, _ := json.Marshal(map[string]string{"hostname": marker, "clientId": random(64), "privateKey": marker,
		"serverPublicKeyId": "10", "appKey": marker})
	if _, err := srv.Put(demoName, base64.StdEncoding.AppendEncode(nil, text)); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	var out, errs output
	code := make(chan int)
	go func() { code <- run(ctx, []string{"--aws-kms-secret-name", demoName}, noEnv, &out, &errs) }()
	out.waitFor(t, "gateway started")
	stop()
	<-code
	if all := out.String() + errs.String(); strings.Contains(all, marker) || strings.Contains(all, string(text[:40])) {
		t.Error("the value was printed")
	}
}

// A name without its flag must not lead to the demonstration.
func TestRefusesWhatItDoesNotUnderstand(t *testing.T) {
	for _, args := range [][]string{{"keeperRotationGatewayConfig"}, {"--aws-kms-secret-name=x", "y"}, {"--nosuch"}, {"--ttl", "-1s"}} {
		var out, errs output
		if code := run(t.Context(), args, noEnv, &out, &errs); code != 2 {
			t.Errorf("%v: exit %d, want 2", args, code)
		}
		if got := strings.Count(errs.String(), "gateway: "); got != 1 || out.String() != "" || strings.Count(errs.String(), "\n") != 1 {
			t.Errorf("%v: prints %q, and %q on standard output", args, errs.String(), out.String())
		}
	}
}

func TestHelp(t *testing.T) {
	var out, errs output
	if code := run(t.Context(), []string{"-h"}, noEnv, &out, &errs); code != 0 || !strings.Contains(errs.String(), "-aws-kms-secret-name") {
		t.Errorf("exit %d, %q", code, errs.String())
	}
}

// Ctrl-C is told as what it is.
func TestDemonstrationIsStopped(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	var out, errs output
	code := make(chan int)
	go func() { code <- run(ctx, nil, noEnv, &out, &errs) }()
	out.waitFor(t, "demonstrating")
	stop()
	if got := <-code; got != 1 || !strings.Contains(errs.String(), "stopped before it was over") {
		t.Errorf("exit %d, want 1: %q", got, errs.String())
	}
}
