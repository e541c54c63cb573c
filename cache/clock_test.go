package cache_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"wicketkey.internal/cache"
	"wicketkey.internal/mock"
)

// setsWall has the clock on the wall run ahead of the other by what is stored.
func setsWall(s *cache.Store) (ahead *atomic.Int64) {
	ahead = new(atomic.Int64)
	s.SetWall(func() time.Time { return time.Now().Round(0).Add(time.Duration(ahead.Load())) })
	return ahead
}

// A machine sleeps: the clock on the wall goes on, timers and Go's own clock stand
// still. What is too old by the wall is not served, within a beat of waking up.
func TestASuspendedMachine(t *testing.T) {
	for name, tt := range map[string]struct {
		jump   time.Duration
		served bool
	}{
		"asleep for longer than MaxStale":    {3 * time.Hour, false},
		"asleep for longer than TTL":         {30 * time.Minute, true},
		"the clock is set back":              {-24 * time.Hour, true},
		"the clock is set forward by a year": {365 * 24 * time.Hour, false},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *world) {
				t.put("db", "v")
				s := t.store(&cache.Options{TTL: 10 * time.Minute, Jitter: -1, MaxStale: time.Hour})
				jump := setsWall(s)
				t.wants(s, "db", "v")
				t.faults(unreachable)
				calls := t.calls()
				jump.Store(int64(tt.jump))
				sleep(5 * time.Second) // a beat
				if got, err := value(t.Context(), s, "db"); (err == nil) != tt.served {
					t.Errorf("got %q, %v", got, err)
				}
				if asked := t.calls() > calls; asked != (tt.jump > 0) {
					t.Errorf("AWS was asked: %v", asked)
				}
				if st, _ := s.State("db"); tt.jump > 0 && tt.served && st.StaleSince.IsZero() {
					t.Errorf("%+v", st)
				}
				// By the other clock it ends in any case.
				sleep(2 * time.Hour)
				if got, err := value(t.Context(), s, "db"); err == nil {
					t.Errorf("served %q beyond MaxStale", got)
				}
				t.recovers(s, "db", "v")
			})
		})
	}
}

// Nothing compares clocks while nothing is cached.
func TestNoBeatWithoutValues(t *testing.T) {
	inBubble(t, func(t *world) {
		t.put("db", "v")
		s := t.store(&cache.Options{TTL: time.Minute, MaxStale: -1, IdleAfter: time.Minute})
		t.wants(s, "db", "v")
		t.faults(denied)
		sleep(time.Hour)
		if s.Beats() {
			t.Error("the clocks are compared although there is no value")
		}
	})
}

// A machine sleeps while an answer is on its way, which arrives as it wakes up: it
// may be as old as the sleep was long, so AWS is asked again.
func TestAnAnswerThatSlept(t *testing.T) {
	for name, tt := range map[string]struct {
		sleep time.Duration
		calls int
	}{
		"for hours":             {3 * time.Hour, 2},
		"not at all":            {0, 1},
		"the clock is set back": {-time.Hour, 1},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *world) {
				t.put("db", "old")
				s := t.store(nil)
				jump := setsWall(s)
				want := "old"
				if tt.calls == 2 {
					want = "new"
				}
				t.faults(mock.Fault{Latency: time.Millisecond, Times: 1})
				var done sync.WaitGroup
				done.Go(func() { t.wants(s, "db", want) })
				synctest.Wait()
				t.put("db", "new") // while the machine sleeps
				jump.Store(int64(tt.sleep))
				done.Wait()
				if got := t.calls(); got != tt.calls {
					t.Errorf("%d calls, want %d", got, tt.calls)
				}
			})
		})
	}
}

// A key is read for the first time just after the machine woke up, when the value
// is too old and nothing has noticed yet; AWS gives the same version again.
func TestAKeyAfterSleep(t *testing.T) {
	inBubble(t, func(t *world) {
		t.put("db", `{"k":"v"}`)
		s := t.store(&cache.Options{TTL: 10 * time.Minute, MaxStale: time.Hour})
		jump := setsWall(s)
		t.wants(s, "db", `{"k":"v"}`)
		jump.Store(int64(3 * time.Hour))
		t.wants(s, "db:k", "v")
		if got := t.calls(); got != 2 {
			t.Errorf("%d calls, want 2", got)
		}
	})
}

// AWS may have made an answer as early as its question set out: a value's age counts
// from there, however late it is delivered, in State and on disk as well.
func TestALateAnswerIsOld(t *testing.T) {
	inBubble(t, func(t *world) {
		t.put("db", "v")
		disk := diskIn(t.TempDir())
		opts := &cache.Options{TTL: time.Minute, Jitter: -1, MaxStale: time.Minute, Disk: disk}
		t.faults(mock.Fault{Latency: 4 * time.Second})
		s := t.store(opts)
		asked := time.Now()
		t.wants(s, "db", "v")
		st, _ := s.State("db")
		if !st.Fetched.Equal(asked) || !st.Fresh.Equal(asked.Add(time.Minute)) || !st.ServedTill.Equal(asked.Add(2*time.Minute)) || !st.NextRefresh.Equal(asked.Add(48*time.Second)) {
			t.Errorf("asked at %v: %+v", asked, st)
		}
		t.faults(unreachable)
		sleep(30 * time.Second)
		opts.Budget = time.Second
		another := t.store(opts)
		t.wants(another, "db", "v") // from disk
		sleep(time.Until(asked.Add(2*time.Minute - time.Nanosecond)))
		t.wants(s, "db", "v")
		t.wants(another, "db", "v")
		sleep(time.Nanosecond)
		for _, s := range []*cache.Store{s, another} {
			if got, err := value(t.Context(), s, "db"); err == nil {
				t.Errorf("served %q beyond its age", got)
			}
		}
	})
}

// Answers take longer than a value may be kept: each is handed to whoever waited for
// it, and AWS is asked again when somebody reads.
func TestAnswersSlowerThanTTL(t *testing.T) {
	inBubble(t, func(t *world) {
		t.put("db", "v")
		t.faults(mock.Fault{Latency: 4 * time.Second})
		s := t.store(&cache.Options{TTL: 2 * time.Second, MaxStale: -1})
		for n := 1; n <= 3; n++ {
			t.wants(s, "db", "v")
			sleep(time.Minute)
			if got := t.calls(); got != n {
				t.Errorf("%d calls, want %d", got, n)
			}
		}
	})
}

// By the clock on the wall alone a value ends before AWS is asked again: it ends then,
// and no question is announced for later.
func TestAValueEndsBetweenTwoQuestions(t *testing.T) {
	inBubble(t, func(t *world) {
		t.put("db", "v")
		s := t.store(&cache.Options{TTL: 10 * time.Minute, Jitter: -1, MaxStale: time.Hour})
		jump := setsWall(s)
		t.wants(s, "db", "v")
		t.faults(unreachable)
		jump.Store(int64(time.Hour))
		sleep(10*time.Minute - time.Nanosecond) // asked by now once or twice a minute
		t.wants(s, "db", "v")
		if st, _ := s.State("db"); !st.NextRefresh.IsZero() {
			t.Errorf("served till %v, asked at %v", st.ServedTill, st.NextRefresh)
		}
		sleep(time.Nanosecond)
		if got, err := value(t.Context(), s, "db"); err == nil {
			t.Errorf("served %q beyond its age", got)
		}
	})
}
