package fetch

import (
	"bytes"
	"encoding/base64"

	"github.com/go-json-experiment/json/jsontext"

	"wicketkey.internal/internal/wipe"
)

// Key gives one key of a value that is a JSON object, in a Secret of its own that
// the caller closes: a string without its quotes, anything else as the JSON text
// that stands there. The error is [ErrNoVersion] where there is no such key, and
// [ErrMalformed] where the value is no JSON object, or not one alone.
func (s *Secret) Key(name string) (*Secret, error) {
	var block wipe.SignalBlock
	block.Begin()
	defer block.End()
	value, wrong := member(s.Bytes(), name)
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
	// The decoder would keep copies of the names to tell duplicates.
	dec := jsontext.NewDecoder(bytes.NewBuffer(text), jsontext.AllowDuplicateNames(true))
	defer func() {
		if wrong != nil {
			value.Free()
			value = nil
		}
	}()
	if dec.PeekKind() != '{' {
		if encodesObject(text) {
			return nil, isEncoded
		}
		return nil, noObject
	}
	if _, err := dec.ReadToken(); err != nil {
		return nil, noObject
	}
	for dec.PeekKind() == '"' {
		name, err := dec.ReadValue()
		if err != nil {
			return value, cutShort
		}
		wanted := same(name, key)
		raw, err := dec.ReadValue()
		switch {
		case err != nil:
			return value, cutShort
		case wanted && value != nil:
			return value, keyTwice
		case wanted:
			value = copyOut(raw)
		}
	}
	if tok, err := dec.ReadToken(); err != nil || tok.Kind() != '}' {
		return value, unended(text[dec.InputOffset():])
	}
	switch rest := bytes.TrimLeft(text[dec.InputOffset():], jsonSpace); {
	case len(rest) > 0 && rest[0] == '{':
		return value, twoObjects
	case len(rest) > 0:
		return value, junkBehind
	case value == nil:
		return nil, noKey
	}
	return value, nil
}

const jsonSpace = " \t\r\n"

// unended tells what stands where an object should go on or end.
func unended(rest []byte) *diagnosis {
	rest = bytes.TrimLeft(rest, jsonSpace)
	if after, ok := bytes.CutPrefix(rest, []byte(",")); ok && bytes.HasPrefix(bytes.TrimLeft(after, jsonSpace), []byte("}")) {
		return comma
	}
	return cutShort
}

// encodesObject reports whether text is the base64 of what begins like an object.
func encodesObject(text []byte) bool {
	text = bytes.TrimLeft(text, jsonSpace)
	var head [3]byte
	if len(text) < 4 {
		return false
	}
	_, err := base64.StdEncoding.Decode(head[:], text[:4])
	return err == nil && head[0] == '{'
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
