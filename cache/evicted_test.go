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
