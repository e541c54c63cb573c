package cache

import (
	"context"
	"errors"
	"slices"

	"wicketkey.internal/fetch"
)

// ErrRejected is what the function given to [Store.Do] returns, or wraps, when
// the credential was not accepted by whoever it was shown to.
var ErrRejected = errors.New("credential rejected")

// Do calls fn with the value, as [Store.View] does. When fn's error is an
// [ErrRejected], a rotation may be under way: the secret is fetched anew and fn
// called again if that brought another version; if that is rejected too, and id
// asks for the current version, fn is called once with AWSPREVIOUS. So fn runs
// at most three times, never twice with one version. The error is that of the
// last call.
//
// Callers whose credential is rejected again and again do not make AWS be asked
// as often: while nothing changes, the fetches are spaced ever further apart.
func (s *Store) Do(ctx context.Context, id string, fn func(value []byte) error) error {
	sn, sh, err := s.read(ctx, id)
	if err != nil {
		return err
	}
	a := attempts{store: s, fn: fn}
	if err := a.with(sn, sh); !errors.Is(err, ErrRejected) {
		return err
	}
	t, err := s.opts.target(id)
	if err != nil {
		return err
	}
	for _, t := range a.others(t) {
		if err := a.try(ctx, t); !errors.Is(err, ErrRejected) {
			return err
		}
	}
	return a.last
}

// attempts are the calls that one Do makes.
type attempts struct {
	store *Store
	fn    func(value []byte) error
	tried []string // versions
	last  error    // what fn said last
}

// others are the targets to try after the first: the same once more, and the
// previous version.
func (a *attempts) others(t target) []target {
	if t.ref.Stage != stageCurrent || t.ref.VersionID != "" {
		return []target{t}
	}
	previous := target{id: t.ref.ID + ":" + t.ref.Key + ":" + stagePrevious, ref: t.ref}
	previous.ref.Stage = stagePrevious
	return []target{t, previous}
}

// try fetches t anew and calls fn with it, if it is a version not yet tried.
// Whatever is in the way, fn's last word stands.
func (a *attempts) try(ctx context.Context, t target) error {
	if err := a.renew(ctx, t); errors.Is(err, fetch.ErrClosed) || ctx.Err() != nil {
		return errors.Join(a.last, err)
	}
	sn, sh, err := a.store.fetchTarget(ctx, t)
	if err != nil {
		return a.last
	}
	return a.with(sn, sh)
}

// renew is Refresh at the wish of callers whose value did not work: they have
// tried these versions. There may be many callers, again and again, so while
// AWS brings nothing new it is asked ever more rarely.
func (a *attempts) renew(ctx context.Context, t target) error {
	s := a.store
	worthwhile := func(e *entry, underWay bool) bool {
		sn := e.snap.Load()
		if underWay || sn == nil {
			return true
		}
		if e.item.sel.stage == stageCurrent && !slices.Contains(a.tried, sn.version) {
			return false // another caller has had it renewed meanwhile
		}
		return e.item.spacing.allows(sn.version, s.clock.now(), s.cat.rules)
	}
	joined, err := s.renew(ctx, t, worthwhile)
	if joined && err == nil { // AWS may have answered that before the rejection
		_, err = s.renew(ctx, t, worthwhile)
	}
	return err
}

// with calls fn with the value that the caller is a reader of.
func (a *attempts) with(sn *snapshot, sh *shard) error {
	defer sn.release(sh)
	if slices.Contains(a.tried, sn.version) {
		return a.last
	}
	a.tried = append(a.tried, sn.version)
	a.last = a.fn(sn.value)
	return a.last
}
