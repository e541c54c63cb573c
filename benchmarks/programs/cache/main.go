// Command cache starts cold with wicketkey's fetch and cache: one secret is
// asked for, several are prefetched.
package main

import (
	"context"

	"wicketkey.internal/benchmarks/programs/tell"
	"wicketkey.internal/cache"
	"wicketkey.internal/fetch"
)

func main() { tell.Secrets(read(context.Background(), tell.IDs())) }

func read(ctx context.Context, ids []string) (length int, err error) {
	client, err := fetch.New(ctx, nil)
	if err != nil {
		return 0, err
	}
	store, err := cache.New(client, nil)
	if err != nil {
		return 0, err
	}
	if len(ids) > 1 {
		if err := store.Prefetch(ctx, ids...); err != nil {
			return 0, err
		}
	}
	for _, id := range ids {
		err := store.View(ctx, id, func(value []byte) error {
			length += len(value)
			return nil
		})
		if err != nil {
			return 0, err
		}
	}
	return length, nil
}
