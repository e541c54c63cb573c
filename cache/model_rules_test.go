package cache_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"wicketkey.internal/mock"
)

// history is what AWS said about a secret.
type history struct {
	yes     map[int]time.Time // the last time at which it gave each version
	lastYes time.Time
	no      time.Time // the last clear no
	trouble time.Time // the last failure of any kind
}

// judge holds an outcome against the rules.
func (m *model) judge(i int, id string, before int, o outcome) {
	m.mu.Lock()
	defer m.mu.Unlock()
	h, now := &m.said[i], time.Now()
	if o.err != nil {
		m.judgeError(i, id, h, now, o.err)
		return
	}
	v := versionIn(o.value)
	given, ok := h.yes[v]
	age := now.Sub(given)
	switch {
	case !ok || o.value != fmt.Sprintf("value %d of s%d", v, i):
		m.Errorf("%s: %q was never given", id, o.value)
	case v < before:
		m.Errorf("%s: version %d after version %d", id, v, before)
	case h.no.After(h.lastYes) && now.After(h.no):
		m.Errorf("%s: served %v after a no", id, now.Sub(h.no))
	case age > modelTTL+modelStale:
		m.Errorf("%s: served at the age of %v", id, age)
	case age > modelTTL+flightTime && h.trouble.Before(given):
		m.Errorf("%s: served at the age of %v although AWS answers", id, age)
	}
	m.read[i] = max(m.read[i], v)
}

func (m *model) judgeError(i int, id string, h *history, now time.Time, err error) {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return // its own, or that of a question that took too long
	}
	if now.Sub(h.trouble) > longestHold+flightTime {
		m.Errorf("%s: %v, although AWS has been well since %v", id, err, h.trouble)
	}
	stillGood := !h.lastYes.IsZero() && h.lastYes.After(h.no) && now.Sub(h.lastYes) < modelStale
	if stillGood && m.opts.MaxSecrets == 0 && h.no.IsZero() {
		m.Errorf("%s: %v, although there is a value of %v", id, err, h.lastYes)
	}
}

func (m *model) judgeRefresh(i int, id string, err error) {
	if since := time.Since(m.said[i].trouble); since > longestHold+flightTime {
		m.Errorf("%s: %v, although AWS has been well for %v", id, err, since)
	}
}

// hear notes what AWS said.
func (m *model) hear(body, answer string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	i, now := m.which(body), time.Now()
	h := &m.said[i]
	if strings.Contains(body, "AWSPREVIOUS") {
		h.trouble = now // what is said of another stage decides nothing, but may hold questions back
		return
	}
	var out struct {
		SecretString string
		Code         mock.Failure `json:"__type"`
	}
	json.Unmarshal([]byte(answer), &out) // "" where AWS was not reached
	if out.SecretString != "" {
		h.yes[versionIn(out.SecretString)], h.lastYes = now, now
		return
	}
	h.trouble = now
	switch out.Code {
	case mock.AccessDenied, notFound.Failure, "InvalidRequestException", mock.DecryptionFailure:
		h.no = now
	}
}

func versionIn(value string) (n int) {
	fmt.Sscanf(value, "value %d", &n)
	return n
}
