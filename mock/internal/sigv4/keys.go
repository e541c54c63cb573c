package sigv4

import (
	"strings"
	"sync"
)

// Keys remembers the signing keys that secrets derive for a day, region and
// service, which take four of a verification's five HMACs. The zero value is
// empty and ready, and safe for concurrent use.
type Keys struct {
	mu      sync.RWMutex // guards derived
	derived map[origin][]byte
}

// origin is all that a signing key depends on.
type origin struct {
	secret string
	scope  scope
}

// maxKeys bounds the memory: clients choose the regions that they sign for.
const maxKeys = 512

// of returns the signing key; nil Keys derive it anew.
func (k *Keys) of(secret string, s scope) []byte {
	if k == nil {
		return signingKey(secret, s)
	}
	from := origin{secret, s}
	k.mu.RLock()
	key, ok := k.derived[from]
	k.mu.RUnlock()
	if ok {
		return key
	}
	key = signingKey(secret, s)
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.derived == nil || len(k.derived) >= maxKeys {
		k.derived = make(map[origin][]byte) // rare, and cheaper than keeping an order
	}
	k.derived[from.copied()] = key
	return key
}

// copied is the origin without the request's header, of which the claim's
// texts are parts.
func (o origin) copied() origin {
	o.scope = scope{
		date: strings.Clone(o.scope.date), region: strings.Clone(o.scope.region),
		service: strings.Clone(o.scope.service), terminator: strings.Clone(o.scope.terminator),
	}
	return o
}
