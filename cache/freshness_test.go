package cache

import (
	"fmt"
	"testing"
	"time"

	"wicketkey.internal/fetch"
)

func kind(k error) error { return &fetch.Error{Kind: k} }

func TestBackoffGrowsAndIsCapped(t *testing.T) {
	for _, tt := range []struct {
		err       error
		failures  int
		min, most time.Duration
	}{
		{kind(fetch.ErrThrottled), 1, 500 * time.Millisecond, time.Second},
		{kind(fetch.ErrThrottled), 4, 4 * time.Second, 8 * time.Second},
		{kind(fetch.ErrThrottled), 1_000_000, 30 * time.Second, time.Minute},
		{&fetch.Error{Kind: fetch.ErrThrottled, RetryAfter: time.Hour}, 1, time.Hour, time.Hour},
		{kind(fetch.ErrNotFound), 1, 2500 * time.Millisecond, 5 * time.Second},
		{kind(fetch.ErrNotFound), 99, 30 * time.Second, time.Minute},
	} {
		t.Run(fmt.Sprintf("%v %d", tt.err, tt.failures), func(t *testing.T) {
			for _, draw := range []float64{0, 0.5, 0.999999} {
				r := rules{negativeTTL: 5 * time.Second, draw: func() float64 { return draw }}
				if got := r.backoff(tt.err, tt.failures); got < tt.min || got > tt.most {
					t.Errorf("%v, want %v to %v", got, tt.min, tt.most)
				}
			}
		})
	}
}

// fixed are rules without chance: TTL 10 minutes, asked again after 8, stale for
// an hour more.
var fixed = rules{ttl: 10 * time.Minute, maxStale: time.Hour, negativeTTL: 4 * time.Second, ahead: 0.8, draw: func() float64 { return 0 }}

// at is a moment some minutes after the beginning, by both clocks.
func at(minutes float64) moment {
	d := time.Duration(minutes * float64(time.Minute))
	return moment{time.Unix(0, 0).Add(d), d}
}

// The state machine: what happens, one thing after the other, and what follows.
func TestStates(t *testing.T) {
	yes := func(f freshness, now moment) freshness { return f.accepted(now, now, fixed) }
	no := func(f freshness, now moment) freshness { return f.failedWith(kind(fetch.ErrDenied), now, fixed) }
	fails := func(f freshness, now moment) freshness {
		return f.failedWith(kind(fetch.ErrUnavailable), now, fixed)
	}
	time := func(f freshness, now moment) freshness { return f.passed(now) }
	doubt := func(f freshness, now moment) freshness { return f.doubted(now) }
	copied := func(f freshness, now moment) freshness { return f.copied(at(0), fixed) }
	type step struct {
		minute float64
		do     func(freshness, moment) freshness
	}
	for _, tt := range []struct {
		name    string
		steps   []step
		minute  float64 // when it is looked at
		phase   string
		ask     reason
		askAt   float64
		end     reason
		endAt   float64
		serving bool
	}{
		{"nothing", nil, 1, "empty", nothing, 0, nothing, 0, false},
		{"a yes", []step{{1, yes}}, 2, "fresh", refresh, 9, expire, 71, true},
		{"a yes, and TTL", []step{{1, yes}}, 11, "stale", refresh, 9, expire, 71, true},
		{"a yes, trouble", []step{{1, yes}, {9, fails}}, 9, "fresh", retry, 9 + 1./60, expire, 71, true},
		{"a yes, trouble for TTL", []step{{1, yes}, {9, fails}}, 20, "stale", retry, 9 + 1./60, expire, 71, true},
		{"a yes, trouble for too long", []step{{1, yes}, {70, fails}, {71, time}}, 71, "failing", nothing, 0, nothing, 0, false},
		{"trouble, a yes", []step{{1, fails}, {2, yes}}, 2, "fresh", refresh, 10, expire, 72, true},
		{"a no", []step{{1, no}}, 1, "refused", nothing, 0, nothing, 0, false},
		{"a yes, a no", []step{{1, yes}, {2, no}}, 2, "refused", nothing, 0, nothing, 0, false},
		{"a yes, a no, trouble", []step{{1, yes}, {2, no}, {3, fails}}, 3, "failing", nothing, 0, nothing, 0, false},
		{"a no, a yes", []step{{1, no}, {2, yes}}, 2, "fresh", refresh, 10, expire, 72, true},
		{"trouble", []step{{1, fails}}, 1, "failing", nothing, 0, nothing, 0, false},
		{"trouble, a copy", []step{{2, fails}, {2, copied}}, 3, "fresh", retry, 2 + 1./60, expire, 70, true},
		{"trouble, an old copy", []step{{30, fails}, {30, copied}}, 30, "stale", retry, 30 + 1./60, expire, 70, true},
		{"a yes, doubt", []step{{1, yes}, {2, doubt}}, 2, "withheld", verify, 2, resume, 2.25, false},
		{"a yes, doubt, a yes", []step{{1, yes}, {2, doubt}, {2.1, yes}}, 2.1, "fresh", refresh, 10.1, expire, 72.1, true},
		{"a yes, doubt, a no", []step{{1, yes}, {2, doubt}, {2.1, no}}, 2.1, "refused", nothing, 0, nothing, 0, false},
		{"a yes, doubt, trouble", []step{{1, yes}, {2, doubt}, {2.1, fails}}, 2.1, "withheld", verify, 2.1 + 1./60, resume, 2.25, false},
		{"a yes, doubt, too long", []step{{1, yes}, {2, doubt}, {2.1, fails}, {2.25, time}}, 2.25, "fresh", retry, 2.1 + 1./60, expire, 71, true},
		{"doubt about nothing", []step{{1, no}, {2, doubt}}, 2, "refused", nothing, 0, nothing, 0, false},
		{"doubt, and the end of the value", []step{{1, yes}, {70.9, doubt}, {71, time}}, 71, "empty", nothing, 0, nothing, 0, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var f freshness
			for _, s := range tt.steps {
				f = s.do(f, at(s.minute))
			}
			now := at(tt.minute)
			ask, end := f.ask(false, now), f.end(now)
			if got := f.phase(now); got != tt.phase || f.servable(now) != tt.serving || ask.why != tt.ask || end.why != tt.end {
				t.Errorf("%s, asks to %q, ends by %q, served %v; want %s, %q, %q, %v",
					got, ask.why, end.why, f.servable(now), tt.phase, tt.ask, tt.end, tt.serving)
			}
			if ask.at.run.Round(1e6) != at(tt.askAt).run.Round(1e6) || end.at.run.Round(1e6) != at(tt.endAt).run.Round(1e6) {
				t.Errorf("asks at %v, ends at %v; want %v, %v", ask.at.run, end.at.run, at(tt.askAt).run, at(tt.endAt).run)
			}
		})
	}
}

// A value ends by whichever clock is ahead.
func TestBothClocks(t *testing.T) {
	f := freshness{}.accepted(at(0), at(0), fixed)
	for _, tt := range []struct {
		name      string
		wall, run float64
		served    bool
	}{
		{"in step", 69, 69, true}, {"in step, too old", 70, 70, false},
		{"asleep", 70, 1, false}, {"asleep for less", 69, 1, true},
		{"set back", -1000, 69, true}, {"set back, too old", -1000, 70, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			now := moment{at(tt.wall).wall, at(tt.run).run}
			if got := f.servable(now); got != tt.served {
				t.Errorf("served %v", got)
			}
			if in := f.end(now).at.in(now); (in > 0) != tt.served {
				t.Errorf("the timer is set to %v", in)
			}
		})
	}
}

// What follows from an answer.
func TestDecide(t *testing.T) {
	held := known{freshness: freshness{}.accepted(at(0), at(0), fixed), version: "1", answered: 10, refused: 5}
	gone := known{freshness: held.failedWith(kind(fetch.ErrDenied), at(1), fixed), answered: 10, refused: 10}
	versionless := known{freshness: held.failedWith(kind(fetch.ErrNoVersion), at(1), fixed), answered: 10, refused: 10}
	empty := known{}
	for _, tt := range []struct {
		name string
		k    known
		a    answer
		want decision // but for next
		held bool
	}{
		{"yes", held, answer{11, at(1), "2", nil}, decision{disk: saveCopy}, true},
		{"yes, the same", held, answer{11, at(1), "1", nil}, decision{disk: saveCopy}, true},
		{"an older yes, another version", held, answer{9, at(1), "0", nil}, decision{verdict: again}, true},
		{"an older yes, the same", held, answer{9, at(1), "1", nil}, decision{verdict: ignored}, true},
		{"a yes from before a no", held, answer{4, at(1), "1", nil}, decision{verdict: again}, true},
		{"a yes from before a no, nothing held", gone, answer{9, at(1), "1", nil}, decision{verdict: again}, false},
		{"a yes after a no", gone, answer{11, at(1), "1", nil}, decision{disk: saveCopy}, true},
		{"a yes, the machine slept meanwhile", held, answer{11, moment{at(1).wall.Add(-time.Hour), at(1).run}, "1", nil}, decision{verdict: again}, true},
		{"a no, the machine slept meanwhile", held, answer{11, moment{at(1).wall.Add(-time.Hour), at(1).run}, "", kind(fetch.ErrDeleted)}, decision{refused: true, news: true, reach: reachesSecret, disk: dropCopy}, false},
		{"denied", held, answer{11, at(1), "", kind(fetch.ErrDenied)}, decision{refused: true, news: true, reach: reachesOthers, disk: dropCopy}, false},
		{"denied by KMS", held, answer{11, at(1), "", kind(fetch.ErrKMSDenied)}, decision{refused: true, news: true, reach: reachesOthers, disk: dropCopy}, false},
		{"deleted", held, answer{11, at(1), "", kind(fetch.ErrDeleted)}, decision{refused: true, news: true, reach: reachesSecret, disk: dropCopy}, false},
		{"not found", held, answer{11, at(1), "", kind(fetch.ErrNotFound)}, decision{refused: true, news: true, reach: reachesSecret, disk: dropCopy}, false},
		{"key disabled", held, answer{11, at(1), "", kind(fetch.ErrKeyDisabled)}, decision{refused: true, news: true, reach: reachesSecret, disk: dropCopy}, false},
		{"no such version", held, answer{11, at(1), "", kind(fetch.ErrNoVersion)}, decision{refused: true, news: true, disk: dropCopy}, false},
		{"a no under way together with a yes", held, answer{9, at(1), "", kind(fetch.ErrDenied)}, decision{refused: true, news: true, reach: reachesOthers, disk: dropCopy}, false},
		{"denied again", gone, answer{11, at(1), "", kind(fetch.ErrDenied)}, decision{refused: true, reach: reachesOthers, disk: dropCopy}, false},
		{"denied, where there was no such version", versionless, answer{11, at(1), "", kind(fetch.ErrDenied)}, decision{refused: true, news: true, reach: reachesOthers, disk: dropCopy}, false},
		{"throttled", held, answer{11, at(1), "", kind(fetch.ErrThrottled)}, decision{}, true},
		{"throttled, and answered since", held, answer{9, at(1), "", kind(fetch.ErrThrottled)}, decision{verdict: ignored}, true},
		{"throttled, nothing held", empty, answer{1, at(1), "", kind(fetch.ErrThrottled)}, decision{disk: loadCopy}, false},
		{"throttled after a no", gone, answer{11, at(1), "", kind(fetch.ErrThrottled)}, decision{}, false},
		{"a bad identifier", empty, answer{1, at(1), "", kind(fetch.ErrBadIdentifier)}, decision{}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := decide(tt.k, tt.a, at(2), fixed)
			if got.next.held != tt.held {
				t.Errorf("held %v", got.next.held)
			}
			if got.next = (freshness{}); got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}

// A value's age counts from when its question set out, late as the answer may come;
// what comes too old to wait for its refresh is asked for again after a pause.
func TestAgeCountsFromTheQuestion(t *testing.T) {
	for _, tt := range []struct {
		asked, comes          float64
		phase                 string
		fresh, stale, refresh float64
		serving               bool
	}{
		{0, 0, "fresh", 10, 70, 8, true},
		{0, 1, "fresh", 10, 70, 8, true},
		{0, 8, "fresh", 10, 70, 8 + 1./60, true},
		{0, 11, "stale", 10, 70, 11 + 1./60, true},
		{0, 70, "stale", 10, 70, 70 + 1./60, false},
	} {
		now := at(tt.comes)
		d := decide(known{}, answer{asked: 1, at: at(tt.asked), version: "1"}, now, fixed)
		f := d.next
		if f.phase(now) != tt.phase || f.fetched != at(tt.asked) || f.freshUntil != at(tt.fresh) || f.staleUntil != at(tt.stale) || f.refreshAt != at(tt.refresh) || f.servable(now) != tt.serving {
			t.Errorf("asked at %v, answered at %v: %s, served %v, %+v", tt.asked, tt.comes, f.phase(now), f.servable(now), f)
		}
	}
}
