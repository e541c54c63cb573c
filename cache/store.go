package cache

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"wicketkey.internal/fetch"
)

// asker is what a Store needs of [fetch.Client].
type asker interface {
	GetRef(ctx context.Context, ref fetch.Ref) (*fetch.Secret, error)
	GetMany(ctx context.Context, ids ...string) ([]*fetch.Secret, error)
}

// Store keeps secrets. It is safe for concurrent use.
type Store struct {
	client asker
	opts   Options
	index  *index
	tick   atomic.Uint64 // moves with each miss; see entry.touch

	flights sync.WaitGroup

	mu      sync.Mutex // guards what follows, and the entries
	closed  bool
	closing chan struct{} // closed with it
	entries []*entry
	keys    map[key]*entry
	home    string // the account and region of bare names, once AWS has found one
	events  uint64 // counts the beginnings and ends of flights
	total   totals
	lines   []func() // log lines, written once mu is released: a handler may be slow, or read the store

	disk *disk // nil when nothing is kept on disk
}

// New makes a Store on client, which stays the caller's: close it after the
// Store. A nil opts means the defaults. Nothing is fetched yet.
func New(client *fetch.Client, opts *Options) (*Store, error) {
	if client == nil {
		return nil, invalid("client", "a client from fetch.New")
	}
	return newStore(client, opts)
}

func newStore(client asker, opts *Options) (*Store, error) {
	o, err := opts.complete()
	if err != nil {
		return nil, err
	}
	s := &Store{client: client, opts: o, index: newIndex(o.MaxSecrets), keys: make(map[key]*entry), closing: make(chan struct{})}
	s.tick.Store(1)
	if s.disk, err = openDisk(&o); err != nil {
		return nil, err
	}
	return s, nil
}

// View calls fn with the secret's value, without copying it, and returns fn's
// error. The value belongs to the Store: fn must neither write to it nor keep
// it. It stays intact until fn returns, also when the secret is replaced or the
// Store closed meanwhile.
//
// View waits only where there is no value to serve: for one fetch, or until ctx
// ends; a hit does not look at ctx. Errors are those of [fetch.Client.Get]; a
// fetch that failed is not repeated at once, and callers are given its error
// until it is. The id may have any form that [fetch.ParseRef] reads.
func (s *Store) View(ctx context.Context, id string, fn func(value []byte) error) error {
	sn, l, err := s.read(ctx, id)
	if err != nil {
		return err
	}
	defer sn.leave(l)
	return fn(sn.value)
}

// Get returns a private copy of the secret, which the caller closes; otherwise
// it is like [Store.View].
func (s *Store) Get(ctx context.Context, id string) (*fetch.Secret, error) {
	sn, l, err := s.read(ctx, id)
	if err != nil {
		return nil, err
	}
	defer sn.leave(l)
	return sn.secret.Clone(), nil
}

// read makes the caller a reader of the secret's value.
func (s *Store) read(ctx context.Context, id string) (*snapshot, *lane, error) {
	if e := s.index.get(id); e != nil {
		if sn, l := e.enter(); sn != nil {
			e.touch(s.tick.Load())
			return sn, l, nil
		}
	}
	return s.await(ctx, id)
}

// await is read for a value that is not there.
func (s *Store) await(ctx context.Context, id string) (*snapshot, *lane, error) {
	t, err := s.target(id)
	if err != nil {
		return nil, nil, err
	}
	return s.awaitTarget(ctx, t)
}

func (s *Store) awaitTarget(ctx context.Context, t target) (*snapshot, *lane, error) {
	if err := ctx.Err(); err != nil {
		return nil, nil, gaveUp(t, err)
	}
	s.mu.Lock()
	e, err := s.find(t)
	if err != nil {
		s.mu.Unlock()
		return nil, nil, err
	}
	if sn := e.snap.Load(); sn != nil {
		defer s.mu.Unlock()
		return sn, sn.enter(), nil // a hit, if by a new spelling; never nil: who retires holds mu
	}
	s.total.misses++
	f, err := s.board(e)
	s.mu.Unlock()
	if err != nil {
		return nil, nil, err
	}
	if err := s.wait(ctx, t, f); err != nil {
		return nil, nil, err
	}
	if f.snap == nil {
		return nil, nil, f.err
	}
	return f.snap, f.lane, nil
}

// find returns the entry that t means, a new one if need be. The caller holds
// mu.
func (s *Store) find(t target) (*entry, error) {
	if s.closed {
		return nil, closed(t.ref.ID)
	}
	e := s.index.get(t.id)
	if e == nil {
		if e = s.known(t); e == nil {
			e = s.admit(t)
		}
		s.alias(e, alias{id: t.id, named: t.ref.ID})
	} else {
		e = s.rejoin(e)
	}
	e.touch(s.tick.Load())
	return e, nil
}

// Close ends all fetches under way, waits until they have ended, and wipes every
// value that is not being read; a View that is under way finishes, and its value
// is wiped then. Afterwards every call gives [fetch.ErrClosed]. Copies from Get
// stay valid. Close may be called more than once and always returns nil.
func (s *Store) Close() error {
	s.mu.Lock()
	if !s.closed {
		close(s.closing)
	}
	s.closed = true
	for _, e := range s.entries {
		if e.flight != nil {
			e.flight.cancel()
		}
	}
	for len(s.entries) > 0 {
		s.remove(s.entries[len(s.entries)-1])
	}
	s.mu.Unlock()
	s.flights.Wait()
	s.disk.close()
	return nil
}

func closed(id string) error {
	return &fetch.Error{
		ID: id, Kind: fetch.ErrClosed, Cause: "the store was closed",
		Remedy: "make a new one with cache.New",
	}
}

// gaveUp is the error of a caller whose context ended while it waited.
func gaveUp(t target, err error) error {
	return fmt.Errorf("wicketkey: secret %q: gave up waiting: %w", t.ref.ID, err)
}

// heldBack is the error of a caller who comes while e must not be asked.
func heldBack(e *entry, now time.Time) error {
	return fmt.Errorf("%w (not asked again for %v)", e.err, e.notBefore.Sub(now).Round(time.Millisecond))
}
