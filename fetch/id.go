package fetch

import (
	"errors"

	"wicketkey.internal/internal/ident"
)

// ParseRef reads an identifier: a name, a full or partial ARN, either of them
// followed by the parts that Amazon ECS allows
// (ARN:json-key:version-stage:version-id, each may be empty), or name:json-key.
// The error is [ErrBadIdentifier] and shows nothing of a text that is no
// identifier: it may be the secret itself, pasted into the wrong place.
func ParseRef(id string) (Ref, error) {
	r, err := ident.Parse(id)
	if err != nil {
		return Ref{}, badIdentifier(err)
	}
	return Ref{ID: r.ID.String(), Key: r.Key, Stage: r.Stage, VersionID: r.VersionID}, nil
}

func parseID(id string) (ident.ID, error) {
	parsed, err := ident.ParseID(id)
	if err != nil {
		return parsed, badIdentifier(err)
	}
	return parsed, nil
}

func badIdentifier(err error) error {
	e := &Error{Kind: ErrBadIdentifier, Cause: err.Error(), Err: err}
	var detail *ident.Error
	if errors.As(err, &detail) {
		e.Cause, e.Remedy = detail.Kind.Error()+": "+detail.Cause, detail.Remedy
	}
	return e
}
