package cache

import "context"

// Refresh asks AWS for the secret and returns when the answer is in: nil if AWS
// gave the value, which is then the one served, else the error, even where an
// old value goes on being served. It joins a fetch that is under way, and it
// gives the last error at once while a failing secret is being left alone.
func (s *Store) Refresh(ctx context.Context, id string) error {
	t, err := s.opts.target(id)
	if err != nil {
		return err
	}
	_, err = s.renew(ctx, t, func(*entry, bool) bool { return true })
	return err
}

// renew asks, and leaves the value alone.
func (s *Store) renew(ctx context.Context, t target, needed func(e *entry, underWay bool) bool) (joined bool, err error) {
	got, joined, err := s.ask(ctx, t, needed)
	if got.snap != nil {
		got.snap.release(got.shard)
	}
	if err == nil {
		err = got.err
	}
	return joined, err
}

// spacing is how the renewals of one version are spaced that callers wished for.
type spacing struct {
	version string
	count   int    // in a row
	after   moment // no further time earlier
}

// allows reports whether it is time for a further one, and counts it.
func (p *spacing) allows(version string, now moment, r rules) bool {
	if version != p.version || p.after.since(now) > maxBackoff {
		*p = spacing{version: version}
	}
	if p.count > 0 && !p.after.reached(now) {
		return false
	}
	p.after = now.add(r.jittered(doubled(minBackoff, p.count)))
	p.count++
	return true
}
