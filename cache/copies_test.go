package cache_test

import (
	"errors"
	"math"
	"sync"
	"testing"
	"time"

	"wicketkey.internal/cache"
	"wicketkey.internal/fetch"
	"wicketkey.internal/mock"
)

// A refusal of the ARN leaves the copy under the name, which is served afterwards by
// the very same store.
func TestNoCopyUnderAnotherSpellingAfterANo(t *testing.T) {
	inBubble(t, func(t *world) {
		arn := t.put("db", "v")
		s := t.store(&cache.Options{Disk: diskIn(t.TempDir())})
		t.wants(s, arn, "v")
		t.wants(s, "db", "v") // a call of its own, whose answer is kept on disk under the name
		t.faults(denied)
		if err := s.Refresh(t.Context(), "db"); !errors.Is(err, fetch.ErrDenied) {
			t.Fatal(err)
		}
		t.faults(throttled)
		sleep(10 * time.Second)
		if got, err := value(t.Context(), s, "db"); err == nil {
			t.Errorf("served %q after a no", got)
		}
	})
}

func TestForeverStaleKeepsACopy(t *testing.T) {
	inBubble(t, func(t *world) {
		t.put("db", "v")
		o := cache.Options{Disk: diskIn(t.TempDir()), MaxStale: math.MaxInt64}
		s := t.store(&o)
		t.wants(s, "db", "v")
		s.Close()
		t.faults(unreachable)
		sleep(time.Hour)
		t.wants(t.store(&o), "db", "v")
	})
}

// A copy is not to be served where AWS has just given a newer version to another
// spelling.
func TestACopyDoesNotBringBackAnOldVersion(t *testing.T) {
	inBubble(t, func(t *world) {
		arn := t.put("db", "old")
		disk := diskIn(t.TempDir())
		t.saved(disk, arn)
		t.put("db", "new")
		t.put("other", "w")
		s := t.store(&cache.Options{Disk: disk})
		t.wants(s, "other", "w")
		// The first by ARN is throttled, the one by name is not, all others are.
		t.faults(mock.Fault{Times: 1, Failure: mock.Throttling}, mock.Fault{Skip: 1, Failure: mock.Throttling})
		var done sync.WaitGroup
		done.Go(func() { t.wants(s, arn, "new") })
		sleep(time.Millisecond) // it is under way, between two attempts
		t.wants(s, "db", "new")
		done.Wait()
		t.wants(s, arn, "new")
	})
}

func TestRegionOfARestoredValue(t *testing.T) {
	inBubble(t, func(t *world) {
		t.put("db", "v")
		disk := diskIn(t.TempDir())
		t.saved(disk, "db")
		t.faults(unreachable)
		s := t.store(&cache.Options{Disk: disk})
		t.wants(s, "db", "v")
		if st, _ := s.State("db"); st.Region != "us-east-1" {
			t.Errorf("region %q", st.Region)
		}
	})
}

// The copies of a secret under its spellings are of one version.
func TestCopyIsTheLastValue(t *testing.T) {
	inBubble(t, func(t *world) {
		arn := t.put("db", "old")
		disk := diskIn(t.TempDir())
		s := t.store(&cache.Options{Disk: disk})
		t.wants(s, arn, "old")
		t.wants(s, "db", "old")
		t.put("db", "new")
		if err := s.Refresh(t.Context(), "db"); err != nil {
			t.Fatal(err)
		}
		t.wants(s, "db", "new")
		s.Close()
		t.faults(unreachable)
		t.wants(t.store(&cache.Options{Disk: disk}), "db", "new")
	})
}

// A Store is told late of a version that another, on the same directory, knows to be
// old: the copy stays the other's.
func TestALateAnswerDoesNotReplaceALaterCopy(t *testing.T) {
	inBubble(t, func(t *world) {
		t.put("db", "old")
		opts := &cache.Options{Disk: diskIn(t.TempDir())}
		t.faults(mock.Fault{Latency: 4 * time.Second, Times: 1})
		late := t.store(opts)
		go value(t.Context(), late, "db")
		sleep(time.Second)
		t.put("db", "new")
		t.wants(t.store(opts), "db", "new")
		sleep(10 * time.Second)
		t.wants(late, "db", "old")
		t.faults(unreachable)
		t.wants(t.store(opts), "db", "new")
	})
}

// A secret was deleted and created anew, and one of two Stores goes on asking by the
// first one's ARN: the other's copy stays.
func TestARefusedARNLeavesTheCopyOfItsNamesake(t *testing.T) {
	inBubble(t, func(t *world) {
		old := t.put("db", "old")
		opts := &cache.Options{Disk: diskIn(t.TempDir())}
		if err := t.store(opts).Prefetch(t.Context(), old); err != nil {
			t.Fatal(err)
		}
		t.remove("db")
		sleep(time.Hour)
		t.put("db", "new")
		t.wants(t.store(opts), "db", "new")
		sleep(2 * time.Minute)
		t.faults(unreachable)
		t.wants(t.store(opts), "db", "new")
	})
}
