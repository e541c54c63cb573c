// Package service is Secrets Manager's behaviour: its 23 operations over a [store.Store], in AWS's words. It
// knows nothing of HTTP, signatures or policies; those stand before it.
package service

import (
	"sync"
	"time"

	"wicketkey.internal/mock/internal/awserr"
	"wicketkey.internal/mock/internal/chance"
	"wicketkey.internal/mock/internal/model"
	"wicketkey.internal/mock/internal/store"
)

// DefaultKey is the alias of the key that AWS uses when a secret names none.
const DefaultKey = store.DefaultKey

// Service answers operations. It is safe for concurrent use: one lock makes every operation atomic, and nothing that
// is not the service's own runs under it but the judges of policies and keys, which do not call back.
type Service struct {
	Policies PolicyChecker
	Rotator  Rotator
	// ListLag is how long ListSecrets does not show a new secret, DeleteLag how long a forced deletion takes.
	ListLag, DeleteLag time.Duration

	mu    sync.Mutex // guards store and jobs
	store *store.Store
	jobs  []Job // to start once mu is free
	ids   *chance.Source
	pages pages
}

// PolicyChecker judges resource policies. Its functions are pure.
type PolicyChecker struct {
	Validate func(document string) *awserr.Error // nil: the document is a policy
	Public   func(document string) bool          // grants access to everybody
	Layout   func(document string) string        // a valid document as GetResourcePolicy shows it
}

// Rotator runs rotation functions. Its methods are called without the service's lock.
type Rotator interface {
	// Invokable reports whether there is a function of that ARN.
	Invokable(function string) bool
	// Start begins to rotate and returns at once.
	Start(job Job)
}

// New returns a service without secrets.
func New(ids *chance.Source) *Service {
	return &Service{store: store.New(), ids: ids, pages: newPages(ids)}
}

// Call is one request, past the doors.
type Call struct {
	Account string // the caller's
	Region  string
	Now     time.Time
	In      model.Input
	// May decides reads that one call makes of several secrets. nil allows.
	May func(action string, target Target) *awserr.Error
	// MayUse decides the uses of KMS keys. nil allows.
	MayUse func(KeyUse) bool

	invokable string // RotateSecret: the function that the rotator knows
}

// Target is the secret that a call is about, as far as the doors need to know it.
type Target struct {
	ID       string // as given
	ARN      string // "" when there is no such secret
	Account  string // the owner's
	Name     string
	Tags     []store.Tag
	Policy   string
	Primary  string // the primary's region, if the secret is replicated
	Function string // its rotation function
}

type handler func(*Service, *Call) ([]byte, *awserr.Error)

func handlers(operation string) handler {
	switch operation {
	case "BatchGetSecretValue":
		return (*Service).batchGet
	case "CancelRotateSecret":
		return (*Service).cancelRotate
	case "CreateSecret":
		return (*Service).create
	case "DeleteResourcePolicy":
		return (*Service).deletePolicy
	case "DeleteSecret":
		return (*Service).delete
	case "DescribeSecret":
		return (*Service).describe
	case "GetRandomPassword":
		return (*Service).randomPassword
	case "GetResourcePolicy":
		return (*Service).getPolicy
	case "GetSecretValue":
		return (*Service).get
	case "ListSecretVersionIds":
		return (*Service).listVersions
	case "ListSecrets":
		return (*Service).list
	case "PutResourcePolicy":
		return (*Service).putPolicy
	case "PutSecretValue":
		return (*Service).put
	case "RemoveRegionsFromReplication":
		return (*Service).removeRegions
	case "ReplicateSecretToRegions":
		return (*Service).replicate
	case "RestoreSecret":
		return (*Service).restore
	case "RotateSecret":
		return (*Service).rotate
	case "StopReplicationToReplica":
		return (*Service).promote
	case "TagResource":
		return (*Service).tag
	case "UntagResource":
		return (*Service).untag
	case "UpdateSecret":
		return (*Service).update
	case "UpdateSecretVersionStage":
		return (*Service).updateStage
	case "ValidateResourcePolicy":
		return (*Service).validatePolicy
	}
	return nil
}

// Do answers one call with the body of its success, or with AWS's error.
func (s *Service) Do(operation string, c *Call) ([]byte, *awserr.Error) {
	h := handlers(operation)
	if h == nil {
		return nil, awserr.New("UnknownOperationException", "")
	}
	if operation == "RotateSecret" {
		s.askRotator(c)
	}
	s.mu.Lock()
	defer s.unlock()
	return h(s, c)
}

// unlock ends an operation and starts the rotations that it asked for.
func (s *Service) unlock() {
	jobs := s.jobs
	s.jobs = nil
	s.mu.Unlock()
	for _, job := range jobs {
		s.Rotator.Start(job)
	}
}

// Resolve returns the secret that an identifier means to the caller.
func (s *Service) Resolve(c *Call, id string) Target {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.target(c, id)
}

func (s *Service) target(c *Call, id string) Target {
	t := Target{ID: id, Name: id, Account: store.AccountOf(id, c.Account)}
	if found := s.store.Find(c.Account, c.Region, id, c.Now); found != nil {
		t.ARN, t.Name, t.Account = found.ARN, found.Name, found.Account
		t.Policy, t.Primary, t.Function = found.Policy, found.Primary, found.Rotation.Function
		t.Tags = append(t.Tags, found.Tags...)
	}
	return t
}

// find returns the secret that the call names, if it may be worked on.
func (s *Service) find(c *Call) (*store.Secret, *awserr.Error) {
	sec, err := s.findAny(c)
	if err == nil && sec.Scheduled() {
		return nil, awserr.MarkedForDeletion()
	}
	return sec, err
}

// findAny also returns a secret that is scheduled for deletion.
func (s *Service) findAny(c *Call) (*store.Secret, *awserr.Error) {
	if sec := s.store.Find(c.Account, c.Region, c.In.Text("SecretId"), c.Now); sec != nil {
		return sec, nil
	}
	return nil, awserr.NotFound()
}

// findPrimary returns the secret if it may be written to.
func (s *Service) findPrimary(c *Call) (*store.Secret, *awserr.Error) {
	sec, err := s.find(c)
	if err == nil && sec.IsReplica() {
		return nil, awserr.OnReplica()
	}
	return sec, err
}

// changed stamps the secret and its replicas.
func (s *Service) changed(sec *store.Secret, now time.Time) {
	sec.Changed = now
	s.store.Sync(sec)
}

// encode writes an output. It never fails: outputs are structs of strings, numbers and lists of them.
func encode[T any](output T) []byte {
	body, err := marshal(output)
	if err != nil {
		return []byte("{}")
	}
	return body
}

type identity struct {
	ARN  string
	Name string
}

func identify(sec *store.Secret) []byte { return encode(identity{sec.ARN, sec.Name}) }

// Clear forgets every secret.
func (s *Service) Clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.store = store.New()
}
