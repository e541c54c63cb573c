package cache_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"time"

	"wicketkey.internal/cache"
	"wicketkey.internal/fetch"
)

// A reference keeps, beside the Stores and without their help, what AWS said of
// each secret and when each Store was told. Its rules on what a reader may be given
// are in judge.
type reference struct {
	mu     sync.Mutex
	seq    int                // numbers what happens
	ahead  time.Duration      // of the clock on the wall, of the one that only runs forward
	slept  time.Time          // when it was last set
	of     map[about]*account // what each Store was told
	disk   map[int]*account   // what any of them was told, by secret
	secret func(id string) int
	bad    string // the first violation

	unclear []func() // to be judged once it has been told what was read from disk
}

// about is a Store, in the life since it was made, and a secret.
type about struct{ life, secret int }

// A selector is a stage or a version.
type selector struct{ stage, version string }

// said is an answer: when its question set out, and when a Store was told.
type said struct {
	out, told int
	at, heard instant // the same by the clocks
	id        string  // of the version
}

// An instant is a time by both clocks.
type instant struct{ run, wall time.Time }

func newReference(secret func(id string) int) *reference {
	return &reference{of: make(map[about]*account), disk: make(map[int]*account), secret: secret}
}

func (r *reference) account(a about) *account {
	if r.of[a] == nil {
		r.of[a] = newAccount()
	}
	if r.disk[a.secret] == nil {
		r.disk[a.secret] = newAccount()
	}
	return r.of[a]
}

func (r *reference) now() instant { return instant{time.Now(), time.Now().Add(r.ahead)} }

func (r *reference) fault(format string, args ...any) {
	if r.bad == "" {
		r.bad = fmt.Sprintf(format, args...)
	}
}

// settle is called when every Store has taken in what it was told.
func (r *reference) settle() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, judge := range r.unclear {
		judge()
	}
	r.unclear = nil
	for _, a := range r.disk {
		a.settled = noes{maps.Clone(a.no.of), a.no.whole}
	}
}

// restore notes that a Store has read a copy from disk: what other Stores are told
// from then on does not concern it.
func (r *reference) restore(a about, versionID string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if acc := r.account(a); acc.restored[versionID].of == nil { // it may be read for a stage first and for a version later
		acc.restored[versionID] = r.disk[a.secret].settled
	}
}

// A standing is what a Store knew, all answers taken in, before a reader came.
type standing struct {
	about
	sel    selector
	no     int // the last no that reaches what is read
	doubt  said
	newest int
}

func (r *reference) standing(a about, sel selector) standing {
	r.mu.Lock()
	defer r.mu.Unlock()
	acc := r.account(a)
	return standing{
		about: a, sel: sel, no: acc.no.last(sel), doubt: acc.doubt[sel], newest: acc.read[sel],
	}
}

// judge holds what a reader was given against the rules:
//
//   - a value of the secret, and of the stage or version, that was read, which AWS
//     gave to a question that set out after the last refusal of it, of whatever spelling
//     or JSON key; for a copy on disk: after the last refusal of any Store on that disk
//   - not within 15 s of a denial of another stage or version, unless AWS gave it
//     since
//   - no older version than one that was read before
//   - nothing that AWS was asked for longer ago than TTL and MaxStale, by either clock
func (r *reference) judge(before standing, id, value string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var version, secret int
	if _, err := fmt.Sscanf(value, "%d of s%d", &version, &secret); err != nil || secret != before.secret {
		r.fault("%s: served %q", id, value)
		return
	}
	acc, now := r.account(before.about), r.now()
	if version < before.newest {
		r.fault("%s: version %d after version %d", id, version, before.newest)
	}
	acc.read[before.sel] = max(acc.read[before.sel], version)
	mine, given := acc.yes[before.sel][version]
	verified := mine.out > before.doubt.told || now.run.Sub(before.doubt.heard.run) >= 15*time.Second
	if given && mine.out > before.no && verified && r.isYoung(mine, now) {
		return
	}
	why := "served after a no"
	switch {
	case !given:
		why = "was never given"
	case mine.out > before.no && !verified:
		why = "served soon after another stage was denied"
	case mine.out > before.no:
		why = fmt.Sprintf("served at the age of %v and %v", now.run.Sub(mine.at.run), now.wall.Sub(mine.at.wall))
	}
	r.unclear = append(r.unclear, func() {
		ofDisk := r.disk[before.secret].yes[before.sel][version]
		if onDisk, restored := acc.restored[ofDisk.id]; !restored || ofDisk.out <= max(before.no, onDisk.last(before.sel)) || !r.isYoung(ofDisk, now) {
			r.fault("%s: version %d %s, and is no copy on disk either", id, version, why)
		}
	})
}

// isYoung reports whether what was said may still be served. A jump of the clock on
// the wall is noticed within a beat.
func (r *reference) isYoung(s said, now instant) bool {
	most := modelTTL + modelStale
	return now.run.Sub(s.at.run) <= most && (now.wall.Sub(s.at.wall) <= most || now.run.Sub(r.slept) <= beat)
}

const (
	latest = 20 * time.Second // the longest that an answer is under way
	beat   = 5 * time.Second
)

// judgeError holds an error against the rules: there is one only if AWS has failed
// or refused a short while ago, or for the reader's own reasons.
func (r *reference) judgeError(before standing, id string, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	acc := r.account(before.about)
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled), errors.Is(err, fetch.ErrClosed):
	case time.Since(acc.failure) > longestHold+flightTime+latest:
		r.fault("%s: %v, although AWS has been well for %v", id, err, time.Since(acc.failure))
	}
}

// A witness stands between a Store and its client. It tells the reference what AWS
// said, after it has held the answer back for a while, so that answers overtake one
// another.
type witness struct {
	*reference
	client *fetch.Client
	life   int

	late  time.Duration // guarded by the reference's mutex
	asked map[fetch.Ref]int
}

var _ cache.Fetcher = (*witness)(nil)

func (w *witness) GetRef(ctx context.Context, ref fetch.Ref) (*fetch.Secret, error) {
	w.mu.Lock()
	w.seq++
	out := w.seq
	late, at := w.late*time.Duration(out%8)/8, w.now()
	if w.asked[ref]++; ref.Key != "" || w.asked[ref] > 1 {
		w.fault("%v is asked for too often at a time, or for a key", ref)
	}
	w.mu.Unlock()
	secret, err := w.client.GetRef(ctx, ref)
	select {
	case <-time.After(late):
	case <-ctx.Done():
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked[ref]--
	w.seq++
	version, id := 0, ""
	if err == nil {
		id = secret.VersionID()
		fmt.Sscanf(string(secret.Bytes()), `{"k":"%d`, &version)
	}
	i := w.secret(ref.ID)
	sel, s := selector{ref.Stage, ref.VersionID}, said{out, w.seq, at, w.now(), id}
	w.account(about{w.life, i}).tell(sel, s, version, err)
	w.disk[i].tell(sel, s, version, onDisk(err))
	return secret, err
}

// onDisk is what a no means for the copies: denied ends all of them.
func onDisk(err error) error {
	if errors.Is(err, fetch.ErrDenied) || errors.Is(err, fetch.ErrKMSDenied) {
		return &fetch.Error{Kind: fetch.ErrNotFound}
	}
	return err
}

func (w *witness) GetMany(ctx context.Context, ids ...string) ([]*fetch.Secret, error) {
	return nil, errors.New("no batches")
}
