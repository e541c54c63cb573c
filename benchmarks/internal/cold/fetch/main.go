// Command fetch starts cold with wicketkey's fetch alone.
package main

import (
	"context"

	"wicketkey.internal/benchmarks/internal/cold/tell"
	"wicketkey.internal/fetch"
)

func main() {
	ctx := context.Background()
	client, err := fetch.New(ctx, nil)
	if err != nil {
		tell.Secret(0, err)
	}
	secret, err := client.Get(ctx, tell.ID)
	if err != nil {
		tell.Secret(0, err)
	}
	tell.Secret(len(secret.Bytes()), nil)
}
