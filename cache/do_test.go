package cache_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"wicketkey.internal/cache"
	"wicketkey.internal/mock"
)

// login accepts one password, and notes what it was shown.
type login struct {
	mu    sync.Mutex
	right string
	shown []string
}

func (l *login) try(v []byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.shown = append(l.shown, string(v))
	if string(v) != l.right {
		return fmt.Errorf("28P01: %w", cache.ErrRejected)
	}
	return nil
}

func TestDo(t *testing.T) {
	for name, c := range map[string]struct {
		versions []string // before the store sees the secret, and after
		after    []string
		right    string
		want     []string // shown
		rejected bool
	}{
		"accepted":                   {[]string{"one"}, nil, "one", []string{"one"}, false},
		"rotated meanwhile":          {[]string{"one"}, []string{"two"}, "two", []string{"one", "two"}, false},
		"new one not yet in force":   {[]string{"one", "two"}, nil, "one", []string{"two", "one"}, false},
		"rotated, previous in force": {[]string{"zero"}, []string{"one", "two"}, "one", []string{"zero", "two", "one"}, false},
		"nothing works":              {[]string{"one", "two"}, nil, "three", []string{"two", "one"}, true},
		"no previous":                {[]string{"one"}, nil, "three", []string{"one"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *world) {
				for _, v := range c.versions {
					t.put("db", v)
				}
				s := t.store(nil)
				t.wants(s, "db", c.versions[len(c.versions)-1])
				for _, v := range c.after {
					t.put("db", v)
				}
				l := login{right: c.right}
				err := s.Do(t.Context(), "db", l.try)
				if errors.Is(err, cache.ErrRejected) != c.rejected || (err != nil) != c.rejected {
					t.Errorf("got %v", err)
				}
				if !slices.Equal(l.shown, c.want) {
					t.Errorf("shown %q, want %q", l.shown, c.want)
				}
			})
		})
	}
}

func TestDoPassesOtherErrorsOn(t *testing.T) {
	inBubble(t, func(t *world) {
		t.put("db", "v")
		s := t.store(nil)
		broken := errors.New("database is down")
		calls := 0
		err := s.Do(t.Context(), "db", func([]byte) error { calls++; return broken })
		if err != broken || calls != 1 || t.calls() != 1 {
			t.Errorf("got %v after %d calls of fn, %d of AWS", err, calls, t.calls())
		}
	})
}

// A credential that never works does not turn each request into calls to AWS.
func TestDoDoesNotHammer(t *testing.T) {
	inBubble(t, func(t *world) {
		t.put("db", "one")
		t.put("db", "two")
		s := t.store(&cache.Options{TTL: time.Hour})
		t.wants(s, "db", "two")
		l := login{right: "neither"}
		var done sync.WaitGroup
		for range 100 {
			done.Go(func() {
				for range 60 {
					if err := s.Do(t.Context(), "db", l.try); !errors.Is(err, cache.ErrRejected) {
						t.Errorf("got %v", err)
					}
					time.Sleep(time.Second)
				}
			})
		}
		done.Wait()
		if got := t.calls(); got > 20 {
			t.Errorf("%d calls in a minute for 6000 rejections", got)
		}
		t.put("db", "three")
		l.right = "three"
		sleep(time.Minute)
		if err := s.Do(t.Context(), "db", l.try); err != nil {
			t.Errorf("after a rotation: %v", err)
		}
	})
}

// A rotation in the midst of traffic is not seen by any user of Do.
func TestRotationNeverShows(t *testing.T) {
	inBubble(t, func(t *world) {
		t.put("db", "v0")
		t.faults(mock.Fault{Latency: 30 * time.Millisecond})
		s := t.store(&cache.Options{TTL: time.Hour})
		l := login{right: "v0"}
		stop := time.Now().Add(10 * time.Minute)
		var done sync.WaitGroup
		for range 20 {
			done.Go(func() {
				for time.Now().Before(stop) {
					if err := s.Do(t.Context(), "db", l.try); err != nil {
						t.Errorf("at %v: %v", time.Now(), err)
					}
					time.Sleep(500 * time.Millisecond)
				}
			})
		}
		for i := 1; time.Now().Before(stop); i++ {
			time.Sleep(47 * time.Second)
			v := fmt.Sprint("v", i)
			t.put("db", v) // the label moves first, the database follows
			time.Sleep(100 * time.Millisecond)
			l.mu.Lock()
			l.right = v
			l.mu.Unlock()
		}
		done.Wait()
	})
}

// Rejections months ago do not slow down the next rotation.
func TestRenewalsAreForgotten(t *testing.T) {
	inBubble(t, func(t *world) {
		t.put("db", "one")
		s := t.store(&cache.Options{TTL: 12 * time.Hour, IdleAfter: -1})
		l := login{right: "nothing"}
		for range 100 { // an outage of the database
			s.Do(t.Context(), "db", l.try)
			time.Sleep(10 * time.Second)
		}
		l.right = "one"
		sleep(30 * 24 * time.Hour)
		// A rotation, of which the store hears the moment before the label moves.
		l.right = "two"
		if err := s.Do(t.Context(), "db", l.try); !errors.Is(err, cache.ErrRejected) {
			t.Fatal(err)
		}
		t.put("db", "two")
		sleep(2 * time.Second) // longer than the first spacing
		if err := s.Do(t.Context(), "db", l.try); err != nil {
			t.Errorf("2 s after the rotation: %v", err)
		}
	})
}
