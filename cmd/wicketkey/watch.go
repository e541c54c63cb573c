//go:build unix

package main

import (
	"context"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"wicketkey.internal/cache"
	"wicketkey.internal/fetch"
	"wicketkey.internal/internal/wipe"
)

// reaction is what -watch asks for.
type reaction struct {
	restart bool
	signal  syscall.Signal
}

func (e *become) reaction(w way) (reaction, error) {
	if e.watch == "restart" {
		return reaction{restart: true}, nil
	}
	name, ok := strings.CutPrefix(e.watch, "signal:")
	number := unix.SignalNum("SIG" + strings.TrimPrefix(strings.ToUpper(name), "SIG"))
	switch {
	case !ok || number == 0:
		return reaction{}, usage("-watch takes restart or signal:NAME, such as signal:HUP")
	case w.kind != wayFile:
		return reaction{}, usage("-watch signal:NAME needs -as file:PATH: a running command's memory file and environment cannot be replaced")
	}
	return reaction{signal: number}, nil
}

// supervise runs the command as a child and acts on changes of the secret.
func (e *become) supervise(ctx context.Context, s *system, p *plan) error {
	react, err := e.reaction(p.way)
	if err != nil {
		return err
	}
	if e.grace < 0 {
		return usage("-grace must not be negative")
	}
	ref, err := e.refer(s)
	if err != nil {
		return err
	}
	c, err := e.connect(ctx, s, ref.ID)
	if err != nil {
		return err
	}
	defer c.client.Close()
	store, err := cache.New(c.client, &cache.Options{TTL: e.interval, Budget: e.timeout, Logger: s.logger()})
	if err != nil {
		return err
	}
	defer store.Close()
	w := &watch{store: store, ref: ref, form: e.form, s: s, fresh: make(chan *wipe.Buffer)}
	arrived := s.waitingForAWS(c.region, e.timeout)
	first, err := w.first(ctx)
	arrived()
	if err != nil {
		return meant(ctx, c.client, ref, err)
	}
	defer p.cleanUp()
	// A signal that ends ctx is forwarded from here on, and what it means is the
	// command's affair: SIGHUP mostly tells it to go on.
	following, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	go w.follow(following)
	return newSupervisor(s, p, react, e.grace).run(ctx, first, w.fresh)
}

// watch delivers each new version of the secret.
type watch struct {
	store   *cache.Store
	ref     fetch.Ref
	form    form
	s       *system
	version string // of the last value delivered
	fresh   chan *wipe.Buffer
}

// id is the reference in one word, as the store takes it.
func (w *watch) id() string {
	return strings.TrimRight(strings.Join([]string{w.ref.ID, w.ref.Key, w.ref.Stage, w.ref.VersionID}, ":"), ":")
}

func (w *watch) first(ctx context.Context) (*wipe.Buffer, error) {
	secret, err := w.store.Get(ctx, w.id())
	if err != nil {
		return nil, err
	}
	defer secret.Close()
	w.version = secret.VersionID()
	return w.form.take(secret.Bytes())
}

// follow runs until ctx ends. Whoever receives a value frees it.
func (w *watch) follow(ctx context.Context) {
	for change, err := range w.store.Watch(ctx, w.id()) {
		if err != nil {
			w.s.note("the secret cannot be read any more, and the command goes on with what it has: %s", strings.TrimPrefix(err.Error(), "wicketkey: "))
			continue
		}
		if change.VersionID == w.version {
			continue
		}
		value, err := w.first(ctx)
		if err != nil {
			w.s.note("version %s is not used, and the command goes on with what it has: %s", change.VersionID, strings.TrimPrefix(err.Error(), "wicketkey: "))
			continue
		}
		select {
		case w.fresh <- value:
			w.s.note("the secret has changed: version %s", w.version)
		case <-ctx.Done():
			value.Free()
		}
	}
}
