package gatewayconfig

import (
	"slices"

	"wicketkey.internal/internal/wipe"
)

// clientIDLen is the length of a decoded clientId: an HMAC-SHA-512.
const clientIDLen = 64

// requiredKeys returns the keys without which a bound gateway cannot start.
func requiredKeys() []string {
	return []string{"hostname", "clientId", "privateKey", "serverPublicKeyId", "appKey"}
}

// optionalKeys returns the other keys that a gateway is known to write.
func optionalKeys() []string { return []string{"appOwnerPublicKey", "clientKey", "publicKey", "url"} }

// known returns name if it is the name of a known key, and so cannot be part of
// anybody's secret, else nothing.
func known(name string) string {
	if slices.Contains(requiredKeys(), name) || slices.Contains(optionalKeys(), name) {
		return name
	}
	return ""
}

// validate wants a bound configuration.
func (p *payload) validate() error {
	if !slices.ContainsFunc(p.members, func(m member) bool { return known(m.name) != "" }) {
		return &Error{
			Kind: ErrMissing, Key: "hostname", Cause: "the object has none of a gateway's keys",
			Remedy: "store the base64 text as Plaintext, not as a key/value pair",
		}
	}
	for _, key := range requiredKeys() {
		m, ok := find(p.members, key)
		switch {
		case !ok && key == "appKey" && p.has("clientKey"):
			return &Error{
				Kind: ErrUnbound, Key: key, Cause: "it is missing and clientKey is there: the gateway has not been bound yet",
				Remedy: "bind it with its one-time token (gateway ott-init) and store the configuration that this gives",
			}
		case !ok:
			return &Error{Kind: ErrMissing, Key: key, Cause: "the key is missing", Remedy: remedyStore}
		case m.from == m.to:
			return &Error{Kind: ErrValue, Key: key, Cause: "the value is empty", Remedy: remedyStore}
		}
	}
	return p.view("clientId", checkClientID)
}

func (p *payload) has(key string) bool {
	m, ok := find(p.members, key)
	return ok && m.from < m.to
}

func checkClientID(value []byte) error {
	buf := wipe.New(decodedLen(len(value)))
	defer buf.Free()
	if n, bad := decodeBase64(buf.Bytes(), value); bad != nil || n != clientIDLen {
		return &Error{
			Kind: ErrValue, Key: "clientId", Cause: "the value is not base64 of 64 bytes",
			Remedy: remedyStore,
		}
	}
	return nil
}
