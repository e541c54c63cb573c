package diskcopy

import (
	"bytes"
	"context"
	"testing"
	"time"

	"wicketkey.internal/internal/test/unwind"
)

// ending is a KeyWrapper that ends the first call of one kind.
type ending struct {
	wrap, unwrap func() // nil once called
	given        []byte // to Wrap, by the call that it ended
}

func once(f *func()) {
	if end := *f; end != nil {
		*f = nil
		end()
	}
}

func (e *ending) Wrap(_ context.Context, key []byte) ([]byte, error) {
	if e.wrap != nil {
		e.given = key
	}
	once(&e.wrap)
	return bytes.Clone(key), nil
}

func (e *ending) Unwrap(_ context.Context, wrapped []byte) ([]byte, error) {
	once(&e.unwrap)
	return bytes.Clone(wrapped), nil
}

// However a wrapper ends a call, its key is wiped, and the next call does what it is for.
func TestWrapperThatEndsTheCall(t *testing.T) {
	saved := func(t *testing.T, w *ending) *Copies {
		c := open(t, t.TempDir(), func(o *Options) { o.Key, o.Wrapper = nil, w })
		defer func() {
			save(t, c, "db", "db", "v", time.Now())
			if got := load(t, c, "db"); got != "v" {
				t.Errorf("got %q", got)
			}
		}()
		if w.wrap != nil {
			save(t, c, "db", "db", "v", time.Now())
		}
		return c
	}
	t.Run("Wrap", func(t *testing.T) {
		unwind.Each(t, func(t *testing.T, end func()) {
			w := &ending{wrap: end}
			defer func() {
				if len(w.given) != KeyBytes || !bytes.Equal(w.given, make([]byte, KeyBytes)) {
					t.Error("the key was not wiped")
				}
			}()
			saved(t, w)
		})
	})
	t.Run("Unwrap", func(t *testing.T) {
		unwind.Each(t, func(t *testing.T, end func()) {
			w := &ending{}
			c := saved(t, w)
			defer func() {
				if got := load(t, c, "db"); got != "v" {
					t.Errorf("got %q", got)
				}
			}()
			w.unwrap = end
			load(t, c, "db")
		})
	})
}
