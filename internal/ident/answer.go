package ident

import (
	"errors"
	"slices"
	"strings"
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
func Answers(asked Ref, got Answer) error { return Read(got).Answers(asked) }

// A ReadAnswer is an [Answer] that is held against many questions, as those of a
// batch are.
type ReadAnswer struct {
	Answer
	arn ID // zero where ARN is none of a secret
}

// Read reads an answer's ARN.
func Read(got Answer) ReadAnswer {
	arn, err := ParseID(got.ARN)
	if err != nil || arn.Kind == BareName {
		return ReadAnswer{Answer: got}
	}
	return ReadAnswer{got, arn}
}

// Answers is the function of that name for an answer that has been read.
func (got ReadAnswer) Answers(asked Ref) error {
	switch {
	case got.arn == ID{}:
		return &otherSecret{"it does not say which secret's it is", ""}
	case got.arn.Resource != got.Name && got.arn.Name() != got.Name:
		return &otherSecret{"it is about % under another name", got.ARN}
	case !asked.ID.means(got.arn, got.Name):
		return &otherSecret{"it is about %", got.ARN}
	case asked.VersionID != "" && got.VersionID != asked.VersionID:
		return &otherSecret{"it is another version of %", got.ARN}
	case !asked.hasStage(got.Stages):
		return &otherSecret{"it is a version of % without the staging label", got.ARN}
	}
	return nil
}

// otherSecret is put into words only where it is shown: in a batch most entries
// are the answer to another id.
type otherSecret struct{ about, arn string }

func (e *otherSecret) Error() string {
	return ErrOtherSecret.Error() + ": " + strings.Replace(e.about, "%", e.arn, 1)
}

func (e *otherSecret) Unwrap() error { return ErrOtherSecret }

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
