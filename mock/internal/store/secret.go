// Package store holds the mock's secrets and the rules that keep them consistent: versions and their staging
// labels, lookup by name or ARN, scheduled deletion, replicas. It knows nothing of HTTP. Nothing in it is safe
// for concurrent use: the service's lock guards it.
package store

import (
	"slices"
	"time"
)

// The staging labels that the service moves by itself.
const (
	Current  = "AWSCURRENT"
	Previous = "AWSPREVIOUS"
	Pending  = "AWSPENDING"
)

// DefaultKey is the alias of the key that AWS uses when a secret names none.
const DefaultKey = "alias/aws/secretsmanager"

// Secret is one secret, or one replica of it, in one region.
type Secret struct {
	Name, ARN, Account, Region  string
	Description, KmsKeyID, Type string
	OwningService               string
	Tags                        []Tag
	Tagged                      bool // had tags once: DescribeSecret shows an empty list from then on
	Versions                    []*Version
	Pruned                      []string // ids of versions that were cleaned up, the newest last
	Policy                      string
	Created, Changed, Accessed  time.Time
	Deleted                     time.Time // when DeleteSecret was called; zero when not scheduled
	Gone                        time.Time // end of the recovery window
	Rotation                    Rotation
	Primary                     string // the primary's region; "" when neither replica nor replicated
	Replicas                    []*Replica
	KeyTrouble                  string // the failure that every use of the KMS key ends in, whoever asks
	seq                         int    // order of creation
}

// Tag is one tag of a secret.
type Tag struct{ Key, Value string }

// Version is one value of a secret. A rotation begins with a version that has no value yet.
type Version struct {
	ID       string
	Stages   []string
	Value    []byte
	Binary   bool
	Created  time.Time
	Accessed time.Time
	Keys     []string // the KMS keys that can decrypt it, the newest first: several once the secret's key was changed
}

// Rotation is the secret's rotation configuration.
type Rotation struct {
	Enabled    bool
	Function   string
	AfterDays  int
	Duration   string
	Schedule   string
	RoleARN    string
	Metadata   []Tag
	Configured bool
	Last       time.Time
	Opens      time.Time // when the next rotation may begin, and does here
	Next       time.Time // the end of that window, which the service shows
}

// Replica is the primary's view of one replica.
type Replica struct {
	Region, KmsKeyID, Status, Message string
}

// IsReplica reports whether the secret is a read-only copy.
func (s *Secret) IsReplica() bool { return s.Primary != "" && s.Primary != s.Region }

// Scheduled reports whether the secret waits for its deletion.
func (s *Secret) Scheduled() bool { return !s.Deleted.IsZero() }

// Schedule begins the recovery window. Rotation ends for good: a restored secret keeps its function, unused.
func (s *Secret) Schedule(now, gone time.Time) {
	s.Deleted, s.Gone = now, gone
	s.Rotation.Enabled = false
}

// Restore ends the recovery window.
func (s *Secret) Restore() { s.Deleted, s.Gone = time.Time{}, time.Time{} }

// expired reports whether the recovery window has passed.
func (s *Secret) expired(now time.Time) bool { return s.Scheduled() && !now.Before(s.Gone) }

// Version returns the version with that id, or nil.
func (s *Secret) Version(id string) *Version {
	for _, v := range s.Versions {
		if v.ID == id {
			return v
		}
	}
	return nil
}

// Staged returns the version that carries the label, or nil.
func (s *Secret) Staged(stage string) *Version {
	for _, v := range s.Versions {
		if slices.Contains(v.Stages, stage) {
			return v
		}
	}
	return nil
}

// Empty reports whether the version has no value yet.
func (v *Version) Empty() bool { return v.Value == nil }

// Same reports whether the version holds that value, of that kind.
func (v *Version) Same(value []byte, binary bool) bool {
	return v.Binary == binary && string(v.Value) == string(value)
}

// TagIndex returns the place of a tag, or -1.
func (s *Secret) TagIndex(key string) int {
	return slices.IndexFunc(s.Tags, func(t Tag) bool { return t.Key == key })
}

// SetTag adds the tag or replaces its value.
func (s *Secret) SetTag(t Tag) {
	s.Tagged = true
	if i := s.TagIndex(t.Key); i >= 0 {
		s.Tags[i].Value = t.Value
		return
	}
	s.Tags = append(s.Tags, t)
}
