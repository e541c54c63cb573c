package ident

import "strings"

// A Ref says which bytes are wanted: of which secret, which version, which key.
type Ref struct {
	ID        ID
	Key       string // a key of a value that is a JSON object; empty: the whole value
	Stage     string // a staging label; empty: none was named
	VersionID string // empty: none was named
}

// String returns the reference in the form that [Parse] reads, without empty
// parts at its end.
func (r Ref) String() string {
	return strings.TrimRight(r.ID.String()+":"+r.Key+":"+r.Stage+":"+r.VersionID, ":")
}

// Parse reads an identifier, alone or followed by up to three more parts, each
// of which may be empty: ID:json-key:version-stage:version-id. That is the form
// of Amazon ECS, which asks for an ARN and all three. Every error is an [*Error].
func Parse(s string) (Ref, error) {
	if err := piece(s); err != nil {
		return Ref{}, err
	}
	head, tail, at := split(s)
	id, err := ParseID(head)
	if err != nil {
		return Ref{}, err
	}
	parts := strings.SplitN(tail, ":", 4)
	if len(parts) > 3 {
		return Ref{}, &Error{
			Kind: ErrSyntax, Offset: at + len(strings.Join(parts[:3], ":")),
			Cause: "more than three parts follow the identifier", Remedy: "write ID:json-key:version-stage:version-id",
		}
	}
	parts = append(parts, "", "")
	r := Ref{ID: id, Key: parts[0], Stage: parts[1], VersionID: parts[2]}
	if err := r.checkParts(at); err != nil {
		return Ref{}, err
	}
	return r, nil
}

// ParseID reads a name or an ARN with nothing behind it. Every error is an
// [*Error].
func ParseID(s string) (ID, error) {
	switch {
	case s == "":
		return ID{}, &Error{Kind: ErrEmpty, Cause: "no identifier is given", Remedy: "give the secret's name or ARN"}
	case pasted(s):
		return ID{}, &Error{Kind: ErrValue, Cause: "this looks like a secret's value", Remedy: "give the name or ARN under which the value is stored"}
	case isARN(s):
		return parseARN(s)
	}
	if err := checkName(s, 0, maxName); err != nil {
		return ID{}, err
	}
	return ID{Kind: BareName, Resource: s}, nil
}

// arnParts is how many parts, separated by colons, the ARN of a secret has.
const arnParts = len([...]string{"arn", "partition", "service", "region", "account", "secret", "resource"})

// split cuts the identifier off what follows it and gives the offset of that.
func split(s string) (head, tail string, at int) {
	colons := 1
	if isARN(s) {
		colons = arnParts
	}
	for i := range len(s) {
		if s[i] == ':' {
			colons--
		}
		if colons == 0 {
			return s[:i], s[i+1:], i + 1
		}
	}
	return s, "", len(s)
}

// checkParts checks what follows the identifier, the first part of which begins
// at the given offset.
func (r Ref) checkParts(at int) error {
	if err := checkKey(r.Key, at); err != nil {
		return err
	}
	at += len(r.Key) + 1
	if err := checkStage(r.Stage, at); err != nil {
		return err
	}
	return checkVersion(r.VersionID, at+len(r.Stage)+1)
}
