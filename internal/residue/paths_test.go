package residue_test

import (
	"bytes"
	"crypto/tls"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"wicketkey.internal/internal/memscan"
)

func each(t *testing.T, run func(*testing.T) verdict) {
	needScanner(t)
	for range runs(t) {
		prove(t, run)
	}
}

func TestNothingStaysOfABatch(t *testing.T) {
	each(t, func(t *testing.T) verdict {
		var entries [][]byte
		var needles []memscan.Needle
		held, first := copies{}, []byte(nil)
		for i, name := range strings.Fields(batchNames) {
			secret := []payload{textPayload(3000), escapedPayload(2000), binaryPayload(5000)}[i]
			entries = append(entries, secret.entry(name, 1))
			needles = append(needles, secret.needles(name)...)
			held[name] = 1
			if i == 0 {
				first = secret.value
			}
		}
		srv := serve(t, tls.VersionTLS13, chunked, func(string, int32) []byte {
			return append(append([]byte(`{"Errors":[],"SecretValues":[`), bytes.Join(entries, []byte(","))...), "]}"...)
		})
		client := start(t, orders{Role: "many", URL: srv.URL, CA: srv.ca(), TLS: tls.VersionTLS13}, needles)
		v := client.watch(map[string]copies{"held": held, "closed": {}, "disconnected": {}, "collected": {}},
			map[string][]byte{"held": first})
		if got := srv.calls.Load(); got != 1 {
			v.fault("%d calls, want one batch", got)
		}
		return v
	})
}

func TestNothingStaysOfAGatewayConfiguration(t *testing.T) {
	each(t, func(t *testing.T) verdict {
		secret := gatewayPayload(3000)
		srv := serve(t, tls.VersionTLS13, withLength, func(string, int32) []byte { return secret.entry(secretName, 1) })
		client := start(t, orders{Role: "gateway", URL: srv.URL, CA: srv.ca(), TLS: tls.VersionTLS13}, secret.needles("value"))
		return client.watch(map[string]copies{
			"held":    {"value": 1, "value, decoded": 1},
			"viewing": {"value, decoded": 1},
			"closed":  {}, "disconnected": {}, "collected": {},
		}, map[string][]byte{"held": secret.value, "viewing": secret.inner})
	})
}

func TestNothingStaysInAStore(t *testing.T) {
	each(t, func(t *testing.T) verdict {
		old, current := textPayload(3000), binaryPayload(3000)
		srv := serve(t, tls.VersionTLS13, chunked, func(_ string, call int32) []byte {
			if call == 1 {
				return old.entry(secretName, 1)
			}
			return current.entry(secretName, 2)
		})
		needles := append(old.needles("old"), current.needles("new")...)
		client := start(t, orders{Role: "cache", URL: srv.URL, CA: srv.ca(), TLS: tls.VersionTLS13}, needles)
		return client.watch(map[string]copies{
			"got":      {"old": 2}, // the store's and the caller's
			"viewing":  {"old": 1},
			"rotating": {"old": 1, "new": 1}, // a reader is still there
			"rotated":  {"new": 1},
			"closed":   {}, "disconnected": {}, "collected": {},
		}, map[string][]byte{"got": old.value, "viewing": old.value, "rotating": old.value, "rotated": current.value})
	})
}

// A scanner that finds nothing in the clients that keep copies is blind.
func TestScannerSeesWhatOthersLeave(t *testing.T) {
	needScanner(t)
	for _, role := range []string{"sdk", "secretcache"} {
		for name, kind := range kinds {
			if role == "secretcache" && name == "binary" {
				continue
			}
			secret := kind(3000)
			srv := serve(t, tls.VersionTLS13, withLength, func(operation string, _ int32) []byte {
				if operation == "DescribeSecret" {
					return []byte(`{"Name":"a","VersionIdsToStages":{"0123456789abcdef0123456789abcde1":["AWSCURRENT"]}}`)
				}
				return secret.entry(secretName, 1)
			})
			client := start(t, orders{Role: role, URL: srv.URL, CA: srv.ca(), TLS: tls.VersionTLS13}, secret.needles("value"))
			for checkpoint, sum, ok := client.next(); ok; checkpoint, sum, ok = client.next() {
				found := client.search(nil)
				t.Logf("%s, %s, %s: %d fragments, %d bytes", role, name, checkpoint, found.Fragments(""), found.Bytes())
				if found.Fragments("") == 0 && (checkpoint == "held" || checkpoint == "closed" || role == "secretcache") {
					t.Errorf("%s, %s: nothing found: the scanner is blind", role, checkpoint)
				}
				if checkpoint == "held" && sum != strconv.FormatUint(checksum(secret.value), 16) {
					t.Errorf("%s: the client has another value", role)
				}
				client.proceed()
			}
			client.finish()
		}
	}
}

// The SDK's log shows what the same log of ours does not.
func TestLogOfThePlainSDKShowsTheSecret(t *testing.T) {
	needScanner(t)
	secret := textPayload(3000)
	srv := serve(t, tls.VersionTLS13, withLength, func(string, int32) []byte { return secret.entry(secretName, 1) })
	client := start(t, orders{Role: "sdk", URL: srv.URL, CA: srv.ca(), TLS: tls.VersionTLS13, Debug: true}, secret.needles("value"))
	for _, _, ok := client.next(); ok; _, _, ok = client.next() {
		client.proceed()
	}
	if client.finder.Text(client.finish()).Whole("value") == 0 {
		t.Error("the secret is not in the SDK's log: searching the log proves nothing")
	}
}

// What a caller's own HTTP client keeps is out of reach; it is said so.
func TestOwnHTTPClientIsReported(t *testing.T) {
	needScanner(t)
	secret := textPayload(3000)
	srv := serve(t, tls.VersionTLS13, withLength, func(string, int32) []byte { return secret.entry(secretName, 1) })
	client := start(t, orders{Role: "wrapped", URL: srv.URL, CA: srv.ca(), TLS: tls.VersionTLS13}, secret.needles("value"))
	for checkpoint, _, ok := client.next(); ok; checkpoint, _, ok = client.next() {
		found := client.search(nil)
		t.Logf("%s: %d fragments, %d bytes", checkpoint, found.Fragments(""), found.Bytes())
		client.proceed()
	}
	if log := client.finish(); !bytes.Contains(log, []byte("cannot be wiped")) {
		t.Errorf("nothing was said: %s", log)
	}
}

// Under signals and collections that never pause, registers may be spilled.
func TestStress(t *testing.T) {
	needScanner(t)
	secret := textPayload(4096)
	srv := serve(t, tls.VersionTLS13, dribbled, func(string, int32) []byte { return secret.entry(secretName, 1) })
	client := start(t, orders{Role: "stress", URL: srv.URL, CA: srv.ca(), TLS: tls.VersionTLS13, Repeat: 100 * runs(t)}, secret.needles("value"))
	for checkpoint, _, ok := client.next(); ok; checkpoint, _, ok = client.next() {
		found := client.search(nil)
		t.Logf("%s: %d fragments, %d bytes", checkpoint, found.Fragments(""), found.Bytes())
		if n := found.Bytes(); n > maxSpill || n > 0 && runtimeSecret && checkpoint == "collected" {
			t.Errorf("%s: %v", checkpoint, found)
		}
		client.proceed()
	}
	client.finish()
}

// A core dump of a client that holds the secret does not show it, nor does one
// of a client that has closed it.
func TestCoreDump(t *testing.T) {
	needScanner(t)
	secret := textPayload(3000)
	srv := serve(t, tls.VersionTLS13, withLength, func(string, int32) []byte { return secret.entry(secretName, 1) })
	dump := func(role string) (asKernel, core map[string]memscan.Found) {
		asKernel, core = map[string]memscan.Found{}, map[string]memscan.Found{}
		client := start(t, orders{Role: role, URL: srv.URL, CA: srv.ca(), TLS: tls.VersionTLS13}, secret.needles("value"))
		for checkpoint, _, ok := client.next(); ok; checkpoint, _, ok = client.next() {
			asKernel[checkpoint] = client.search(&memscan.Options{AsDumped: true})
			if checkpoint == "held" || checkpoint == "closed" {
				if found, ok := client.gcore(); ok {
					core[checkpoint] = found
				}
			}
			client.proceed()
		}
		client.finish()
		return asKernel, core
	}
	ours, ourCore := dump("fetch")
	for checkpoint, found := range ours {
		if found.Bytes() > 0 {
			t.Errorf("%s: in what the kernel would dump: %v", checkpoint, found)
		}
	}
	for checkpoint, found := range ourCore {
		if found.Bytes() > 0 {
			t.Errorf("%s: in the dump of gcore: %v", checkpoint, found)
		}
	}
	plain, plainCore := dump("sdk")
	if plain["held"].Whole("value") == 0 {
		t.Error("nothing in what the kernel would dump of the plain SDK: the scanner is blind")
	}
	if len(plainCore) == 0 {
		t.Log("gcore is not here or may not trace: only /proc/PID/mem was searched")
	} else if plainCore["held"].Whole("value") == 0 {
		t.Error("nothing in gcore's dump of the plain SDK: the scanner is blind")
	}
}

// gcore searches a dump made by the debugger, where there is one.
func (p *process) gcore() (memscan.Found, bool) {
	p.t.Helper()
	path, err := exec.LookPath("gcore")
	if errors.Is(err, exec.ErrNotFound) {
		return memscan.Found{}, false
	}
	prefix := filepath.Join(p.t.TempDir(), "core")
	pid := strconv.Itoa(p.cmd.Process.Pid)
	name := prefix + "." + pid
	if out, err := exec.CommandContext(p.t.Context(), path, "-o", prefix, pid).CombinedOutput(); err != nil {
		p.t.Logf("gcore: %v: %s", err, tail(out))
		return memscan.Found{}, false
	}
	defer os.Remove(name)
	found, err := p.finder.File(name)
	if err != nil {
		p.t.Logf("gcore: %v", err)
		return memscan.Found{}, false
	}
	return found, found.Read > 0
}
