package cache

import (
	"testing"
	"time"
)

// When a machine wakes up, what falls due of one value may push out several others:
// its keys are served again.
func TestSeveralLeaveWhenTheMachineWakes(t *testing.T) {
	inOrders(t, func(t *testing.T, o *orders) {
		for _, id := range []string{ordersARN, ordersPrev, "db::AWSPENDING"} {
			o.refresh(id)
			o.answered()
		}
		o.s.mu.Lock()
		o.s.cat.maxBytes = 20 // of three values of some 20 bytes each
		o.s.mu.Unlock()
		o.s.SetWall(func() time.Time { return time.Now().Round(0).Add(time.Minute) })
		Sleep(10 * time.Second)
		if n := o.s.Stats().Secrets; n > 1 {
			t.Errorf("%d values are kept", n)
		}
	})
}
