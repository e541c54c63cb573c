package leaktest_test

import (
	"context"

	"wicketkey.internal/cache"
	"wicketkey.internal/fetch"
	"wicketkey.internal/fetch/gatewayconfig"
)

// gateway reads its configuration and closes the secret it came in.
func (c *client) gateway(ctx context.Context) error {
	f, err := fetch.New(ctx, c.options())
	if err != nil {
		return err
	}
	s, err := f.Get(ctx, secretName)
	if err != nil {
		return err
	}
	cfg, err := gatewayconfig.Decode(s.Bytes())
	if err != nil {
		return err
	}
	c.at("held", s.Bytes())
	s.Close()
	err = cfg.View("privateKey", func(key []byte) error {
		c.at("viewing", key)
		return nil
	})
	if err != nil {
		return err
	}
	cfg.Close()
	c.aftermath(func() { f.Close() })
	return nil
}

// cache goes through the life of a store with a rotation.
func (c *client) cache(ctx context.Context) error {
	f, err := fetch.New(ctx, c.options())
	if err != nil {
		return err
	}
	store, err := cache.New(f, nil)
	if err != nil {
		return err
	}
	s, err := store.Get(ctx, secretName)
	if err != nil {
		return err
	}
	c.at("got", s.Bytes())
	s.Close()
	err = store.View(ctx, secretName, func(value []byte) error {
		c.at("viewing", value)
		if err := store.Refresh(ctx, secretName); err != nil {
			return err
		}
		c.at("rotating", value)
		return nil
	})
	if err != nil {
		return err
	}
	err = store.View(ctx, secretName, func(value []byte) error {
		c.at("rotated", value)
		return nil
	})
	if err != nil {
		return err
	}
	store.Close()
	c.aftermath(func() { f.Close() })
	return nil
}
