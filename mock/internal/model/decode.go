package model

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"math"
	"strings"
	"unicode/utf8"

	"wicketkey.internal/mock/internal/awserr"
)

// Decode reads a request body as the operation's input. Members that the model does not know are ignored, as
// AWS does; a wrong type is a SerializationException and a broken constraint a ValidationException.
func (op Operation) Decode(body []byte) (Input, *awserr.Error) {
	body = bytes.TrimSpace(body)
	if !utf8.Valid(body) || !json.Valid(body) || body[0] != '{' && body[0] != '[' {
		return Input{}, serialization("") // which is all that AWS says, also of an empty body
	}
	v, err := op.input.parse(body)
	if err != nil {
		return Input{}, err
	}
	in := Input{v.fields}
	if err := op.input.check(v); err != nil {
		return in, err
	}
	return in, in.checkName()
}

func serialization(message string) *awserr.Error {
	return awserr.New("SerializationException", "%s", message)
}

// parse converts valid JSON by the shape.
func (s *shape) parse(raw json.RawMessage) (value, *awserr.Error) {
	switch s.kind {
	case kindStruct:
		return s.parseStruct(raw)
	case kindList:
		return s.parseList(raw)
	case kindString, kindBlob:
		return s.parseString(raw)
	case kindInt:
		return s.parseInt(raw)
	default:
		return s.parseBool(raw)
	}
}

func (s *shape) parseStruct(raw json.RawMessage) (value, *awserr.Error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil {
		return value{}, s.mismatch(raw)
	}
	v := value{fields: make(map[string]value, len(fields))}
	for _, m := range s.members {
		raw, ok := fields[m.name]
		if !ok || string(raw) == "null" {
			continue
		}
		field, err := m.shape.parse(raw)
		if err != nil {
			return value{}, err
		}
		v.fields[m.name] = field
	}
	return v, nil
}

func (s *shape) parseList(raw json.RawMessage) (value, *awserr.Error) {
	var items []json.RawMessage
	if err := json.Unmarshal(raw, &items); err != nil {
		return value{}, s.mismatch(raw)
	}
	v := value{list: make([]value, 0, len(items))}
	for _, raw := range items {
		if string(raw) == "null" {
			return value{}, serialization("Unexpected null in a list.")
		}
		item, err := s.elem.parse(raw)
		if err != nil {
			return value{}, err
		}
		v.list = append(v.list, item)
	}
	return v, nil
}

func (s *shape) parseString(raw json.RawMessage) (value, *awserr.Error) {
	var v value
	if err := json.Unmarshal(raw, &v.text); err != nil {
		return value{}, s.mismatch(raw)
	}
	if s.kind == kindBlob {
		data, err := base64.StdEncoding.DecodeString(v.text)
		if err != nil {
			return value{}, serialization("Invalid base64 in a blob.")
		}
		v = value{text: string(data)}
	}
	return v, nil
}

// parseInt cuts a fraction off, as the front end does.
func (s *shape) parseInt(raw json.RawMessage) (value, *awserr.Error) {
	var v value
	if json.Unmarshal(raw, &v.number) == nil {
		return v, nil
	}
	var number float64
	if err := json.Unmarshal(raw, &number); err != nil || math.Abs(number) >= 1<<63 {
		return value{}, s.mismatch(raw)
	}
	return value{number: int64(number)}, nil
}

func (s *shape) parseBool(raw json.RawMessage) (value, *awserr.Error) {
	var v value
	if err := json.Unmarshal(raw, &v.flag); err != nil {
		return value{}, s.mismatch(raw)
	}
	return v, nil
}

// mismatch words a value of the wrong type without showing the value: it may be a secret. The final periods are
// AWS's, and so are those that are missing.
func (s *shape) mismatch(raw json.RawMessage) *awserr.Error {
	raw = bytes.TrimSpace(raw)
	switch {
	case raw[0] == '{':
		return serialization("Start of structure or map found where not expected.")
	case raw[0] == '[':
		return serialization("Start of list found where not expected")
	case s.kind == kindStruct:
		return serialization("Expected null")
	case s.kind == kindList:
		return serialization("Expected list or null")
	}
	what := "NUMBER"
	switch raw[0] {
	case '"':
		what = "STRING"
	case 't', 'f':
		what = strings.ToUpper(string(raw))
	}
	return serialization(what + "_VALUE can not be converted to " + s.javaType())
}

// javaType is the scalar shape's type in the front end's messages.
func (s *shape) javaType() string {
	switch {
	case s.kind == kindBool:
		return "a Boolean"
	case s.kind == kindInt && s.long:
		return "a Long"
	case s.kind == kindInt:
		return "an Integer"
	}
	return "a String"
}
