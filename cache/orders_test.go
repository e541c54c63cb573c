package cache

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"wicketkey.internal/fetch"
)

const (
	ordersARN   = "arn:aws:secretsmanager:us-east-1:123456789012:secret:db-a1b2c3"
	ordersPrev  = ordersARN + "::AWSPREVIOUS"
	ordersDepth = 7
)

// An event is one thing that can happen; it reports false where it cannot.
type event struct {
	name string
	do   func(o *orders) bool
}

// orders is one run.
type orders struct {
	aws  *scripted
	s    *Store
	refs sync.Map // who is waiting, by identifier
	bad  string   // the first violation
}

func newOrders(t *testing.T) *orders {
	aws := &scripted{version: 1, lastNo: map[string]int{}, doubt: map[string]int{}, lastSeen: map[string]int{}}
	s, err := newStore(aws, &Options{IdleAfter: -1})
	if err != nil {
		t.Fatal(err)
	}
	return &orders{aws: aws, s: s}
}

// inOrders is for one order of events, in a bubble.
func inOrders(t *testing.T, f func(t *testing.T, o *orders)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		o := newOrders(t)
		defer o.s.Close()
		f(t, o)
	})
}

func (o *orders) refresh(id string) bool {
	return o.someone(id, func(ctx context.Context) { o.s.Refresh(ctx, id) })
}

// answered has the oldest question answered, and the answer delivered.
func (o *orders) answered() {
	o.asks(false, false)
	o.asks(false, true)
}

func (o *orders) someone(id string, call func(ctx context.Context)) bool {
	if _, there := o.refs.LoadOrStore(id, true); there {
		return false // one of a kind tells as much as many
	}
	go func() {
		call(context.Background())
		o.refs.Delete(id)
	}()
	synctest.Wait()
	return true
}

func (o *orders) asks(newest, answered bool) bool {
	q := o.aws.pick(answered, newest)
	if q == nil || newest && q == o.aws.pick(answered, false) {
		return false
	}
	if answered {
		o.aws.handOver(q)
	} else {
		o.aws.answer(q)
	}
	return true
}

// weather has AWS say yes, with a new version, or this no, from now on.
func (o *orders) weather(err error) bool {
	if o.aws.no == err {
		return false
	}
	o.aws.no = err
	if err == nil {
		o.aws.version++
	}
	return true
}

var errDenied, errDown = kind(fetch.ErrDenied), kind(fetch.ErrUnavailable)

func events() []event {
	refresh := func(id string) func(*orders) bool {
		return func(o *orders) bool { return o.refresh(id) }
	}
	read := func(id string) func(*orders) bool {
		return func(o *orders) bool {
			return o.someone(id, func(ctx context.Context) { o.s.View(ctx, id, func([]byte) error { return nil }) })
		}
	}
	return []event{
		{"name", refresh("db")}, {"ARN", refresh(ordersARN)}, {"key", read("db:k")}, {"stage", refresh(ordersPrev)},
		{"answer first", func(o *orders) bool { return o.asks(false, false) }},
		{"answer last", func(o *orders) bool { return o.asks(true, false) }},
		{"deliver first", func(o *orders) bool { return o.asks(false, true) }},
		{"deliver last", func(o *orders) bool { return o.asks(true, true) }},
		{"yes", func(o *orders) bool { return o.weather(nil) }},
		{"no", func(o *orders) bool { return o.weather(errDenied) }},
		{"down", func(o *orders) bool { return o.weather(errDown) }},
	}
}

// look reads by every spelling what is at hand, and holds it against what AWS has
// said: a value only from a yes whose question set out after the last refusal of its
// stage (and, until AWS could not be asked for a while, to the other stage), and
// never an older version than one that was read.
func (o *orders) look(withheldEnds bool) {
	for id, stage := range map[string]string{"db": stageCurrent, ordersARN: stageCurrent, "db:k": stageCurrent, ordersPrev: stagePrevious} {
		e := o.s.cat.index.get(id)
		if e == nil {
			continue
		}
		sn, sh := e.acquire()
		if sn == nil {
			continue
		}
		text := strings.Trim(string(sn.value), `{}"k:`)
		sn.release(sh)
		var version int
		var of string
		fmt.Sscan(text, &version, &of)
		granted := slices.ContainsFunc(o.aws.granted, func(q *asked) bool {
			return q.version == version && q.ref.Stage == stage && q.at > o.aws.lastNo[stage] && (withheldEnds || q.at > o.aws.doubt[stage])
		})
		switch {
		case of != stage:
			o.fault("%s: served %q", id, text)
		case !granted:
			o.fault("%s: version %d is served, which no answer since the last no has given", id, version)
		case version < o.aws.lastSeen[stage]:
			o.fault("%s: version %d after version %d", id, version, o.aws.lastSeen[stage])
		}
		o.aws.lastSeen[stage] = max(o.aws.lastSeen[stage], version)
	}
}

func (o *orders) fault(format string, args ...any) {
	if o.bad == "" {
		o.bad = fmt.Sprintf(format, args...)
	}
}

// play runs a sequence from a store that has the ARN's value; possible is false if
// an event of it cannot happen.
func play(t *testing.T, seq []event, spoil func(*Store)) (bad string, possible bool) {
	o := newOrders(t)
	aws := o.aws
	if spoil != nil {
		spoil(o.s)
	}
	defer func() {
		o.s.Close()
		synctest.Wait()
	}()
	for _, id := range []string{ordersARN, ordersPrev} {
		o.refresh(id)
		o.answered()
	}
	for _, e := range seq {
		if !e.do(o) {
			return "", false
		}
		o.look(false)
	}
	// All that is under way arrives; from then on AWS is down.
	for q := aws.pick(true, false); q != nil; q = aws.pick(true, false) {
		aws.handOver(q)
		o.look(false)
	}
	aws.no = errDown
	for range 30 {
		Sleep(time.Second)
		for q := aws.pick(false, false); q != nil; q = aws.pick(false, false) {
			aws.answer(q)
			aws.handOver(q)
			o.look(true)
		}
	}
	o.look(true)
	return o.bad, true
}

// explore plays every possible sequence of up to depth events. A sequence that is
// not possible is not extended.
func explore(t *testing.T, depth int, spoil func(*Store), found func(seq []event, bad string) (stop bool)) (played int) {
	var walk func(seq []event) bool
	walk = func(seq []event) bool {
		if len(seq) > 0 {
			bad, possible := play(t, seq, spoil)
			if !possible {
				return false
			}
			played++
			if bad != "" && found(seq, bad) {
				return true
			}
		}
		if len(seq) == depth {
			return false
		}
		for _, e := range events() {
			if walk(append(seq[:len(seq):len(seq)], e)) {
				return true
			}
		}
		return false
	}
	walk(nil)
	return played
}

func names(seq []event) string {
	var out []string
	for _, e := range seq {
		out = append(out, e.name)
	}
	return strings.Join(out, ", ")
}

// TestOrders plays every order of up to a few events: questions by two spellings,
// a JSON key and another stage set out, AWS answers and the answers arrive, in any
// order, while it says yes (each time with a new version), no, or nothing. The
// ordinary run has sequences of up to four; WICKETKEY_ORDERS=7 plays all of up to
// seven.
func TestOrders(t *testing.T) {
	depth := 4
	if testing.Short() {
		depth = 3
	}
	FromEnv(t, "WICKETKEY_ORDERS", &depth)
	synctest.Test(t, func(t *testing.T) {
		n := explore(t, min(depth, ordersDepth), nil, func(seq []event, bad string) bool {
			t.Errorf("%s: %s", names(seq), bad)
			return true
		})
		t.Logf("%d sequences of up to %d events", n, depth)
	})
}

// The faults that this package once had are found when they are put back.
func TestOrdersFindFaults(t *testing.T) {
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				found := ""
				n := explore(t, ordersDepth, func(s *Store) { s.cat.decide = fault }, func(seq []event, bad string) bool {
					found = names(seq) + ": " + bad
					return true
				})
				if found == "" {
					t.Errorf("not found in %d sequences", n)
				}
				t.Logf("found after %d sequences: %s", n, found)
			})
		})
	}
}

// faults are those that this package once had.
var faults = map[string]func(known, answer, moment, rules) decision{
	"a late yes after a no": func(k known, a answer, now moment, r rules) decision {
		if a.err == nil {
			k.refused, k.answered = 0, 0
		}
		return decide(k, a, now, r)
	},
	"a no that stops short": func(k known, a answer, now moment, r rules) decision {
		d := decide(k, a, now, r)
		d.reach = reachesAsked
		return d
	},
	"an older answer after a newer": func(k known, a answer, now moment, r rules) decision {
		k.answered = 0
		return decide(k, a, now, r)
	},
}
