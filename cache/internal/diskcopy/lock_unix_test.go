//go:build unix && !aix && !solaris

package diskcopy

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"
)

// Several write the same copy, and the same mark, at one instant: the latest stays.
func TestTheLatestStaysOfManyAtOnce(t *testing.T) {
	for range 100 {
		dir, now := t.TempDir(), time.Now()
		var all sync.WaitGroup
		for i := range 4 {
			c, asked := open(t, dir), now.Add(-time.Duration(i)*time.Second)
			all.Go(func() {
				saved := c.Save(t.Context(), ref("db"), secretOf("db", fmt.Sprint(i)), asked)
				dropped := c.Drop(Refusal{Ref: ref("other"), At: asked, Whole: true})
				if err := errors.Join(saved, dropped); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		c := open(t, dir)
		if got := load(t, c, "db"); got != "0" {
			t.Fatalf("the copy is number %s", got)
		}
		save(t, c, "other", "other", "v", now.Add(-time.Millisecond))
		if got := load(t, c, "other"); got != "" {
			t.Fatalf("got %q, which was asked for before a refusal", got)
		}
	}
}
