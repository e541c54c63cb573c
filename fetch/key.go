package fetch

import (
	"bytes"
	"encoding/base64"

	"wicketkey.internal/internal/jsonwalk"
	"wicketkey.internal/internal/wipe"
)

// Key gives one key of a value that is a JSON object, in a Secret of its own that
// the caller closes: a string without its quotes, anything else as the JSON text
// that stands there. The error is [ErrNoVersion] where there is no such key, and
// [ErrMalformed] where the value is no JSON object, or not one alone.
func (s *Secret) Key(name string) (*Secret, error) {
	var value *wipe.Buffer
	var wrong *diagnosis
	wipe.HoldSignals(func() { value, wrong = member(s.Bytes(), name) })
	if wrong != nil {
		return nil, &Error{ID: s.Name(), Kind: wrong.kind, Cause: wrong.cause, Remedy: wrong.remedy}
	}
	return newSecret(value, *s.p.meta), nil
}

// What can be wrong with a value of which one key is wanted.
var (
	noKey      = &diagnosis{ErrNoVersion, "the value has no such key", "check the key's spelling; keys are case-sensitive"}
	noObject   = &diagnosis{ErrMalformed, "the value is not a JSON object, so it has no keys", "leave the key out of the identifier"}
	isEncoded  = &diagnosis{ErrMalformed, "the value is the base64 text of a JSON object, and base64 has no keys", "fetch the whole value and decode it (wicketkey get -decode), or store the JSON itself"}
	keyTwice   = &diagnosis{ErrMalformed, "the value has the key more than once", "store it with one of them"}
	cutShort   = &diagnosis{ErrMalformed, "the value begins like a JSON object but is not one to its end", "check its quotes, commas and braces, and store it anew"}
	comma      = &diagnosis{ErrMalformed, "the value has a comma before its closing brace, which JSON does not allow", "store it without that comma"}
	twoObjects = &diagnosis{ErrMalformed, "another JSON object follows the first", "store one object, not two"}
	junkBehind = &diagnosis{ErrMalformed, "something follows the JSON object", "store the object alone"}
)

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
func member(text []byte, key string) (value *wipe.Buffer, wrong *diagnosis) {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	w := jsonwalk.New(text)
	if !bytes.HasPrefix(w.Rest(), []byte("{")) {
		if encodesObject(text) {
			return nil, isEncoded
		}
		return nil, noObject
	}
	twice := false
	whole := w.Object(func(name, raw []byte) {
		switch {
		case !jsonwalk.Is(name, key):
		case value == nil:
			value = copyOut(raw)
		default:
			twice = true
		}
	})
	switch rest := w.Rest(); {
	case twice:
		wrong = keyTwice
	case !whole:
		wrong = unended(text[:len(text)-len(rest)], rest)
	case len(rest) > 0 && rest[0] == '{':
		wrong = twoObjects
	case len(rest) > 0:
		wrong = junkBehind
	case value == nil:
		wrong = noKey
	}
	if wrong != nil {
		value.Free()
		return nil, wrong
	}
	return value, nil
}

// unended tells what stands where an object should go on or end.
func unended(before, rest []byte) *diagnosis {
	if bytes.HasSuffix(bytes.TrimRight(before, jsonwalk.Space), []byte(",")) && bytes.HasPrefix(rest, []byte("}")) {
		return comma
	}
	return cutShort
}

// encodesObject reports whether text is the base64 of what begins like an object.
func encodesObject(text []byte) bool {
	text = bytes.TrimLeft(text, jsonwalk.Space)
	var head [3]byte
	if len(text) < 4 {
		return false
	}
	_, err := base64.StdEncoding.Decode(head[:], text[:4])
	return err == nil && head[0] == '{'
}

func copyOut(raw []byte) *wipe.Buffer {
	if raw[0] == '"' {
		return jsonwalk.Unquote(raw)
	}
	buf := wipe.New(len(raw))
	copy(buf.Bytes(), raw)
	return buf
}
