package cache_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"wicketkey.internal/cache"
	"wicketkey.internal/fetch"
	"wicketkey.internal/mock"
)

func TestLeastRecentlyReadLeaves(t *testing.T) {
	inBubble(t, func(t *world) {
		s := t.store(&cache.Options{MaxSecrets: 3})
		for _, name := range []string{"a", "b", "c", "d"} {
			t.put(name, name)
		}
		t.wants(s, "a", "a")
		t.wants(s, "b", "b")
		t.wants(s, "c", "c")
		t.wants(s, "a", "a")
		t.wants(s, "d", "d")
		before := t.calls()
		t.wants(s, "a", "a")
		t.wants(s, "c", "c")
		t.wants(s, "d", "d")
		if got := t.calls() - before; got != 0 {
			t.Errorf("%d calls: another than b has left", got)
		}
		if _, ok := s.State("b"); ok {
			t.Error("b is still there")
		}
	})
}

func TestMaxBytes(t *testing.T) {
	inBubble(t, func(t *world) {
		s := t.store(&cache.Options{MaxBytes: 100})
		t.put("a", strings.Repeat("a", 60))
		t.put("b", strings.Repeat("b", 60))
		t.put("huge", strings.Repeat("h", 101))
		t.wants(s, "a", strings.Repeat("a", 60))
		t.wants(s, "b", strings.Repeat("b", 60))
		if st := s.Stats(); st.Secrets != 1 || st.Bytes != 60 {
			t.Errorf("%d secrets, %d bytes", st.Secrets, st.Bytes)
		}
		t.wants(s, "huge", strings.Repeat("h", 101))
		if st := s.Stats(); st.Secrets != 1 || st.Bytes != 60 {
			t.Errorf("with one that can never fit: %d secrets, %d bytes", st.Secrets, st.Bytes)
		}
	})
}

func TestFailingNamesDisplaceNoValue(t *testing.T) {
	inBubble(t, func(t *world) {
		s := t.store(&cache.Options{MaxSecrets: 5})
		t.put("db", "v")
		t.wants(s, "db", "v")
		for i := range 50 {
			if _, err := value(t.Context(), s, fmt.Sprintf("junk-%d", i)); !errors.Is(err, fetch.ErrNotFound) {
				t.Fatal(err)
			}
		}
		if st := s.Stats(); st.Secrets != 1 || st.Failing > 5 {
			t.Errorf("%d secrets, %d failing", st.Secrets, st.Failing)
		}
		sleep(10 * time.Minute)
		if st := s.Stats(); st.Failing != 0 {
			t.Errorf("%d failing names remembered for ever", st.Failing)
		}
	})
}

// resident is what the kernel says of the process, where it says so.
func resident() string {
	status, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(status)) {
		if size, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			return strings.TrimSpace(size)
		}
	}
	return "unknown"
}

func TestIdleSecretsAreWiped(t *testing.T) {
	inBubble(t, func(t *world) {
		t.put("idle", "v")
		t.put("read", "v")
		s := t.store(&cache.Options{TTL: time.Minute, IdleAfter: time.Hour})
		t.wants(s, "idle", "v")
		for range 12 {
			t.wants(s, "read", "v")
			sleep(10 * time.Minute)
		}
		if _, ok := s.State("idle"); ok {
			t.Error("kept for 2 hours unread, with IdleAfter 1 hour")
		}
		if st, ok := s.State("read"); !ok || !st.Served {
			t.Error("dropped although it was read")
		}
		sleep(2 * time.Hour)
		before := t.calls()
		sleep(24 * time.Hour)
		if got := t.calls() - before; got != 0 {
			t.Errorf("%d calls with nothing cached", got)
		}
		t.wants(s, "idle", "v")
	})
}

// WICKETKEY_NAMES=1000000 runs the full size. Not in a bubble, which holds on to
// timers that were stopped: nothing here depends on time.
func TestManyNamesStayInBounds(t *testing.T) {
	names := uint64(1000)
	cache.FromEnv(t, "WICKETKEY_NAMES", &names)
	bound := int(min(names/10, 1000))
	w := newWorld(t)
	s := w.store(&cache.Options{MaxSecrets: bound})
	var before int64
	var residentThen string
	for i := range names {
		if i%500 == 0 {
			w.srv.Reset() // or it is the server that grows
		}
		if i%2 == 0 {
			name := fmt.Sprint("name-", i)
			w.put(name, "v")
			w.wants(s, name, "v")
		} else if _, err := value(t.Context(), s, fmt.Sprint("unknown-", i)); err == nil {
			t.Error("no error")
		}
		if st := s.Stats(); st.Secrets > bound || st.Failing > bound {
			t.Fatalf("%d secrets, %d failing", st.Secrets, st.Failing)
		}
		if i == names/5 {
			before, residentThen = cache.Heap(), resident()
		}
	}
	w.srv.Reset()
	after := cache.Heap()
	t.Logf("heap in use after %d names: %d KB, after %d: %d KB; resident %s, %s", names/5, before>>10, names, after>>10, residentThen, resident())
	if after > before+4<<20 {
		t.Error("it grew")
	}
}

// What falls due while AWS is being asked waits for the answer; a timer that
// found nothing to do would fire without end, and the bubble's time stand still.
func TestIdleWhileBeingFetched(t *testing.T) {
	inBubble(t, func(t *world) {
		t.put("db", "v")
		s := t.store(&cache.Options{TTL: time.Minute, Jitter: -1, IdleAfter: 55 * time.Second})
		t.wants(s, "db", "v")
		t.faults(mock.Fault{Latency: 4 * time.Second})
		// The read is noticed at 48 s, so the secret is idle at 103 s, in the
		// midst of the refresh that begins at 100 s.
		sleep(3 * time.Minute)
		if _, ok := s.State("db"); ok {
			t.Error("an idle secret is still there")
		}
	})
}

func TestARefusedARNEndsTheNameToo(t *testing.T) {
	inBubble(t, func(t *world) {
		arn := t.put("db", "v")
		s := t.store(&cache.Options{TTL: time.Hour})
		t.faults(denied)
		if _, err := value(t.Context(), s, arn); err == nil {
			t.Fatal("no error")
		}
		t.faults()
		t.wants(s, "db", "v")
		sleep(30 * time.Second)
		t.wants(s, arn, "v") // AWS has said yes since
		t.faults(denied)
		if err := s.Refresh(t.Context(), arn); err == nil {
			t.Fatal("no error")
		}
		if got, err := value(t.Context(), s, "db"); err == nil {
			t.Errorf("got %q after a no to its ARN", got)
		}
	})
}
