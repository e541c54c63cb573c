package mock

import (
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"wicketkey.internal/mock/internal/sigv4"
)

// AccessKey is one set of credentials that the server accepts, and who it stands for.
type AccessKey struct {
	ID     string // required
	Secret string // required
	// SessionToken makes the key temporary; requests must carry it.
	SessionToken string
	// Expires is when the key ends, on the server's clock; zero is never.
	Expires time.Time
	// Principal is the caller's ARN, such as arn:aws:sts::123456789012:assumed-role/Gateway/i-0abc; its account
	// is the caller's. "" means the administrator of the server's account.
	Principal string
	// Policies are the caller's identity policies, JSON documents. nil allows everything.
	Policies []string
}

func (k AccessKey) check() error {
	if k.ID == "" || k.Secret == "" {
		return errors.New("an access key needs ID and Secret")
	}
	if k.Principal != "" && accountOf(k.Principal) == "" {
		return errors.New("Principal is not the ARN of a user or role")
	}
	return checkPolicies(k.Policies)
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
	mu   sync.Mutex // guards keys
	keys map[string]AccessKey
}

func (r *keyring) set(k AccessKey) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.keys == nil {
		r.keys = make(map[string]AccessKey)
	}
	r.keys[k.ID] = k
}

func (r *keyring) get(id string) AccessKey {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.keys[id]
}

// lookup is the verifier's view of the ring.
func (r *keyring) lookup(id string) (sigv4.Key, bool) {
	k := r.get(id)
	return sigv4.Key{Secret: k.Secret, SessionToken: k.SessionToken, Expiry: k.Expires}, k.ID != ""
}

// SetKey adds the access key or replaces the one with its ID, the default key's included. It fails on a key
// without ID or secret, and on a policy that is none.
func (s *Server) SetKey(k AccessKey) error {
	if err := k.check(); err != nil {
		return err
	}
	s.keys.set(k)
	return nil
}
