package redact

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"

	"github.com/go-json-experiment/json/jsontext"

	"wicketkey.internal/internal/opaque"
	"wicketkey.internal/internal/wipe"
)

// What the SDK sees in place of a value. SecretBinary must still be base64.
var (
	textPlaceholder   = []byte(`"` + opaque.Text + `"`)
	binaryPlaceholder = []byte(`"` + base64.StdEncoding.EncodeToString([]byte(opaque.Text)) + `"`)
)

// Errors here are ours: jsontext's own may quote what it read.
var (
	errSyntax  = errors.New("not a JSON object, or cut short")
	errBoth    = errors.New("one entry has two values")
	errBase64  = errors.New("SecretBinary is not base64")
	errNoValue = errors.New("no value in it")
	errShape   = errors.New("one secret where several were asked for, or several for one")
)

// scanner walks an answer in place: the decoder reads the body's own memory, so
// a value exists there and in its buffer, nowhere else.
type scanner struct {
	dec    *jsontext.Decoder
	out    []byte
	values []*wipe.Buffer
}

// scan copies an answer without its values: those of several secrets where a
// batch was asked for, else exactly one. On success the values are the caller's
// to free.
func scan(body []byte, wantBatch bool) (redacted []byte, values []*wipe.Buffer, err error) {
	s := &scanner{dec: jsontext.NewDecoder(bytes.NewBuffer(body)), out: make([]byte, 0, 1024)}
	defer func() {
		if err != nil {
			for _, v := range s.values {
				v.Free()
			}
		}
	}()
	batch, err := s.object(true)
	if err != nil {
		return nil, nil, err
	}
	if _, err := s.dec.ReadToken(); err != io.EOF {
		return nil, nil, errSyntax
	}
	switch empty := !batch && s.values[0] == nil; {
	case empty && wantBatch:
		s.values = nil
	case empty:
		return nil, nil, errNoValue
	case batch != wantBatch:
		return nil, nil, errShape
	}
	return s.out, s.values, nil
}

// object copies one entry, and puts its value, or nil, into s.values; unless it
// is the envelope of a batch, whose entries do so.
func (s *scanner) object(top bool) (batch bool, err error) {
	if tok, err := s.dec.ReadToken(); err != nil || tok.Kind() != '{' {
		return false, errSyntax
	}
	s.out = append(s.out, '{')
	var value *wipe.Buffer
	for first := true; s.dec.PeekKind() == '"'; first = false {
		if !first {
			s.out = append(s.out, ',')
		}
		name, err := s.name()
		if err != nil {
			value.Free()
			return false, err
		}
		switch {
		case name == "SecretString" || name == "SecretBinary":
			err = s.value(name, &value)
		case top && name == "SecretValues":
			batch, err = true, s.entries()
		default:
			err = s.copy()
		}
		if err != nil {
			value.Free()
			return false, err
		}
	}
	if tok, err := s.dec.ReadToken(); err != nil || tok.Kind() != '}' {
		value.Free()
		return false, errSyntax
	}
	s.out = append(s.out, '}')
	if batch {
		value.Free() // no place for one beside the entries
		return true, nil
	}
	s.values = append(s.values, value)
	return false, nil
}

// name reads a member's name and copies it.
func (s *scanner) name() (string, error) {
	tok, err := s.dec.ReadToken()
	if err != nil {
		return "", errSyntax
	}
	name := tok.String()
	quoted, err := jsontext.AppendQuote(s.out, name)
	if err != nil {
		return "", errSyntax
	}
	s.out = append(quoted, ':')
	return name, nil
}

func (s *scanner) copy() error {
	raw, err := s.dec.ReadValue()
	if err != nil {
		return errSyntax
	}
	s.out = append(s.out, raw...)
	return nil
}

func (s *scanner) entries() error {
	if s.dec.PeekKind() == 'n' {
		return s.copy()
	}
	if tok, err := s.dec.ReadToken(); err != nil || tok.Kind() != '[' {
		return errSyntax
	}
	s.out = append(s.out, '[')
	for first := true; s.dec.PeekKind() == '{'; first = false {
		if !first {
			s.out = append(s.out, ',')
		}
		if _, err := s.object(false); err != nil {
			return err
		}
	}
	if tok, err := s.dec.ReadToken(); err != nil || tok.Kind() != ']' {
		return errSyntax
	}
	s.out = append(s.out, ']')
	return nil
}

// value moves a member's value into *to and writes the placeholder.
func (s *scanner) value(name string, to **wipe.Buffer) error {
	raw, err := s.dec.ReadValue()
	if err != nil {
		return errSyntax
	}
	if raw.Kind() == 'n' {
		s.out = append(s.out, "null"...)
		return nil
	}
	if raw.Kind() != '"' {
		return errSyntax
	}
	if *to != nil {
		return errBoth
	}
	text, err := unquote(raw)
	if err != nil {
		return err
	}
	if name == "SecretString" {
		*to = text
		s.out = append(s.out, textPlaceholder...)
		return nil
	}
	defer text.Free()
	*to, err = decodeBase64(text.Bytes())
	s.out = append(s.out, binaryPlaceholder...)
	return err
}

// unquote needs no more room than the quoted form takes, so it never grows its
// destination into ordinary memory.
func unquote(raw []byte) (*wipe.Buffer, error) {
	buf := wipe.New(len(raw))
	text, err := jsontext.AppendUnquote(buf.Bytes()[:0], raw)
	if err != nil {
		buf.Free()
		return nil, errSyntax
	}
	buf.Truncate(len(text))
	return buf, nil
}

func decodeBase64(text []byte) (*wipe.Buffer, error) {
	buf := wipe.New(base64.StdEncoding.DecodedLen(len(text)))
	n, err := base64.StdEncoding.Decode(buf.Bytes(), text)
	if err != nil {
		buf.Free()
		return nil, errBase64
	}
	buf.Truncate(n)
	return buf, nil
}

// redactError keeps of an error's body only what the SDK needs to name it. A
// body of another shape becomes an empty object: what a stray server said is
// nobody's message.
func redactError(body []byte) []byte {
	var e struct {
		Type    string `json:"__type,omitempty"`
		Code    string `json:"code,omitempty"`
		Message string `json:"message,omitempty"`
	}
	if json.Unmarshal(body, &e) != nil {
		if !bytes.Contains(body, []byte(NotReady)) {
			return []byte("{}")
		}
		e.Message = NotReady
	}
	if len(e.Message) > maxMessage {
		e.Message = e.Message[:maxMessage]
	}
	out, err := json.Marshal(e)
	if err != nil {
		return []byte("{}")
	}
	return out
}

// NotReady is what the Lambda extension says, as plain text, until it can answer.
// It is the one sentence that is passed on though it is not in AWS's shape.
const NotReady = "not ready to serve traffic"

// maxMessage is ample for AWS's longest, the denials with two ARNs in them.
const maxMessage = 2 << 10
