// Command sdk starts cold with the plain SDK: LoadDefaultConfig and
// GetSecretValue.
package main

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"wicketkey.internal/benchmarks/internal/cold/tell"
)

func main() {
	ctx := context.Background()
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		tell.Secret(0, err)
	}
	out, err := secretsmanager.NewFromConfig(cfg).GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: aws.String(tell.ID)})
	if err != nil {
		tell.Secret(0, err)
	}
	tell.Secret(len(aws.ToString(out.SecretString)), nil)
}
