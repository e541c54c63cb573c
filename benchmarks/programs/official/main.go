// Command official starts cold with the official caching client, as its README
// shows: the default configuration, the cache, one secret after the other.
package main

import (
	"context"

	"github.com/aws/aws-secretsmanager-caching-go/v2/secretcache"

	"wicketkey.internal/benchmarks/programs/tell"
)

func main() { tell.Secrets(read(context.Background(), tell.IDs())) }

func read(ctx context.Context, ids []string) (length int, err error) {
	cache, err := secretcache.New()
	if err != nil {
		return 0, err
	}
	for _, id := range ids {
		value, err := cache.GetSecretStringWithContext(ctx, id)
		if err != nil {
			return 0, err
		}
		length += len(value)
	}
	return length, nil
}
