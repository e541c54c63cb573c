package ident

import (
	"errors"
	"fmt"
	"slices"
)

// An Answer is what an answer of Secrets Manager says of itself, beside the
// value.
type Answer struct {
	ARN, Name, VersionID string
	Stages               []string // staging labels; empty where it says nothing of them
}

// ErrOtherSecret is wrapped by what [Answers] returns.
var ErrOtherSecret = errors.New("the answer is not about what was asked")

// current is the staging label of the version that is meant where none is named.
const current = "AWSCURRENT"

// Answers returns nil where got can be the answer to asked, and else an error
// that says what it is about. It is the one rule for every way on which a value
// comes: a server, an agent, a batch, a copy on disk.
//
// ARN and Name have to be there and to agree with each other and with the name,
// the ARN, the partition, the account and the region asked; a version that was
// named has to be that version, a staging label one of the version's. Where a
// replica was asked, asked is the ARN in its region: see [ID.WithRegion].
//
// The error shows the answer's ARN or name where it is one; anything else there
// may be a value in the wrong place.
func Answers(asked Ref, got Answer) error {
	arn, err := ParseID(got.ARN)
	if err != nil || arn.Kind == BareName {
		return fmt.Errorf("%w: it does not say which secret's it is", ErrOtherSecret)
	}
	switch {
	case arn.Resource != got.Name && arn.Name() != got.Name:
		return fmt.Errorf("%w: it is about %s under another name", ErrOtherSecret, got.ARN)
	case !asked.ID.means(arn, got.Name):
		return fmt.Errorf("%w: it is about %s", ErrOtherSecret, got.ARN)
	case asked.VersionID != "" && got.VersionID != asked.VersionID:
		return fmt.Errorf("%w: it is another version of %s", ErrOtherSecret, got.ARN)
	case !asked.hasStage(got.Stages):
		return fmt.Errorf("%w: it is a version of %s without the staging label", ErrOtherSecret, got.ARN)
	}
	return nil
}

// means reports whether id is a spelling of the secret with this ARN and name.
func (id ID) means(arn ID, name string) bool {
	if id.Region != "" && id.Region != arn.Region {
		return false
	}
	if id.Kind == BareName {
		return id.Resource == name
	}
	return id.Partition == arn.Partition && id.Account == arn.Account && (id.Resource == arn.Resource || id.Resource == name)
}

// hasStage reports whether the labels of a version allow it to be meant.
func (r Ref) hasStage(labels []string) bool {
	label := r.Stage
	if label == "" && r.VersionID == "" {
		label = current
	}
	return label == "" || len(labels) == 0 || slices.Contains(labels, label)
}
