package diskcopy

import (
	"bytes"
	"context"
	"errors"
	"os"
	"testing"
	"time"
)

// odd is a KeyWrapper that gives what it is told to.
type odd struct {
	key, wrapped []byte
	err          error
}

func (o *odd) Wrap(context.Context, []byte) ([]byte, error)   { return o.wrapped, nil }
func (o *odd) Unwrap(context.Context, []byte) ([]byte, error) { return o.key, o.err }

// A wrapper that gives nothing makes no copy, which nobody could read.
func TestAWrapperThatGivesNothing(t *testing.T) {
	for _, wrapped := range [][]byte{nil, {}, make([]byte, 1<<16)} {
		dir := t.TempDir()
		c := open(t, dir, func(o *Options) { o.Key, o.Wrapper = nil, &odd{wrapped: wrapped} })
		if err := c.Save(t.Context(), ref("db"), secretOf("db", "v"), time.Now()); err == nil {
			t.Errorf("%d bytes: no error", len(wrapped))
		}
		if list, _ := os.ReadDir(dir); len(list) != 0 {
			t.Errorf("%d bytes: %d files", len(wrapped), len(list))
		}
	}
}

// A key is wiped that cannot be used, too.
func TestKeysThatCannotBeUsedAreWiped(t *testing.T) {
	for name, w := range map[string]*odd{
		"too short":     {key: bytes.Repeat([]byte{7}, KeyBytes-1)},
		"too long":      {key: bytes.Repeat([]byte{7}, KeyBytes+1)},
		"with an error": {key: bytes.Repeat([]byte{7}, KeyBytes), err: errors.New("no")},
		"another key":   {key: bytes.Repeat([]byte{7}, KeyBytes)},
	} {
		w.wrapped = []byte("wrapped")
		c := open(t, t.TempDir(), func(o *Options) { o.Key, o.Wrapper = nil, w })
		save(t, c, "db", "db", "v", time.Now())
		if secret, _, err := c.Load(t.Context(), ref("db")); err == nil {
			secret.Close()
			t.Errorf("%s: no error", name)
		}
		if !bytes.Equal(w.key, make([]byte, len(w.key))) {
			t.Errorf("%s: not wiped", name)
		}
	}
}
