package service

import (
	"wicketkey.internal/mock/internal/awserr"
	"wicketkey.internal/mock/internal/store"
)

// updateStage moves, sets or takes off one label. That AWSPREVIOUS follows AWSCURRENT is the store's rule.
func (s *Service) updateStage(c *Call) ([]byte, *awserr.Error) {
	sec, err := s.findPrimary(c)
	if err != nil {
		return nil, err
	}
	stage, from, to := c.In.Text("VersionStage"), c.In.Text("RemoveFromVersionId"), c.In.Text("MoveToVersionId")
	if err := checkMove(sec, stage, from, to); err != nil {
		return nil, err
	}
	if to == "" {
		sec.Detach(stage)
	} else {
		sec.Attach(sec.Version(to), []string{stage})
	}
	s.changed(sec, c.Now)
	return identify(sec), nil
}

// checkMove demands that a caller who moves a label knows where it is.
func checkMove(sec *store.Secret, stage, from, to string) *awserr.Error {
	for _, id := range []string{from, to} {
		if id != "" && sec.Version(id) == nil {
			return awserr.Parameter("Not a valid version: %s", id)
		}
	}
	holder := sec.Staged(stage)
	switch {
	case from != "" && (holder == nil || holder.ID != from):
		return awserr.Parameter("Version stage %s not found in version %s", stage, from)
	case from == "" && to == "":
		return awserr.Parameter("You must provide RemoveFromVersionId, MoveToVersionId, or both.")
	case from == "" && holder != nil && holder.ID != to:
		return awserr.Parameter("The parameter RemoveFromVersionId can't be empty. Staging label %s is currently attached to version %s, so you must explicitly reference that version in RemoveFromVersionId.", stage, holder.ID)
	case to == "" && stage == store.Current:
		return awserr.Parameter("You can only move staging label AWSCURRENT to a different secret version. It can’t be completely removed.")
	}
	return nil
}
