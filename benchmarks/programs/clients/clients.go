// Package clients holds the clients that are compared, each used as its own
// documentation says.
package clients

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-secretsmanager-caching-go/v2/secretcache"

	"wicketkey.internal/cache"
	"wicketkey.internal/fetch"
)

// Kind makes clients of one kind.
type Kind struct {
	Name string
	Open func(cfg aws.Config) (Client, error)
}

// Client fetches secrets. Get gives a value that is the caller's to read.
type Client interface {
	Get(ctx context.Context, id string) (string, error)
	Close() error
}

// Names of the kinds.
const (
	Official = "official"
	SDK      = "sdk"
	Fetch    = "fetch"
	Cache    = "cache"
)

// All are the kinds: the official caching client, the plain SDK, and ours
// without and with its cache.
func All() []Kind {
	return []Kind{
		{Official, openOfficial},
		{SDK, openSDK},
		{Fetch, func(cfg aws.Config) (Client, error) { return OpenFetch(cfg, nil) }},
		{Cache, func(cfg aws.Config) (Client, error) { return OpenCache(cfg, nil, nil) }},
	}
}

// Named returns the kind of that name.
func Named(name string) (Kind, error) {
	for _, s := range All() {
		if s.Name == name {
			return s, nil
		}
	}
	return Kind{}, errors.New("no client " + name)
}

type official struct{ cache *secretcache.Cache }

func openOfficial(cfg aws.Config) (Client, error) {
	c, err := secretcache.New(func(c *secretcache.Cache) { c.Client = secretsmanager.NewFromConfig(cfg) })
	return official{c}, err
}

func (o official) Get(ctx context.Context, id string) (string, error) {
	return o.cache.GetSecretStringWithContext(ctx, id)
}
func (official) Close() error { return nil }

type sdk struct{ client *secretsmanager.Client }

func openSDK(cfg aws.Config) (Client, error) { return sdk{secretsmanager.NewFromConfig(cfg)}, nil }

func (s sdk) Get(ctx context.Context, id string) (string, error) {
	out, err := s.client.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &id})
	if err != nil {
		return "", err
	}
	return aws.ToString(out.SecretString), nil
}
func (sdk) Close() error { return nil }

type ours struct{ client *fetch.Client }

// OpenFetch makes our client without its cache; opts may be nil.
func OpenFetch(cfg aws.Config, opts *fetch.Options) (Client, error) {
	client, err := newFetch(cfg, opts)
	return ours{client}, err
}

func newFetch(cfg aws.Config, opts *fetch.Options) (*fetch.Client, error) {
	var o fetch.Options
	if opts != nil {
		o = *opts
	}
	o.AWS = &cfg
	return fetch.New(context.Background(), &o)
}

func (o ours) Get(ctx context.Context, id string) (string, error) {
	secret, err := o.client.Get(ctx, id)
	if err != nil {
		return "", err
	}
	defer secret.Close()
	return string(secret.Bytes()), nil
}

// GetMany fetches several secrets, in batches where the policy allows them.
func (o ours) GetMany(ctx context.Context, ids ...string) error {
	secrets, err := o.client.GetMany(ctx, ids...)
	for _, s := range secrets {
		if s != nil {
			_ = s.Close()
		}
	}
	return err
}

func (o ours) Close() error { return o.client.Close() }

type cached struct {
	client *fetch.Client
	store  *cache.Store
}

// OpenCache makes our client with its cache; both options may be nil.
func OpenCache(cfg aws.Config, fo *fetch.Options, co *cache.Options) (Client, error) {
	client, err := newFetch(cfg, fo)
	if err != nil {
		return nil, err
	}
	store, err := cache.New(client, co)
	return cached{client, store}, err
}

func (c cached) Get(ctx context.Context, id string) (value string, err error) {
	err = c.store.View(ctx, id, func(b []byte) error {
		value = string(b)
		return nil
	})
	return value, err
}

// View calls f with the value, without copying it.
func (c cached) View(ctx context.Context, id string, f func([]byte) error) error {
	return c.store.View(ctx, id, f)
}

// GetMany prefetches several secrets.
func (c cached) GetMany(ctx context.Context, ids ...string) error {
	return c.store.Prefetch(ctx, ids...)
}

func (c cached) Close() error { return errors.Join(c.store.Close(), c.client.Close()) }

// Many is what of the kinds can fetch several secrets at once.
type Many interface {
	GetMany(ctx context.Context, ids ...string) error
}
