package cache

import (
	"testing"
	"time"

	"wicketkey.internal/fetch"
)

// A copy that was found on disk is not served when a refusal was taken in meanwhile, or
// before the disk had been told of it, under whatever spelling. One that AWS was asked
// for since is.
func TestACopyFoundBeforeTheDiskKnowsOfARefusal(t *testing.T) {
	for _, id := range []string{"db", ordersPrev} {
		for name, tt := range map[string]struct {
			early bool          // AWS is asked before the refusal
			later time.Duration // the copy is of that long after the refusal
			want  bool
		}{
			"asked before the refusal": {true, -time.Hour, false},
			"asked after the refusal":  {false, -time.Hour, false},
			"a copy of a later answer": {false, time.Second, true},
		} {
			t.Run(id+", "+name, func(t *testing.T) {
				inOrders(t, func(t *testing.T, o *orders) {
					o.refresh(ordersARN)
					o.answered()
					s := o.s
					s.mu.Lock()
					defer s.mu.Unlock()
					now := s.clock.now()
					starts := func(id string) *call {
						target, err := s.opts.target(id)
						if err != nil {
							t.Fatal(err)
						}
						it := s.cat.find(target, now).item
						c := &call{item: it, ref: it.ref(), asked: s.cat.tick(), askedAt: now}
						it.calls = append(it.calls, c)
						s.cat.calls[c] = true
						return c
					}
					denied, down := replyOf(nil, errDenied), replyOf(nil, errDown)
					takeIn := func(c *call, r reply, copied diskCopy) {
						_, _ = s.cat.takeIn(c, s.cat.judge(c, r, now), r, copied, now)
					}
					var asks *call
					if tt.early {
						asks = starts(id)
					}
					takeIn(starts(ordersARN), denied, diskCopy{})
					if !tt.early {
						asks = starts(id)
					}
					secret := fetch.NewSecret([]byte("v"), fetch.Metadata{ARN: ordersARN, Name: "db", VersionID: "1"})
					takeIn(asks, down, diskCopy{secret, now.wall.Add(tt.later)})
					if got := s.cat.index.get(id).snap.Load() != nil; got != tt.want {
						t.Errorf("served: %v, want %v", got, tt.want)
					}
					clear(s.cat.calls)
				})
			})
		}
	}
}
