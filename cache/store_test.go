package cache_test

import (
	"testing"
)

func TestGetAndView(t *testing.T) {
	inBubble(t, func(t *world) {
		arn := t.put("db/main", "hunter2")
		s := t.store(nil)
		secret, err := s.Get(t.Context(), "db/main")
		if err != nil {
			t.Fatal(err)
		}
		defer secret.Close()
		if string(secret.Bytes()) != "hunter2" || secret.ARN() != arn || secret.Name() != "db/main" {
			t.Errorf("got %q of %s", secret.Bytes(), secret.ARN())
		}
		t.wants(s, "db/main", "hunter2")
		if got := t.calls(); got != 1 {
			t.Errorf("%d calls, want 1", got)
		}
		if got := t.srv.Calls("DescribeSecret"); got != 0 {
			t.Errorf("%d DescribeSecret calls, want 0", got)
		}
	})
}

// Reads answered by a value at hand are hits, by whatever spelling.
func TestEveryReadIsCounted(t *testing.T) {
	inBubble(t, func(t *world) {
		arn := t.put("db", "v")
		s := t.store(nil)
		t.wants(s, "db", "v")
		t.wants(s, arn, "v")
		if st := s.Stats(); st.Hits+st.Misses != 2 {
			t.Errorf("2 reads, %d hits, %d misses", st.Hits, st.Misses)
		}
	})
}
