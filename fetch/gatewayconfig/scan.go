package gatewayconfig

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"wicketkey.internal/internal/wipe"
)

// A member is one key of the object and where its value lies.
type member struct {
	name     string
	from, to int  // the value's bytes between its quotes
	escaped  bool // they contain JSON escapes
}

// find returns the member of that name.
func find(members []member, name string) (member, bool) {
	i := slices.IndexFunc(members, func(m member) bool { return m.name == name })
	if i < 0 {
		return member{}, false
	}
	return members[i], true
}

// scan finds the members of an object of strings. The decoder reads text in
// place: a bytes.Buffer is the one reader of which it makes no copy.
func scan(text []byte) ([]member, error) {
	dec := jsontext.NewDecoder(bytes.NewBuffer(text))
	if dec.PeekKind() != '{' {
		return nil, &Error{Kind: ErrJSON, Cause: "the value is not a JSON object", Remedy: remedyStore}
	}
	if _, err := dec.ReadToken(); err != nil {
		return nil, syntax(err)
	}
	var members []member
	for dec.PeekKind() != '}' {
		m, err := scanMember(dec)
		if err != nil {
			return nil, err
		}
		members = append(members, m)
	}
	if _, err := dec.ReadToken(); err != nil {
		return nil, syntax(err)
	}
	if _, err := dec.ReadToken(); err != io.EOF {
		return nil, &Error{Kind: ErrJSON, Cause: "more text follows the JSON object", Remedy: remedyStore}
	}
	return members, nil
}

func scanMember(dec *jsontext.Decoder) (member, error) {
	name, err := dec.ReadToken()
	if err != nil {
		return member{}, syntax(err)
	}
	m := member{name: name.String()}
	raw, err := dec.ReadValue()
	if err != nil {
		return member{}, syntax(err)
	}
	if raw.Kind() != '"' {
		return member{}, &Error{
			Kind: ErrValue, Key: known(m.name), Cause: "the value of a key is not a string",
			Remedy: remedyStore,
		}
	}
	end := int(dec.InputOffset())
	m.from, m.to = end-len(raw)+1, end-1
	m.escaped = bytes.IndexByte(raw, '\\') >= 0
	return m, nil
}

// syntax makes an error of ours from one of the decoder's, which quotes what it
// read and so must not be wrapped.
func syntax(err error) error {
	e := &Error{Kind: ErrJSON, Remedy: remedyStore}
	var at *jsontext.SyntacticError
	switch errors.As(err, &at); {
	case errors.Is(err, jsontext.ErrDuplicateName):
		e.Kind, e.Cause = ErrDuplicate, "a key occurs twice"
		if at != nil {
			e.Key = known(at.JSONPointer.LastToken())
		}
	case errors.Is(err, io.ErrUnexpectedEOF):
		e.Cause = "the JSON text is cut short"
	case at != nil:
		e.Cause = fmt.Sprintf("malformed JSON at byte %d", at.ByteOffset+1)
	default:
		e.Cause = "malformed JSON"
	}
	return e
}

// unescape returns what a string in JSON, with its quotes, stands for. It takes
// no more room than that string, so that appending never leaves the wipeable
// memory.
func unescape(quoted []byte) (*wipe.Buffer, error) {
	buf := wipe.New(len(quoted))
	value, err := jsontext.AppendUnquote(buf.Bytes()[:0], quoted)
	if err != nil {
		buf.Free()
		return nil, syntax(err)
	}
	buf.Truncate(len(value))
	return buf, nil
}
