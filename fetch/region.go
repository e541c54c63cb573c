package fetch

import (
	"context"
	"log/slog"
	"strconv"
	"sync"

	"wicketkey.internal/internal/awsenv"
)

// regionFinder gives the region in which a secret is asked for whose identifier
// names none. Where neither an option nor the configuration says, the environment
// does, or the instance: the SDK would fail with "Missing Region" there.
func regionFinder(s settings, log *slog.Logger) func(context.Context) (string, error) {
	if s.cfg.Region != "" {
		return func(context.Context) (string, error) { return s.cfg.Region, checkRegion(s.cfg.Region) }
	}
	f := &foundRegion{loaded: s.loaded, log: log}
	return f.get
}

func checkRegion(region string) error {
	if isRegion(region) {
		return nil
	}
	return &Error{Kind: ErrNoRegion, Cause: "what options, environment or profile name is none: " + strconv.Quote(region), Remedy: remedyRegion}
}

// foundRegion asks once for all who wait, each for as long as its context lasts,
// and keeps the answer. Those who wait share a failure: off an instance it takes
// seconds, and to ask again for each would add them up.
type foundRegion struct {
	loaded *awsenv.Loaded // nil where the caller's aws.Config names no region
	log    *slog.Logger

	mu     sync.Mutex // guards lookup, and the waiters of it
	lookup *regionLookup
}

// regionLookup is one question, and its answer once done.
type regionLookup struct {
	stop    context.CancelFunc
	done    chan struct{}
	waiters int
	region  string
	err     error
}

func (f *foundRegion) get(ctx context.Context) (string, error) {
	l := f.join(ctx)
	select {
	case <-l.done:
		return l.region, l.err
	case <-ctx.Done():
		f.leave(l)
		return "", ctx.Err()
	}
}

func (f *foundRegion) join(ctx context.Context) *regionLookup {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.lookup == nil {
		ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
		f.lookup = &regionLookup{stop: stop, done: make(chan struct{})}
		go f.run(ctx, f.lookup)
	}
	f.lookup.waiters++
	return f.lookup
}

// leave ends a lookup for which nobody waits any more.
func (f *foundRegion) leave(l *regionLookup) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if l.waiters--; l.waiters == 0 && f.lookup == l {
		f.lookup = nil
		l.stop()
	}
}

func (f *foundRegion) run(ctx context.Context, l *regionLookup) {
	defer close(l.done)
	defer l.stop()
	region, source, err := f.find(ctx)
	if err == nil {
		l.region = region
		f.log.Info("wicketkey: region found", "region", region, "source", source)
		return
	}
	l.err = err
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.lookup == l {
		f.lookup = nil // the next one asks anew
	}
}

func (f *foundRegion) find(ctx context.Context) (region, source string, err error) {
	loaded := f.loaded
	if loaded == nil {
		if loaded, err = awsenv.Load(nil); err != nil {
			return "", "", settingsError(err)
		}
	}
	if loaded.Config.Region != "" {
		return loaded.Config.Region, loaded.RegionSource, checkRegion(loaded.Config.Region)
	}
	if region, err = loaded.InstanceRegion(ctx); err != nil {
		return "", "", &Error{Kind: ErrNoRegion, Cause: "options, environment and profile name none, and " + err.Error(),
			Remedy: "set AWS_REGION, or give the secret's full ARN", Err: err}
	}
	return region, "instance metadata", nil
}
