package cache

import (
	"context"
	"slices"
	"time"
)

// Refresh asks AWS for the secret and returns when the answer is in: nil if AWS
// gave the value, which is then the one served, else the error, even where an
// old value goes on being served. It joins a fetch that is under way, and it
// gives the last error at once while a failing secret is being left alone. Where
// an answer to another spelling has overtaken this one with another version, nil
// comes before AWS, asked once more, has said which of the two is current.
func (s *Store) Refresh(ctx context.Context, id string) error {
	t, err := s.target(id)
	if err != nil {
		return err
	}
	_, err = s.ask(ctx, t, func(*entry) bool { return true })
	return err
}

// ask waits for an answer about t, unless it is not needed after all, which is
// asked with mu held and no flight under way.
func (s *Store) ask(ctx context.Context, t target, needed func(*entry) bool) (joined bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, gaveUp(t, err)
	}
	s.mu.Lock()
	e, err := s.find(t)
	if err != nil || e.flight == nil && !needed(e) {
		s.mu.Unlock()
		return false, err
	}
	joined = e.flight != nil
	f, err := s.board(e)
	s.mu.Unlock()
	if err != nil {
		return joined, err
	}
	if err := s.wait(ctx, t, f); err != nil {
		return joined, err
	}
	if f.snap != nil {
		f.snap.leave(f.lane)
	}
	return joined, f.err
}

// renew is Refresh at the wish of callers whose value did not work: they have
// tried these versions. There may be many callers, again and again, so while AWS
// brings nothing new it is asked ever more rarely.
func (s *Store) renew(ctx context.Context, t target, tried []string) error {
	worthwhile := func(e *entry) bool {
		sn := e.snap.Load()
		if sn == nil {
			return true
		}
		if e.ref.Stage == stageCurrent && !slices.Contains(tried, sn.version) {
			return false // another caller has had it renewed meanwhile
		}
		return e.mayRenew(sn.version, time.Now())
	}
	joined, err := s.ask(ctx, t, worthwhile)
	if joined && err == nil { // AWS may have answered that before the rejection
		_, err = s.ask(ctx, t, worthwhile)
	}
	return err
}

// mayRenew spaces the renewals of one version.
func (e *entry) mayRenew(version string, now time.Time) bool {
	if version != e.renewed || now.Sub(e.renewAfter) > maxHold {
		e.renewed, e.renewals = version, 0
	}
	if e.renewals > 0 && now.Before(e.renewAfter) {
		return false
	}
	e.renewAfter = now.Add(jittered(doubled(firstHold, e.renewals)))
	e.renewals++
	return true
}
