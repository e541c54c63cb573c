package service

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"

	"wicketkey.internal/mock/internal/awserr"
	"wicketkey.internal/mock/internal/chance"
)

// pages makes the NextTokens: a position sealed with the listing that it belongs to, so that neither a made-up
// token nor one from another listing passes.
type pages struct{ key []byte }

func newPages(ids *chance.Source) pages { return pages{[]byte(ids.UUID())} }

func (p pages) token(listing string, position int) string {
	out := binary.BigEndian.AppendUint64(nil, uint64(position))
	return base64.StdEncoding.EncodeToString(append(out, p.seal(listing, out)...))
}

// position reads the call's NextToken; without one it is 0.
func (p pages) position(c *Call, listing string) (int, *awserr.Error) {
	if !c.In.Has("NextToken") {
		return 0, nil
	}
	raw, err := base64.StdEncoding.DecodeString(c.In.Text("NextToken"))
	if err != nil || len(raw) < 8 || !hmac.Equal(raw[8:], p.seal(listing, raw[:8])) {
		return 0, awserr.BadNextToken()
	}
	return int(binary.BigEndian.Uint64(raw)), nil
}

// seal binds a token to its listing with a key of this server's own: positions of one listing mean nothing in another.
func (p pages) seal(listing string, position []byte) []byte {
	h := hmac.New(sha256.New, p.key)
	h.Write([]byte(listing))
	h.Write(position)
	return h.Sum(nil)
}
