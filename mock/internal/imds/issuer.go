package imds

import (
	"encoding/base64"
	"math/rand/v2"
	"sync"
	"time"
)

// Credentials are temporary keys of a role.
type Credentials struct {
	Role      string
	AccessKey string
	Secret    string
	Token     string // the session token
	Issued    time.Time
	Expires   time.Time
}

// IssuerOptions are the choices of [NewIssuer].
type IssuerOptions struct {
	Seed        uint64        // from which keys and tokens follow
	Lifetime    time.Duration // of credentials; zero is six hours, as on EC2
	RenewBefore time.Duration // how long before their end new ones are out; zero is five minutes, at most half the lifetime
}

// maxKnown bounds what an issuer remembers: far more than clients can hold.
const maxKnown = 4096

// Issuer makes credentials and knows them again. It is safe for concurrent use.
type Issuer struct {
	lifetime, renewBefore time.Duration

	mu      sync.Mutex // guards what follows
	chance  *rand.Rand
	current map[string]Credentials // by role
	known   map[string]Credentials // by access key
	order   []string               // access keys, the oldest first
}

// NewIssuer returns an issuer that has issued nothing. nil options are the
// defaults.
func NewIssuer(o *IssuerOptions) *Issuer {
	if o == nil {
		o = &IssuerOptions{}
	}
	lifetime := positive(o.Lifetime, 6*time.Hour)
	return &Issuer{
		lifetime:    lifetime,
		renewBefore: min(positive(o.RenewBefore, 5*time.Minute), lifetime/2),
		chance:      rand.New(rand.NewPCG(o.Seed, 0x1d5)),
		current:     map[string]Credentials{},
		known:       map[string]Credentials{},
	}
}

func positive(d, otherwise time.Duration) time.Duration {
	if d > 0 {
		return d
	}
	return otherwise
}

// Issue returns the role's current credentials: the same ones until the time
// for renewal has come, then new ones. The old stay valid until they expire.
func (i *Issuer) Issue(role string, now time.Time) Credentials {
	i.mu.Lock()
	defer i.mu.Unlock()
	if c, ok := i.current[role]; ok && now.Before(c.Expires.Add(-i.renewBefore)) {
		return c
	}
	return i.makeLocked(role, now)
}

// last is Issue without renewal.
func (i *Issuer) last(role string, now time.Time) Credentials {
	i.mu.Lock()
	defer i.mu.Unlock()
	if c, ok := i.current[role]; ok {
		return c
	}
	return i.makeLocked(role, now)
}

// Lookup returns the credentials of an access key, expired ones too. Of more
// than 4096 the oldest are forgotten.
func (i *Issuer) Lookup(accessKey string) (Credentials, bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	c, ok := i.known[accessKey]
	return c, ok
}

// Fresh returns credentials that nobody has had, which the issuer does not remember.
func (i *Issuer) Fresh(now time.Time, lifetime time.Duration) Credentials {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.freshLocked("", now, lifetime)
}

func (i *Issuer) freshLocked(role string, now time.Time, lifetime time.Duration) Credentials {
	issued := now.UTC().Truncate(time.Second) // the wire has whole seconds
	return Credentials{
		Role:      role,
		AccessKey: "ASIA" + i.textLocked("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16),
		Secret:    i.textLocked("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", 40),
		Token:     "IQoJb3JpZ2luX2Vj" + base64.StdEncoding.EncodeToString([]byte(i.textLocked("0123456789abcdef", 180))),
		Issued:    issued,
		Expires:   issued.Add(lifetime),
	}
}

func (i *Issuer) makeLocked(role string, now time.Time) Credentials {
	c := i.freshLocked(role, now, i.lifetime)
	i.current[role] = c
	i.known[c.AccessKey] = c
	i.order = append(i.order, c.AccessKey)
	if len(i.order) > maxKnown {
		delete(i.known, i.order[0])
		i.order = i.order[1:]
	}
	return c
}

func (i *Issuer) textLocked(alphabet string, n int) string {
	out := make([]byte, n)
	for k := range out {
		out[k] = alphabet[i.chance.IntN(len(alphabet))]
	}
	return string(out)
}
