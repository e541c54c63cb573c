package mock

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"wicketkey.internal/mock/internal/policy"
)

// AccessKey is one set of credentials that the server accepts, and who it stands for. The zero value is the default
// key, which [Server.AWSConfig] hands out, with its administrator.
type AccessKey struct {
	ID     string // "" means the default key's
	Secret string // "" means the default key's, and only that one has a default
	// SessionToken makes the key temporary; requests must carry it.
	SessionToken string
	// Expires is when the key ends, on the server's clock; zero is never.
	Expires time.Time
	// Principal is the caller's ARN, such as arn:aws:sts::123456789012:assumed-role/Gateway/i-0abc; its account
	// is the caller's. "" means the administrator of the server's account.
	Principal string
	// Policies are the caller's identity policies, JSON documents. nil allows everything, an empty list nothing.
	Policies []string
	// Boundary is the caller's permissions boundary, a JSON document; "" is none.
	Boundary string
}

// credential is an access key with its policies read.
type credential struct {
	AccessKey
	identity  []*policy.Document
	boundary  *policy.Document
	session   *policy.Document // what a session was limited with
	unlimited bool             // neither policies nor a boundary
}

// policies are the caller's own.
func (c *credential) policies() policy.Policies {
	return policy.Policies{Identity: c.identity, Boundary: c.boundary, Session: c.session}
}

// everything is the policy of a key that has none.
const everything = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`

// read checks the key and parses its policies.
func (k AccessKey) read() (credential, error) {
	if k.ID == "" {
		k.ID = defaultKeyID
	}
	if k.Secret == "" && k.ID == defaultKeyID {
		k.Secret = defaultSecret
	}
	c := credential{AccessKey: k}
	if k.Secret == "" {
		return c, errors.New("field Secret is missing; only the default key has one of its own")
	}
	if k.Principal != "" && accountOf(k.Principal) == "" {
		return c, errors.New("field Principal is not the ARN of a user, role or session, such as arn:aws:sts::123456789012:assumed-role/Gateway/i-0abc")
	}
	var err error
	c.identity, c.boundary, err = readPolicies(k.Policies, k.Boundary)
	c.unlimited = k.Policies == nil && k.Boundary == ""
	return c, err
}

// readPolicies parses identity policies and a boundary; nil documents allow everything.
func readPolicies(documents []string, boundary string) (identity []*policy.Document, limit *policy.Document, err error) {
	if documents == nil {
		documents = []string{everything}
	}
	for i, document := range documents {
		parsed, err := identityPolicy(document)
		if err != nil {
			return nil, nil, fmt.Errorf("field Policies[%d]: %w", i, err)
		}
		identity = append(identity, parsed)
	}
	if boundary != "" {
		if limit, err = identityPolicy(boundary); err != nil {
			return nil, nil, fmt.Errorf("field Boundary: %w", err)
		}
	}
	return identity, limit, nil
}

func identityPolicy(document string) (*policy.Document, error) {
	parsed, err := policy.Parse(document)
	if err != nil {
		return nil, err
	}
	return parsed, parsed.CheckIdentity()
}

func (k AccessKey) credentials() aws.Credentials {
	return aws.Credentials{AccessKeyID: k.ID, SecretAccessKey: k.Secret, SessionToken: k.SessionToken, Source: "mock"}
}

// accountOf returns the account in an ARN, or "".
func accountOf(arn string) string {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" {
		return ""
	}
	return parts[4]
}

// keyring holds the server's access keys.
type keyring struct {
	mu   sync.RWMutex // guards keys
	keys map[string]credential
}

func (r *keyring) set(c credential) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.keys == nil {
		r.keys = make(map[string]credential)
	}
	r.keys[c.ID] = c
}

func (r *keyring) get(id string) credential {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.keys[id]
}

// SetKey adds the access key or replaces the one with its ID. A key without ID says who the default caller is and
// what it may:
//
//	srv.SetKey(mock.AccessKey{Policies: []string{gatewayPolicy}})
//
// Policies hold from the next request on. Clients of the SDK keep the credentials that they have, so one whose secret
// or token was replaced must be made anew. SetKey fails, and changes nothing, on a key of another ID without secret, on
// a principal that is no ARN, and on a policy that is none, with its line and element.
func (s *Server) SetKey(k AccessKey) error {
	c, err := k.read()
	if err != nil {
		return fmt.Errorf("mock: access key %s: %w", c.ID, err)
	}
	s.keys.set(c)
	return nil
}
