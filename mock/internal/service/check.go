package service

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"wicketkey.internal/mock/internal/model"
	"wicketkey.internal/mock/internal/schedule"
	"wicketkey.internal/mock/internal/state"
	"wicketkey.internal/mock/internal/store"
	"wicketkey.internal/mock/internal/strict"
)

// Check finds the first thing in a document that no Secrets Manager could hold. account and region are those of
// secrets that name none.
func (s *Service) Check(doc *state.Document, account, region string) *strict.Problem {
	taken := make(map[string]bool)
	for i := range doc.Secrets {
		in := &doc.Secrets[i]
		at := fmt.Sprintf("secrets/%d", i)
		key := or(in.Account, account) + " " + or(in.Region, region) + " " + in.Name
		if taken[key] {
			return strict.Problemf(at+"/name", "the name is taken by another secret of this region")
		}
		taken[key] = true
		if p := s.checkSecret(in, at); p != nil {
			return p
		}
		if p := checkPlace(in, at); p != nil {
			return p
		}
	}
	return nil
}

// checkPlace judges the accounts and regions that the secret names.
func checkPlace(in *state.Secret, at string) *strict.Problem {
	if in.Account != "" && (len(in.Account) != 12 || strings.Trim(in.Account, "0123456789") != "") {
		return strict.Problemf(at+"/account", "an account is twelve digits")
	}
	regions := map[string]string{"region": in.Region, "primary": in.Primary}
	for i, r := range in.Replicas {
		regions[fmt.Sprintf("replicas/%d/region", i)] = or(r.Region, "none")
	}
	for _, field := range slices.Sorted(maps.Keys(regions)) {
		if name := regions[field]; name != "" && !ValidRegion(name) {
			return strict.Problemf(at+"/"+field, "a region is such as us-east-1")
		}
	}
	return nil
}

// ValidRegion reports whether the name has the form of a region: words of small letters, then a number.
func ValidRegion(name string) bool {
	number := strings.LastIndexByte(name, '-')
	if number < 1 || len(name) > 128 || strings.Trim(name[number+1:], "0123456789") != "" || number == len(name)-1 {
		return false
	}
	for word := range strings.SplitSeq(name[:number], "-") {
		if word == "" || strings.Trim(word, "abcdefghijklmnopqrstuvwxyz") != "" {
			return false
		}
	}
	return true
}

// checkSecret looks at one secret by itself. No problem repeats what the document says, for that may be a secret;
// its place is enough.
func (s *Service) checkSecret(in *state.Secret, at string) *strict.Problem {
	switch {
	case in.Name == "":
		return strict.Problemf(at+"/name", "a secret needs a name")
	case len(in.Name) > 512 || !model.ValidName(in.Name):
		return strict.Problemf(at+"/name", "a name has at most 512 letters, digits and /_+=.@-!")
	case in.Suffix != "" && !validSuffix(in.Suffix):
		return strict.Problemf(at+"/suffix", "a suffix is six letters and digits")
	case in.Key != "" && in.Key != KeyDenied && in.Key != KeyDisabled:
		return strict.Problemf(at+"/key", "a key is %q or %q", KeyDenied, KeyDisabled)
	case in.Value != nil && in.ValueBase64 != nil:
		return strict.Problemf(at+"/valueBase64", "a secret has value or valueBase64, not both")
	case len(in.Versions) > 0 && (in.Value != nil || in.ValueBase64 != nil):
		return strict.Problemf(at+"/versions", "a secret has versions or a value, not both")
	case len(in.Policy) > 0:
		if err := s.Policies.Validate(policyText(in)); err != nil {
			return strict.Problemf(at+"/policy", "%s", err.Message)
		}
	}
	if p := checkRotation(in.Rotation, at+"/rotation"); p != nil {
		return p
	}
	if in.Value != nil || in.ValueBase64 != nil {
		v := state.Version{Value: in.Value, ValueBase64: in.ValueBase64}
		return checkValue(&v, at)
	}
	return checkVersions(in.Versions, at)
}

// checkRotation keeps the next rotation in the future: one that is always due would begin again and again. Beside a
// schedule the days are only shown, and may be those of a cron that comes every eight years.
func checkRotation(r *state.Rotation, at string) *strict.Problem {
	switch {
	case r == nil:
	case r.Schedule != "":
		if _, err := schedule.Parse(r.Schedule); err != nil {
			return strict.Problemf(at+"/schedule", "%v", err)
		}
	case r.AfterDays < 0 || r.AfterDays > 1000:
		return strict.Problemf(at+"/afterDays", "days are 1 to 1000")
	}
	return nil
}

// validSuffix keeps ARNs in the form by which they are told from names: a stranger's suffix would make one that no
// look-up finds.
func validSuffix(suffix string) bool {
	for _, c := range []byte(suffix) {
		if !(c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z') {
			return false
		}
	}
	return len(suffix) == 6
}

// checkVersions refuses what the operations could not have made: two versions under one stage would make a read
// depend on their order, and a value without AWSCURRENT could not be read by default.
func checkVersions(versions []state.Version, at string) *strict.Problem {
	ids, stages := make(map[string]bool), make(map[string]bool)
	valued := false
	for i := range versions {
		v := &versions[i]
		here := fmt.Sprintf("%s/versions/%d", at, i)
		if v.ID != "" && (len(v.ID) < 32 || len(v.ID) > 64 || ids[v.ID]) {
			return strict.Problemf(here+"/id", "an id has 32 to 64 characters and belongs to one version")
		}
		ids[v.ID] = true
		for _, stage := range v.Stages {
			if stage == "" || len(stage) > 256 || stages[stage] {
				return strict.Problemf(here+"/stages", "a stage has 1 to 256 characters and is on one version")
			}
			stages[stage] = true
		}
		if p := checkValue(v, here); p != nil {
			return p
		}
		valued = valued || v.Value != nil || v.ValueBase64 != nil
	}
	if valued && !stages[store.Current] {
		return strict.Problemf(at+"/versions", "one version must have the stage AWSCURRENT")
	}
	return nil
}

// checkValue holds the document to the model's bounds, so that a test never reads what AWS would not have stored.
func checkValue(v *state.Version, at string) *strict.Problem {
	switch {
	case v.Value != nil && v.ValueBase64 != nil:
		return strict.Problemf(at+"/valueBase64", "a version has value or valueBase64, not both")
	case v.Value != nil && (*v.Value == "" || len(*v.Value) > 65536):
		return strict.Problemf(at+"/value", "a value has 1 to 65536 bytes")
	case v.ValueBase64 != nil && (len(v.ValueBase64) == 0 || len(v.ValueBase64) > 65536):
		return strict.Problemf(at+"/valueBase64", "a value has 1 to 65536 bytes")
	}
	return nil
}
