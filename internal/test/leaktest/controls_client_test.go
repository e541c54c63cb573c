package leaktest_test

import (
	"context"
	"runtime"
	"unsafe"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-secretsmanager-caching-go/v2/secretcache"
)

// The two clients that others use, as controls: they know no Close, so they drop
// what they hold.

// patient gives net/http more attempts. The SDK closes a request's body early and
// so now and then loses the connection, which a loopback brings out.
func (c *client) patient() aws.Config {
	cfg := c.aws.Copy()
	cfg.RetryMaxAttempts = 10
	return cfg
}

func (c *client) sdk(ctx context.Context) error {
	sm := secretsmanager.NewFromConfig(c.patient())
	out, err := sm.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: aws.String(secretName)})
	if err != nil {
		return err
	}
	c.at("held", bytesOf(out))
	out = nil
	c.aftermath(func() {})
	runtime.KeepAlive(sm)
	return nil
}

func (c *client) secretcache(ctx context.Context) error {
	cache, err := secretcache.New(func(s *secretcache.Cache) { s.Client = secretsmanager.NewFromConfig(c.patient()) })
	if err != nil {
		return err
	}
	text, err := cache.GetSecretStringWithContext(ctx, secretName)
	if err != nil {
		return err
	}
	c.at("held", unsafe.Slice(unsafe.StringData(text), len(text)))
	text = ""
	c.aftermath(func() {})
	runtime.KeepAlive(cache)
	return nil
}

// bytesOf looks at a string in place: a conversion would be one copy more.
func bytesOf(out *secretsmanager.GetSecretValueOutput) []byte {
	if out.SecretString == nil {
		return out.SecretBinary
	}
	return unsafe.Slice(unsafe.StringData(*out.SecretString), len(*out.SecretString))
}
