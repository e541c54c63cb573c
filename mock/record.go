package mock

import (
	"slices"
	"strings"
	"sync"
	"time"

	"wicketkey.internal/mock/internal/model"
)

// Call is what the server remembers of one request. Nothing in it is secret.
type Call struct {
	Time      time.Time // on the server's clock
	Operation string    // such as GetSecretValue; "" when the request named none
	Secrets   []string  // the secrets that it named, as it named them
	Region    string
	AccessKey string
	Principal string
	Input     string // the request's JSON with every secret value replaced by [redacted]; "" when it did not parse
	Status    int
	Code      string // the exception that answered; "" for success
	RequestID string

	resolved []string // the names and ARNs that Secrets stood for
}

// Of the calls the server keeps the newest: so many, and so many bytes of what clients chose to send.
const (
	remembered      = 100_000
	rememberedBytes = 64 << 20
	longestInput    = 4096
	longestName     = 64 // of an operation that is none
)

type record struct {
	mu     sync.Mutex // guards the rest
	calls  []Call
	bytes  int
	counts map[string]int
}

func (r *record) add(c Call) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.counts == nil {
		r.counts = make(map[string]int)
	}
	if _, ok := model.Find(c.Operation); ok { // clients choose no keys of ours
		r.counts[c.Operation]++
	}
	r.calls = append(r.calls, c)
	r.bytes += c.size()
	if len(r.calls) > remembered || r.bytes > rememberedBytes {
		r.forget()
	}
}

// forget drops the older half, which is rare enough to be cheap.
func (r *record) forget() {
	r.calls = slices.Clone(r.calls[len(r.calls)/2:])
	r.bytes = 0
	for i := range r.calls {
		r.bytes += r.calls[i].size()
	}
}

func (c *Call) size() int {
	n := len(c.Operation) + len(c.Input) + len(c.AccessKey)
	for _, id := range c.Secrets {
		n += 3 * len(id)
	}
	return n
}

func (r *record) clear() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls, r.counts, r.bytes = nil, nil, 0
}

func (x *exchange) call(answer reply) Call {
	c := Call{
		Time: x.now, Operation: strings.Clone(x.op.Name[:min(len(x.op.Name), longestName)]), Region: x.region, AccessKey: x.caller.key.ID, Principal: x.caller.arn,
		Status: answer.status, RequestID: x.id,
	}
	if answer.err != nil {
		c.Code = answer.err.Code
	}
	for _, t := range x.about {
		c.Secrets = append(c.Secrets, t.ID)
		c.resolved = append(c.resolved, t.Name, t.ARN)
	}
	if x.caller.key.ID != "" {
		input := x.op.Redacted(x.in)
		c.Input = string(input[:min(len(input), longestInput)])
	}
	return c
}

// Calls returns how many requests named the operation since the start or the last reset, failed ones included.
func (s *Server) Calls(operation string) int {
	s.record.mu.Lock()
	defer s.record.mu.Unlock()
	return s.record.counts[operation]
}

// Requests returns the requests in order of arrival: all of them up to 50,000 of usual size, then the newest. The slice is the caller's.
func (s *Server) Requests() []Call {
	s.record.mu.Lock()
	defer s.record.mu.Unlock()
	return slices.Clone(s.record.calls)
}

// AssertCalls fails the test unless the requests so far named exactly these operations, in this order.
func (s *Server) AssertCalls(t TB, operations ...string) {
	t.Helper()
	var got []string
	for _, c := range s.Requests() {
		got = append(got, c.Operation)
	}
	if !slices.Equal(got, operations) {
		t.Errorf("mock: the calls were %v, want %v", got, operations)
	}
}

// AssertUntouched fails the test if any request so far named the secret, by whichever of its identifiers. secret is
// a name or an ARN.
func (s *Server) AssertUntouched(t TB, secret string) {
	t.Helper()
	for _, c := range s.Requests() {
		if slices.Contains(c.Secrets, secret) || slices.Contains(c.resolved, secret) {
			t.Errorf("mock: %s asked for %s", c.Operation, secret)
		}
	}
}
