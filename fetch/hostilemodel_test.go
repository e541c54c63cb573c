package fetch_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"wicketkey.internal/fetch"
)

// A peer that duplicates, delays, splits, truncates, speaks out of turn, answers for
// another secret, resets and closes may cost a value, but never bring another
// secret's. The oracle is the value's own text. The plain SDK goes through the
// same, to prove the peer hostile: see [rounds].

// choose gives a number below n: a random one, or one out of a fuzzer's bytes.
type choose func(n int) int

// drawDeed makes up a deed. In a round of several workers only values are said in
// excess: on a connection that another one uses at that moment, HTTP/1.1 cannot
// tell anything else from an answer.
func drawDeed(pick choose, workers int) deed {
	d := deed{form: pick(forms), parts: max(0, pick(5)-2), pause: time.Duration(pick(4)) * 50 * time.Microsecond}
	kinds := []func(choose, *deed){excess, excess, excess, excess, instead, cut, broken, leads, greets, earlyAnswer, late}
	if workers == 1 {
		kinds = append(kinds, abandoned)
	}
	if pick(3) > 0 {
		kinds[pick(len(kinds))](pick, &d)
	}
	if workers > 1 && d.when != never {
		d.unsolicited, d.garbage = excesses[pick(valueExcesses)], ""
	}
	return d
}

func excess(pick choose, d *deed) {
	d.kind = "excess"
	n := pick(len(excesses))
	d.unsolicited = excesses[n]
	d.when = []moment{atOnce, later, soon}[pick(3)]
	if d.when == soon && n >= valueExcesses {
		d.when = later // in the middle of the next exchange it would be its answer
	}
	if d.when == atOnce && d.form == byClosing {
		d.form = byLength
	}
	if d.unsolicited == nil && pick(2) == 0 {
		d.garbage = []string{"\x17\x03\x03", "\x15\x03\x03\x00\x02\x01\x00", "\x17\x03\x03\x00\x05hello", "G"}[pick(4)]
	}
}

func instead(pick choose, d *deed) { d.kind, d.instead = "another's", others[pick(len(others))] }

func cut(pick choose, d *deed) {
	d.kind, d.cut, d.end = "cut", 1+pick(255), closes
	switch pick(3) {
	case 1:
		d.end = resets
	case 2: // another answer stands where the rest should
		d.when, d.unsolicited = atOnce, excesses[pick(valueExcesses)]
	}
}

func broken(pick choose, d *deed) {
	d.kind = "broken"
	switch pick(4) {
	case 0:
		d.whole = framed(byLength, "503 Service Unavailable", "")
	case 1:
		d.whole = framed(byChunks, "500 Internal Server Error", `{"__type":"InternalServiceError"}`)
	case 2:
		d.whole, d.cut, d.end = " ", 1, closes // not a byte
	case 3:
		d.whole, d.cut, d.end = " ", 1, resets
	}
}

func leads(pick choose, d *deed) {
	d.kind = "1xx"
	d.lead = strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 1+pick(3)) + "HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n"
}

// greets has the next connection told something before it asks.
func greets(pick choose, d *deed) {
	broken(pick, d)
	d.kind, d.greets = "greets", excesses[pick(valueExcesses)](workerName(0, pick(secretNames)))
}

func earlyAnswer(pick choose, d *deed) {
	d.kind, d.early = "early", excesses[pick(valueExcesses)](workerName(0, pick(secretNames)))
}

func late(pick choose, d *deed) { d.kind, d.late, d.form = "late", 1+pick(2), byLength }

func abandoned(_ choose, d *deed) { d.kind, d.abandoned = "abandoned", true }

func workerName(worker, secret int) string { return fmt.Sprintf("w%d/s%d", worker, secret) }

// question is a secret, how it is spelled, and what becomes of the requests.
type question struct {
	number int
	ref    fetch.Ref
	want   string
	deeds  []deed
}

func drawQuestion(pick choose, number, worker, workers int) question {
	c := claimed(workerName(worker, pick(secretNames)), []string{"", "", oldVersion, newVersion}[pick(4)])
	q := question{number: number, want: c.value(), ref: fetch.Ref{ID: []string{c.name, c.arn()}[pick(2)]}}
	if pick(2) == 0 || c.version == oldVersion {
		q.ref.VersionID = c.version
	}
	for range []int{0, 1, 1, 1, 2, 3}[pick(6)] {
		q.deeds = append(q.deeds, drawDeed(pick, workers))
	}
	return q
}

func (q question) has(kind string) bool {
	for _, d := range q.deeds {
		if d.kind == kind {
			return true
		}
	}
	return false
}

// The plain SDK has no limit of its own for an answer, and some peers make it wait for
// ever. That it was cut off asserts nothing, so a slow machine only compares less.
const (
	ourPatience   = time.Minute
	plainPatience = time.Second / 2 // the fuzzer kills, at its end, what takes a second
)

// put puts the question to whoever asks the peer.
func (q question) put(patience time.Duration, p *hostilePeer, ask fetchFunc) (got string, err error) {
	ctx, giveUp := context.WithTimeout(context.Background(), patience)
	defer giveUp()
	key := fmt.Sprint(q.number)
	p.expect(key, &plan{deeds: append([]deed(nil), q.deeds...), received: giveUp})
	got, err = ask(context.WithValue(ctx, questionKey{}, key), q.ref)
	p.settle(key)
	return got, err
}

// outcome counts what came of the questions.
type outcome struct{ right, wrong, failed atomic.Int64 }

func (o *outcome) count(q question, got string, err error) (right bool) {
	switch {
	case err != nil:
		o.failed.Add(1)
	case got != q.want:
		o.wrong.Add(1)
	default:
		o.right.Add(1)
		return true
	}
	return false
}

// rounds plays n questions, in rounds with a new peer and new clients each.
type rounds struct {
	ours, plain outcome
	asked       atomic.Int64 // requests that our client's peer has seen
	excused     atomic.Int64 // errors of ours that the SDK did not have
}

func (r *rounds) play(tb testing.TB, version uint16, ordinary bool, workers, n int, pick func(worker int) choose) {
	one := round{rounds: r, ordinary: ordinary, alone: workers == 1,
		peer: startHostilePeer(tb, version), beside: startHostilePeer(tb, version)}
	ours, closeOurs := askOurs(tb, one.peer, ordinary)
	defer closeOurs()
	plain, closePlain := askPlain(one.beside)
	defer closePlain()
	one.ours, one.plain = ours, plain
	var all sync.WaitGroup
	for worker := range workers {
		all.Go(func() {
			pick := pick(worker)
			for i := range n {
				one.step(tb, drawQuestion(pick, worker*n+i, worker, workers))
			}
		})
	}
	all.Wait()
	r.asked.Add(int64(one.peer.asked))
}

// round is our client and the plain SDK, each with a peer of its own.
type round struct {
	*rounds
	peer, beside *hostilePeer
	ours, plain  fetchFunc
	ordinary     bool // ours sends through net/http, which looks at an idle connection too late
	alone        bool // one worker; where there are more, the two sides meet the same at other moments
}

func (r *round) step(tb testing.TB, q question) {
	got, err := q.put(ourPatience, r.peer, r.ours)
	right := r.rounds.ours.count(q, got, err)
	if err == nil && !right {
		tb.Errorf("question %d: asked %+v, got %.120q", q.number, q.ref, got)
	}
	var e *fetch.Error
	if err != nil && (!errors.As(err, &e) || e.Refused() && !r.ordinary) {
		tb.Errorf("question %d: %v", q.number, err)
	}
	got, failed := q.put(plainPatience, r.beside, r.plain)
	if !r.rounds.plain.count(q, got, failed) || err == nil || r.ordinary || !r.alone {
		return
	}
	if excused(q, err) {
		r.excused.Add(1)
		return
	}
	tb.Errorf("question %d %s: the SDK succeeds, we do not: %v", q.number, kindsOf(q), err)
}

// excused are the errors that we may give where the SDK succeeds.
func excused(q question, err error) bool {
	if q.has("abandoned") && errors.Is(err, context.Canceled) { // a race of the answer with the caller's own end
		return true
	}
	// Two answers on two connections were about something else; the SDK met one,
	// or none, as on its connections they came at another moment.
	return errors.Is(err, fetch.ErrMalformed) && strings.Contains(err.Error(), "not about what was asked")
}

func kindsOf(q question) (kinds []string) {
	for _, d := range q.deeds {
		kinds = append(kinds, fmt.Sprintf("%s/%d/%d", d.kind, d.when, d.form))
	}
	return kinds
}

func seeded(seed uint64) func(int) choose {
	return func(worker int) choose { return rand.New(rand.NewPCG(seed, uint64(worker))).IntN }
}

// WICKETKEY_HOSTILE=1000000 go test -run TestHostilePeer -timeout 0 ./fetch
func TestHostilePeer(t *testing.T) {
	most, seed := 1200, uint64(1)
	if text := os.Getenv("WICKETKEY_HOSTILE"); text != "" {
		var err error
		if most, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
		seed = rand.Uint64()
	}
	unsolicited := printed(t)
	var r rounds
	const perWorker = 40
	for done := 0; done < most && !t.Failed(); seed++ {
		for _, version := range []uint16{0, tls12, 0, tls13} {
			for _, workers := range []int{1, 3} {
				t.Run(fmt.Sprintf("seed=%d/tls=%x/workers=%d", seed, version, workers), func(t *testing.T) {
					r.play(t, version, false, workers, perWorker, seeded(seed))
				})
				done += workers * perWorker
			}
		}
		t.Run(fmt.Sprintf("seed=%d/net/http", seed), func(t *testing.T) { r.play(t, 0, true, 1, perWorker, seeded(seed)) })
		done += perWorker
	}
	t.Logf("ours: %d right, %d wrong, %d errors, of which %d the SDK did not have; %d requests", r.ours.right.Load(), r.ours.wrong.Load(), r.ours.failed.Load(), r.excused.Load(), r.asked.Load())
	t.Logf("plain SDK: %d right, %d wrong, %d errors; net/http printed %d times", r.plain.right.Load(), r.plain.wrong.Load(), r.plain.failed.Load(), unsolicited.Load())
	if r.plain.wrong.Load() == 0 || r.plain.failed.Load() == 0 || r.plain.right.Load() == 0 {
		t.Error("the plain SDK has met no hostility, or nothing else")
	}
	if r.ours.right.Load() <= r.plain.right.Load() {
		t.Error("no more right answers than the plain SDK's")
	}
}

// printed counts what is printed to the standard logger, in place of printing it.
func printed(t *testing.T) *atomic.Int64 {
	n := new(atomic.Int64)
	log.SetOutput(writerFunc(func(p []byte) (int, error) { n.Add(int64(bytes.Count(p, []byte("\n")))); return len(p), nil }))
	t.Cleanup(func() { log.SetOutput(os.Stderr) })
	return n
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }
