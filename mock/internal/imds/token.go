package imds

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"time"
)

// tokens makes session tokens that carry their own end under a MAC, so that
// any number of them costs no memory.
type tokens struct{ key [sha256.Size]byte }

func newTokens(seed string) tokens { return tokens{sha256.Sum256([]byte("imds " + seed))} }

const tokenPrefix = "AQAE" // as the instance's own begin

func (t *tokens) make(expires time.Time) string {
	raw := binary.BigEndian.AppendUint64(nil, uint64(expires.UnixNano()))
	return tokenPrefix + base64.RawURLEncoding.EncodeToString(append(raw, t.mac(raw)...))
}

func (t *tokens) valid(token string, now time.Time) bool {
	if len(token) < len(tokenPrefix) || token[:len(tokenPrefix)] != tokenPrefix {
		return false
	}
	raw, err := base64.RawURLEncoding.DecodeString(token[len(tokenPrefix):])
	if err != nil || len(raw) != 8+sha256.Size || !hmac.Equal(raw[8:], t.mac(raw[:8])) {
		return false
	}
	return now.UnixNano() < int64(binary.BigEndian.Uint64(raw))
}

func (t *tokens) mac(raw []byte) []byte {
	h := hmac.New(sha256.New, t.key[:])
	h.Write(raw)
	return h.Sum(nil)
}
