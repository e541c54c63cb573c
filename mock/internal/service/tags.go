package service

import (
	"strings"

	"wicketkey.internal/mock/internal/awserr"
	"wicketkey.internal/mock/internal/model"
	"wicketkey.internal/mock/internal/store"
)

const (
	maxTags   = 50
	systemTag = "aws:" // how the keys begin that AWS's services set
)

func onSystemTag(key string) *awserr.Error {
	return awserr.Parameter("You can't modify system tags. Tag key: '%s'.", key)
}

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
		case strings.HasPrefix(key, systemTag):
			return onSystemTag(key)
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

// tag checks all tags before it sets the first, so that a refusal changes nothing.
func (s *Service) tag(c *Call) ([]byte, *awserr.Error) {
	sec, err := s.findPrimary(c)
	if err != nil {
		return nil, err
	}
	tags := c.In.Structs("Tags")
	if err := checkTags(tags, sec); err != nil {
		return nil, err
	}
	for _, t := range tags {
		sec.SetTag(store.Tag{Key: t.Text("Key"), Value: t.Text("Value")})
	}
	s.changed(sec, c.Now)
	return nil, nil
}

// untag passes over keys that the secret has not, so that it can be sent again.
func (s *Service) untag(c *Call) ([]byte, *awserr.Error) {
	sec, err := s.findPrimary(c)
	if err != nil {
		return nil, err
	}
	keys := c.In.Texts("TagKeys")
	for _, key := range keys {
		if strings.HasPrefix(key, systemTag) {
			return nil, onSystemTag(key)
		}
	}
	for _, key := range keys {
		if i := sec.TagIndex(key); i >= 0 {
			sec.Tags = append(sec.Tags[:i], sec.Tags[i+1:]...)
		}
	}
	s.changed(sec, c.Now)
	return nil, nil
}
