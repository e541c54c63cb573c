package cache

import (
	"testing"
	"time"
)

const prevByName = "db::AWSPREVIOUS" // which is not known to be the ARN's secret

// denied has a stage denied by an identifier while both are known by the ARN; about
// the other, AWS says yes.
func (o *orders) denied(id string) {
	for _, id := range []string{ordersARN, ordersPrev} {
		o.refresh(id)
		o.answered()
	}
	o.weather(errDenied)
	o.refresh(id)
	o.answered()
	o.weather(nil)
	o.answered()
	Sleep(20 * time.Second)
}

// grantedInVain has AWS say yes to the previous version, by the ARN, while the machine
// sleeps: that is not taken, and asked again.
func (o *orders) grantedInVain() {
	o.refresh(ordersPrev)
	o.asks(false, false)
	o.s.SetWall(func() time.Time { return time.Now().Round(0).Add(time.Minute) })
	o.asks(false, true)
}

// phases checks the state of the current and the previous version.
func (o *orders) phases(t *testing.T, current, previous string) {
	t.Helper()
	for id, want := range map[string]string{ordersARN: current, ordersPrev: previous} {
		if st, _ := o.s.State(id); st.Phase != want {
			t.Errorf("%s: %s, want %s", id, st.Phase, want)
		}
	}
}

// A stage is denied by a name that was refused before, while AWS had said yes to its
// ARN since: that is news to the secret known by the ARN.
func TestADenialByANameThatWasRefusedBefore(t *testing.T) {
	inOrders(t, func(t *testing.T, o *orders) {
		o.denied(prevByName)
		o.refresh(ordersPrev)
		o.answered()
		o.phases(t, "fresh", "fresh")
		o.weather(errDenied)
		o.refresh(prevByName)
		o.answered()
		o.phases(t, "withheld", "refused")
		if q := o.aws.pick(false, false); q == nil || q.ref.Stage != stageCurrent {
			t.Errorf("AWS is asked %+v", q)
		}
	})
}

// AWS says yes to what was refused, but the machine slept meanwhile; asked again, it
// refuses: that no is one after a yes.
func TestADenialAfterAYesThatWasNotTaken(t *testing.T) {
	inOrders(t, func(t *testing.T, o *orders) {
		o.denied(ordersPrev)
		o.grantedInVain()
		o.weather(errDenied)
		o.answered()
		o.phases(t, "withheld", "refused")
	})
}

// The same, but the yes was to the ARN and the refusal is to the name.
func TestADenialByNameAfterAYesThatWasNotTaken(t *testing.T) {
	inOrders(t, func(t *testing.T, o *orders) {
		o.denied(prevByName)
		o.grantedInVain()
		o.weather(errDenied)
		o.refresh(prevByName)
		o.asks(true, false)
		o.asks(false, true)
		o.phases(t, "withheld", "refused")
	})
}

// The time for which AWS could not be asked is time in which the machine was awake.
func TestWithheldOverASleep(t *testing.T) {
	inOrders(t, func(t *testing.T, o *orders) {
		for _, id := range []string{ordersARN, ordersPrev} {
			o.refresh(id)
			o.answered()
		}
		o.weather(errDenied)
		o.refresh(ordersPrev)
		o.answered()
		o.s.SetWall(func() time.Time { return time.Now().Round(0).Add(time.Hour) })
		for _, tt := range []struct {
			after time.Duration
			want  string
		}{{14 * time.Second, "withheld"}, {time.Second, "stale"}} {
			Sleep(tt.after)
			if st, _ := o.s.State(ordersARN); st.Phase != tt.want {
				t.Errorf("%v later: %s, want %s", tt.after, st.Phase, tt.want)
			}
		}
	})
}
