package service

import (
	"strings"

	"wicketkey.internal/mock/internal/awserr"
	"wicketkey.internal/mock/internal/model"
	"wicketkey.internal/mock/internal/store"
)

// checkTags applies the quotas for tagging: 50 a secret, no reserved keys, none twice. sec is nil for a new one.
func checkTags(tags []model.Input, sec *store.Secret) *awserr.Error {
	seen := make(map[string]bool)
	if sec != nil {
		for _, t := range sec.Tags {
			seen[t.Key] = true
		}
	}
	given := make(map[string]bool)
	for _, t := range tags {
		key := t.Text("Key")
		switch {
		case key == "":
			return awserr.Parameter("You must provide a tag key.")
		case strings.HasPrefix(key, reservedTag):
			return awserr.Parameter("Tag keys that start with aws: are reserved.")
		case given[key]:
			return awserr.Parameter("You can't use the tag key %s more than once.", key)
		}
		given[key], seen[key] = true, true
	}
	if len(seen) > maxTags {
		return awserr.Parameter("A secret can have at most %d tags.", maxTags)
	}
	return nil
}
