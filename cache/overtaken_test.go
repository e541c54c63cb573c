package cache_test

import (
	"testing"
	"testing/synctest"
	"time"

	"wicketkey.internal/mock"
)

// A refetch that joins a fetch begun before the rotation has not asked anew.
func TestDoAsksAfterTheRejection(t *testing.T) {
	inBubble(t, func(t *world) {
		t.put("db", "one")
		s := t.store(nil)
		t.wants(s, "db", "one")
		t.faults(mock.Fault{Latency: 50 * time.Millisecond})
		go s.Refresh(t.Context(), "db") // or one in the background
		synctest.Wait()
		t.put("db", "two")
		l := login{right: "two"}
		if err := s.Do(t.Context(), "db", l.try); err != nil {
			t.Errorf("got %v, shown %q", err, l.shown)
		}
	})
}

// Refresh says that what AWS gave is served.
func TestRefreshOfAnotherSpellingIsServed(t *testing.T) {
	inBubble(t, func(t *world) {
		arn := t.put("db", "old")
		s := t.store(nil)
		t.faults(mock.Fault{Latency: 100 * time.Millisecond, Times: 2})
		go value(t.Context(), s, "db")
		synctest.Wait()
		sleep(50 * time.Millisecond)
		t.put("db", "new") // while the answer to db travels
		if err := s.Refresh(t.Context(), arn); err != nil {
			t.Fatal(err)
		}
		sleep(time.Second)
		t.wants(s, arn, "new")
	})
}
