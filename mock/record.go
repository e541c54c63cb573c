package mock

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
	"unsafe"

	"wicketkey.internal/mock/internal/model"
)

// Call is what the server remembers of one request. Nothing in it is secret. What clients chose is cut short where it
// is longer than any that the service takes.
type Call struct {
	Time      time.Time `json:"time"`                // on the server's clock
	Operation string    `json:"operation"`           // such as GetSecretValue; "" when the request named none
	Secrets   []string  `json:"secrets,omitempty"`   // the secrets that it named, as it named them
	Region    string    `json:"region"`              // that it was signed for
	AccessKey string    `json:"accessKey,omitempty"` // that signed it
	Principal string    `json:"principal,omitempty"` // whose key that is
	Input     string    `json:"input,omitempty"`     // the request's JSON with every secret value replaced by [redacted]; "" when it did not parse
	Status    int       `json:"status"`
	Code      string    `json:"code,omitempty"` // the exception that answered; "" for success
	RequestID string    `json:"requestId"`

	resolved []string // the names and ARNs that Secrets stood for
}

// Of the calls the server keeps the newest: so many, and so many bytes.
const (
	remembered      = 100_000
	rememberedBytes = 64 << 20
	longestInput    = 4096
	longestName     = 128 // of a region, or of an operation that is none
	longestID       = 2048
	mostIDs         = 20 // in a batch
)

// kept is a text for keeping: no longer than that, and no part of a request, which would stay in memory with it.
func kept(text string, longest int) string { return strings.Clone(text[:min(len(text), longest)]) }

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
	_, ours := model.Find(c.Operation)
	if _, sts := stsSigned[c.Operation]; ours || sts { // clients choose no keys of ours
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

// size is what the call takes in memory.
func (c *Call) size() int {
	n := int(unsafe.Sizeof(*c))
	for _, text := range []string{c.Operation, c.Region, c.AccessKey, c.Principal, c.Input, c.Code, c.RequestID} {
		n += len(text)
	}
	for _, text := range slices.Concat(c.Secrets, c.resolved) {
		n += len(text) + int(unsafe.Sizeof(text))
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
		Time: x.now, Operation: kept(x.op.Name, longestName), Region: kept(x.region, longestName), AccessKey: x.caller.key.ID,
		Principal: x.caller.arn, Status: answer.status, RequestID: x.id,
	}
	if answer.err != nil {
		c.Code = answer.err.Code
	}
	for _, t := range x.about {
		c.Secrets = append(c.Secrets, kept(t.ID, longestID))
		c.resolved = append(c.resolved, t.Name, t.ARN)
	}
	if _, ok := model.Find(x.op.Name); ok && x.caller.key.ID != "" { // STS's input is not kept: tokens are secret
		input := x.op.Redacted(x.in)
		c.Input = string(input[:min(len(input), longestInput)])
	}
	return c
}

// all returns copies of what is on record.
func (r *record) all() (counts map[string]int, calls []Call) {
	r.mu.Lock()
	defer r.mu.Unlock()
	counts = map[string]int{}
	maps.Copy(counts, r.counts)
	return counts, append([]Call{}, r.calls...)
}

// Calls returns how many requests named the operation since the start or the last reset, failed ones included.
func (s *Server) Calls(operation string) int {
	s.record.mu.Lock()
	defer s.record.mu.Unlock()
	return s.record.counts[operation]
}

// Requests returns the requests in order of arrival: all of them up to 50,000 of usual size, then the newest. The slice
// is the caller's.
func (s *Server) Requests() []Call {
	_, calls := s.record.all()
	return calls
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
