package virtual

import (
	"bytes"
	"cmp"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
)

// Service is a Secrets Manager without a network, for measuring what is on this
// side of one: an HTTP client that answers by itself. It has every secret that it
// is asked for. Set its fields before its first use; it is safe for
// concurrent use from then on.
type Service struct {
	// Value gives a secret's value and version; nil means a short one.
	Value func(id string) (value, version string)
	// RTT is how long each exchange takes.
	RTT time.Duration
	// Admit decides whether an operation is within its quota; nil admits all.
	Admit func(operation string) bool
	// Health says what becomes of what is admitted; nil means that it is well.
	Health func() Health
	// Region is where it is; "" means us-east-1.
	Region string

	mu       sync.Mutex // guards what follows
	calls    map[string]int
	refused  int
	inSecond map[int64]int
}

// Health is how a service does.
type Health int

const (
	Well    Health = iota
	Silent         // takes a request and never answers
	Failing        // answers 503
	Denying        // says that access is denied
)

// Config is a configuration that reaches the service.
func (s *Service) Config() aws.Config {
	return aws.Config{
		Region:      s.region(),
		Credentials: aws.NewCredentialsCache(credentials.NewStaticCredentialsProvider("AKIAIOSFODNN7EXAMPLE", "secret", "")),
		HTTPClient:  s,
	}
}

func (s *Service) region() string { return cmp.Or(s.Region, "us-east-1") }

// Calls returns how often an operation was asked for, refusals included; ""
// means any.
func (s *Service) Calls(operation string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for op, count := range s.calls {
		if operation == "" || op == operation {
			n += count
		}
	}
	return n
}

// Refused returns how many calls were over their quota.
func (s *Service) Refused() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.refused
}

// Busiest returns the most calls that came within one second of the clock.
func (s *Service) Busiest() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	most := 0
	for _, n := range s.inSecond {
		most = max(most, n)
	}
	return most
}

func (s *Service) count(operation string) (admitted bool) {
	admitted = s.Admit == nil || s.Admit(operation)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.calls == nil {
		s.calls, s.inSecond = map[string]int{}, map[int64]int{}
	}
	s.calls[operation]++
	s.inSecond[time.Now().Unix()]++
	if !admitted {
		s.refused++
	}
	return admitted
}

// Do answers a request.
func (s *Service) Do(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	// It is decided half-way, where the service is.
	if err := sleep(r.Context(), s.RTT/2); err != nil {
		return nil, err
	}
	admitted := s.count(operation)
	health := s.health()
	if health == Silent {
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	if err := sleep(r.Context(), s.RTT/2); err != nil {
		return nil, err
	}
	switch {
	case health == Failing:
		return fail(r, http.StatusServiceUnavailable, "ServiceUnavailable", "try later"), nil
	case !admitted:
		return fail(r, http.StatusBadRequest, "ThrottlingException", "Rate exceeded"), nil
	case health == Denying:
		return fail(r, http.StatusBadRequest, "AccessDeniedException", "not authorized"), nil
	}
	var in struct {
		SecretId     string
		SecretIdList []string
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return nil, err
	}
	return answer(r, http.StatusOK, s.output(operation, in.SecretId, in.SecretIdList)), nil
}

func (s *Service) health() Health {
	if s.Health == nil {
		return Well
	}
	return s.Health()
}

func (s *Service) output(operation, id string, ids []string) map[string]any {
	switch operation {
	case "BatchGetSecretValue":
		values := make([]map[string]any, len(ids))
		for i, id := range ids {
			values[i] = s.secret(id)
		}
		return map[string]any{"SecretValues": values, "Errors": []string{}}
	case "DescribeSecret":
		out := s.secret(id)
		out["VersionIdsToStages"] = map[string]any{out["VersionId"].(string): []string{"AWSCURRENT"}}
		delete(out, "SecretString")
		return out
	}
	return s.secret(id)
}

func (s *Service) secret(id string) map[string]any {
	value, version := "hunter2", "EXAMPLE1-90ab-cdef-fedc-ba987EXAMPLE"
	if s.Value != nil {
		value, version = s.Value(id)
	}
	return map[string]any{
		"ARN": "arn:aws:secretsmanager:" + s.region() + ":123456789012:secret:" + id + "-a1b2c3", "Name": id, "CreatedDate": 1.5e9,
		"SecretString": value, "VersionId": version, "VersionStages": []string{"AWSCURRENT"},
	}
}

func fail(r *http.Request, status int, code, message string) *http.Response {
	return answer(r, status, map[string]any{"__type": code, "Message": message})
}

func answer(r *http.Request, status int, out map[string]any) *http.Response {
	body, _ := json.Marshal(out) // strings and numbers only
	return &http.Response{
		StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Header: http.Header{
			"Content-Type": {"application/x-amz-json-1.1"}, "Content-Length": {strconv.Itoa(len(body))},
			"X-Amzn-Requestid": {"EXAMPLE"},
		},
		ContentLength: int64(len(body)), Body: io.NopCloser(bytes.NewReader(body)),
	}
}
