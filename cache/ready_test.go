package cache_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"wicketkey.internal/cache"
	"wicketkey.internal/fetch"
)

func probe(h http.Handler) (int, string) {
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, httptest.NewRequest("GET", "/readyz", nil))
	return rec.Code, rec.Body.String()
}

func TestReadiness(t *testing.T) {
	inBubble(t, func(t *world) {
		s := t.store(&cache.Options{TTL: time.Minute, Jitter: -1, MaxStale: time.Hour})
		all, one := s.Readiness(), s.Readiness("canary")
		if code, body := probe(one); code != 503 || !strings.Contains(body, "not fetched yet") {
			t.Errorf("before: %d %q", code, body)
		}
		if err := s.Prefetch(t.Context(), "canary"); err == nil {
			t.Fatal("no error")
		}
		if code, body := probe(all); code != 503 || !strings.Contains(body, "secret not found") || strings.Contains(body, "canary") {
			t.Errorf("missing: %d %q", code, body)
		}
		t.put("canary", "v")
		sleep(2 * time.Minute)
		if code, body := probe(all); code != 200 || !strings.Contains(body, "1 secrets, 0 of them stale") {
			t.Errorf("served: %d %q", code, body)
		}
		t.faults(broken)
		sleep(30 * time.Minute)
		if code, body := probe(one); code != 200 || !strings.Contains(body, "1 of them stale") {
			t.Errorf("stale: %d %q", code, body)
		}
		sleep(2 * time.Hour)
		if code, _ := probe(all); code != 503 {
			t.Errorf("too old: %d", code)
		}
		s.Close()
		if code, _ := probe(all); code != 503 {
			t.Errorf("closed: %d", code)
		}
	})
}

// A closed Store is not ready, and says so once, however many secrets are named.
func TestReadinessOfAClosedStore(t *testing.T) {
	inBubble(t, func(t *world) {
		t.put("db", "v")
		s := t.store(nil)
		t.wants(s, "db", "v")
		s.Close()
		for _, h := range []http.Handler{s.Readiness(), s.Readiness("db", "other")} {
			if code, body := probe(h); code != 503 || body != "not ready: the store is closed\n" {
				t.Errorf("%d %q", code, body)
			}
		}
	})
}

// The identifiers given to Readiness are copied, and one that is none is called so.
func TestReadinessOfOddIdentifiers(t *testing.T) {
	inBubble(t, func(t *world) {
		t.put("db", "v")
		s := t.store(nil)
		t.wants(s, "db", "v")
		ids := []string{"db"}
		h := s.Readiness(ids...)
		ids[0] = "other"
		if code, body := probe(h); code != 200 {
			t.Errorf("%d %q", code, body)
		}
		if code, body := probe(s.Readiness("db", "hunter2 hunter2")); code != 503 || !strings.Contains(body, fetch.ErrBadIdentifier.Error()) || strings.Contains(body, "hunter2") {
			t.Errorf("%d %q", code, body)
		}
		if code, body := probe(s.Readiness("unknown")); code != 503 || !strings.Contains(body, "not fetched yet") {
			t.Errorf("%d %q", code, body)
		}
	})
}
