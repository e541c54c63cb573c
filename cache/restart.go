package cache

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"wicketkey.internal/fetch"
)

// consultDisk keeps the disk copy in step with AWS's answer before anybody hears
// of it, and reads it where AWS cannot answer and there is nothing to serve. The
// caller, a flight, does not hold mu.
func (s *Store) consultDisk(ctx context.Context, e *entry, arn string, secret *fetch.Secret, err error) (saved *fetch.Secret, at time.Time) {
	if s.disk == nil {
		return nil, at
	}
	ctx, done := context.WithTimeout(ctx, diskBudget)
	defer done()
	var trouble error
	switch {
	case err == nil:
		trouble = s.disk.save(ctx, e.ref, secret)
	case refused(err):
		trouble = s.disk.drop(e.ref, arn)
	case !e.kept() && cannotAnswer(err):
		saved, at, trouble = s.disk.load(ctx, e.ref)
	}
	if trouble != nil {
		s.opts.Logger.Error("wicketkey: disk copy of a secret", "secret", e.ref.ID, "error", trouble)
	}
	return saved, at
}

// diskBudget bounds what readers wait for the copy, which may need KMS.
const diskBudget = 2 * time.Second

// cannotAnswer reports whether err is AWS's trouble and not that of the caller's
// identifier or options.
func cannotAnswer(err error) bool {
	for _, ours := range []error{fetch.ErrBadIdentifier, fetch.ErrInvalid, fetch.ErrClosed} {
		if errors.Is(err, ours) {
			return false
		}
	}
	return true
}

// restore serves a value from disk, with the age that it has. The caller holds
// mu; the failure that led here is still to be taken in.
func (s *Store) restore(e *entry, saved *fetch.Secret, at time.Time) {
	same := s.known(target{ref: e.ref})
	if s.closed || e.kept() || refused(e.err) || same != nil && same.kept() {
		saved.Close() // something better, or a no, has come meanwhile
		return
	}
	s.date(e, at)
	if !time.Now().Before(e.dies) {
		saved.Close()
		return
	}
	e.learn(saved)
	e.region = s.disk.opts.Region // the copy does not say
	e.restored = true
	s.replace(e, newSnapshot(saved))
	s.total.restored++
	s.log(slog.LevelWarn, "wicketkey: AWS cannot answer; serving the disk copy", "arn", e.arn, "version", saved.VersionID(), "of", at)
}
