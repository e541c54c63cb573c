// Package model knows the service's published model: the 23 operations, the members of their inputs and the
// constraints on them. It turns a request body into an [Input], or into the error that AWS answers.
package model

import "regexp"

type kind uint8

const (
	kindString kind = iota
	kindBlob
	kindInt
	kindBool
	kindList
	kindStruct
)

// shape is a type of the model. min and max bound a length, or a number's value; max 0 means no upper bound.
type shape struct {
	kind      kind
	min, max  int
	pattern   *regexp.Regexp
	enum      []string
	elem      *shape
	members   []member
	sensitive bool // the value appears neither in messages nor in records
	bytes     bool // the length counts UTF-8 bytes
	long      bool // a number that the model calls a long
}

type member struct {
	name     string
	shape    *shape
	required bool
}

func text(min, max int) *shape { return &shape{kind: kindString, min: min, max: max} }

func matching(min, max int, pattern string) *shape {
	s := text(min, max)
	s.pattern = regexp.MustCompile(pattern)
	return s
}

func oneOf(values ...string) *shape { return &shape{kind: kindString, enum: values} }

func number(min, max int) *shape { return &shape{kind: kindInt, min: min, max: max} }

func long(min, max int) *shape { return &shape{kind: kindInt, min: min, max: max, long: true} }

func list(min, max int, elem *shape) *shape {
	return &shape{kind: kindList, min: min, max: max, elem: elem}
}

func structure(members ...member) *shape { return &shape{kind: kindStruct, members: members} }

func must(name string, s *shape) member { return member{name: name, shape: s, required: true} }
func may(name string, s *shape) member  { return member{name: name, shape: s} }

func secret(s *shape) *shape {
	s.sensitive, s.bytes = true, true
	return s
}

// Operation is one of the service's operations.
type Operation struct {
	Name  string
	input *shape
}

// Find returns the operation of that name.
func Find(name string) (Operation, bool) {
	input, ok := inputs[name]
	return Operation{Name: name, input: input}, ok
}
