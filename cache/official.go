package cache

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-secretsmanager-caching-go/v2/secretcache"

	"wicketkey.internal/fetch"
)

// fetchFunc is one question to AWS, answered by a call under way or by an answer
// that is already there.
type fetchFunc func(ctx context.Context) (*fetch.Secret, error)

// official is the official caching client for one stage or version of a secret,
// and the SecretsManagerAPIClient that it talks to. It stays in the path because
// this package wraps it: it decides which version is wanted and what is new. It
// is told tickets (version ids), never values, and costs 2 KB for each value and
// a few microseconds for each question.
//
// Its DescribeSecret is answered out of one GetSecretValue, and the
// GetSecretValue by version which may follow out of that same answer. So it
// costs one call and needs one permission (its cacheItem.go:84 and
// cacheVersion.go:76 would make two).
//
// It is used by one question at a time, with the question's context, since it
// holds its mutex across the network call (cacheItem.go:181).
type official struct {
	// The interface has 23 methods, of which the official client calls two.
	secretcache.SecretsManagerAPIClient

	id    string
	cache *secretcache.Cache

	// Of the question under way.
	ask    fetchFunc
	asked  bool
	secret *fetch.Secret
	err    error
}

// label is the one staging label under which the official client sees a version: there
// is one official client for each secret and stage.
const label = "AWSCURRENT"

// fetch asks once and returns the version that the official client settles on.
// The caller owns the Secret.
func (o *official) fetch(ctx context.Context, ask fetchFunc) (*fetch.Secret, error) {
	o.ask, o.asked, o.secret, o.err = ask, false, nil, nil
	// Held answers are dropped on every way out: nothing else collects them.
	defer func() { o.ask, o.secret, o.err = nil, nil, nil }()

	ticket, err := o.refresh(ctx)
	if !o.asked {
		// Entered twice at one instant of a coarse clock, it takes its ticket,
		// or its error, to be still fresh. A new one has neither.
		o.cache = nil
		ticket, err = o.refresh(ctx)
	}
	switch {
	case o.err != nil:
		// It would cover the error with its old ticket (cacheItem.go:185-199).
		return nil, o.err
	case err != nil:
		return nil, o.drop(err)
	case o.secret == nil || ticket != o.secret.VersionID():
		return nil, o.drop(fmt.Errorf("the official client answered with ticket %q", ticket))
	}
	return o.secret, nil
}

// refresh has the official client refresh, which its TTL of 1 ns makes of every
// call. Its RefreshNow, which sleeps, is never used.
func (o *official) refresh(ctx context.Context) (ticket string, err error) {
	if o.cache == nil {
		if err := o.reset(); err != nil {
			return "", err
		}
	}
	return o.cache.GetSecretStringWithStageWithContext(ctx, o.id, label)
}

func (o *official) reset() (err error) {
	o.cache, err = secretcache.New(func(c *secretcache.Cache) {
		c.Client = o
		c.MaxCacheSize = 1 // one secret: its evictions, which can panic, never happen
		c.CacheItemTTL = 1
	})
	return err
}

// drop gives up an answer that cannot be used.
func (o *official) drop(err error) error {
	if o.secret != nil {
		o.secret.Close()
	}
	return &fetch.Error{
		ID: o.id, Kind: fetch.ErrMalformed, Cause: "the official caching client did not take the answer",
		Remedy: "report it; the next refresh starts it anew", Err: err,
	}
}

// DescribeSecret asks AWS for the value and tells the official client only which
// version it is.
func (o *official) DescribeSecret(ctx context.Context, _ *secretsmanager.DescribeSecretInput, _ ...func(*secretsmanager.Options)) (*secretsmanager.DescribeSecretOutput, error) {
	o.asked = true
	o.secret, o.err = o.ask(ctx)
	if o.err != nil {
		return nil, o.err
	}
	return &secretsmanager.DescribeSecretOutput{
		VersionIdsToStages: map[string][]string{o.secret.VersionID(): {label}},
	}, nil
}

// GetSecretValue gives a ticket for the version just described.
func (o *official) GetSecretValue(_ context.Context, in *secretsmanager.GetSecretValueInput, _ ...func(*secretsmanager.Options)) (*secretsmanager.GetSecretValueOutput, error) {
	ticket := o.secret.VersionID()
	return &secretsmanager.GetSecretValueOutput{VersionId: in.VersionId, SecretString: &ticket}, nil
}
