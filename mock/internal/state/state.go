// Package state reads and writes the mock's state files: secrets with values, versions, tags and policies, as
// JSON. A bad file is refused with the line and the field that is wrong.
package state

import (
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// Document is a state file.
type Document struct {
	Secrets []Secret `json:"secrets"`
}

// Secret is one secret. Name is required, everything else may be left out. Value and ValueBase64 are short for one
// version with AWSCURRENT.
type Secret struct {
	Name          string            `json:"name"`
	Account       string            `json:"account,omitempty"`
	Region        string            `json:"region,omitempty"`
	Suffix        string            `json:"suffix,omitempty"`
	Description   string            `json:"description,omitempty"`
	KmsKeyID      string            `json:"kmsKeyId,omitempty"`
	Key           string            `json:"key,omitempty"`
	Type          string            `json:"type,omitempty"`
	OwningService string            `json:"owningService,omitempty"`
	Value         *string           `json:"value,omitempty"`
	ValueBase64   []byte            `json:"valueBase64,omitempty"`
	Versions      []Version         `json:"versions,omitempty"`
	Pruned        []string          `json:"prunedVersionIds,omitempty"`
	Tags          map[string]string `json:"tags,omitempty"`
	Policy        jsontext.Value    `json:"policy,omitempty"`
	Created       time.Time         `json:"created,omitzero"`
	Changed       time.Time         `json:"changed,omitzero"`
	Accessed      time.Time         `json:"accessed,omitzero"`
	Deleted       time.Time         `json:"deleted,omitzero"`
	Gone          time.Time         `json:"gone,omitzero"`
	Rotation      *Rotation         `json:"rotation,omitempty"`
	Primary       string            `json:"primary,omitempty"`
	Replicas      []Replica         `json:"replicas,omitempty"`
}

// Version is one version. Without a value it is the pending version of a rotation under way.
type Version struct {
	ID          string    `json:"id,omitempty"`
	Stages      []string  `json:"stages,omitempty"`
	Value       *string   `json:"value,omitempty"`
	ValueBase64 []byte    `json:"valueBase64,omitempty"`
	KmsKeyID    string    `json:"kmsKeyId,omitempty"`
	FormerKeys  []string  `json:"formerKmsKeyIds,omitempty"`
	Created     time.Time `json:"created,omitzero"`
	Accessed    time.Time `json:"accessed,omitzero"`
}

// Rotation is a secret's rotation configuration.
type Rotation struct {
	Enabled   bool              `json:"enabled,omitempty"`
	Function  string            `json:"function,omitempty"`
	AfterDays int               `json:"afterDays,omitempty"`
	Schedule  string            `json:"schedule,omitempty"`
	Duration  string            `json:"duration,omitempty"`
	RoleARN   string            `json:"roleArn,omitempty"`
	Metadata  map[string]string `json:"metadata,omitempty"`
	Last      time.Time         `json:"last,omitzero"`
	Opens     time.Time         `json:"opens,omitzero"` // when it may begin; default next
	Next      time.Time         `json:"next,omitzero"`
}

// Replica is a primary's note of one replica; the replica itself is a secret of its own with Primary set.
type Replica struct {
	Region   string `json:"region"`
	KmsKeyID string `json:"kmsKeyId,omitempty"`
	Status   string `json:"status,omitempty"`
	Message  string `json:"message,omitempty"`
}
