// Command official starts cold with the official caching client, as its README
// shows: the default configuration, the cache, one secret.
package main

import (
	"context"

	"github.com/aws/aws-secretsmanager-caching-go/v2/secretcache"

	"wicketkey.internal/benchmarks/internal/cold/tell"
)

func main() {
	cache, err := secretcache.New()
	if err != nil {
		tell.Secret(0, err)
	}
	value, err := cache.GetSecretStringWithContext(context.Background(), tell.ID)
	tell.Secret(len(value), err)
}
