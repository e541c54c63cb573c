// Command sdk starts cold with the plain SDK: LoadDefaultConfig and a
// GetSecretValue for each secret.
package main

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"wicketkey.internal/benchmarks/programs/tell"
)

func main() { tell.Secrets(read(context.Background(), tell.IDs())) }

func read(ctx context.Context, ids []string) (length int, err error) {
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return 0, err
	}
	client := secretsmanager.NewFromConfig(cfg)
	for _, id := range ids {
		out, err := client.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: aws.String(id)})
		if err != nil {
			return 0, err
		}
		length += len(aws.ToString(out.SecretString))
	}
	return length, nil
}
