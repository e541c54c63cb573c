package fetch

import (
	"errors"
	"strings"
)

type parsedID struct{ ID, Region string }

func (i parsedID) StrippedName() (string, bool) {
	if !strings.HasPrefix(i.ID, "arn:") && len(i.ID) > 7 && i.ID[len(i.ID)-7] == '-' {
		return i.ID[:len(i.ID)-7], true
	}
	return "", false
}

func parseID(s string) (parsedID, error) {
	if s == "" || strings.ContainsAny(s, " \n{") {
		return parsedID{}, &Error{Kind: ErrBadIdentifier, Cause: "bad", Err: errors.New("bad")}
	}
	id := parsedID{ID: s}
	if p := strings.Split(s, ":"); len(p) > 3 {
		id.Region = p[3]
	}
	return id, nil
}

// ParseRef reads an identifier: a name, a full or partial ARN, either of them
// followed by the parts that Amazon ECS allows
// (ARN:json-key:version-stage:version-id, each may be empty), or name:json-key.
func ParseRef(id string) (Ref, error) {
	i, err := parseID(id)
	return Ref{ID: i.ID}, err
}
