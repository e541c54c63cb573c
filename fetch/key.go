package fetch

import (
	"bytes"

	"github.com/go-json-experiment/json/jsontext"

	"wicketkey.internal/internal/wipe"
)

// Key gives one key of a value that is a JSON object, in a Secret of its own that
// the caller closes: a string without its quotes, anything else as the JSON text
// that stands there. The error is [ErrNoVersion] where there is no such key, and
// [ErrMalformed] where the value is no JSON object.
func (s *Secret) Key(name string) (*Secret, error) {
	var block wipe.SignalBlock
	block.Begin()
	defer block.End()
	value, found, ok := member(s.Bytes(), name)
	switch {
	case !ok:
		return nil, &Error{ID: s.Name(), Kind: ErrMalformed, Cause: "the value is not a JSON object, so it has no keys", Remedy: "leave the key out of the identifier"}
	case !found:
		return nil, &Error{ID: s.Name(), Kind: ErrNoVersion, Cause: "the value has no such key", Remedy: "check the key's spelling; keys are case-sensitive"}
	}
	return newSecret(value, *s.p.meta), nil
}

// pick is the key of a whole Secret, which it closes.
func pick(whole *Secret, ref Ref) (*Secret, error) {
	defer whole.Close()
	secret, err := whole.Key(ref.Key)
	if e, ok := err.(*Error); ok {
		e.ID = ref.ID
	}
	return secret, err
}

// member finds a key in place, without a string of any value or of any name
// beside the one that is looked for: names are payload too.
func member(object []byte, key string) (value *wipe.Buffer, found, ok bool) {
	// The decoder would keep copies of the names to tell duplicates.
	dec := jsontext.NewDecoder(bytes.NewBuffer(object), jsontext.AllowDuplicateNames(true))
	defer func() {
		if !ok {
			value.Free()
			value = nil
		}
	}()
	if tok, err := dec.ReadToken(); err != nil || tok.Kind() != '{' {
		return nil, false, false
	}
	for dec.PeekKind() == '"' {
		name, err := dec.ReadValue()
		if err != nil {
			return value, false, false
		}
		wanted := same(name, key)
		raw, err := dec.ReadValue()
		if err != nil || (wanted && value != nil) {
			return value, false, false
		}
		if wanted {
			value = copyOut(raw)
		}
	}
	tok, err := dec.ReadToken()
	return value, value != nil, err == nil && tok.Kind() == '}'
}

func same(name jsontext.Value, key string) bool {
	text := copyOut(name)
	defer text.Free()
	return string(text.Bytes()) == key // compiled to a comparison in place
}

func copyOut(raw jsontext.Value) *wipe.Buffer {
	buf := wipe.New(len(raw))
	if raw.Kind() != '"' {
		copy(buf.Bytes(), raw)
		return buf
	}
	text, err := jsontext.AppendUnquote(buf.Bytes()[:0], raw)
	if err != nil { // the decoder has validated it
		text = nil
	}
	buf.Truncate(len(text))
	return buf
}
