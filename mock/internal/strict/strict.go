// Package strict reads the mock's own JSON documents. A bad one is refused with the line and the field that is
// wrong.
package strict

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// An Error says where a document is wrong. It never shows a value: that may be a secret.
type Error struct {
	Line    int
	Field   string // such as secrets[3].versions[0].stages; "" for the document itself
	Problem string
}

func (e *Error) Error() string {
	where := "line " + strconv.Itoa(e.Line)
	if e.Field != "" {
		where += ", " + e.Field
	}
	return where + ": " + e.Problem
}

// Decode reads a document. Unknown fields are mistakes. check judges what JSON cannot say.
func Decode[T any](data []byte, check func(*T) *Problem) (*T, error) {
	doc := new(T)
	if err := json.Unmarshal(data, doc, json.RejectUnknownMembers(true), json.WithUnmarshalers(durations())); err != nil {
		return nil, located(data, err)
	}
	if p := check(doc); p != nil {
		return nil, p.at(data)
	}
	return doc, nil
}

// durations reads durations as texts, such as "1.5s".
func durations() *json.Unmarshalers {
	return json.UnmarshalFunc(func(raw []byte, d *time.Duration) error {
		text, err := jsontext.AppendUnquote(nil, raw)
		if err == nil {
			*d, err = time.ParseDuration(string(text))
		}
		return err
	})
}

// Encode writes a document as [Decode] reads it.
func Encode[T any](doc *T) ([]byte, error) {
	texts := json.MarshalFunc(func(d time.Duration) ([]byte, error) { return jsontext.AppendQuote(nil, d.String()) })
	return json.Marshal(doc, jsontext.WithIndent("  "), json.Deterministic(true), json.WithMarshalers(texts))
}

// Problem is a mistake in a well-formed document. Path holds field names and indexes, from the outside in.
type Problem struct {
	Path []string
	Text string
}

// Problemf makes a problem; path is such as secrets/3/versions.
func Problemf(path, format string, args ...any) *Problem {
	return &Problem{strings.Split(path, "/"), fmt.Sprintf(format, args...)}
}

// at finds the line of the problem: of the field itself, or of the innermost one that is there.
func (p *Problem) at(data []byte) *Error {
	want := p.Path
	line := 1
	dec := jsontext.NewDecoder(bytes.NewReader(data))
	for {
		if _, err := dec.ReadToken(); err != nil { // io.EOF, for the document was read before
			return &Error{line, fieldName(want), p.Text}
		}
		here := tokens(dec.StackPointer())
		if len(here) > 0 && len(here) <= len(want) && strings.Join(here, "/") == strings.Join(want[:len(here)], "/") {
			line = lineOf(data, dec.InputOffset())
		}
		if len(here) == len(want) && strings.Join(here, "/") == strings.Join(want, "/") {
			return &Error{line, fieldName(want), p.Text}
		}
	}
}

func tokens(p jsontext.Pointer) []string {
	var out []string
	for token := range p.Tokens() {
		out = append(out, token)
	}
	return out
}

func fieldName(path []string) string {
	var b strings.Builder
	for _, part := range path {
		switch _, err := strconv.Atoi(part); {
		case err == nil:
			b.WriteString("[" + part + "]")
		case b.Len() > 0:
			b.WriteString("." + part)
		default:
			b.WriteString(part)
		}
	}
	return b.String()
}

func lineOf(data []byte, offset int64) int {
	return 1 + bytes.Count(data[:min(int(offset), len(data))], []byte("\n"))
}

// located gives a decoder's error its line and field.
func located(data []byte, err error) error {
	var syntactic *jsontext.SyntacticError
	if errors.As(err, &syntactic) {
		return &Error{lineOf(data, syntactic.ByteOffset), fieldName(tokens(syntactic.JSONPointer)), "this is not JSON"}
	}
	var semantic *json.SemanticError
	if errors.As(err, &semantic) {
		return &Error{lineOf(data, skipSpace(data, semantic.ByteOffset)), fieldName(tokens(semantic.JSONPointer)), semanticProblem(semantic)}
	}
	return &Error{1, "", "this is not such a document"}
}

// skipSpace moves on to the value that the decoder stopped before.
func skipSpace(data []byte, offset int64) int64 {
	for int(offset) < len(data) && strings.IndexByte(" \t\r\n,:", data[offset]) >= 0 {
		offset++
	}
	return offset
}

func semanticProblem(e *json.SemanticError) string {
	if errors.Is(e.Err, json.ErrUnknownName) {
		return "there is no such field"
	}
	if e.GoType == nil {
		return "a value of another kind belongs here"
	}
	if e.GoType.String() == "[]uint8" {
		return "a base64 text belongs here"
	}
	kind := e.GoType
	for kind.Kind() == reflect.Pointer {
		kind = kind.Elem()
	}
	return kindName(kind) + " belongs here"
}

// kindName says what to write for a field of that type.
func kindName(t reflect.Type) string {
	switch t {
	case reflect.TypeFor[time.Duration]():
		return `a duration such as "1.5s"`
	case reflect.TypeFor[time.Time]():
		return "a time such as 2026-01-31T12:00:00Z"
	}
	switch t.Kind() {
	case reflect.String:
		return "a text"
	case reflect.Int:
		return "a whole number"
	case reflect.Float64:
		return "a number"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice:
		return "a list"
	}
	return "an object"
}
