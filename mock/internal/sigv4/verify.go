package sigv4

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"time"
)

// Key is what the verifier must know of an access key.
type Key struct {
	Secret       string    // the secret access key
	SessionToken string    // empty for a long-term key
	Expiry       time.Time // when the session ends; zero is never
}

// Config is the verifier's view of the service. Region, Service, Now and
// Lookup are required.
type Config struct {
	Region  string                             // the endpoint's region
	Service string                             // the signing name, for example "secretsmanager"
	Now     time.Time                          // the server's clock
	Lookup  func(accessKey string) (Key, bool) // false: no such key
	Keys    *Keys                              // signing keys of earlier requests; nil derives each anew
}

// Verify judges the signature of a request as received by a server, or as
// about to be sent by a client. body is the whole request body; r.Body is
// neither read nor closed. Verify returns the access key that the request
// names, also beside a fault if it came so far (it is then only a claim), and
// nil if the request is what the key's owner signed.
//
// It does not block, keeps neither r nor body, and is safe for concurrent use
// if cfg.Lookup is.
func Verify(r *http.Request, body []byte, cfg *Config) (accessKey string, fault *Fault) {
	claim, fault := parseClaim(r)
	if fault != nil {
		return "", fault
	}
	key, fault := judge(claim, r, cfg)
	if fault != nil {
		return claim.accessKey, fault
	}
	if !claim.matches(cfg.Keys.of(key.Secret, claim.scope), r, body) {
		return claim.accessKey, newFault(WrongSignature, msgSignature)
	}
	return claim.accessKey, nil
}

// judge checks everything that needs no cryptography, in AWS's order as far as
// it is known: form, clock, scope, key.
func judge(c *claim, r *http.Request, cfg *Config) (Key, *Fault) {
	if fault := c.checkSignedSet(r); fault != nil {
		return Key{}, fault
	}
	if fault := c.checkClock(cfg.Now); fault != nil {
		return Key{}, fault
	}
	if fault := c.checkScope(cfg); fault != nil {
		return Key{}, fault
	}
	key, ok := cfg.Lookup(c.accessKey)
	if !ok || !equal(key.SessionToken, c.sessionToken) {
		return Key{}, newFault(UnknownKey, msgUnknown)
	}
	if !key.Expiry.IsZero() && !cfg.Now.Before(key.Expiry) {
		return Key{}, newFault(ExpiredToken, msgExpired)
	}
	return key, nil
}

// matches reports whether the claimed signature is the one that the signing key
// makes for this request and body.
func (c *claim) matches(key []byte, r *http.Request, body []byte) bool {
	sum := sha256.Sum256(body)
	hash := hex.EncodeToString(sum[:])
	if declared, ok := r.Header["X-Amz-Content-Sha256"]; ok && (len(declared) != 1 || declared[0] != hash) {
		return false
	}
	canonical, ok := canonicalRequest(r, c, hash)
	if !ok {
		return false
	}
	digest := sha256.Sum256([]byte(canonical))
	toSign := algorithm + "\n" + c.date + "\n" + c.scope.String() + "\n" + hex.EncodeToString(digest[:])
	want := hex.EncodeToString(mac(key, toSign))
	return equal(want, c.signature)
}

func signingKey(secret string, s scope) []byte {
	key := mac([]byte("AWS4"+secret), s.date)
	key = mac(key, s.region)
	key = mac(key, s.service)
	return mac(key, s.terminator)
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

func equal(a, b string) bool {
	return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1
}
