package main

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"wicketkey.internal/mock"
)

// TestTopicsAreTrue gives the example documents of help to a server, and holds the list of its control against its own.
func TestTopicsAreTrue(t *testing.T) {
	srv := mock.Start(t)
	if err := srv.Restore([]byte(stateExample)); err != nil {
		t.Error(err)
	}
	faults, err := mock.ParseFaults([]byte(faultsExample))
	if err != nil {
		t.Error(err)
	}
	if err := srv.Inject(faults...); err != nil {
		t.Error(err)
	}
	resp, err := http.Get(srv.URL() + "/_mock/")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	served, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	calls := regexp.MustCompile(`(?m)^ *(GET|POST|DELETE) +(/_mock/\w+)`)
	list := func(text string) (out []string) {
		for _, m := range calls.FindAllStringSubmatch(text, -1) {
			out = append(out, m[1]+" "+m[2])
		}
		return out
	}
	if told := list(controlTopic); !slices.Equal(told, list(string(served))) {
		t.Errorf("help tells of %v, the mock has %v", told, list(string(served)))
	}
	for name := range topics() {
		if code, out, errs := try(t, nil, "", "help", name); code != codeOK || !strings.HasSuffix(out, "\n") || errs != "" {
			t.Errorf("help %s: %d, %s", name, code, errs)
		}
	}
}

// TestTopicsAreWhole: the documents' every field is in the examples or in the text about them.
func TestTopicsAreWhole(t *testing.T) {
	srv := mock.Start(t)
	if err := srv.Restore([]byte(stateExample)); err != nil {
		t.Fatal(err)
	}
	for topic, document := range map[string][]byte{stateTopic + stateExample: srv.Snapshot()} {
		var content any
		if err := json.Unmarshal(document, &content); err != nil {
			t.Fatal(err)
		}
		for name := range fields(content) {
			if !strings.Contains(topic, `"`+name+`"`) {
				t.Errorf("help does not tell of %q", name)
			}
		}
	}
}

// fields are the names of all objects' members.
func fields(content any) map[string]bool {
	out := map[string]bool{}
	switch v := content.(type) {
	case map[string]any:
		for name, member := range v {
			out[name] = true
			maps.Copy(out, fields(member))
		}
	case []any:
		for _, item := range v {
			maps.Copy(out, fields(item))
		}
	}
	return out
}

// TestEnvironmentApplied: what is unset is gone, what is set is there once, and the rest is left alone.
func TestEnvironmentApplied(t *testing.T) {
	v := variables{set: map[string]string{"A": "1", "AWS_REGION": "r"}, unset: []string{"AWS_PROFILE"}}
	got := v.applied([]string{"AWS_PROFILE=x", "A=0", "A=2", "PATH=/bin", "AWS_PROFILE_X=kept"})
	if want := []string{"PATH=/bin", "AWS_PROFILE_X=kept", "A=1", "AWS_REGION=r"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestProxyInForceIsPassedBy: whatever address the mock has, no proxy is asked for it.
func TestProxyInForceIsPassedBy(t *testing.T) {
	for _, test := range []struct {
		env       []string
		url, want string
	}{
		{[]string{"HTTP_PROXY=http://p"}, "http://127.0.0.1:1", "127.0.0.1,localhost,[::1]"},
		{[]string{"https_proxy=http://p", "no_proxy=a,b"}, "http://127.0.0.1:1", "a,b,127.0.0.1,localhost,[::1]"},
		{[]string{"ALL_PROXY=http://p", "NO_PROXY=a", "no_proxy=b"}, "https://192.0.2.7:1", "a,b,127.0.0.1,localhost,[::1],192.0.2.7"},
		{[]string{"NO_PROXY=a"}, "http://127.0.0.1:1", ""},
	} {
		set := map[string]string{}
		(&standIn{}).unset(&system{env: test.env}, test.url, set)
		for _, name := range []string{"NO_PROXY", "no_proxy"} {
			if got := set[name]; got != test.want {
				t.Errorf("%v for %s: %s is %q, want %q", test.env, test.url, name, got, test.want)
			}
		}
	}
}

// TestProxyLeavesNoOtherWay: a client that has an endpoint of its own would not come to the proxy. Beside an endpoint of
// the mock's it may stay, for other services.
func TestProxyLeavesNoOtherWay(t *testing.T) {
	for flag, want := range map[string]bool{"-proxy": true, "-imds=false": false} {
		code, out, errs := tryStopped(t, nil, nil, "mock", flag, "-env", "json")
		var printed struct{ Unset []string }
		if err := json.Unmarshal([]byte(out), &printed); code != codeOK || err != nil {
			t.Fatalf("%s: %d, %v\n%s%s", flag, code, err, out, errs)
		}
		if got := slices.Contains(printed.Unset, "AWS_ENDPOINT_URL"); got != want {
			t.Errorf("%s unsets AWS_ENDPOINT_URL: %v, want %v", flag, got, want)
		}
	}
}

// Where the mock cannot listen it says which flag to change.
func TestMockCannotListen(t *testing.T) {
	taken := mock.Start(t)
	for _, listen := range []string{strings.TrimPrefix(taken.URL(), "http://"), "8080", "127.0.0.1:99999", "192.0.2.1:0"} {
		code, out, errs := try(t, nil, "", "mock", "-listen", listen)
		if code != codeUsage || out != "" || !strings.Contains(errs, "-listen HOST:PORT") {
			t.Errorf("%s: exit status %d, %s%s", listen, code, out, errs)
		}
	}
}
