package cache_test

import (
	"bytes"
	"testing"

	"wicketkey.internal/cache"
	"wicketkey.internal/internal/test/unwind"
)

// A callback may end the call by which a value is lent to it. It is a reader no more:
// the value is wiped with the Store, and served until then.
func TestCallbackThatEndsTheCall(t *testing.T) {
	for name, read := range map[string]func(t *testing.T, s *cache.Store, fn func([]byte) error){
		"View": func(t *testing.T, s *cache.Store, fn func([]byte) error) { _ = s.View(t.Context(), "db", fn) },
		"Do":   func(t *testing.T, s *cache.Store, fn func([]byte) error) { _ = s.Do(t.Context(), "db", fn) },
		"Watch": func(t *testing.T, s *cache.Store, fn func([]byte) error) {
			_ = s.View(t.Context(), "db", func(value []byte) error {
				for range s.Watch(t.Context(), "db") {
					return fn(value)
				}
				return nil
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			unwind.Each(t, func(t *testing.T, end func()) {
				w := newWorld(t)
				w.put("db", "v")
				s := w.store(nil)
				var lent []byte
				defer func() {
					w.wants(s, "db", "v")
					s.Close()
					if !bytes.Equal(lent, make([]byte, 1)) {
						t.Errorf("the value still reads %q", lent)
					}
				}()
				read(t, s, func(value []byte) error {
					lent = value
					end()
					return nil
				})
			})
		})
	}
}
