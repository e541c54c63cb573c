package cache_test

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"wicketkey.internal/cache"
)

// kms wraps by exclusive or with its own key, and counts.
type kms struct {
	key           byte
	wraps, opened int
	down          bool
}

func (k *kms) Wrap(_ context.Context, key []byte) ([]byte, error) {
	k.wraps++
	return k.xor(key), nil
}

func (k *kms) Unwrap(_ context.Context, wrapped []byte) ([]byte, error) {
	if k.down {
		return nil, errors.New("KMS is down")
	}
	k.opened++
	return k.xor(wrapped), nil
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
		disk := &cache.Disk{Dir: t.TempDir(), Wrapper: k, Account: "123456789012", Region: "us-east-1"}
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
