package diskcopy

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"wicketkey.internal/fetch"
)

// saved is what is known of the copy of a secret that this process has written.
type saved struct {
	version string
	asked   time.Time
	at      time.Time // of the file
}

// maxSaved bounds what is remembered; forgetting costs one write.
const maxSaved = 4096

// rewriteShare is the share of MaxAge after which a copy of the same version is
// written again, to make it younger.
const rewriteShare = 4

// Save writes what AWS gave to a question that set out at the time asked, unless
// a young enough copy of that version is there, or one of a later question, and not
// one of a clock that ran ahead, or a refusal has come since.
func (c *Copies) Save(ctx context.Context, ref fetch.Ref, secret *fetch.Secret, asked time.Time) error {
	l, ok := c.labelled(ref, secret.ARN(), secret.Name(), secret.Replica())
	if !ok || c.isYoung(ctx, l, secret.VersionID(), asked) {
		return nil
	}
	plain := encode(secret, asked)
	defer plain.Free()
	sealed, err := c.seal.seal(ctx, c.context(l), plain.Bytes())
	if err != nil {
		return fmt.Errorf("sealing the disk copy: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.refusedSince(l, asked) {
		return nil
	}
	if err := c.dir.write(l.file(), sealed, asked); err != nil {
		return fmt.Errorf("writing the disk copy: %w", err)
	}
	// Other copies of the name are of what bore it before: a secret that was created
	// anew has another ARN. If one is later, this copy is of what bore it before.
	namesakes, unlisted := c.kept(l.isNamesake)
	if c.refusedSince(l, asked) || slices.ContainsFunc(namesakes, c.laterThan(asked)) { // by another process, which may not have seen the file
		return c.drop([]labels{l}, asked)
	}
	if !c.laterThan(asked)(l) {
		c.remember(l, saved{secret.VersionID(), asked, c.dir.time(l.file())})
	}
	return errors.Join(unlisted, c.drop(namesakes, asked))
}

// laterThan tells copies of questions that set out later.
func (c *Copies) laterThan(asked time.Time) func(labels) bool {
	return func(l labels) bool { return c.dir.isLater(l.file(), asked) }
}

// isYoung reports whether the copy that is there is of that version, and young
// enough. Where another process has written it meanwhile, it is read.
func (c *Copies) isYoung(ctx context.Context, l labels, version string, asked time.Time) bool {
	c.mu.Lock()
	last, ok := c.saved[l.file()]
	at := c.dir.time(l.file())
	c.mu.Unlock()
	if !ok || at.IsZero() {
		return false
	}
	if !at.Equal(last.at) {
		secret, theirs, err := c.open(ctx, l)
		if err != nil || secret == nil {
			return false
		}
		last = saved{secret.VersionID(), theirs, at}
		_ = secret.Close()
		c.mu.Lock()
		c.remember(l, last)
		c.mu.Unlock()
	}
	newer := asked.Sub(last.asked)
	return last.version == version && newer > -maxSkew && newer < c.opts.MaxAge/rewriteShare
}

// remember notes what is known of a copy. The caller holds mu.
func (c *Copies) remember(l labels, s saved) {
	if len(c.saved) >= maxSaved {
		clear(c.saved)
	}
	c.saved[l.file()] = s
}
