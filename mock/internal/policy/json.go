package policy

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// maxDepth is more than any policy nests, and keeps a hostile one from
// exhausting the stack.
const maxDepth = 16

// A SyntaxError says what is wrong with a document, and where.
type SyntaxError struct {
	Line, Column int    // from 1; the column counts bytes
	Element      string // for example "Statement[1].Effect"; empty for the document itself
	Problem      string // what is wrong, and what is expected
}

func (e *SyntaxError) Error() string {
	where := fmt.Sprintf("policy: line %d, column %d: ", e.Line, e.Column)
	if e.Element != "" {
		where += e.Element + ": "
	}
	return where + e.Problem
}

type kind int

const (
	object kind = iota
	array
	text
	number
	boolean
	null
)

func (k kind) String() string {
	return [...]string{"an object", "an array", "a string", "a number", "a boolean", "null"}[k]
}

// node is a JSON value that knows its place.
type node struct {
	kind    kind
	at      int
	text    string // of a string, number or boolean
	items   []node
	members []member
}

type member struct {
	name  string
	at    int
	value node
}

// source builds nodes out of a document, and errors that point into it.
type source struct {
	doc string
	dec *json.Decoder
}

func (s *source) fail(at int, element, problem string) error {
	before := s.doc[:min(max(at, 0), len(s.doc))]
	line := strings.Count(before, "\n") + 1
	column := len(before) - (strings.LastIndexByte(before, '\n') + 1) + 1
	return &SyntaxError{Line: line, Column: column, Element: element, Problem: problem}
}

func (s *source) tree() (node, error) {
	s.dec = json.NewDecoder(strings.NewReader(s.doc))
	s.dec.UseNumber()
	root, err := s.value("", 0)
	if err != nil {
		return node{}, err
	}
	at := s.next()
	if _, err := s.dec.Token(); !errors.Is(err, io.EOF) {
		return node{}, s.fail(at, "", "text after the end of the policy")
	}
	return root, nil
}

// next is where the next token starts.
func (s *source) next() int {
	at := int(s.dec.InputOffset())
	for at < len(s.doc) && strings.IndexByte(" \t\r\n,:", s.doc[at]) >= 0 {
		at++
	}
	return at
}

func (s *source) token(element string) (json.Token, int, error) {
	at := s.next()
	tok, err := s.dec.Token()
	if err == nil {
		return tok, at, nil
	}
	if syntax := (*json.SyntaxError)(nil); errors.As(err, &syntax) {
		return nil, at, s.fail(max(at, int(syntax.Offset)-1), element, "not JSON: "+syntax.Error())
	}
	return nil, at, s.fail(len(s.doc), element, "not JSON: the document ends too early")
}

func (s *source) value(element string, depth int) (node, error) {
	tok, at, err := s.token(element)
	if err != nil {
		return node{}, err
	}
	if depth > maxDepth {
		return node{}, s.fail(at, element, "nested too deeply")
	}
	switch tok := tok.(type) {
	case json.Delim:
		if tok == '{' {
			return s.object(element, at, depth)
		}
		return s.array(element, at, depth)
	case string:
		return node{kind: text, at: at, text: tok}, nil
	case json.Number:
		return node{kind: number, at: at, text: tok.String()}, nil
	case bool:
		return node{kind: boolean, at: at, text: fmt.Sprint(tok)}, nil
	default:
		return node{kind: null, at: at}, nil
	}
}

func (s *source) object(element string, at, depth int) (node, error) {
	n := node{kind: object, at: at}
	seen := map[string]bool{}
	for s.dec.More() {
		tok, keyAt, err := s.token(element)
		if err != nil {
			return node{}, err
		}
		name, ok := tok.(string)
		if !ok {
			return node{}, s.fail(keyAt, element, "not JSON: a member's name must be a string")
		}
		if seen[name] {
			return node{}, s.fail(keyAt, under(element, name), "given twice")
		}
		seen[name] = true
		value, err := s.value(under(element, name), depth+1)
		if err != nil {
			return node{}, err
		}
		n.members = append(n.members, member{name, keyAt, value})
	}
	_, _, err := s.token(element)
	return n, err
}

func (s *source) array(element string, at, depth int) (node, error) {
	n := node{kind: array, at: at}
	for s.dec.More() {
		value, err := s.value(nth(element, len(n.items)), depth+1)
		if err != nil {
			return node{}, err
		}
		n.items = append(n.items, value)
	}
	_, _, err := s.token(element)
	return n, err
}

func under(element, name string) string {
	if element == "" {
		return name
	}
	return element + "." + name
}

func nth(element string, i int) string { return fmt.Sprintf("%s[%d]", element, i) }
