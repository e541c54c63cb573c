package ident

import (
	"errors"
	"fmt"
)

// What can be wrong with an identifier, for errors.Is.
var (
	ErrEmpty     = errors.New("empty identifier")
	ErrSpace     = errors.New("space in identifier")
	ErrCharacter = errors.New("illegal character in identifier")
	ErrTooLong   = errors.New("identifier too long")
	ErrSyntax    = errors.New("malformed identifier")
	ErrService   = errors.New("ARN of another service")
	ErrValue     = errors.New("a value in place of an identifier")
)

// An Error tells why a text is no identifier. It holds nothing of the text.
type Error struct {
	Kind   error  // one of the sentinels above
	Offset int    // where in the text, in bytes from its beginning
	Cause  string // what is wrong there
	Remedy string // what to do about it
}

// Error gives the kind, the place counted from 1, cause and remedy in one line.
func (e *Error) Error() string {
	return fmt.Sprintf("%v: at byte %d: %s (fix: %s)", e.Kind, e.Offset+1, e.Cause, e.Remedy)
}

// Unwrap returns the kind.
func (e *Error) Unwrap() error { return e.Kind }
