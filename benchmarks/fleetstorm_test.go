package benchmarks_test

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"wicketkey.internal/benchmarks/programs/clients"
	"wicketkey.internal/benchmarks/report/figures"
	"wicketkey.internal/benchmarks/virtual"
)

// TestThrottlingStorm starts fifty processes while everything is throttled for
// half a minute; each asks again a second after it was given an error.
func TestThrottlingStorm(t *testing.T) {
	const processes, storm = 50, 30 * time.Second
	calls, failures := map[string]int{}, map[string]int{}
	for _, s := range clients.All() {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			svc := &virtual.Service{RTT: rtt, Admit: func(string) bool { return time.Since(start) > storm }}
			var mu sync.Mutex
			var last time.Duration
			var wg sync.WaitGroup
			for range processes {
				wg.Go(func() {
					n := untilSecret(t, open(t, s, svc.Config()), time.Second)
					mu.Lock()
					defer mu.Unlock()
					failures[s.Name] += n
					last = max(last, time.Since(start)-storm)
				})
			}
			wg.Wait()
			calls[s.Name] = svc.Calls("")
			base := fmt.Sprintf("storm/processes=%d/client=%s/", processes, s.Name)
			record(base+"calls", float64(svc.Calls("")), figures.CallsAbout)
			record(base+"errors", float64(failures[s.Name]), figures.CallsAbout)
			record(base+"recovered", last.Seconds(), figures.Seconds)
		})
	}
	for _, ours := range []string{clients.Fetch, clients.Cache} {
		for _, theirs := range []string{clients.SDK, clients.Official} {
			if calls[ours] > calls[theirs] {
				t.Errorf("%s made %d calls in the storm, %s %d", ours, calls[ours], theirs, calls[theirs])
			}
		}
	}
}

// untilSecret asks until there is a secret, and returns how often it was given an
// error instead.
func untilSecret(t *testing.T, client clients.Client, pause time.Duration) (failures int) {
	for {
		if _, err := client.Get(t.Context(), name); err == nil {
			return failures
		}
		failures++
		time.Sleep(pause)
	}
}
