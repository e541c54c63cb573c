package mock_test

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"wicketkey.internal/mock"
)

// bubble runs a test inside synctest with an in-process server and a client of it.
func bubble(t *testing.T, opts *mock.Options, test func(t *testing.T, srv *mock.Server, c *secretsmanager.Client)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		o := mock.Options{}
		if opts != nil {
			o = *opts
		}
		o.InProcess = true
		srv := mock.Start(t, &o)
		test(t, srv, secretsmanager.NewFromConfig(srv.AWSConfig()))
	})
}

func get(ctx context.Context, c *secretsmanager.Client, id string) (string, error) {
	out, err := c.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &id})
	if err != nil {
		return "", err
	}
	return aws.ToString(out.SecretString), nil
}

func once(o *secretsmanager.Options) { o.RetryMaxAttempts = 1 }
