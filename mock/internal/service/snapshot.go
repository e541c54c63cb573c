package service

import (
	"encoding/json"
	"maps"
	"slices"

	"wicketkey.internal/mock/internal/state"
	"wicketkey.internal/mock/internal/store"
)

// Snapshot returns everything that Load needs to be in the same state again.
func (s *Service) Snapshot() *state.Document {
	s.mu.Lock()
	defer s.mu.Unlock()
	doc := &state.Document{Secrets: []state.Secret{}}
	for _, sec := range s.store.All() {
		doc.Secrets = append(doc.Secrets, written(sec))
	}
	return doc
}

// written spells everything out, also what Load would choose by itself: the copy must not depend on seed or clock.
func written(sec *store.Secret) state.Secret {
	out := state.Secret{
		Name: sec.Name, Account: sec.Account, Region: sec.Region, Suffix: sec.ARN[len(sec.ARN)-6:],
		Description: sec.Description, KmsKeyID: sec.KmsKeyID, Key: sec.KeyTrouble, Type: sec.Type,
		OwningService: sec.OwningService, Created: sec.Created, Changed: sec.Changed, Accessed: sec.Accessed,
		Deleted: sec.Deleted, Gone: sec.Gone, Primary: sec.Primary, Rotation: writtenRotation(&sec.Rotation),
	}
	if sec.Policy != "" {
		out.Policy, _ = json.Marshal(sec.Policy) // as a text, which keeps its spelling
	}
	if sec.Tagged {
		out.Tags = tagMap(sec.Tags)
	}
	out.Pruned = slices.Clone(sec.Pruned)
	for _, v := range sec.Versions {
		out.Versions = append(out.Versions, writtenVersion(v))
	}
	for _, r := range sec.Replicas {
		out.Replicas = append(out.Replicas, state.Replica(*r))
	}
	return out
}

// tagMap loses the order in which tags were set; documents are for people, who look for keys.
func tagMap(tags []store.Tag) map[string]string {
	out := make(map[string]string)
	for _, t := range tags {
		out[t.Key] = t.Value
	}
	return out
}

func tagList(tags map[string]string) []store.Tag {
	var out []store.Tag
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		out = append(out, store.Tag{Key: key, Value: tags[key]})
	}
	return out
}

// writtenVersion leaves the value of a pending version out, where it has none, rather than write an empty one.
func writtenVersion(v *store.Version) state.Version {
	out := state.Version{ID: v.ID, Stages: slices.Clone(v.Stages), Created: v.Created, Accessed: v.Accessed}
	if len(v.Keys) > 0 {
		out.KmsKeyID, out.FormerKeys = v.Keys[0], slices.Clone(v.Keys[1:])
	}
	switch {
	case v.Empty():
	case v.Binary:
		out.ValueBase64 = v.Value
	default:
		text := string(v.Value)
		out.Value = &text
	}
	return out
}

func writtenRotation(r *store.Rotation) *state.Rotation {
	if !r.Configured {
		return nil
	}
	out := &state.Rotation{
		Enabled: r.Enabled, Function: r.Function, AfterDays: r.AfterDays, Schedule: r.Schedule, Duration: r.Duration,
		RoleARN: r.RoleARN, Last: r.Last, Opens: r.Opens, Next: r.Next,
	}
	if len(r.Metadata) > 0 {
		out.Metadata = tagMap(r.Metadata)
	}
	return out
}
