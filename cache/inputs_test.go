package cache_test

import (
	"errors"
	"strings"
	"testing"

	"wicketkey.internal/cache"
	"wicketkey.internal/fetch"
)

// A stage that no identifier could name is told when the Store is made.
func TestStageOption(t *testing.T) {
	inBubble(t, func(t *world) {
		for _, stage := range []string{" ", "AWSCURRENT\n", "AWSCURRENT:", ":", "a:b", strings.Repeat("x", 257), "é"} {
			if _, err := cache.New(t.client, &cache.Options{Stage: stage}); !errors.Is(err, fetch.ErrInvalid) || !strings.Contains(err.Error(), "Stage") {
				t.Errorf("%q: got %v", stage, err)
			}
		}
		t.put("db", "v")
		t.put("db", "w")
		t.wants(t.store(&cache.Options{Stage: "AWSPREVIOUS"}), "db", "v")
	})
}
