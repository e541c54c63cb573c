package cache_test

import (
	"errors"
	"testing"
	"time"

	"wicketkey.internal/fetch"
)

// The State of a key that the value lacks tells since when and how often it was looked
// for in vain, beside the age of the value that is there.
func TestStateOfAMissingKey(t *testing.T) {
	inBubble(t, func(t *world) {
		t.put("db", `{"a":"1"}`)
		s := t.store(nil)
		t.wants(s, "db:a", "1")
		asked := time.Now()
		for n := 1; n <= 3; n++ {
			if _, err := value(t.Context(), s, "db:b"); !errors.Is(err, fetch.ErrNoVersion) {
				t.Fatal(err)
			}
			st, ok := s.State("db:b")
			if !ok || st.Served || st.Phase != "fresh" || !errors.Is(st.Err, fetch.ErrNoVersion) || !st.Refused {
				t.Fatalf("%+v", st)
			}
			if st.Failures != n || !st.Failed.Equal(asked) {
				t.Errorf("%d failures, the last at %v; want %d, at %v", st.Failures, st.Failed, n, asked)
			}
			sleep(time.Minute)
			asked = time.Now()
		}
		if st, _ := s.State("db:a"); st.Failures != 0 || !st.Failed.IsZero() || st.Err != nil {
			t.Errorf("%+v", st)
		}
	})
}
