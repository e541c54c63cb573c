package cache_test

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"wicketkey.internal/cache"
)

// kms wraps by exclusive or with its own key, and counts.
type kms struct {
	key   byte
	wraps int
	down  bool
	hangs bool // until ctx ends
}

func (k *kms) reach(ctx context.Context) error {
	switch {
	case k.hangs:
		<-ctx.Done()
		return ctx.Err()
	case k.down:
		return errors.New("KMS is down")
	}
	return nil
}

func (k *kms) Wrap(ctx context.Context, key []byte) ([]byte, error) {
	if err := k.reach(ctx); err != nil {
		return nil, err
	}
	k.wraps++
	return k.xor(key), nil
}

func (k *kms) Unwrap(ctx context.Context, wrapped []byte) ([]byte, error) {
	if err := k.reach(ctx); err != nil {
		return nil, err
	}
	return k.xor(wrapped), nil
}

// diskOf is diskIn with a wrapped key in place of the given one.
func diskOf(dir string, k cache.KeyWrapper) *cache.Disk {
	disk := diskIn(dir)
	disk.Key, disk.Wrapper = nil, k
	return disk
}

func (k *kms) xor(p []byte) []byte {
	out := bytes.Clone(p)
	for i := range out {
		out[i] ^= k.key
	}
	return out
}

func TestWrappedKey(t *testing.T) {
	inBubble(t, func(t *world) {
		t.put("a", "1")
		t.put("b", "2")
		k := &kms{key: 0x55}
		disk := diskOf(t.TempDir(), k)
		t.saved(disk, "a", "b")
		if k.wraps != 1 {
			t.Errorf("%d keys wrapped for one store", k.wraps)
		}
		t.faults(unreachable)
		t.wants(t.store(&cache.Options{Disk: disk}), "a", "1")
		k.down = true
		if got, err := value(t.Context(), t.store(&cache.Options{Disk: disk}), "a"); err == nil {
			t.Errorf("served %q without the key", got)
		}
		k.down, k.key = false, 0x56
		if got, err := value(t.Context(), t.store(&cache.Options{Disk: disk}), "a"); err == nil {
			t.Errorf("served %q with another key", got)
		}
	})
}

// Secrets Manager answers; KMS, for the copy, does not.
func TestTheCopyDelaysNoReader(t *testing.T) {
	inBubble(t, func(t *world) {
		t.put("db", "v")
		s := t.store(&cache.Options{Disk: diskOf(t.TempDir(), &kms{hangs: true})})
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		if _, err := value(ctx, s, "db"); err != nil {
			t.Errorf("got %v", err)
		}
	})
}

// Unwrap is given a context that never ends, so neither does Close.
func TestCloseEndsAnUnwrap(t *testing.T) {
	inBubble(t, func(t *world) {
		t.put("db", "v")
		dir := t.TempDir()
		t.saved(diskOf(dir, &kms{key: 1}), "db")
		t.faults(unreachable)
		s := t.store(&cache.Options{Disk: diskOf(dir, &kms{hangs: true})})
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		_, err := value(ctx, s, "db")
		if errors.Is(err, context.DeadlineExceeded) {
			t.Error("a flight with a budget of 75 s is still under way after an hour")
		}
		s.Close()
	})
}
