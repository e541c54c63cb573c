// Package unwind ends a call of ours from within foreign code that it calls, and
// looks at what that leaves of the thread. It is for tests.
package unwind

import (
	"os"
	"runtime"
	"strings"
	"testing"
)

// Each runs call once for each way in which foreign code can end a goroutine's
// present call: a panic that somebody recovers, and [runtime.Goexit] as by t.FailNow.
// The call has the foreign code call end. Afterwards the thread must have the signal
// mask that it had before.
func Each(t *testing.T, call func(t *testing.T, end func())) {
	for name, way := range map[string]func(){"panic": func() { panic("foreign code") }, "Goexit": runtime.Goexit} {
		t.Run(name, func(t *testing.T) {
			ended, returned := false, true
			var before, after string
			done := make(chan struct{})
			go func() {
				defer close(done)
				runtime.LockOSThread() // for good: mask is the thread's
				before = Mask()
				defer func() {
					if r := recover(); r != nil && r != "foreign code" {
						t.Errorf("panic: %v", r)
					}
					after = Mask()
				}()
				returned = false
				call(t, func() {
					ended = true
					way()
				})
				returned = true
			}()
			<-done
			if !ended || returned {
				t.Fatalf("foreign code was called: %v; the call returned: %v", ended, returned)
			}
			if after != before {
				t.Errorf("signals held back: %s, before %s", after, before)
			}
		})
	}
}

// Mask is which signals the calling thread holds back, as Linux tells; empty elsewhere.
func Mask() string {
	status, _ := os.ReadFile("/proc/thread-self/status")
	_, rest, _ := strings.Cut(string(status), "SigBlk:")
	mask, _, _ := strings.Cut(rest, "\n")
	return strings.TrimSpace(mask)
}
