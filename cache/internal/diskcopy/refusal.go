package diskcopy

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"wicketkey.internal/fetch"
	"wicketkey.internal/internal/ident"
)

// A Refusal is what AWS has refused.
type Refusal struct {
	Ref       fetch.Ref // what was asked
	ARN, Name string    // of the secret, where they are known
	Whole     bool      // it reaches every stage and version, not only the one asked
	At        time.Time
}

// Drop deletes the copies that a refusal reaches, and sees to it that none is written
// or read whose question set out before.
func (c *Copies) Drop(r Refusal) error {
	id, err := ident.ParseID(r.Ref.ID)
	if err != nil {
		return nil // nothing is kept under it
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	reached := []labels{c.of(id)}
	if l, ok := c.labelled(r.Ref, r.ARN, r.Name, false); ok {
		if r.Ref.ID == r.ARN {
			l.name = "" // which may be that of another secret by now
		}
		reached = append(reached, l)
	}
	pick := c.pick(r.Ref)
	isReached := func(l labels) bool {
		means := func(one labels) bool { return one.means(l) }
		return (r.Whole || l.pick == pick) && slices.ContainsFunc(reached, means)
	}
	marked := c.mark(reached, r)
	copies, unlisted := c.kept(isReached)
	dropped := c.drop(copies, r.At)
	maps.DeleteFunc(c.saved, func(file string, _ saved) bool { // deleted or not, it is worth nothing
		l, ok := parse(file)
		return ok && isReached(l)
	})
	if marked != nil { // the disk may have been full until now
		marked = c.mark(reached, r)
	}
	if err := errors.Join(marked, unlisted, dropped); err != nil {
		return fmt.Errorf("deleting the disk copy after a refusal: %w", err)
	}
	return nil
}

// all is in place of a stage's label in the mark of a refusal that reaches all.
const all = "all"

func (c *Copies) mark(reached []labels, r Refusal) error {
	var errs []error
	pick := all
	if !r.Whole {
		pick = c.pick(r.Ref)
	}
	at := binary.BigEndian.AppendUint64(nil, uint64(r.At.UnixNano()))
	for _, l := range reached {
		for _, label := range []string{l.arn, l.name} {
			if label == "" {
				continue
			}
			file := label + "-" + pick + markSuffix
			if err := c.dir.mark(file, at, r.At); err != nil {
				if len(c.refused) >= maxMarks {
					clear(c.refused)
					c.doubted = r.At
				}
				if r.At.After(c.refused[file]) {
					c.refused[file] = r.At // this process at least will hold to it
				}
				errs = append(errs, err)
			}
		}
	}
	return errors.Join(errs...)
}

// refusedSince reports whether a refusal has come since a question set out.
func (c *Copies) refusedSince(l labels, asked time.Time) bool {
	if !asked.After(c.doubted) {
		return true
	}
	for _, label := range []string{l.arn, l.name} {
		for _, pick := range []string{l.pick, all} {
			file := label + "-" + pick + markSuffix
			if at, ok := c.refused[file]; ok && !asked.After(at) {
				return true
			}
			data, err := c.dir.read(file)
			if err != nil || data != nil && len(data) != 8 {
				return true // there is a mark; what it says cannot be read
			}
			if data != nil && !asked.After(time.Unix(0, int64(binary.BigEndian.Uint64(data)))) {
				return true
			}
		}
	}
	return false
}
