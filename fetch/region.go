package fetch

import (
	"context"
	"log/slog"

	"wicketkey.internal/internal/awsenv"
)

// regionFinder gives the region in which a secret is asked for whose identifier
// names none. Where neither an option nor the configuration says, the instance
// does: the SDK would fail with "Missing Region" there.
func regionFinder(s settings, log *slog.Logger) func(context.Context) (string, error) {
	if s.cfg.Region != "" {
		return func(context.Context) (string, error) { return s.cfg.Region, nil }
	}
	f := &instanceRegion{loaded: s.loaded, log: log, turn: make(chan struct{}, 1)}
	return f.get
}

// instanceRegion asks once for all who wait, each for as long as its context
// lasts, and keeps the answer.
type instanceRegion struct {
	loaded *awsenv.Loaded
	log    *slog.Logger
	turn   chan struct{} // holds a token of whoever asks; guards region
	region string
}

func (f *instanceRegion) get(ctx context.Context) (string, error) {
	select {
	case f.turn <- struct{}{}:
		defer func() { <-f.turn }()
	case <-ctx.Done():
		return "", ctx.Err()
	}
	if f.region != "" {
		return f.region, nil
	}
	region, err := f.ask(ctx)
	if err != nil {
		return "", &Error{Kind: ErrNoRegion, Cause: "options, environment and profile name none, and " + err.Error(),
			Remedy: "set AWS_REGION, or give the secret's full ARN", Err: err}
	}
	f.region = region
	f.log.Info("wicketkey: region found", "region", region, "source", "instance metadata")
	return region, nil
}

func (f *instanceRegion) ask(ctx context.Context) (string, error) {
	if f.loaded == nil {
		loaded, err := awsenv.Load(nil)
		if err != nil {
			return "", err
		}
		f.loaded = loaded
	}
	return f.loaded.InstanceRegion(ctx)
}
