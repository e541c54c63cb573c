package cache_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"wicketkey.internal/cache"
	"wicketkey.internal/fetch"
)

// TestSpellings is the model of several spellings, JSON keys, stages and versions
// of each secret, of which answers come late and out of order; of a second Store on
// the same disk, which starts anew at times; of a machine that sleeps; and of a peer
// that answers about another secret. The switches are those of TestModel.
func TestSpellings(t *testing.T) {
	steps, seed := search(t, 4_000, 1)
	for name, k := range spellingKinds {
		t.Run(name, func(t *testing.T) {
			n := steps / 2
			if k.onDisk {
				n /= 16 // a disk is slow
			}
			if bad, _ := runSpellings(t, k, seed, n, ""); bad != "" {
				t.Error(bad)
			}
		})
	}
}

// The faults that this package once had are found when they are put back.
func TestSpellingsFindFaults(t *testing.T) {
	for _, fault := range []string{"a late yes after a no", "a no that stops short"} { // the third is rare; TestOrders finds it
		t.Run(fault, func(t *testing.T) {
			bad, step := runSpellings(t, spellingKinds["roomy"], 1, 20_000, fault)
			if bad == "" {
				t.Error("not found")
			}
			t.Logf("in step %d: %s", step, bad)
		})
	}
}

type spellingKind struct {
	opts   cache.Options
	onDisk bool // two Stores on one disk, or else one whose machine sleeps
}

var spellingKinds = map[string]spellingKind{
	"roomy":   {opts: cache.Options{IdleAfter: -1}},
	"crowded": {opts: cache.Options{MaxSecrets: 3, IdleAfter: time.Hour}},
	"disk":    {opts: cache.Options{IdleAfter: -1}, onDisk: true},
	"small":   {opts: cache.Options{MaxSecrets: 2, IdleAfter: time.Hour}, onDisk: true},
}

func runSpellings(t *testing.T, k spellingKind, seed, steps uint64, fault string) (bad string, step uint64) {
	dir := t.TempDir()
	inBubble(t, func(t *world) {
		m := newSpellings(t, k, dir, rand.New(rand.NewPCG(seed, 2)), fault)
		defer m.end()
		for step = range steps {
			if m.step(); m.faulty() != "" {
				bad = fmt.Sprintf("in step %d, at %v: %s", step, time.Now().UTC(), m.faulty())
				return
			}
		}
	})
	return bad, step
}

const spelledSecrets = 3

// spellings is one run.
type spellings struct {
	*world
	*reference
	kind   spellingKind
	rand   *rand.Rand
	fault  string
	bases  [spelledSecrets][]string // name, ARN, ARN without its suffix
	stores []*cache.Store
	eyes   []*witness
	lives  int
	tasks  sync.WaitGroup

	guard    sync.Mutex // guards what follows
	crossed  [spelledSecrets]crossing
	answers  [spelledSecrets]string // the last one about each
	versions [spelledSecrets][]string
	newest   [spelledSecrets]int
}

func newSpellings(t *world, k spellingKind, dir string, r *rand.Rand, fault string) *spellings {
	m := &spellings{world: t, kind: k, rand: r, fault: fault}
	m.reference = newReference(m.which)
	m.kind.opts.TTL, m.kind.opts.MaxStale = modelTTL, modelStale
	stores := 1
	if k.onDisk {
		m.kind.opts.Disk, stores = diskIn(dir), 2
	}
	for i := range spelledSecrets {
		name := fmt.Sprint("s", i)
		m.rotate(i)
		arn := m.rotate(i)
		m.bases[i] = []string{name, arn, arn[:len(arn)-7]}
	}
	m.client = t.via(m.pass)
	m.stores, m.eyes = make([]*cache.Store, stores), make([]*witness, stores)
	for i := range stores {
		m.start(i)
	}
	return m
}

// start makes a Store, in the place of the one that was there.
func (m *spellings) start(i int) {
	if m.stores[i] != nil {
		m.stores[i].Close()
	}
	m.lives++
	m.eyes[i] = &witness{reference: m.reference, client: m.client, life: m.lives, asked: make(map[fetch.Ref]int)}
	opts := m.kind.opts
	opts.Logger = slog.New(restorations{slog.DiscardHandler, m.reference, m.lives})
	s, err := cache.NewOn(m.eyes[i], &opts)
	if err != nil {
		m.Fatal(err)
	}
	s.PutBack(m.fault)
	s.SetWall(func() time.Time {
		m.reference.mu.Lock()
		defer m.reference.mu.Unlock()
		return m.reference.now().wall.Round(0)
	})
	m.stores[i] = s
}

// restorations hears of copies that are read from disk.
type restorations struct {
	slog.Handler
	*reference
	life int
}

func (h restorations) Enabled(context.Context, slog.Level) bool { return true }

func (h restorations) Handle(_ context.Context, r slog.Record) error {
	if !strings.Contains(r.Message, "serving the disk copy") {
		return nil
	}
	about := make(map[string]string)
	r.Attrs(func(a slog.Attr) bool { about[a.Key] = a.Value.String(); return true })
	h.restore(h.at(about["arn"]), about["version"])
	return nil
}

func (h restorations) at(arn string) about { return about{h.life, h.secret(arn)} }

func (m *spellings) end() {
	for _, s := range m.stores {
		s.Close()
	}
	m.tasks.Wait()
}

func (m *spellings) faulty() string {
	m.reference.mu.Lock()
	defer m.reference.mu.Unlock()
	return m.bad
}

// which finds the secret that an identifier means.
func (m *spellings) which(id string) int {
	for i, bases := range m.bases {
		for _, base := range bases {
			if id == base || strings.HasPrefix(id, bases[0]+"-") {
				return i
			}
		}
	}
	panic("AWS is asked for " + id)
}

// rotate puts a new version, which is the only value ever under its number.
func (m *spellings) rotate(i int) (arn string) {
	m.guard.Lock()
	defer m.guard.Unlock()
	m.newest[i]++
	return m.world.put(fmt.Sprint("s", i), fmt.Sprintf(`{"k":"%d of s%d"}`, m.newest[i], i))
}

func (m *spellings) step() {
	synctest.Wait()
	m.settle()
	time.Sleep(time.Nanosecond) // copies on disk are told apart by when AWS was asked
	i, at := m.rand.IntN(spelledSecrets), m.rand.IntN(len(m.stores))
	switch n := m.rand.IntN(100); {
	case n < 50:
		var readers []func()
		for range 1 + m.rand.IntN(3) {
			readers = append(readers, m.reader(i, at)) // what is known by now is noted before the first of them asks
		}
		for _, reader := range readers {
			m.tasks.Go(reader)
		}
	case n < 58:
		id, _, _ := m.id(i)
		store := m.stores[at]
		m.tasks.Go(func() { store.Refresh(context.Background(), id) })
	case n < 64:
		m.rotate(i)
	case n < 75:
		m.changeFault(i)
	case n < 80:
		m.beLate(at, []time.Duration{0, 0, time.Second, latest}[m.rand.IntN(4)])
	case n < 82:
		m.start(at)
	case n < 97:
		time.Sleep(time.Duration(m.rand.IntN(6_000)) * time.Millisecond)
	case n < 99:
		time.Sleep(time.Duration(m.rand.IntN(12)) * time.Minute)
	default:
		m.sleeps()
	}
}

// sleeps lets the clock on the wall alone run on, or be set back; with a disk, whose
// files other processes date, both go on.
func (m *spellings) sleeps() {
	d := time.Duration(m.rand.IntN(100)-10) * time.Minute
	if m.kind.onDisk {
		time.Sleep(d)
		return
	}
	m.reference.mu.Lock()
	defer m.reference.mu.Unlock()
	m.ahead += d
	m.slept = time.Now()
}

func (m *spellings) beLate(at int, d time.Duration) {
	m.reference.mu.Lock()
	defer m.reference.mu.Unlock()
	m.eyes[at].late = d
}

// id is one of the spellings of a secret, a stage or version of it, and maybe a key.
func (m *spellings) id(i int) (id string, sel selector, whole bool) {
	base := m.bases[i][m.rand.IntN(len(m.bases[i]))]
	m.guard.Lock()
	defer m.guard.Unlock()
	key := []string{"", "", "k"}[m.rand.IntN(3)]
	switch n := m.rand.IntN(8); {
	case n < 5:
		suffix := []string{"", ":", "::", "::AWSCURRENT"}[m.rand.IntN(4)]
		if key != "" {
			suffix = []string{":k", ":k:", ":k::", ":k:AWSCURRENT:"}[m.rand.IntN(4)]
		}
		return base + suffix, selector{stage: "AWSCURRENT"}, key == ""
	case n < 7 || len(m.versions[i]) == 0:
		return base + ":" + key + ":AWSPREVIOUS", selector{stage: "AWSPREVIOUS"}, key == ""
	}
	v := m.versions[i][m.rand.IntN(len(m.versions[i]))]
	return base + ":" + key + "::" + v, selector{version: v}, key == ""
}

// reader is one who comes now, patient or not.
func (m *spellings) reader(i, at int) func() {
	id, sel, whole := m.id(i)
	before := m.standing(about{m.eyes[at].life, i}, sel)
	store, patience := m.stores[at], 5*time.Minute
	if m.rand.IntN(4) == 0 {
		patience = time.Duration(m.rand.IntN(2000)) * time.Millisecond
	}
	return func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		v, err := value(ctx, store, id)
		if err != nil {
			m.judgeError(before, id, err)
			return
		}
		if whole {
			v = strings.TrimSuffix(strings.TrimPrefix(v, `{"k":"`), `"}`)
		}
		m.judge(before, id, v)
	}
}
