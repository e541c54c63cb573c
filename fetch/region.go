package fetch

import (
	"context"
	"log/slog"
	"strconv"
	"sync"

	"wicketkey.internal/internal/awsenv"
	"wicketkey.internal/internal/flight"
	"wicketkey.internal/internal/ident"
)

// regionFinder gives the region in which a secret is asked for whose identifier
// names none. Where neither an option nor the configuration says, the environment
// does, or the instance: the SDK would fail with "Missing Region" there.
func regionFinder(s settings, log *slog.Logger) func(context.Context) (string, error) {
	if s.cfg.Region != "" {
		return func(context.Context) (string, error) { return s.cfg.Region, checkRegion(s.cfg.Region) }
	}
	f := &foundRegion{found: s.found, log: log}
	return f.get
}

func checkRegion(region string) error {
	if ident.IsRegion(region) {
		return nil
	}
	return &Error{Kind: ErrNoRegion, Cause: "what options, environment or profile name is none: " + strconv.Quote(region), Remedy: remedyRegion}
}

// foundRegion asks once for all who wait, each for as long as its context lasts,
// and keeps the answer. Those who wait share a failure: off an instance it takes
// seconds, and to ask again for each would add them up.
type foundRegion struct {
	found *found // nil where the caller's aws.Config names no region
	log   *slog.Logger

	mu     sync.Mutex // guards what follows
	region string     // once it is known
	lookup *flight.Flight[regionAnswer]
	stop   context.CancelFunc // ends lookup
}

type regionAnswer struct {
	region, source string
	err            error
}

func (f *foundRegion) get(ctx context.Context) (string, error) {
	f.mu.Lock()
	if f.region != "" {
		defer f.mu.Unlock()
		return f.region, nil
	}
	if f.lookup == nil {
		asking, stop := context.WithCancel(context.WithoutCancel(ctx))
		f.lookup, f.stop = flight.New[regionAnswer](&f.mu), stop
		go f.run(asking, stop, f.lookup)
	}
	lookup, stop := f.lookup, f.stop
	lookup.Join()
	f.mu.Unlock()
	answer, err := lookup.Wait(ctx, func() { // called with mu held
		if lookup.Waiters() == 0 {
			f.forget(lookup)
			stop()
		}
	})
	if err != nil {
		return "", err
	}
	return answer.region, answer.err
}

// forget has the next one ask anew. The caller holds mu.
func (f *foundRegion) forget(lookup *flight.Flight[regionAnswer]) {
	if f.lookup == lookup {
		f.lookup = nil
	}
}

func (f *foundRegion) run(ctx context.Context, stop context.CancelFunc, lookup *flight.Flight[regionAnswer]) {
	defer stop()
	var a regionAnswer
	a.region, a.source, a.err = f.find(ctx)
	f.mu.Lock()
	if a.err == nil {
		f.region = a.region
	}
	f.forget(lookup)
	lookup.Deliver(a)
	f.mu.Unlock()
	if a.err == nil { // told last: a log's handler may ask the client
		f.log.Info("wicketkey: region found", "region", a.region, "source", a.source)
	}
}

func (f *foundRegion) find(ctx context.Context) (region, source string, err error) {
	var loaded *awsenv.Loaded
	if f.found != nil {
		loaded = f.found.current()
	} else {
		if loaded, err = awsenv.Load(nil); err != nil {
			return "", "", settingsError(err)
		}
		defer loaded.Close()
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
