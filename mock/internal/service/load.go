package service

import (
	"encoding/json"
	"slices"
	"time"

	"wicketkey.internal/mock/internal/state"
	"wicketkey.internal/mock/internal/store"
)

// Load replaces everything by the document, which Check has passed.
func (s *Service) Load(doc *state.Document, account, region string, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.store = store.New()
	for i := range doc.Secrets {
		s.store.Add(s.read(&doc.Secrets[i], account, region, now))
	}
}

// read makes a secret of its description. What is left out becomes what CreateSecret would have made of it, with dates
// of now and a suffix of the seed.
func (s *Service) read(in *state.Secret, account, region string, now time.Time) *store.Secret {
	sec := &store.Secret{
		Name: in.Name, Account: or(in.Account, account), Region: or(in.Region, region), Description: in.Description,
		KmsKeyID: in.KmsKeyID, KeyTrouble: in.Key, Type: in.Type, OwningService: in.OwningService,
		Created: orNow(in.Created, now), Changed: orNow(in.Changed, now), Accessed: in.Accessed, Deleted: in.Deleted, Gone: in.Gone,
		Primary: in.Primary, Policy: policyText(in), Tags: tagList(in.Tags), Tagged: in.Tags != nil,
	}
	if sec.Scheduled() && sec.Gone.IsZero() {
		sec.Gone = sec.Deleted.Add(defaultWindow * day)
	}
	suffix := in.Suffix
	if suffix == "" {
		suffix = s.ids.Suffix()
	}
	sec.ARN = ARN(sec.Account, sec.Region, sec.Name) + "-" + suffix
	sec.Pruned = slices.Clone(in.Pruned)
	for _, v := range versions(in) {
		sec.Versions = append(sec.Versions, s.readVersion(sec, &v, now))
	}
	for _, r := range in.Replicas {
		replica := store.Replica(r)
		replica.Status = or(r.Status, "InSync")
		sec.Replicas = append(sec.Replicas, &replica)
	}
	if in.Rotation != nil {
		sec.Rotation = readRotation(in.Rotation, now)
	}
	return sec
}

// versions spells the short form of a value out.
func versions(in *state.Secret) []state.Version {
	if in.Value == nil && in.ValueBase64 == nil {
		return in.Versions
	}
	return []state.Version{{Stages: []string{store.Current}, Value: in.Value, ValueBase64: in.ValueBase64}}
}

// readVersion keeps the keys by which a version was encrypted: after a change of key an old version still needs the
// old one.
func (s *Service) readVersion(sec *store.Secret, in *state.Version, now time.Time) *store.Version {
	v := &store.Version{
		ID: in.ID, Stages: slices.Clone(in.Stages), Keys: append([]string{or(in.KmsKeyID, sec.KmsKeyID)}, in.FormerKeys...),
		Created: orNow(in.Created, now), Accessed: in.Accessed,
	}
	slices.Sort(v.Stages)
	if v.ID == "" {
		v.ID = s.ids.UUID()
	}
	switch {
	case in.Value != nil:
		v.Value = []byte(*in.Value)
	case in.ValueBase64 != nil:
		v.Value, v.Binary = in.ValueBase64, true
	}
	return v
}

// readRotation plans the next rotation if the document does not, so that a secret that says it rotates does.
func readRotation(in *state.Rotation, now time.Time) store.Rotation {
	r := store.Rotation{
		Configured: true, Enabled: in.Enabled, Function: in.Function, AfterDays: in.AfterDays, Schedule: in.Schedule,
		Duration: in.Duration, RoleARN: in.RoleARN, Metadata: tagList(in.Metadata), Last: in.Last, Opens: orNow(in.Opens, in.Next), Next: in.Next,
	}
	if r.Next.IsZero() {
		plan(&r, now)
	}
	return r
}

// policyText accepts a policy as JSON or as a text that holds JSON.
func policyText(in *state.Secret) string {
	var text string
	if err := json.Unmarshal(in.Policy, &text); err == nil {
		return text
	}
	return string(in.Policy)
}

func or(value, fallback string) string {
	if value == "" {
		return fallback
	}
	return value
}

func orNow(t, now time.Time) time.Time {
	if t.IsZero() {
		return now
	}
	return t
}
