package cache_test

import (
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// A refetch that joins a fetch begun before the rotation has not asked anew.
func TestDoAsksAfterTheRejection(t *testing.T) {
	inBubble(t, func(t *world) {
		t.put("db", "one")
		slow := &detour{}
		s := t.through(slow.before, nil)
		t.wants(s, "db", "one")
		slow.by = 50 * time.Millisecond
		go s.Refresh(t.Context(), "db") // or one in the background
		synctest.Wait()
		t.put("db", "two")
		l := login{right: "two"}
		if err := s.Do(t.Context(), "db", l.try); err != nil {
			t.Errorf("got %v, shown %q", err, l.shown)
		}
	})
}

// lateFirst delays the first two answers, after the server has made them.
type lateFirst struct {
	next  aws.HTTPClient
	count atomic.Int32
}

func (l *lateFirst) Do(req *http.Request) (*http.Response, error) {
	resp, err := l.next.Do(req)
	if l.count.Add(1) <= 2 {
		time.Sleep(100 * time.Millisecond)
	}
	return resp, err
}

// Refresh says that what AWS gave is served.
func TestRefreshOfAnotherSpellingIsServed(t *testing.T) {
	inBubble(t, func(t *world) {
		arn := t.put("db", "old")
		s := t.through(func(next aws.HTTPClient) aws.HTTPClient { return &lateFirst{next: next} }, nil)
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
