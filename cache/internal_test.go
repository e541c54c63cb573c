package cache

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"wicketkey.internal/fetch"
)

func TestIndex(t *testing.T) {
	x := newIndex(1) // 64 buckets, so that chains form
	model := map[string]*entry{}
	for range 20_000 {
		id := fmt.Sprint("id-", rand.IntN(500))
		switch rand.IntN(3) {
		case 0:
			model[id] = &entry{}
			x.put(id, model[id])
		case 1:
			x.remove(id, &entry{}) // somebody else's: no effect
			if e := model[id]; e != nil {
				x.remove(id, e)
				delete(model, id)
			}
		}
		if got := x.get(id); got != model[id] {
			t.Fatalf("%s: got %p, want %p", id, got, model[id])
		}
	}
}

func TestIndexWhileItChanges(t *testing.T) {
	x := newIndex(1)
	stays := &entry{}
	for i := range 500 {
		x.put(fmt.Sprint("stays-", i), stays)
	}
	var stop atomic.Bool
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for i := 0; !stop.Load(); i++ {
				if x.get(fmt.Sprint("stays-", i%500)) != stays {
					t.Error("an entry that stays was not found")
					return
				}
			}
		})
	}
	for i := range 20_000 {
		id, e := fmt.Sprint("moves-", i%700), &entry{}
		x.put(id, e)
		if i%3 == 0 {
			x.remove(id, e)
		}
	}
	stop.Store(true)
	readers.Wait()
}

// Readers come and go while versions are replaced: none ever sees a wiped value,
// and every version is wiped in the end.
func TestSnapshotsUnderReaders(t *testing.T) {
	var e entry
	var all []*snapshot
	next := func(i int) {
		secret := secretOf(t, fmt.Sprintf("value-%06d", i))
		sn := newSnapshot(secret)
		all = append(all, sn)
		old := e.snap.Load()
		e.snap.Store(sn)
		if old != nil {
			old.retire()
		}
	}
	next(0)
	var stop atomic.Bool
	var readers sync.WaitGroup
	for range 8 {
		readers.Go(func() {
			for !stop.Load() {
				sn, sh := e.acquire()
				if rand.IntN(4) == 0 {
					runtime.Gosched()
				}
				if string(sn.value[:6]) != "value-" {
					t.Errorf("a reader sees %q", sn.value)
				}
				sn.release(sh)
			}
		})
	}
	for i := range 1000 {
		next(i + 1)
	}
	stop.Store(true)
	readers.Wait()
	e.snap.Load().retire()
	for i, sn := range all {
		if !sn.wiped.Load() {
			t.Fatalf("version %d of %d was not wiped", i, len(all))
		}
	}
}

func TestARetiredSnapshotLetsNobodyIn(t *testing.T) {
	sn := newSnapshot(secretOf(t, "v"))
	first := sn.acquire()
	sn.retire()
	if sn.acquire() != nil {
		t.Error("a reader was let in")
	}
	if sn.wiped.Load() || sn.hits() != 1 {
		t.Errorf("wiped: %v, hits: %d", sn.wiped.Load(), sn.hits())
	}
	sn.release(first)
	if !sn.wiped.Load() {
		t.Error("not wiped after its last reader")
	}
}

// More versions than the official client's list holds, and back to old ones.
func TestOfficialFollowsEveryVersion(t *testing.T) {
	versions := make([]*fetch.Secret, 30)
	for i := range versions {
		versions[i] = secretOf(t, fmt.Sprint("v", i))
	}
	o := &official{id: "db"}
	for range 5000 {
		want := versions[rand.IntN(len(versions))]
		got, err := o.fetch(t.Context(), func(context.Context) (*fetch.Secret, error) { return want, nil })
		if err != nil || got != want {
			t.Fatalf("got %v, %v", got, err)
		}
	}
}

// secretOf makes a Secret of the text.
func secretOf(t testing.TB, text string) *fetch.Secret {
	t.Helper()
	return fetch.NewSecret([]byte(text), fetch.Metadata{ARN: "arn:aws:secretsmanager:us-east-1:123456789012:secret:db-a1b2c3", Name: "db", VersionID: text})
}
