package cache_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"wicketkey.internal/cache"
	"wicketkey.internal/mock"
)

// The reference is the list of what AWS said, and these rules on what a reader
// may be given:
//
//   - a value only if AWS gave it, after its last refusal of that secret
//   - no version older than one that was read before
//   - nothing older than TTL while AWS answers, nor older than TTL+MaxStale ever
//   - an error only if AWS has failed or refused a short while ago, or the
//     reader's own context ended; not if AWS failed without a no and there is a
//     value young enough, unless it may have been evicted
//
// The ordinary run is a known one, the first seed with which it once failed. A
// search sets WICKETKEY_MODEL_STEPS, and then the seed is drawn; it is printed,
// and WICKETKEY_MODEL_SEED repeats it. With the race detector many more steps in
// one process than the ordinary ones meet limits of the detector itself.
func TestModel(t *testing.T) {
	steps, seed := search(t, 8_000, 13326691967572387083)
	for name, opts := range map[string]cache.Options{
		"roomy":   {IdleAfter: -1},
		"crowded": {MaxSecrets: 3, IdleAfter: time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *world) {
				m := newModel(t, opts, rand.New(rand.NewPCG(seed, 1)))
				for i := range steps / 2 {
					if m.step(); t.Failed() {
						t.Fatalf("in step %d, at %v", i, time.Now())
					}
				}
				m.end()
			})
		})
	}
}

// search gives the steps and the seed of a model's run, by default the ordinary ones.
func search(t *testing.T, steps, seed uint64) (uint64, uint64) {
	if cache.FromEnv(t, "WICKETKEY_MODEL_STEPS", &steps) {
		seed = rand.Uint64()
	}
	cache.FromEnv(t, "WICKETKEY_MODEL_SEED", &seed)
	t.Logf("WICKETKEY_MODEL_SEED=%d", seed)
	return steps, seed
}

const (
	modelSecrets = 6
	modelTTL     = 10 * time.Minute
	modelStale   = time.Hour
	flightTime   = 75 * time.Second // the longest that a question takes
	longestHold  = time.Minute
)

type model struct {
	*world
	rand  *rand.Rand
	store *cache.Store
	opts  cache.Options
	arns  []string
	stop  context.CancelFunc
	tasks sync.WaitGroup

	mu      sync.Mutex
	late    time.Duration // how long a question takes to get to AWS
	said    [modelSecrets]history
	version [modelSecrets]int // the newest one put
	read    [modelSecrets]int // the newest one read
}

func newModel(t *world, opts cache.Options, r *rand.Rand) *model {
	opts.TTL, opts.MaxStale = modelTTL, modelStale
	m := &model{world: t, rand: r, opts: opts}
	for i := range modelSecrets {
		m.said[i].yes = make(map[int]time.Time)
		m.arns = append(m.arns, t.put(fmt.Sprint("s", i), m.value(i)))
	}
	m.store = t.storeOn(t.via(m.pass), &opts)
	t.wants(m.store, "s0", m.value(0)) // tells which account bare names belong to
	ctx, stop := context.WithCancel(context.Background())
	m.stop = stop
	m.tasks.Go(func() {
		for range m.store.Watch(ctx, "s0") {
		}
	})
	return m
}

// end lets all that is under way end, so that nothing leaks out of the bubble.
func (m *model) end() {
	m.stop()
	m.tasks.Wait()
	m.store.Close()
}

func (m *model) value(i int) string { return fmt.Sprintf("value %d of s%d", m.version[i], i) }

// which finds the secret that a request is about.
func (m *model) which(body string) int {
	var in struct{ SecretId string }
	if err := json.Unmarshal([]byte(body), &in); err != nil {
		m.Errorf("request %q", body)
	}
	for i, arn := range m.arns {
		// Package fetch may take the tail of an ARN for a part of the name.
		if name := fmt.Sprint("s", i); in.SecretId == arn || in.SecretId == name || strings.HasPrefix(in.SecretId, name+"-") {
			return i
		}
	}
	m.Errorf("AWS is asked for %q", in.SecretId)
	return 0
}

// pass has the question be late, not the answer as the mock's Latency would: a reader
// who joins a question is given what AWS said before he came.
func (m *model) pass(question string, ask func() string) string {
	m.mu.Lock()
	late := m.late
	m.mu.Unlock()
	time.Sleep(late)
	answer := ask()
	m.hear(question, answer)
	return answer
}

func (m *model) step() {
	synctest.Wait()
	i := m.rand.IntN(modelSecrets)
	switch n := m.rand.IntN(100); {
	case n < 60:
		m.reads(i, 1+m.rand.IntN(3), 0)
	case n < 66: // callers in a hurry
		m.reads(i, 1+m.rand.IntN(3), time.Duration(m.rand.IntN(2000))*time.Millisecond)
	case n < 72:
		m.rotate(i)
	case n < 80:
		m.changeFault(i)
	case n < 83:
		m.mu.Lock()
		m.late = []time.Duration{0, 0, 10 * time.Millisecond, time.Second}[m.rand.IntN(4)]
		m.mu.Unlock()
	case n < 86:
		m.refresh(i)
	case n < 88:
		m.do(i)
	case n < 97:
		time.Sleep(time.Duration(m.rand.IntN(20_000)) * time.Millisecond)
	case n < 99:
		time.Sleep(time.Duration(m.rand.IntN(10)) * time.Minute)
	default: // the clock jumps
		time.Sleep(time.Duration(m.rand.IntN(100)) * time.Minute)
	}
	m.bounds()
}

// id is one of the spellings of a secret.
func (m *model) id(i int) string {
	if m.rand.IntN(3) == 0 {
		return m.arns[i]
	}
	return fmt.Sprint("s", i)
}

func (m *model) rotate(i int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.version[i]++
	m.put(fmt.Sprint("s", i), m.value(i))
}

func (m *model) changeFault(i int) {
	all := []mock.Fault{{}, {}, {}, {}, {}, throttled, broken, expired, unreachable, denied, kmsDenied, notFound, deleted, keyDisabled}
	m.strike(fmt.Sprint("s", i), all[m.rand.IntN(len(all))])
}

// reads has n readers at once.
func (m *model) reads(i, n int, patience time.Duration) {
	var done sync.WaitGroup
	for range n {
		id, get := m.id(i), m.rand.IntN(4) == 0
		done.Go(func() {
			ctx := context.Background()
			if patience > 0 {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, patience)
				defer cancel()
			}
			before := m.newestRead(i)
			m.judge(i, id, before, m.one(ctx, id, get))
		})
	}
	done.Wait()
}

func (m *model) newestRead(i int) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.read[i]
}

type outcome struct {
	value string
	err   error
}

func (m *model) one(ctx context.Context, id string, get bool) outcome {
	if !get {
		v, err := value(ctx, m.store, id)
		return outcome{v, err}
	}
	secret, err := m.store.Get(ctx, id)
	if err != nil {
		return outcome{"", err}
	}
	defer secret.Close()
	return outcome{string(secret.Bytes()), nil}
}

func (m *model) refresh(i int) {
	id := m.id(i)
	before := m.newestRead(i)
	m.mu.Lock()
	current := m.version[i]
	m.mu.Unlock()
	if err := m.store.Refresh(context.Background(), id); err != nil {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.judgeRefresh(i, id, err)
		return
	}
	o := m.one(context.Background(), id, false)
	if o.err == nil && versionIn(o.value) < current {
		m.Errorf("%s: version %d after a refresh when %d was current", id, versionIn(o.value), current)
	}
	m.judge(i, id, before, o)
}

// do runs a user of Do, whose first credential is rejected half of the time.
func (m *model) do(i int) {
	id := m.id(i)
	reject := m.rand.IntN(2) == 0
	var shown []int
	err := m.store.Do(context.Background(), id, func(v []byte) error {
		shown = append(shown, versionIn(string(v)))
		if reject && len(shown) == 1 {
			return cache.ErrRejected
		}
		return nil
	})
	if len(shown) > 2 || len(shown) == 2 && shown[0] == shown[1] {
		m.Errorf("%s: shown versions %v", id, shown)
	}
	if err != nil && len(shown) == 2 {
		m.Errorf("%s: %v although the second was accepted", id, err)
	}
}

func (m *model) bounds() {
	synctest.Wait()
	st := m.store.Stats()
	most := modelSecrets * 2 // with the previous versions that Do asks for
	if m.opts.MaxSecrets > 0 {
		most = m.opts.MaxSecrets + 1 // one is watched
	}
	if st.Secrets > most || st.Failing > 2*modelSecrets*2 {
		m.Errorf("%d secrets, %d failing", st.Secrets, st.Failing)
	}
}
