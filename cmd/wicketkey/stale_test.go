package main

import (
	"strings"
	"testing"

	"wicketkey.internal/mock"
)

// TestStaleSuffix: AWS knows nothing under an ARN that a secret had before it
// was deleted and made anew.
func TestStaleSuffix(t *testing.T) {
	srv := mock.Start(t)
	arn, err := srv.Put("gateway", []byte(configuration()))
	if err != nil {
		t.Fatal(err)
	}
	env := environment(t, srv)
	const stale = "-AbCdEf"
	whole := strings.TrimSuffix(arn, arn[len(arn)-len(stale):]) + stale
	for id, said := range map[string]bool{
		whole: true, "gateway" + stale: true,
		strings.Replace(whole, "123456789012", "210987654321", 1): false, // a namesake
		"another" + stale: false, "another": false,
	} {
		for _, command := range []string{"get", "check"} {
			code, out, errs := try(t, env, "", command, id)
			if code == codeOK || strings.Contains(out+errs, "gateway exists as "+arn) != said {
				t.Errorf("%s %s: exit status %d, %s%s", command, id, code, out, errs)
			}
		}
	}
}

// TestPieceOfAnARN: secret:NAME reads as a key of the secret "secret", and is
// one where there is such a secret.
func TestPieceOfAnARN(t *testing.T) {
	srv := mock.Start(t)
	env := environment(t, srv)
	if code, _, errs := try(t, env, "", "get", "secret:gateway-Vwt7zX"); code != 23 || !strings.Contains(errs, "the end of an ARN?") {
		t.Errorf("exit status %d, %s", code, errs)
	}
	if _, err := srv.Put("secret", []byte(`{"gateway":"x"}`)); err != nil {
		t.Fatal(err)
	}
	if code, out, errs := try(t, env, "", "get", "secret:gateway"); code != codeOK || out != "x" {
		t.Errorf("exit status %d, %s", code, errs)
	}
	for _, id := range []string{"https://us-east-1.console.aws.amazon.com/secretsmanager/secret?name=gateway", "us-east-1:123456789012:secret:gateway-Vwt7zX"} {
		if code, _, errs := try(t, env, "", "get", id); code != 10 || !strings.Contains(errs, "fix: give") {
			t.Errorf("%s: exit status %d, %s", id, code, errs)
		}
	}
}
