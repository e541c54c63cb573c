package mock

import (
	"slices"
	"sync"
	"time"
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

// remembered bounds how many calls the server keeps, the newest.
const remembered = 100_000

// longestInput bounds what is kept of each.
const longestInput = 4096

type record struct {
	mu     sync.Mutex // guards the rest
	calls  []Call
	counts map[string]int
}

func (r *record) add(c Call) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.counts == nil {
		r.counts = make(map[string]int)
	}
	r.counts[c.Operation]++
	if len(r.calls) >= remembered {
		r.calls = slices.Delete(r.calls, 0, remembered/10) // rarely, for it moves the rest
	}
	r.calls = append(r.calls, c)
}

func (r *record) clear() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls, r.counts = nil, nil
}

func (x *exchange) call(answer reply) Call {
	c := Call{
		Time: x.now, Operation: x.op.Name, Region: x.region, AccessKey: x.caller.key.ID, Principal: x.caller.arn,
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

// Requests returns the newest 100,000 requests in order of arrival. The slice is the caller's.
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
