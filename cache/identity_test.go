package cache_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"wicketkey.internal/cache"
	"wicketkey.internal/fetch"
	"wicketkey.internal/mock"
)

// The first spelling is a full ARN, so nothing says yet which account a bare name
// belongs to: the name costs one call, whose answer shows that it is the same.
func TestNameAfterARNIsMerged(t *testing.T) {
	inBubble(t, func(t *world) {
		arn := t.put("db", "v")
		other := t.put("other", "w")
		s := t.store(nil)
		t.wants(s, arn, "v")
		t.wants(s, "db", "v")
		if st := s.Stats(); st.Secrets != 1 || st.Fetches != 2 {
			t.Errorf("%d entries, %d fetches", st.Secrets, st.Fetches)
		}
		t.wants(s, other, "w")
		t.wants(s, "other", "w") // the account is known by now
		if st := s.Stats(); st.Secrets != 2 || st.Fetches != 3 {
			t.Errorf("%d entries, %d fetches", st.Secrets, st.Fetches)
		}
	})
}

// Two spellings are asked side by side, before anything tells that they mean one
// secret, and AWS answers one of them only: its value serves both.
func TestASpellingThatFailsIsServedByOneThatWorks(t *testing.T) {
	inBubble(t, func(t *world) {
		t.put("other", "w")
		arn := t.put("db", "v")
		s := t.store(nil)
		t.wants(s, "other", "w") // tells which account bare names belong to
		// The first by name is throttled, the one by ARN is not, all others are.
		t.faults(mock.Fault{Times: 1, Failure: mock.Throttling}, mock.Fault{Skip: 1, Failure: mock.Throttling})
		byName := make(chan string)
		go func() {
			got, err := value(t.Context(), s, "db")
			byName <- fmt.Sprint(got, err)
		}()
		sleep(time.Millisecond) // it is under way, between two attempts
		t.wants(s, arn, "v")
		t.wants(s, "db", "v")
		if got := <-byName; got != "v<nil>" {
			t.Errorf("who asked by name was given %s", got)
		}
		t.wants(s, "db", "v")
		if st := s.Stats(); st.Secrets != 2 {
			t.Errorf("%d entries, want 2", st.Secrets)
		}
	})
}

// A name that ends like an ARN's suffix is a name like any other: no spelling of
// one leads to the other.
func TestHyphenSixNames(t *testing.T) {
	inBubble(t, func(t *world) {
		arn := t.put("gateway", "plain")
		tail := arn[strings.LastIndex(arn, "-"):]
		t.put("gateway"+tail, "tailed")
		t.put("gateway-config", "config")
		s := t.store(nil)
		for range 2 {
			t.wants(s, "gateway", "plain")
			t.wants(s, "gateway"+tail, "tailed")
			t.wants(s, "gateway-config", "config")
			t.wants(s, arn, "plain")
		}
		if st := s.Stats(); st.Secrets != 3 {
			t.Errorf("%d entries, want 3", st.Secrets)
		}
	})
}

func TestRegionsAreApart(t *testing.T) {
	inBubble(t, func(t *world) {
		here := t.put("db", "here")
		there := t.putIn("eu-west-1", "db", "there")
		s := t.store(nil)
		for range 2 {
			t.wants(s, there, "there")
			t.wants(s, "db", "here")
			t.wants(s, here, "here")
		}
		if st := s.Stats(); st.Secrets != 2 {
			t.Errorf("%d entries, want 2", st.Secrets)
		}
	})
}

// Deleted and made anew, a secret has another ARN under the same name.
func TestRecreatedSecret(t *testing.T) {
	inBubble(t, func(t *world) {
		old := t.put("db", "old")
		s := t.store(&cache.Options{TTL: time.Minute})
		t.wants(s, "db", "old")
		t.wants(s, old, "old")
		t.remove("db")
		now := t.put("db", "new")
		if now == old {
			t.Fatal("the same ARN")
		}
		sleep(time.Minute)
		t.wants(s, "db", "new")
		t.wants(s, now, "new")
		if got, err := value(t.Context(), s, old); !errors.Is(err, fetch.ErrNotFound) {
			t.Errorf("the old ARN gives %q, %v", got, err)
		}
	})
}

// A refusal of one spelling says nothing about another: the ARN is gone, the name is
// somebody else's by now.
func TestANoIsAboutTheSpellingAsked(t *testing.T) {
	inBubble(t, func(t *world) {
		old := t.put("db", "old")
		s := t.store(&cache.Options{TTL: time.Minute})
		t.wants(s, old, "old")
		t.wants(s, "db", "old")
		t.remove("db")
		t.put("db", "new")
		sleep(time.Minute)
		t.wants(s, "db", "new")
		if _, err := value(t.Context(), s, old); !errors.Is(err, fetch.ErrNotFound) {
			t.Errorf("got %v", err)
		}
		t.wants(s, "db", "new")
	})
}

func TestKeysOfOneSecret(t *testing.T) {
	inBubble(t, func(t *world) {
		t.put("db", `{"user":"scott","password":"tiger"}`)
		s := t.store(nil)
		t.wants(s, "db:user", "scott")
		t.wants(s, "db:password", "tiger")
		t.wants(s, "db", `{"user":"scott","password":"tiger"}`)
		if _, err := value(t.Context(), s, "db:nosuch"); !errors.Is(err, fetch.ErrNoVersion) {
			t.Errorf("got %v", err)
		}
	})
}

func TestManySpellingsOfOneSecret(t *testing.T) {
	inBubble(t, func(t *world) {
		arn := t.put("db", "v")
		s := t.store(nil)
		t.wants(s, "db", "v")
		for _, id := range []string{arn, arn + ":", arn + "::", arn + ":::", "db:", "db::"} {
			if got, err := value(t.Context(), s, id); err == nil && got != "v" {
				t.Errorf("%s: got %q", id, got)
			}
		}
		if st := s.Stats(); st.Secrets != 1 {
			t.Errorf("%d entries", st.Secrets)
		}
	})
}

func TestBadIdentifiers(t *testing.T) {
	for _, id := range []string{"", "with space", "arn:aws:s3:::bucket", "a\x00AWSPREVIOUS"} {
		t.Run(fmt.Sprintf("%q", id), func(t *testing.T) {
			inBubble(t, func(t *world) {
				s := t.store(nil)
				if _, err := value(t.Context(), s, id); !errors.Is(err, fetch.ErrBadIdentifier) {
					t.Errorf("got %v", err)
				}
				if got := t.calls(); got != 0 {
					t.Errorf("%d calls", got)
				}
				if st := s.Stats(); st.Failing != 0 {
					t.Errorf("%d entries", st.Failing)
				}
			})
		})
	}
}
