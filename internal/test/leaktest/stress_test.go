package leaktest_test

import (
	"crypto/tls"
	"os"
	"testing"
)

// Under signals to every thread and collections that never pause, nothing stays,
// in any run, at any checkpoint. WICKETKEY_PROOF_RUNS=1000 is the long proof:
//
//	WICKETKEY_PROOF_RUNS=1000 go test -v -timeout 0 -run TestStress ./internal/test/leaktest
func TestStress(t *testing.T) {
	needScanner(t)
	for _, storm := range []string{"preemption", "signals", "profiler"} {
		for _, way := range []string{"fetch", "key", "gateway", "cache", "disk"} {
			t.Run(storm+"/"+way, func(t *testing.T) {
				cases := 15 // storms and ways: WICKETKEY_PROOF_RUNS is the sum
				for range (runs(t) + cases - 1) / cases {
					for _, found := range underStress(t, way, storm, false) {
						if n := found.bytes; n > 0 && (signalsHeld() || n > maxSpill) {
							t.Errorf("%s: %d bytes: %s", found.checkpoint, n, found.what)
						}
					}
				}
			})
		}
	}
}

// The control: with signals let through, the same storm leaves something, in the
// long proof at least. Otherwise that one proves nothing.
func TestStressFindsWhatSignalsLeave(t *testing.T) {
	needScanner(t)
	if os.Getenv(runsEnv) == "" {
		t.Skip("skipped: chance decides each run; set " + runsEnv + " to 50 or more")
	}
	n := min(runs(t), 200) // some 3 in 100 leave something
	dirty, most := 0, 0
	for range n {
		worst := 0
		for _, found := range underStress(t, "fetch", "signals", true) {
			worst = max(worst, found.bytes)
		}
		most = max(most, worst)
		if worst > 0 {
			dirty++
		}
	}
	t.Logf("%d of %d runs left something, %d bytes at most", dirty, n, most)
	if n >= 50 && dirty == 0 && !runtimeSecret {
		t.Error("no run left anything: the storm is too weak to prove anything")
	}
}

// remains are what was found at a checkpoint.
type remains struct {
	checkpoint string
	bytes      int
	what       string
}

func underStress(t *testing.T, way, storm string, loose bool) (found []remains) {
	secret := gatewayPayload(3000)
	if way == "key" {
		secret = objectPayload(2000)
	}
	srv := serve(t, tls.VersionTLS13, dribbled, func(_ string, call int32) []byte { return secret.entry(secretName, int(call)%16) })
	client := start(t, orders{Role: "stress", Way: way, Storm: storm, Loose: loose, URL: srv.URL, CA: srv.ca(), TLS: tls.VersionTLS13,
		Repeat: 100, Dir: t.TempDir()}, secret.needles("value"))
	for checkpoint, _, ok := client.next(); ok; checkpoint, _, ok = client.next() {
		f := client.search(nil)
		found = append(found, remains{checkpoint, f.Bytes(), f.String()})
		client.proceed()
	}
	client.finish()
	return found
}
