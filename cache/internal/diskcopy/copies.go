// Package diskcopy keeps encrypted copies of secrets in a directory, for a start
// while AWS cannot answer.
//
//	copies, err := diskcopy.Open(diskcopy.Options{Dir: dir, Key: key, Account: account, Region: region, MaxAge: day, MaxBytes: 64 << 20})
//	err = copies.Save(ctx, ref, secret, asked)
//	secret, asked, err := copies.Load(ctx, ref)
//	err = copies.Drop(diskcopy.Refusal{Ref: ref, ARN: arn, Name: name, Whole: true, At: now})
//	copies.Close()
//
// # Guarantees
//
// There is one copy for each secret and stage or version, whatever the spelling
// it was asked by. It is found by every spelling that means the secret; what is
// found is held against the question by the same rule as an answer of AWS.
//
// A later copy is never replaced by an earlier one, nor deleted for it or for an earlier
// refusal, nor is the mark of a later refusal replaced: what counts is when AWS was
// asked, or has refused. That is the file's time.
//
// A refusal leaves a mark beside the copies that it deletes. What AWS was asked for
// before that time is neither written nor read afterwards, by any process that
// shares the directory.
//
// Only regular files of this user's are read, by a call that cannot wait.
package diskcopy

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"wicketkey.internal/fetch"
	"wicketkey.internal/internal/ident"
)

// Options say where and how. All have to be complete; package cache checks them.
type Options struct {
	Dir             string
	Key             []byte // 32 bytes, or else Wrapper
	Wrapper         KeyWrapper
	Account, Region string // those that bare names belong to
	MaxAge          time.Duration
	MaxBytes        int64
}

// KeyWrapper encrypts and decrypts a key, as KMS does.
type KeyWrapper interface {
	Wrap(ctx context.Context, key []byte) (wrapped []byte, err error)
	Unwrap(ctx context.Context, wrapped []byte) (key []byte, err error)
}

// Copies are the copies in one directory. They are safe for concurrent use.
type Copies struct {
	opts Options
	seal *sealer
	dir  *directory

	mu      sync.Mutex           // guards what follows, and that marks and copies agree
	saved   map[string]saved     // by file
	refused map[string]time.Time // marks that could not be written, by file
	doubted time.Time            // what was asked for until then may have been refused: there were too many of those
}

// maxSkew is how far ahead of the clock a copy may be: AWS allows as much.
const maxSkew = 5 * time.Minute

// Open prepares the directory.
func Open(o Options) (*Copies, error) {
	c := &Copies{opts: o, seal: newSealer(&o), saved: make(map[string]saved), refused: make(map[string]time.Time)}
	c.opts.Key = nil
	var err error
	if c.dir, err = openDirectory(o.Dir, o.MaxBytes, o.MaxAge); err != nil {
		c.seal.close()
		return nil, fmt.Errorf("wicketkey: directory for the disk copy: %w", err)
	}
	return c, nil
}

// OthersWrite reports whether users beside the owner can write to the directory,
// and so delete copies or bring back older ones.
func (c *Copies) OthersWrite() bool { return c.dir.othersWrite() }

// Close wipes the key.
func (c *Copies) Close() { c.seal.close() }

// Load gives the copy that ref means, and the time at which AWS was asked for it,
// or a nil Secret where there is none. The caller closes it.
func (c *Copies) Load(ctx context.Context, ref fetch.Ref) (*fetch.Secret, time.Time, error) {
	id, err := ident.ParseID(ref.ID)
	if err != nil {
		return nil, time.Time{}, err
	}
	l, err := c.find(c.of(id), c.pick(ref))
	if l == (labels{}) || err != nil {
		return nil, time.Time{}, err
	}
	secret, asked, err := c.open(ctx, l)
	if err != nil || secret == nil {
		return nil, time.Time{}, err
	}
	if err := c.check(l, id, ref, secret, asked); err != nil {
		_ = secret.Close()
		return nil, time.Time{}, err
	}
	return secret, asked, nil
}

// find looks for a copy by the labels of what is asked: by its ARN first, and by its
// name the latest: a killed process may have left that of an earlier secret.
func (c *Copies) find(asked labels, pick string) (labels, error) {
	means := func(l labels) bool { return l.pick == pick && asked.means(l) }
	all, err := c.kept(means)
	var found labels
	var latest time.Time
	for _, l := range all {
		if asked.arn == l.arn {
			return l, nil
		}
		if at := c.dir.time(l.file()); found == (labels{}) || at.After(latest) {
			found, latest = l, at
		}
	}
	return found, err
}

// kept are the copies that match, those of other processes included.
func (c *Copies) kept(match func(labels) bool) (found []labels, err error) {
	files, err := c.dir.list(copySuffix)
	for _, file := range files {
		if l, ok := parse(file); ok && match(l) {
			found = append(found, l)
		}
	}
	return found, err
}

// drop deletes copies, but for those that another process has just written of a later
// question. The caller holds mu.
func (c *Copies) drop(copies []labels, at time.Time) error {
	var errs []error
	for _, l := range copies {
		errs = append(errs, c.dir.remove(l.file(), at))
		delete(c.saved, l.file())
	}
	return errors.Join(errs...)
}

func (c *Copies) open(ctx context.Context, l labels) (*fetch.Secret, time.Time, error) {
	sealed, err := c.dir.read(l.file())
	if sealed == nil || err != nil {
		return nil, time.Time{}, err
	}
	plain, err := c.seal.open(ctx, c.context(l), sealed)
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("opening the disk copy: %w", err)
	}
	defer plain.Free()
	return decode(plain.Bytes())
}

// check holds what a copy says of itself against what was asked.
func (c *Copies) check(l labels, id ident.ID, ref fetch.Ref, secret *fetch.Secret, asked time.Time) error {
	if age := time.Since(asked.Round(0)); age > c.opts.MaxAge || age < -maxSkew {
		return fmt.Errorf("the disk copy is of %v, too old or ahead of the clock", asked)
	}
	if secret.Replica() {
		id = id.WithRegion(secret.Region())
	}
	question := ident.Ref{ID: id, Stage: ref.Stage, VersionID: ref.VersionID}
	answer := ident.Answer{ARN: secret.ARN(), Name: secret.Name(), VersionID: secret.VersionID(), Stages: secret.Stages()}
	if err := ident.Answers(question, answer); err != nil {
		return fmt.Errorf("the disk copy is of another secret: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.refusedSince(l, asked) {
		return errors.New("the disk copy is older than a refusal")
	}
	return nil
}

// context is what a copy is bound to: whose it is, and what was asked for.
func (c *Copies) context(l labels) []byte {
	return bind(c.opts.Account, c.opts.Region, l.arn, l.name, l.pick)
}
