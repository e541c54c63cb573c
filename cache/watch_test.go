package cache_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"wicketkey.internal/cache"
	"wicketkey.internal/fetch"
)

// watch notes what a Watch yields until ctx ends.
func watch(ctx context.Context, s *cache.Store, id string, out *[]string) {
	for change, err := range s.Watch(ctx, id) {
		if err != nil {
			var fe *fetch.Error
			errors.As(err, &fe)
			*out = append(*out, fe.Kind.Error())
			continue
		}
		*out = append(*out, fmt.Sprintf("%s created %s", change.Name, change.Created.Format(time.TimeOnly)))
	}
	*out = append(*out, "end")
}

func TestWatch(t *testing.T) {
	inBubble(t, func(t *world) {
		t.put("db", "one")
		s := t.store(&cache.Options{TTL: time.Minute, IdleAfter: time.Hour})
		ctx, cancel := context.WithCancel(t.Context())
		var got []string
		done := make(chan struct{})
		go func() { watch(ctx, s, "db", &got); close(done) }()
		sleep(time.Hour) // unchanged
		t.put("db", "two")
		sleep(time.Minute)
		t.faults(broken) // no change
		sleep(5 * time.Minute)
		t.faults()
		sleep(5 * time.Minute)
		t.faults(denied)
		sleep(10 * time.Minute)
		t.faults()
		sleep(2 * time.Minute)
		cancel()
		<-done
		want := []string{"db created 00:00:00", "db created 01:00:00", "access denied", "db created 01:00:00", "end"}
		if !slices.Equal(got, want) {
			t.Errorf("got  %q\nwant %q", got, want)
		}
	})
}

func TestWatchBeforeTheSecretExists(t *testing.T) {
	inBubble(t, func(t *world) {
		s := t.store(nil)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var got []string
		go watch(ctx, s, "db", &got)
		sleep(time.Hour)
		t.put("db", "one")
		sleep(2 * time.Minute)
		want := []string{"secret not found", "db created 01:00:00"}
		if !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

func TestWatchEndsWithTheStore(t *testing.T) {
	inBubble(t, func(t *world) {
		t.put("db", "one")
		s := t.store(nil)
		var got []string
		done := make(chan struct{})
		go func() { watch(context.Background(), s, "db", &got); close(done) }()
		synctest.Wait()
		s.Close()
		<-done
		if len(got) != 2 {
			t.Errorf("got %q", got)
		}
	})
}

func TestWatchersShareOneRefresh(t *testing.T) {
	inBubble(t, func(t *world) {
		t.put("db", "one")
		s := t.store(&cache.Options{TTL: time.Minute})
		ctx, cancel := context.WithCancel(t.Context())
		var got [100][]string
		for i := range got {
			go watch(ctx, s, "db", &got[i])
		}
		synctest.Wait()
		t.put("db", "two")
		sleep(time.Minute)
		cancel()
		synctest.Wait()
		for i := range got {
			if len(got[i]) != 3 {
				t.Errorf("watcher %d got %q", i, got[i])
			}
		}
		if n := t.calls(); n != 2 {
			t.Errorf("%d calls, want 2", n)
		}
	})
}

// More is watched than may be kept: nothing is evicted and fetched in turns.
func TestWatchedSecretsDoNotLeave(t *testing.T) {
	inBubble(t, func(t *world) {
		s := t.store(&cache.Options{MaxSecrets: 2, TTL: time.Hour})
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var got [5][]string
		for i := range got {
			name := fmt.Sprint("db", i)
			t.put(name, "v")
			go watch(ctx, s, name, &got[i])
		}
		sleep(10 * time.Minute)
		if n := t.calls(); n != 5 {
			t.Errorf("%d calls, want 5", n)
		}
		cancel()
	})
}

func TestABreakEndsWatch(t *testing.T) {
	inBubble(t, func(t *world) {
		t.put("db", "one")
		s := t.store(&cache.Options{IdleAfter: time.Hour, TTL: time.Minute})
		for range s.Watch(t.Context(), "db") {
			break
		}
		sleep(3 * time.Hour)
		if _, ok := s.State("db"); ok {
			t.Error("still counted as watched")
		}
	})
}
