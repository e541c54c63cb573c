package main

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"wicketkey.internal/cache"
	"wicketkey.internal/fetch"
	"wicketkey.internal/fetch/gatewayconfig"
)

// gateway holds its configuration in wipeable memory and nowhere else.
type gateway struct {
	log   *slog.Logger
	store *cache.Store
	from  settings

	mu  sync.Mutex // guards cfg
	cfg *gatewayconfig.Config
}

// start fetches, validates, and says so; a gateway that cannot have its
// configuration does not start.
func start(ctx context.Context, log *slog.Logger, client *fetch.Client, from settings) (*gateway, error) {
	store, err := cache.New(client, &cache.Options{TTL: from.ttl, Logger: log})
	if err != nil {
		return nil, err
	}
	g := &gateway{log: log, store: store, from: from}
	began := time.Now()
	if err := g.load(ctx); err != nil {
		_ = store.Close()
		return nil, err
	}
	g.report("gateway started", "took", time.Since(began).Round(time.Millisecond/10))
	return g, nil
}

// load takes the current version into use. A version that is not a
// configuration is refused, and the one before it stays.
func (g *gateway) load(ctx context.Context) error {
	var cfg *gatewayconfig.Config
	err := g.store.View(ctx, g.from.name, func(value []byte) (err error) {
		cfg, err = gatewayconfig.Decode(value)
		return err
	})
	if err != nil {
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	_ = g.cfg.Close() // wiped; nil on the first load, which Close takes
	g.cfg = cfg
	return nil
}

// Watch reloads after each rotation until ctx ends, and tells reloaded, which
// may be nil, of each version taken into use.
func (g *gateway) Watch(ctx context.Context, reloaded func(version string)) error {
	state, _ := g.store.State(g.from.name)
	current := state.VersionID
	for change, err := range g.store.Watch(ctx, g.from.name) {
		switch {
		case err != nil:
			g.log.Warn("secret cannot be served; the gateway goes on with what it has", "error", err)
		case change.VersionID != current:
			current = change.VersionID
			if err := g.load(ctx); err != nil {
				g.log.Error("new version not taken into use", "version", current, "error", err)
				continue
			}
			g.report("gateway reloaded")
			if reloaded != nil {
				reloaded(current)
			}
		}
	}
	return nil
}

// report logs what is known of the secret, and never a value.
func (g *gateway) report(msg string, more ...any) {
	state, _ := g.store.State(g.from.name)
	g.mu.Lock()
	defer g.mu.Unlock()
	g.log.Info(msg, append([]any{
		"source", g.from.source,
		"arn", state.ARN,
		"version", state.VersionID,
		"age", time.Since(state.Created).Round(time.Millisecond),
		"calls", g.store.Stats().Fetches,
		"keys", g.cfg.Keys(),
		"locked", g.cfg.Locked(),
	}, more...)...)
}

// Close wipes the configuration and the store.
func (g *gateway) Close() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	_ = g.cfg.Close()
	return g.store.Close()
}
