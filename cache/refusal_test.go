package cache_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"wicketkey.internal/cache"
	"wicketkey.internal/fetch"
	"wicketkey.internal/mock"
)

// An answer that set out before a refusal is not taken, by whatever spelling it
// was asked: neither served nor written to disk.
func TestALateYesAfterANo(t *testing.T) {
	inBubble(t, func(t *world) {
		arn := t.put("db", "v")
		disk := diskIn(t.TempDir())
		s := t.store(&cache.Options{Disk: disk})
		t.wants(s, arn, "v")
		t.faults(mock.Fault{Latency: 3 * time.Second})
		late := make(chan error, 1)
		go func() { _, err := value(t.Context(), s, "db"); late <- err }()
		synctest.Wait() // it is answered, and travels
		t.faults(denied)
		if err := s.Refresh(t.Context(), arn); !errors.Is(err, fetch.ErrDenied) {
			t.Fatal(err)
		}
		if err := <-late; !errors.Is(err, fetch.ErrDenied) {
			t.Errorf("who asked by name: got %v", err)
		}
		t.faults(throttled)
		sleep(20 * time.Second)
		again := t.store(&cache.Options{Disk: disk})
		for _, id := range []string{"db", arn} {
			for name, s := range map[string]*cache.Store{"served": s, "from disk": again} {
				if got, err := value(t.Context(), s, id); err == nil {
					t.Errorf("%s: %s %q after a no", id, name, got)
				}
			}
		}
	})
}

// What a refusal reaches, by its kind and by what was asked.
func TestWhatANoReaches(t *testing.T) {
	const (
		pass = iota // still served
		gone
	)
	for name, tt := range map[string]struct {
		no   mock.Fault
		only bool   // met by requests for AWSCURRENT; the others meet trouble from then on
		want [4]int // db, db:password, its ARN with a key, AWSPREVIOUS
	}{
		"deleted":      {deleted, false, [4]int{gone, gone, gone, gone}},
		"not found":    {notFound, false, [4]int{gone, gone, gone, gone}},
		"key disabled": {keyDisabled, false, [4]int{gone, gone, gone, gone}},
		"denied":       {denied, false, [4]int{gone, gone, gone, gone}},
		"denied, the other stage cannot be asked":   {denied, true, [4]int{gone, gone, gone, pass}},
		"KMS denied, the other cannot be asked":     {kmsDenied, true, [4]int{gone, gone, gone, pass}},
		"deleted, the other stage cannot be asked":  {deleted, true, [4]int{gone, gone, gone, gone}},
		"key disabled, the other cannot be asked":   {keyDisabled, true, [4]int{gone, gone, gone, gone}},
		"no such version, the other is not touched": {noVersion, true, [4]int{gone, gone, gone, pass}},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *world) {
				t.put("db", `{"password":"old"}`)
				arn := t.put("db", `{"password":"tiger"}`)
				disk := diskIn(t.TempDir())
				s := t.store(&cache.Options{Disk: disk})
				ids := []string{"db", "db:password", arn + ":password", "db::AWSPREVIOUS"}
				for _, id := range ids {
					if _, err := value(t.Context(), s, id); err != nil {
						t.Fatal(err)
					}
				}
				t.faults(tt.no)
				if tt.only {
					t.faults(mock.Fault{Stage: "AWSPREVIOUS", Wire: mock.Hangup}, tt.no)
				}
				if err := s.Refresh(t.Context(), "db"); err == nil {
					t.Fatal("no error")
				}
				sleep(time.Second)
				if got, err := value(t.Context(), s, ids[3]); err == nil && tt.no.Failure != noVersion.Failure {
					t.Errorf("AWSPREVIOUS is served before AWS was asked: %q", got)
				}
				t.faults(unreachable)
				for _, after := range []time.Duration{20 * time.Second, 20 * time.Hour} {
					sleep(after)
					for i, id := range ids {
						if got, err := value(t.Context(), s, id); (err != nil) != (tt.want[i] == gone) {
							t.Errorf("%v later, %s: got %q, %v", after, id, got, err)
						}
					}
				}
				s.Close()
				s = t.store(&cache.Options{Disk: disk})
				for i, id := range ids {
					if got, err := value(t.Context(), s, id); err == nil && tt.want[i] == gone {
						t.Errorf("restarted, %s: served %q", id, got)
					}
				}
			})
		})
	}
}

// A key that the value lacks says nothing of the other keys.
func TestNoSuchKeyReachesNothingElse(t *testing.T) {
	inBubble(t, func(t *world) {
		t.put("db", `{"user":"scott","password":"tiger"}`)
		s := t.store(nil)
		t.wants(s, "db:password", "tiger")
		t.put("db", `{"password":"lion"}`)
		if _, err := value(t.Context(), s, "db:user"); !errors.Is(err, fetch.ErrNoVersion) && err != nil {
			t.Fatal(err)
		}
		if err := s.Refresh(t.Context(), "db:user"); !errors.Is(err, fetch.ErrNoVersion) {
			t.Errorf("got %v", err)
		}
		t.wants(s, "db:password", "lion")
		if st, _ := s.State("db:user"); st.Served || !st.Refused {
			t.Errorf("state %+v", st)
		}
		t.put("db", `{"user":"king","password":"lion"}`)
		sleep(10 * time.Second)
		t.wants(s, "db:user", "king")
	})
}

// Copies that an earlier process, or an evicted entry, has left under any
// spelling do not outlive a no.
func TestANoReachesCopiesOfEarlierRuns(t *testing.T) {
	inBubble(t, func(t *world) {
		arn := t.put("db", `{"password":"tiger"}`)
		partial := arn[:len(arn)-7]
		disk := diskIn(t.TempDir())
		for _, id := range []string{"db", arn, partial, "db:password"} {
			t.saved(disk, id)
		}
		t.faults(denied)
		s := t.store(&cache.Options{Disk: disk})
		if _, err := value(t.Context(), s, "db"); !errors.Is(err, fetch.ErrDenied) {
			t.Fatal(err)
		}
		s.Close()
		t.faults(unreachable)
		s = t.store(&cache.Options{Disk: disk})
		for _, id := range []string{"db", arn, partial, "db:password"} {
			if got, err := value(t.Context(), s, id); err == nil {
				t.Errorf("%s: served %q", id, got)
			}
		}
	})
}

// Two spellings that parse to one, cold at once, are one question.
func TestSpellingsThatParseToOneShareAFlight(t *testing.T) {
	inBubble(t, func(t *world) {
		t.put("db", `{"password":"tiger"}`)
		t.faults(mock.Fault{Latency: time.Second})
		s := t.store(nil)
		for _, id := range []string{"db", "db:", "db::", "db::AWSCURRENT", "db:password"} {
			go value(context.Background(), s, id)
		}
		sleep(2 * time.Second)
		if got := t.calls(); got != 1 {
			t.Errorf("%d calls, want 1", got)
		}
		t.wants(s, "db:password", "tiger")
		if got := t.calls(); got != 1 {
			t.Errorf("%d calls, want 1", got)
		}
	})
}
