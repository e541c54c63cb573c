package model

import (
	"encoding/json"
	"maps"
	"slices"
)

// value is one decoded JSON value; which field counts is the shape's to say.
type value struct {
	text   string
	number int64
	flag   bool
	list   []value
	fields map[string]value
}

// Input is the decoded input of one call, or one structure inside it. Its methods may be called concurrently.
type Input struct{ fields map[string]value }

// Has reports whether the member was present and not null.
func (in Input) Has(name string) bool {
	_, ok := in.fields[name]
	return ok
}

// Text returns a string or blob member, or "".
func (in Input) Text(name string) string { return in.fields[name].text }

// Number returns an integer member, or fallback when it is absent.
func (in Input) Number(name string, fallback int) int {
	if !in.Has(name) {
		return fallback
	}
	return int(in.fields[name].number)
}

// Flag returns a boolean member, or fallback when it is absent.
func (in Input) Flag(name string, fallback bool) bool {
	if !in.Has(name) {
		return fallback
	}
	return in.fields[name].flag
}

// Texts returns a list of strings.
func (in Input) Texts(name string) []string {
	var out []string
	for _, v := range in.fields[name].list {
		out = append(out, v.text)
	}
	return out
}

// Struct returns a structure member.
func (in Input) Struct(name string) Input { return Input{in.fields[name].fields} }

// Structs returns a list of structures.
func (in Input) Structs(name string) []Input {
	var out []Input
	for _, v := range in.fields[name].list {
		out = append(out, Input{v.fields})
	}
	return out
}

// Redacted returns the input as JSON with every sensitive member replaced, members in order of name.
func (op Operation) Redacted(in Input) []byte {
	return op.input.redact(nil, value{fields: in.fields})
}

func (s *shape) redact(out []byte, v value) []byte {
	switch {
	case s.sensitive:
		return append(out, `"[redacted]"`...)
	case s.kind == kindStruct:
		return s.redactStruct(out, v)
	case s.kind == kindList:
		out = append(out, '[')
		for i, item := range v.list {
			if i > 0 {
				out = append(out, ',')
			}
			out = s.elem.redact(out, item)
		}
		return append(out, ']')
	}
	return append(out, s.scalar(v)...)
}

func (s *shape) redactStruct(out []byte, v value) []byte {
	out = append(out, '{')
	for i, name := range slices.Sorted(maps.Keys(v.fields)) {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(append(append(out, '"'), name...), `":`...)
		out = s.member(name).redact(out, v.fields[name])
	}
	return append(out, '}')
}

func (s *shape) member(name string) *shape {
	i := slices.IndexFunc(s.members, func(m member) bool { return m.name == name })
	return s.members[i].shape // fields come from parseStruct, which knows only members
}

func (s *shape) scalar(v value) []byte {
	var out []byte
	switch s.kind {
	case kindInt:
		out, _ = json.Marshal(v.number)
	case kindBool:
		out, _ = json.Marshal(v.flag)
	default:
		out, _ = json.Marshal(v.text) // none of the three can fail
	}
	return out
}
