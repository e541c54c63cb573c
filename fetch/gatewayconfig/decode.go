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
	wipe.HoldSignals(func() { wipe.Do(func() { p, err = decode(text) }) })
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
	if p.members, err = scan(buf.Bytes()); err == nil {
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
	if len(text) > maxText {
		return nil, &Error{
			Kind: ErrTooLong, Cause: "the text is longer than the 65,536 bytes that Secrets Manager stores",
			Remedy: "check what is read as the secret's value",
		}
	}
	if isUTF16(text) {
		return nil, &Error{
			Kind: ErrBase64, Cause: "the text is in UTF-16, as PowerShell's > writes it",
			Remedy: "store it in UTF-8 or ASCII; in PowerShell, write the file with Set-Content -Encoding ascii",
		}
	}
	text = trim(text)
	if len(text) == 0 {
		return nil, &Error{Kind: ErrEmpty, Cause: "the value is empty or white space", Remedy: remedyStore}
	}
	if text[0] == '{' {
		buf := wipe.New(len(text))
		copy(buf.Bytes(), text)
		return buf, nil
	}
	buf := wipe.New(decodedLen(len(text)))
	n, bad := decodeBase64(buf.Bytes(), text)
	if bad != nil {
		buf.Free()
		return nil, &Error{
			Kind: ErrBase64, Cause: fmt.Sprintf("%s, byte %d of the text", bad.cause, bad.at+1),
			Remedy: remedyStore,
		}
	}
	// What is encoded may have a byte order mark or white space of its own.
	n = copy(buf.Bytes(), trim(buf.Bytes()[:n]))
	buf.Truncate(n)
	return buf, nil
}

// isUTF16 reports whether text begins with a mark of UTF-16, or with an ASCII
// letter that it spells.
func isUTF16(text []byte) bool {
	if len(text) < 2 {
		return false
	}
	a, b := text[0], text[1]
	return a == 0xff && b == 0xfe || a == 0xfe && b == 0xff || a == 0 != (b == 0)
}

var byteOrderMark = []byte("\ufeff")

// trim returns text without a byte order mark, white space and a pair of quotes
// around it.
func trim(text []byte) []byte {
	text = bytes.TrimSpace(bytes.TrimPrefix(bytes.TrimSpace(text), byteOrderMark))
	n := len(text)
	if n < 2 || text[0] != text[n-1] || text[0] != '"' && text[0] != '\'' {
		return text
	}
	return bytes.TrimSpace(text[1 : n-1])
}
