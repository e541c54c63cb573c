package leaktest_test

import (
	"bytes"
	"crypto/tls"
	"strconv"
	"strings"
	"testing"

	"wicketkey.internal/internal/test/memscan"
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

// Of a secret from which one key was wanted, that key's value is held.
func TestNothingStaysBesideAKey(t *testing.T) {
	each(t, func(t *testing.T) verdict {
		secret := objectPayload(2000)
		srv := serve(t, tls.VersionTLS13, withLength, func(string, int32) []byte { return secret.entry(secretName, 1) })
		client := start(t, orders{Role: "key", URL: srv.URL, CA: srv.ca(), TLS: tls.VersionTLS13}, secret.needles("value"))
		return client.watch(map[string]copies{"held": {"value, decoded": 1}, "closed": {}, "disconnected": {}, "collected": {}},
			map[string][]byte{"held": secret.inner})
	})
}

// A value that is damaged may have anything where a name belongs.
func TestNothingStaysOfADamagedObject(t *testing.T) {
	damages := map[string]string{
		"no colon":          `{"k":"v","%s"}`,
		"cut in a name":     `{"k":"v","%s`,
		"cut in a value":    `{"k":"v","%s":"w`,
		"in an inner name":  `{"k":"v","o":{"%s"}}`,
		"no brace":          `{"k":"v","%s":1`,
		"a comma too many":  `{"k":"v","%s":1,}`,
		"another behind":    `{"k":"v","%s":1}{`,
		"no escape":         `{"k":"v","%s":"\q"}`,
		"half a surrogate":  `{"k":"v","%s":"\ud800"}`,
		"the key twice":     `{"k":"v","%s":1,"k":2}`,
		"a name that is no": `{"%s":1}`,
	}
	for name, damaged := range damages {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T) verdict {
				secret := damagedPayload(damaged)
				srv := serve(t, tls.VersionTLS13, withLength, func(string, int32) []byte { return secret.entry(secretName, 1) })
				client := start(t, orders{Role: "key", URL: srv.URL, CA: srv.ca(), TLS: tls.VersionTLS13, Fails: true}, secret.needles("value"))
				return client.watch(map[string]copies{"failed": {}, "closed": {}, "disconnected": {}, "collected": {}}, nil)
			})
		})
	}
}

// An agent on the same host is asked without TLS.
func TestNothingStaysOfAnAgent(t *testing.T) {
	each(t, func(t *testing.T) verdict {
		secret := escapedPayload(3000)
		srv := serve(t, 0, chunked, func(string, int32) []byte { return secret.entry(secretName, 1) })
		client := start(t, orders{Role: "agent", URL: srv.URL}, secret.needles("value"))
		return client.watch(map[string]copies{"held": {"value": 1}, "closed": {}, "disconnected": {}, "collected": {}},
			map[string][]byte{"held": secret.value})
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
