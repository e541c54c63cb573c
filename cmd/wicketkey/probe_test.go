package main

import (
	"net"
	"strings"
	"testing"
)

// TestProbeSaysWhatLacks: a server that takes connections and never answers, and
// none at all. The message names the cause, and the URL once.
func TestProbeSaysWhatLacks(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0") // the kernel takes the connection
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone.Close()
	env := []string{"AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY=x"}
	for url, want := range map[string]string{
		"http://" + silent.Addr().String(): "service cannot answer: no answer in time",
		"http://" + gone.Addr().String():   "service cannot answer: dial tcp",
	} {
		code, out, _ := try(t, env, "", "check", "db/main", "-endpoint-url", url, "-timeout", "500ms")
		if code != 31 || !strings.Contains(out, want) || strings.Count(out, url) != 1 || !strings.Contains(out, "is "+url+" reachable from here") {
			t.Errorf("exit status %d, want %q and the URL once:\n%s", code, want, out)
		}
	}
}
