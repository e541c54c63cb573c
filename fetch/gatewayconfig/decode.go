package gatewayconfig

import (
	"bytes"
	"fmt"

	"wicketkey.internal/internal/wipe"
)

// maxText is the length of the longest value that Secrets Manager stores.
const maxText = 65536

// Decode reads a configuration from the value of a secret, in base64 or as plain
// JSON, and validates it; see the package's documentation for what is accepted.
// The text is only read. The caller closes the Config. Every error is an
// [*Error].
func Decode(text []byte) (*Config, error) {
	var p *payload
	var err error
	wipe.Do(func() { p, err = decode(text) })
	wipe.Registers()
	if err != nil {
		return nil, err
	}
	return &Config{p: p}, nil
}

func decode(text []byte) (*payload, error) {
	buf, err := unwrap(text)
	if err != nil {
		return nil, err
	}
	p := &payload{buf: buf}
	p.from, p.to = trim(buf.Bytes())
	if p.members, err = scan(p.json()); err == nil {
		err = p.validate()
	}
	if err != nil {
		buf.Free()
		return nil, err
	}
	return p, nil
}

// unwrap returns the JSON text that is, or is encoded in, the value of a secret.
func unwrap(text []byte) (*wipe.Buffer, error) {
	from, to := trim(text)
	switch {
	case len(text) > maxText:
		return nil, &Error{
			Kind: ErrTooLong, Cause: "the text is longer than the 65,536 bytes that Secrets Manager stores",
			Remedy: "check what is read as the secret's value",
		}
	case from == to:
		return nil, &Error{Kind: ErrEmpty, Cause: "the value holds nothing but white space", Remedy: remedyStore}
	case text[from] == '{':
		buf := wipe.New(to - from)
		copy(buf.Bytes(), text[from:to])
		return buf, nil
	}
	buf := wipe.New(decodedLen(to - from))
	n, bad := decodeBase64(buf.Bytes(), text[from:to])
	if bad != nil {
		buf.Free()
		return nil, &Error{
			Kind: ErrBase64, Cause: fmt.Sprintf("%s at byte %d of the value", bad.cause, from+bad.at+1),
			Remedy: remedyStore,
		}
	}
	buf.Truncate(n)
	return buf, nil
}

var byteOrderMark = []byte("\ufeff")

// trim returns the part of text without a byte order mark, white space and a pair
// of quotes around it.
func trim(text []byte) (from, to int) {
	inner := bytes.TrimSpace(bytes.TrimPrefix(bytes.TrimSpace(text), byteOrderMark))
	if n := len(inner); n >= 2 && inner[0] == inner[n-1] && (inner[0] == '"' || inner[0] == '\'') {
		inner = bytes.TrimSpace(inner[1 : n-1])
	}
	// Slicing moves only the beginning of the capacity, so it tells where
	// inner begins.
	from = cap(text) - cap(inner)
	return from, from + len(inner)
}
