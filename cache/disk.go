package cache

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"sync"
	"time"

	"wicketkey.internal/fetch"
	"wicketkey.internal/internal/ident"
)

// Disk has a Store keep the last good value of each secret in a file, encrypted
// and authenticated, so that a program can start while AWS cannot answer. A copy
// is read only then, and only for the identifier, spelled the same, under which
// it was fetched; it is deleted when AWS says no.
//
// The files are written whole or not at all: killed at any moment, a program
// loses at most the copy that it was writing. They show how many secrets there
// are and how long, but neither names nor values. Whoever can write to the
// directory can delete copies or bring back older ones of the same secret, within
// MaxAge.
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

	// MaxAge is how old a copy may be, since AWS last gave the value, to be
	// served. Default: TTL and MaxStale of the Store together, which bound it in
	// any case.
	MaxAge time.Duration

	// MaxBytes bounds the sum of the files' sizes; the oldest leave first.
	// Default: 64 MiB.
	MaxBytes int64
}

// KeyWrapper encrypts and decrypts a key of 32 bytes, as KMS's Encrypt and
// Decrypt do. Unwrap of what another account's or an older key wrapped gives an
// error. Both may be called concurrently and return when ctx ends.
type KeyWrapper interface {
	Wrap(ctx context.Context, key []byte) (wrapped []byte, err error)
	Unwrap(ctx context.Context, wrapped []byte) (key []byte, err error)
}

// disk is the copies of one Store.
type disk struct {
	opts   Disk
	maxAge time.Duration
	seal   *sealer
	dir    *directory
	replay *replayer

	mu      sync.Mutex // guards what follows
	saved   map[fetch.Ref]savedCopy
	refused map[fetch.Ref]bool // copies that could not be deleted after a no
}

// savedCopy is what is on disk for a secret.
type savedCopy struct {
	file    string
	arn     string
	version string
	at      time.Time
}

// rewriteShare is the share of MaxAge after which a copy of the same version is
// written again, to make it younger.
const rewriteShare = 4

// openDisk checks the options and prepares the directory.
func openDisk(o *Options) (*disk, error) {
	if o.Disk == nil {
		return nil, nil
	}
	d := &disk{opts: *o.Disk, saved: make(map[fetch.Ref]savedCopy), refused: make(map[fetch.Ref]bool)}
	if d.maxAge = o.TTL + o.MaxStale; d.maxAge < 0 {
		d.maxAge = math.MaxInt64
	}
	if d.opts.MaxAge > 0 {
		d.maxAge = min(d.maxAge, d.opts.MaxAge)
	}
	fill(&d.opts.MaxBytes, 64<<20)
	if err := d.opts.validate(); err != nil {
		return nil, err
	}
	var err error
	if d.seal, err = newSealer(&d.opts); err != nil {
		return nil, err
	}
	if d.dir, err = openDirectory(d.opts.Dir, d.opts.MaxBytes, d.maxAge); err != nil {
		return nil, fmt.Errorf("wicketkey: directory for the disk copy: %w", err)
	}
	d.replay, err = newReplayer()
	return d, err
}

func (d *Disk) validate() error {
	switch {
	case d.Dir == "":
		return invalid("Disk.Dir", "the path of a directory")
	case d.Account == "" || d.Region == "":
		return invalid("Disk.Account and Disk.Region", "those of the program's credentials")
	case (len(d.Key) == 0) == (d.Wrapper == nil):
		return invalid("Disk.Key", "given, or else Wrapper, and not both")
	case d.Wrapper == nil && len(d.Key) != keyBytes:
		return invalid("Disk.Key", "32 bytes long")
	case d.MaxAge < 0 || d.MaxBytes < 0:
		return invalid("Disk.MaxAge and Disk.MaxBytes", "zero or more")
	}
	return nil
}

// save writes a copy, and anew those of the same secret under other spellings.
func (d *disk) save(ctx context.Context, ref fetch.Ref, secret *fetch.Secret) error {
	var errs []error
	for _, ref := range d.spellings(ref, secret.ARN()) {
		errs = append(errs, d.saveAs(ctx, ref, secret))
	}
	return errors.Join(errs...)
}

// spellings are ref and those others under which a copy of what it means there
// was written.
func (d *disk) spellings(ref fetch.Ref, arn string) []fetch.Ref {
	d.mu.Lock()
	defer d.mu.Unlock()
	refs := []fetch.Ref{ref}
	for other, c := range d.saved {
		same := ref
		same.ID = other.ID
		if other == same && other != ref && arn != "" && c.arn == arn {
			refs = append(refs, other)
		}
	}
	return refs
}

// saveAs writes a copy, unless a young enough one of this version is there.
func (d *disk) saveAs(ctx context.Context, ref fetch.Ref, secret *fetch.Secret) error {
	now := time.Now()
	d.mu.Lock()
	last := d.saved[ref]
	d.mu.Unlock()
	if last.file != "" && !d.dir.has(last.file) {
		last = savedCopy{} // it had to make room
	}
	if last.version == secret.VersionID() && now.Sub(last.at) < d.maxAge/rewriteShare {
		return nil
	}
	plain := encode(secret, now)
	defer plain.Free()
	sealed, err := d.seal.seal(ctx, d.context(ref), plain.Bytes())
	if err != nil {
		return fmt.Errorf("sealing the disk copy: %w", err)
	}
	file := d.seal.fileName(d.context(ref))
	if err := d.dir.write(file, sealed); err != nil {
		return fmt.Errorf("writing the disk copy: %w", err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.saved[ref] = savedCopy{file, secret.ARN(), secret.VersionID(), now}
	delete(d.refused, ref)
	if len(d.saved) > 2*d.dir.count() {
		maps.DeleteFunc(d.saved, func(_ fetch.Ref, c savedCopy) bool { return !d.dir.has(c.file) })
	}
	return nil
}

// drop deletes the copy after a no. If it cannot, this Store at least will not
// read it.
func (d *disk) drop(ref fetch.Ref, arn string) error {
	var errs []error
	for _, ref := range d.spellings(ref, arn) {
		errs = append(errs, d.dropAs(ref))
	}
	return errors.Join(errs...)
}

func (d *disk) dropAs(ref fetch.Ref) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.saved, ref)
	if err := d.dir.remove(d.seal.fileName(d.context(ref))); err != nil {
		d.refused[ref] = true
		return fmt.Errorf("deleting the disk copy after a refusal: %w", err)
	}
	return nil
}

// load gives the copy and the time at which AWS gave the value, or a nil Secret
// where there is none.
func (d *disk) load(ctx context.Context, ref fetch.Ref) (*fetch.Secret, time.Time, error) {
	if d.isRefused(ref) {
		return nil, time.Time{}, nil
	}
	sealed, err := d.dir.read(d.seal.fileName(d.context(ref)))
	if sealed == nil || err != nil {
		return nil, time.Time{}, err
	}
	plain, err := d.seal.open(ctx, d.context(ref), sealed)
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("opening the disk copy: %w", err)
	}
	defer plain.Free()
	at, err := writtenAt(plain.Bytes())
	if err != nil {
		return nil, time.Time{}, err
	}
	if age := time.Since(at); age > d.maxAge || age < -maxSkew {
		return nil, time.Time{}, fmt.Errorf("the disk copy is of %v, too old or ahead of the clock", at)
	}
	secret, err := d.replay.secret(ctx, ref, plain.Bytes())
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("reading the disk copy: %w", err)
	}
	if !sameOwner(ref.ID, secret.ARN()) {
		secret.Close()
		return nil, time.Time{}, errors.New("the disk copy is of another account or region")
	}
	return secret, at, nil
}

// sameOwner reports whether an identifier can mean what has this ARN: by a name
// anything, by an ARN what is of its partition and account; a replica has another
// region.
func sameOwner(identifier, arn string) bool {
	asked, err := ident.ParseID(identifier)
	if err != nil || asked.Kind == ident.BareName {
		return err == nil
	}
	answered, err := ident.ParseID(arn)
	return err == nil && answered.Partition == asked.Partition && answered.Account == asked.Account
}

// maxSkew is how far ahead of the clock a copy may be: AWS allows as much.
const maxSkew = 5 * time.Minute

func (d *disk) isRefused(ref fetch.Ref) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.refused[ref]
}

// context is what a copy is bound to: whose it is, and what was asked for.
func (d *disk) context(ref fetch.Ref) []byte {
	return bind(d.opts.Account, d.opts.Region, ref.ID, ref.Stage, ref.VersionID, ref.Key)
}

func (d *disk) close() {
	if d != nil {
		d.seal.close()
		d.replay.close()
	}
}
