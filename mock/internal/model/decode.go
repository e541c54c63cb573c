package model

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strings"
	"unicode/utf8"

	"wicketkey.internal/mock/internal/awserr"
)

// Decode reads a request body as the operation's input. Members that the model does not know are ignored, as
// AWS does; a wrong type is a SerializationException and a broken constraint a ValidationException.
func (op Operation) Decode(body []byte) (Input, *awserr.Error) {
	if !utf8.Valid(body) {
		return Input{}, serialization("Invalid UTF-8 in the request body.")
	}
	if len(bytes.TrimSpace(body)) == 0 {
		body = []byte("{}")
	}
	v, err := op.input.parse(body)
	if err != nil {
		return Input{}, err
	}
	in := Input{v.fields}
	if err := op.input.check(v); err != nil {
		return in, err
	}
	return in, nil
}

func serialization(message string) *awserr.Error {
	return awserr.New("SerializationException", "%s", message)
}

// parse converts raw JSON by the shape. raw is known to be valid only once the outermost call has succeeded.
func (s *shape) parse(raw json.RawMessage) (value, *awserr.Error) {
	switch s.kind {
	case kindStruct:
		return s.parseStruct(raw)
	case kindList:
		return s.parseList(raw)
	case kindString, kindBlob:
		return s.parseString(raw)
	case kindInt:
		return parseInt(raw)
	default:
		return parseBool(raw)
	}
}

func (s *shape) parseStruct(raw json.RawMessage) (value, *awserr.Error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil {
		return value{}, mismatch(raw, "Structure")
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
		return value{}, mismatch(raw, "List")
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
		return value{}, mismatch(raw, "String")
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

func parseInt(raw json.RawMessage) (value, *awserr.Error) {
	var v value
	if err := json.Unmarshal(raw, &v.number); err != nil {
		return value{}, mismatch(raw, "Integer")
	}
	return v, nil
}

func parseBool(raw json.RawMessage) (value, *awserr.Error) {
	var v value
	if err := json.Unmarshal(raw, &v.flag); err != nil {
		return value{}, mismatch(raw, "Boolean")
	}
	return v, nil
}

// mismatch words a value of the wrong type without showing the value: it may be a secret.
func mismatch(raw json.RawMessage, want string) *awserr.Error {
	raw = bytes.TrimSpace(raw)
	if !json.Valid(raw) {
		return serialization("Unable to parse the request body as JSON.")
	}
	switch c := raw[0]; {
	case c == '{':
		return serialization("Start of structure or map found where not expected.")
	case c == '[':
		return serialization("Start of list found where not expected.")
	case strings.HasPrefix(want, "L"), strings.HasPrefix(want, "Str") && want != "String":
		return serialization("Expected a " + strings.ToLower(want) + ".")
	case c == '"':
		return serialization("STRING_VALUE can not be converted to a " + want)
	case c == 't' || c == 'f':
		return serialization(strings.ToUpper(string(raw)) + "_VALUE can not be converted to a " + want)
	default:
		return serialization("NUMBER_VALUE can not be converted to a " + want)
	}
}
