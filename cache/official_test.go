package cache_test

import (
	"bytes"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-secretsmanager-caching-go/v2/secretcache"

	"wicketkey.internal/cache"
	"wicketkey.internal/mock"
)

// Each fault of the official client, side by side with the store. When one of
// these fails on the official side, the client has been mended and our way round
// it can go. More of them are in fresh_test.go and trouble_test.go.

func TestColdStartIsOneCall(t *testing.T) {
	inBubble(t, func(t *world) {
		t.put("db", "v")
		if _, err := t.official().GetSecretString("db"); err != nil {
			t.Fatal(err)
		}
		if got := len(t.srv.Requests()); got != 2 {
			t.Errorf("the official client made %d calls, 2 known", got)
		}
		t.wants(t.store(nil), "db", "v")
		if got := len(t.srv.Requests()) - 2; got != 1 {
			t.Errorf("the store made %d calls, want 1", got)
		}
	})
}

func TestWorksWithoutDescribeSecret(t *testing.T) {
	inBubble(t, func(t *world) {
		arn := t.put("db", "v")
		if err := t.srv.SetKey(mock.AccessKey{Policies: []string{
			`{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "*"}}`,
		}}); err != nil {
			t.Fatal(err)
		}
		if got, err := t.official().GetSecretString("db"); err == nil {
			t.Errorf("the official client got %q", got)
		}
		s := t.store(&cache.Options{TTL: time.Minute})
		t.wants(s, "db", "v")
		t.wants(s, arn, "v")
		t.put("db", "new")
		sleep(time.Minute)
		t.wants(s, "db", "new")
		if err := s.Prefetch(t.Context(), "db", "db:"); err != nil {
			t.Logf("prefetch: %v", err)
		}
	})
}

func TestWipingACopyLeavesTheStoreIntact(t *testing.T) {
	inBubble(t, func(t *world) {
		value := []byte{0xff, 1, 2, 3} // no UTF-8: kept as binary
		if _, err := t.srv.Put("bin", value); err != nil {
			t.Fatal(err)
		}
		c := t.official()
		lent, err := c.GetSecretBinary("bin")
		if err != nil {
			t.Fatal(err)
		}
		clear(lent)
		if again, _ := c.GetSecretBinary("bin"); bytes.Equal(again, value) {
			t.Error("the official client gave a copy")
		}
		s := t.store(nil)
		for range 2 {
			secret, err := s.Get(t.Context(), "bin")
			if err != nil || !bytes.Equal(secret.Bytes(), value) {
				t.Fatalf("got %v, %v", secret, err)
			}
			secret.Close()
		}
	})
}

func TestRefreshNowSleeps(t *testing.T) {
	inBubble(t, func(t *world) {
		t.put("db", "v")
		c := t.official()
		begin := time.Now()
		c.RefreshNow("db")
		if took := time.Since(begin); took < 2*time.Second {
			t.Errorf("the official client took %v", took)
		}
		s := t.store(nil)
		begin = time.Now()
		if err := s.Refresh(t.Context(), "db"); err != nil || time.Since(begin) != 0 {
			t.Errorf("took %v, %v", time.Since(begin), err)
		}
	})
}

func TestRefreshAfterAFailure(t *testing.T) {
	inBubble(t, func(t *world) {
		t.put("db", "v")
		t.faults(broken)
		c, s := t.official(), t.store(nil)
		c.GetSecretString("db")
		begin := time.Now()
		c.RefreshNow("db")
		if took := time.Since(begin); took < 24*time.Hour {
			t.Errorf("the official client slept for %v", took)
		}
		begin = time.Now()
		if err := s.Refresh(t.Context(), "db"); err == nil {
			t.Error("no error")
		}
		t.faults()
		sleep(2 * time.Second)
		if err := s.Refresh(t.Context(), "db"); err != nil || time.Since(begin) > time.Minute {
			t.Errorf("after %v: %v", time.Since(begin), err)
		}
	})
}

func TestSpellingsShareAnEntry(t *testing.T) {
	inBubble(t, func(t *world) {
		arn := t.put("db/main", "v")
		ids := []string{"db/main", arn, arn[:len(arn)-7], arn + "::AWSCURRENT:"}
		c, s := t.official(), t.store(nil)
		for _, id := range ids[:3] {
			if _, err := c.GetSecretString(id); err != nil {
				t.Fatal(err)
			}
		}
		official := len(t.srv.Requests())
		if official != 6 {
			t.Errorf("the official client made %d calls, 6 known", official)
		}
		for _, id := range ids {
			t.wants(s, id, "v")
		}
		if st := s.Stats(); st.Secrets != 1 || st.Fetches != 1 {
			t.Errorf("%d entries, %d fetches for one secret", st.Secrets, st.Fetches)
		}
	})
}

func TestPartialOptionsDoNotPanic(t *testing.T) {
	inBubble(t, func(t *world) {
		t.put("db", "v")
		c := t.official(func(c *secretcache.Cache) {
			c.CacheConfig = secretcache.CacheConfig{CacheItemTTL: int64(time.Hour)}
		})
		func() {
			defer func() {
				if recover() == nil {
					t.Error("the official client did not panic")
				}
			}()
			c.GetSecretString("db")
		}()
		t.wants(t.store(&cache.Options{TTL: time.Hour}), "db", "v")
	})
}

func TestEvictionUnderConcurrency(t *testing.T) {
	inBubble(t, func(t *world) {
		names := []string{"a", "b", "c", "d", "e"}
		for _, name := range names {
			t.put(name, "value of "+name)
		}
		s := t.store(&cache.Options{MaxSecrets: 2})
		var done sync.WaitGroup
		for i := range 8 {
			done.Go(func() {
				for k := range 100 {
					name := names[(i+k)%len(names)]
					t.wants(s, name, "value of "+name)
				}
			})
		}
		done.Wait()
		sleep(0)
		if st := s.Stats(); st.Secrets > 2 || st.Evictions == 0 {
			t.Errorf("%d secrets after %d evictions", st.Secrets, st.Evictions)
		}
	})
}

// The official client keeps a value for ever once it has it; nothing drops it.
func TestValuesAreDroppedForAge(t *testing.T) {
	inBubble(t, func(t *world) {
		t.put("db", "v")
		s := t.store(&cache.Options{TTL: time.Minute, MaxStale: time.Minute})
		t.wants(s, "db", "v")
		t.faults(unreachable)
		sleep(3 * time.Minute)
		if st := s.Stats(); st.Secrets != 0 || st.Bytes != 0 {
			t.Errorf("%d secrets of %d bytes kept", st.Secrets, st.Bytes)
		}
	})
}

// More versions than the official client's list holds, back and forth.
func TestManyVersions(t *testing.T) {
	inBubble(t, func(t *world) {
		s := t.store(&cache.Options{TTL: time.Minute})
		for i := range 50 {
			want := string(rune('a' + i%26))
			t.put("db", want)
			if err := s.Refresh(t.Context(), "db"); err != nil {
				t.Fatal(err)
			}
			t.wants(s, "db", want)
		}
	})
}
