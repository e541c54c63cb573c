// Command cache starts cold with wicketkey's fetch and cache.
package main

import (
	"context"

	"wicketkey.internal/benchmarks/internal/cold/tell"
	"wicketkey.internal/cache"
	"wicketkey.internal/fetch"
)

func main() {
	ctx := context.Background()
	client, err := fetch.New(ctx, nil)
	if err != nil {
		tell.Secret(0, err)
	}
	store, err := cache.New(client, nil)
	if err != nil {
		tell.Secret(0, err)
	}
	length := 0
	err = store.View(ctx, tell.ID, func(value []byte) error {
		length = len(value)
		return nil
	})
	tell.Secret(length, err)
}
