package cache

import (
	"context"
	"fmt"
	"sync"
	"time"

	"wicketkey.internal/cache/internal/diskcopy"
	"wicketkey.internal/fetch"
)

// fetcher is what a Store needs of [fetch.Client].
type fetcher interface {
	GetRef(ctx context.Context, ref fetch.Ref) (*fetch.Secret, error)
	GetMany(ctx context.Context, ids ...string) ([]*fetch.Secret, error)
}

// Store keeps secrets. It is safe for concurrent use.
type Store struct {
	client  fetcher
	opts    Options
	clock   clock
	disk    *diskcopy.Copies // nil when nothing is kept on disk
	cat     *catalog
	flights sync.WaitGroup

	closing context.Context // ends with the store: its life, not a caller's
	close   context.CancelFunc

	mu       sync.Mutex  // guards what follows, and all that hangs on cat
	beat     *time.Timer // compares the clocks; see watchClocks
	watching bool
	lastLook moment
}

// New makes a Store on client, which stays the caller's: close it after the
// Store. A nil opts means the defaults. Nothing is fetched yet.
func New(client *fetch.Client, opts *Options) (*Store, error) {
	if client == nil {
		return nil, &fetch.Error{Kind: fetch.ErrInvalid, Cause: "the client given to cache.New is nil", Remedy: "give one that fetch.New has made"}
	}
	return newStore(client, opts)
}

func newStore(client fetcher, opts *Options) (*Store, error) {
	o, err := opts.complete()
	if err != nil {
		return nil, err
	}
	s := &Store{client: client, opts: o, clock: newClock(), cat: newCatalog(&o)}
	s.closing, s.close = context.WithCancel(context.Background())
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
	sn, sh, err := s.read(ctx, id)
	if err != nil {
		return err
	}
	defer sn.release(sh)
	return fn(sn.value)
}

// Get returns a private copy of the secret, which the caller closes; otherwise
// it is like [Store.View].
func (s *Store) Get(ctx context.Context, id string) (*fetch.Secret, error) {
	sn, sh, err := s.read(ctx, id)
	if err != nil {
		return nil, err
	}
	defer sn.release(sh)
	return sn.secret.Clone(), nil
}

// read makes the caller a reader of the secret's value.
func (s *Store) read(ctx context.Context, id string) (*snapshot, *shard, error) {
	if e := s.cat.index.get(id); e != nil {
		if sn, sh := e.acquire(); sn != nil {
			e.touch(s.cat.lru.Load())
			return sn, sh, nil
		}
	}
	return s.readSlow(ctx, id)
}

// readSlow is read for a value that is not there.
func (s *Store) readSlow(ctx context.Context, id string) (*snapshot, *shard, error) {
	t, err := s.opts.target(id)
	if err != nil {
		return nil, nil, err
	}
	return s.fetchTarget(ctx, t)
}

func (s *Store) fetchTarget(ctx context.Context, t target) (*snapshot, *shard, error) {
	missed := false
	got, _, err := s.ask(ctx, t, func(e *entry, _ bool) bool {
		hit := e.snap.Load() != nil // by a new spelling, or after all
		switch {
		case missed:
		case hit:
			s.cat.hits++
		default:
			missed = true
			s.cat.total.misses++
		}
		return !hit
	})
	if err == nil && got.snap == nil {
		err = got.err
	}
	return got.snap, got.shard, err
}

// mostLooks bounds how often a caller looks again for what its identifier means.
const mostLooks = 4

// ask waits for an answer about t, unless it is not needed after all, which is
// asked with mu held; underWay says whether AWS is being asked already, which the
// caller would join. The caller becomes a reader of the value, if there is one to
// be served; got.err is what AWS said, and err why it could not be asked.
func (s *Store) ask(ctx context.Context, t target, needed func(e *entry, underWay bool) bool) (got lent, joined bool, err error) {
	for range mostLooks {
		var p *party
		if p, got, joined, err = s.joinOrRead(ctx, t, needed); p != nil {
			got, err = p.wait(ctx, t)
		}
		if err != nil || got.snap != nil || got.err != nil {
			return got, joined, err
		}
	}
	return got, joined, overtaken(t.ref.ID)
}

// joinOrRead makes the caller wait for a question, or a reader of what is there.
func (s *Store) joinOrRead(ctx context.Context, t target, needed func(e *entry, underWay bool) bool) (p *party, got lent, joined bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cat.closed {
		return nil, got, false, closed(t.ref.ID)
	}
	e := s.cat.find(t, s.clock.now())
	joined = e.item.call() != nil
	if !needed(e, joined) {
		if sn := e.snap.Load(); sn != nil {
			got = lent{snap: sn, shard: sn.acquireN(1)} // whether it is a hit, needed knows
		}
		s.cat.trim(e.item) // a key may have been picked just now
		return nil, got, false, nil
	}
	if err := ctx.Err(); err != nil {
		return nil, got, false, gaveUp(t, err)
	}
	p, err = s.join(e)
	s.schedule(e.item)
	return p, got, joined, err
}

// Close ends all fetches under way, waits until they have ended, and wipes every
// value that is not being read; a View that is under way finishes, and its value
// is wiped then. Afterwards every call gives [fetch.ErrClosed]. Copies from Get
// stay valid. Close may be called more than once, by the Logger's handler as well,
// whose lines it does not wait for, and always returns nil.
func (s *Store) Close() error {
	s.mu.Lock()
	s.cat.closed = true
	s.close()
	for c := range s.cat.calls {
		c.cancel()
	}
	for n := len(s.cat.items); n > 0; n = len(s.cat.items) {
		s.cat.remove(s.cat.items[n-1])
	}
	if s.beat != nil {
		s.beat.Stop()
	}
	s.mu.Unlock()
	s.flights.Wait()
	if s.disk != nil {
		s.disk.Close()
	}
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
