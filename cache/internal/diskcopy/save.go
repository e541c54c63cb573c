package diskcopy

import (
	"context"
	"fmt"
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
	if c.refusedSince(l, asked) || c.isSucceeded(l, asked) { // by another process, which may not have seen the file
		return c.dir.remove(l.file())
	}
	if !c.dir.isLater(l.file(), asked) {
		c.remember(l, saved{secret.VersionID(), asked, c.dir.time(l.file())})
	}
	return c.dropNamesakes(l, asked)
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

// isSucceeded reports whether there is a later copy of what bears this name now: a
// secret that was created anew has another ARN.
func (c *Copies) isSucceeded(l labels, asked time.Time) bool {
	files, _ := c.dir.list(copySuffix)
	for _, file := range files {
		if other, ok := parse(file); ok && other.isNamesake(l) && c.dir.isLater(file, asked) {
			return true
		}
	}
	return false
}

// dropNamesakes deletes copies of what bore this name before, and not a later one that
// another process has just written.
func (c *Copies) dropNamesakes(l labels, asked time.Time) error {
	return c.dropIf(func(other labels) bool { return other.isNamesake(l) && !c.dir.isLater(other.file(), asked) })
}
