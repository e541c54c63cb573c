// Command fetch starts cold with wicketkey's fetch alone: one secret is asked
// for by Get, several by GetMany.
package main

import (
	"context"

	"wicketkey.internal/benchmarks/programs/tell"
	"wicketkey.internal/fetch"
)

func main() { tell.Secrets(read(context.Background(), tell.IDs())) }

func read(ctx context.Context, ids []string) (length int, err error) {
	client, err := fetch.New(ctx, nil)
	if err != nil {
		return 0, err
	}
	if len(ids) == 1 {
		secret, err := client.Get(ctx, ids[0])
		if err != nil {
			return 0, err
		}
		return len(secret.Bytes()), nil
	}
	secrets, err := client.GetMany(ctx, ids...)
	if err != nil {
		return 0, err
	}
	for _, s := range secrets {
		length += len(s.Bytes())
	}
	return length, nil
}
