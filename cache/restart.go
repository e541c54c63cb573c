package cache

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"time"

	"wicketkey.internal/cache/internal/diskcopy"
	"wicketkey.internal/fetch"
)

// Disk has a Store keep the last good value of each secret in a file, encrypted
// and authenticated, so that a program can start while AWS cannot answer. A copy
// is read only then, by any spelling that means the secret; it is deleted when
// AWS refuses, and none whose question set out before that is written or read
// again, also not by another Store on the same directory. Of the copies that several
// Stores on one directory write, the one stays whose question set out last, late as
// another may come; if two were under way together, that may be the older version,
// until the next refresh.
//
// The files are written whole or not at all: killed at any moment, a program
// loses at most the copy that it was writing. They show how many secrets there
// are, how long, and how many were refused, but neither names nor values. Whoever
// can write to the directory can delete copies or bring back older ones of the
// same secret, within MaxAge; if others than the owner can, the Logger is told.
type Disk struct {
	// Dir is the directory, for this purpose alone; it is made, with mode 0700,
	// if it is not there. Required.
	Dir string

	// Key encrypts the copies: 32 random bytes, the same at the next start. The
	// Store keeps a copy until Close. Either Key or Wrapper is required.
	Key []byte

	// Wrapper encrypts a key that is made anew for each Store, as KMS does.
	Wrapper KeyWrapper

	// Account and Region are those of the credentials that the program runs
	// under. A copy that was written under others is refused. Both are required;
	// they are compared and go nowhere.
	Account, Region string

	// MaxAge is how old a copy may be, since AWS was last asked for the value, to be
	// served. Default: TTL and MaxStale of the Store together, which bound it in
	// any case.
	MaxAge time.Duration

	// MaxBytes bounds the sum of the files' sizes; the oldest leave first.
	// Default: 64 MiB.
	MaxBytes int64
}

// KeyWrapper encrypts and decrypts a key of 32 bytes, as KMS's Encrypt and
// Decrypt do. Unwrap of what another account's or an older key wrapped gives an
// error. Both may be called concurrently and return when ctx ends. Wrap keeps
// nothing of key after it has returned; what Unwrap gives belongs to the Store,
// which wipes it.
type KeyWrapper interface {
	Wrap(ctx context.Context, key []byte) (wrapped []byte, err error)
	Unwrap(ctx context.Context, wrapped []byte) (key []byte, err error)
}

// openDisk checks the options and opens the directory; without Options.Disk it
// returns nil.
func openDisk(o *Options) (*diskcopy.Copies, error) {
	if o.Disk == nil {
		return nil, nil
	}
	d := *o.Disk
	fill(&d.MaxBytes, 64<<20)
	if err := d.validate(); err != nil {
		return nil, err
	}
	maxAge := o.TTL + o.MaxStale
	if maxAge < 0 {
		maxAge = math.MaxInt64
	}
	if d.MaxAge > 0 {
		maxAge = min(maxAge, d.MaxAge)
	}
	copies, err := diskcopy.Open(diskcopy.Options{
		Dir: d.Dir, Key: d.Key, Wrapper: d.Wrapper, Account: d.Account, Region: d.Region, MaxAge: maxAge, MaxBytes: d.MaxBytes,
	})
	if err == nil && copies.OthersWrite() {
		o.Logger.Warn("wicketkey: others can write to the directory of the disk copies, and so bring back old ones", "dir", d.Dir)
	}
	return copies, err
}

func (d *Disk) validate() error {
	switch {
	case d.Dir == "":
		return invalid("Disk.Dir", "the path of a directory")
	case d.Account == "" || d.Region == "":
		return invalid("Disk.Account and Disk.Region", "those of the program's credentials")
	case (len(d.Key) == 0) == (d.Wrapper == nil):
		return invalid("Disk.Key", "given, or else Wrapper, and not both")
	case d.Wrapper == nil && len(d.Key) != diskcopy.KeyBytes:
		return invalid("Disk.Key", fmt.Sprintf("%d bytes long", diskcopy.KeyBytes))
	case d.MaxAge < 0 || d.MaxBytes < 0:
		return invalid("Disk.MaxAge and Disk.MaxBytes", "zero or more")
	}
	return nil
}

// A diskCopy is what was found on disk; secret is nil for nothing.
type diskCopy struct {
	secret *fetch.Secret
	asked  time.Time // when AWS was asked for it
}

// diskBudget bounds what readers wait for the copy, which may need KMS.
const diskBudget = 2 * time.Second

// consult does what the answer to a question demands of the disk. Close ends ctx, as
// it ends the question's own; the budget of that does not count here.
func (c *call) consult(ctx context.Context, disk *diskcopy.Copies, work diskWork, refusal diskcopy.Refusal, secret *fetch.Secret) (copied diskCopy, err error) {
	ctx, done := context.WithTimeout(ctx, diskBudget)
	defer done()
	switch work {
	case saveCopy:
		err = disk.Save(ctx, c.ref, secret, c.askedAt.wall)
	case dropCopy:
		err = disk.Drop(refusal)
	case loadCopy:
		copied.secret, copied.asked, err = disk.Load(ctx, c.ref)
	}
	return copied, err
}

// restore serves a value from disk, with the age that it has. The failure that led
// here has been taken in.
func (c *catalog) restore(it *item, asked string, copied diskCopy, now moment) *item {
	m := metaOf(copied.secret)
	other := c.receiver(it, m)
	f := it.fresh.copied(now.past(copied.asked), c.rules)
	refusedSince := !copied.asked.After(c.lastSuperseded(asked, it.sel, m).refused) // the disk may not know yet
	if it.value != nil || other != nil && other.value != nil || refusedSince || f.staleUntil.reached(now) {
		_ = copied.secret.Close() // something better has come meanwhile, or it is worth nothing
		return it
	}
	it = c.identify(it, asked, m, now)
	it.answered, it.fresh = c.tick(), f // readers see it: what was asked for before may be older
	it.describe(m)
	c.replace(it, newSnapshot(copied.secret))
	c.lookForKeys(it, now)
	c.total.restored++
	c.log(slog.LevelWarn, "wicketkey: AWS cannot answer; serving the disk copy", "arn", m.ARN, "version", m.VersionID, "of", copied.asked)
	return it
}
