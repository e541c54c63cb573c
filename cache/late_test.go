package cache_test

import (
	"testing"
	"testing/synctest"
	"time"

	"wicketkey.internal/cache"
	"wicketkey.internal/mock"
)

// A reader who has seen a version is given no older one, though the value has left
// meanwhile, and the older answer is to a question by another spelling.
func TestALateAnswerAfterAnEviction(t *testing.T) {
	inBubble(t, func(t *world) {
		arn := t.put("db", "old")
		t.put("other", "o")
		s := t.store(&cache.Options{MaxSecrets: 1})
		t.faults(mock.Fault{Latency: 3 * time.Second, Times: 1})
		go value(t.Context(), s, "db")
		synctest.Wait() // it is answered, and travels
		t.put("db", "new")
		t.wants(s, arn, "new")
		t.wants(s, "other", "o")
		if n := s.Stats().Evictions; n != 1 {
			t.Fatalf("%d evictions", n)
		}
		t.wants(s, "db", "new") // joins the question under way
	})
}

// Of two questions about what turns out to be one secret, the one that is left is joined:
// AWS is not asked beside it. Until its answer is in, the secret does not leave.
func TestAQuestionThatIsLeftIsJoined(t *testing.T) {
	inBubble(t, func(t *world) {
		arn := t.put("db", "v")
		t.put("other", "o")
		s := t.store(&cache.Options{MaxSecrets: 1})
		t.wants(s, "other", "o") // so that it is known whose names are bare
		t.faults(mock.Fault{Latency: 3 * time.Second, Times: 1})
		done := make(chan struct{})
		go func() { defer close(done); t.wants(s, "db", "v") }()
		synctest.Wait() // it is answered, and travels
		t.wants(s, arn, "v")
		t.wants(s, "other", "o")
		before := t.calls()
		if err := s.Refresh(t.Context(), arn); err != nil {
			t.Error(err)
		}
		<-done
		if n := t.calls() - before; n != 0 {
			t.Errorf("%d calls, want 0", n)
		}
		if st := s.Stats(); st.Secrets != 1 {
			t.Errorf("%d secrets", st.Secrets)
		}
	})
}

// Nor is one given when the version that was seen came from the disk, where another
// Store had left it.
func TestALateAnswerAfterARestoration(t *testing.T) {
	inBubble(t, func(t *world) {
		arn := t.put("db", "old")
		disk := diskIn(t.TempDir())
		other, s := t.store(&cache.Options{Disk: disk}), t.store(&cache.Options{Disk: disk})
		t.faults(mock.Fault{Latency: 3 * time.Second, Times: 1})
		go value(t.Context(), s, arn)
		synctest.Wait() // it is answered, and travels
		t.put("db", "new")
		t.wants(other, "db", "new")
		t.faults(unreachable)
		t.wants(s, "db", "new")
		sleep(time.Minute)
		t.wants(s, "db", "new")
		t.wants(s, arn, "new")
	})
}
