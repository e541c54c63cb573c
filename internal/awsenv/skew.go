package awsenv

import (
	"net/http"
	"slices"
	"sync/atomic"
	"time"
)

// skew corrects for a clock of this host that is off, as the SDK's clients do: by
// the date of an answer that refuses the signature. It is safe for concurrent
// use.
type skew struct {
	off bool         // correction is not wanted
	by  atomic.Int64 // nanoseconds that the service's clock is ahead
}

// skewTolerance is how far off the SDK lets a clock be; AWS allows five minutes.
const skewTolerance = 4 * time.Minute

// now is the time by the service's clock, as far as it is known.
func (s *skew) now() time.Time { return time.Now().Add(time.Duration(s.by.Load())) }

// learn reports whether the clock explains the refusal, so that another attempt
// can succeed.
func (s *skew) learn(answer *http.Response, code string) bool {
	date, err := http.ParseTime(answer.Header.Get("Date"))
	if err != nil || s.off || !slices.Contains([]string{"SignatureDoesNotMatch", "InvalidSignatureException", "RequestTimeTooSkewed", "AuthFailure"}, code) {
		return false
	}
	ahead := time.Until(date)
	return (ahead - time.Duration(s.by.Swap(int64(ahead)))).Abs() > skewTolerance
}

// skewed is a refusal that learn has explained. The SDK's retryer asks for the
// method.
type skewed struct{ *refusal }

func (skewed) RetryableError() bool { return true }

func (s skewed) Unwrap() error { return s.refusal }
