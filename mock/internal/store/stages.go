package store

import (
	"slices"
	"time"
)

// Limits on versions: the service keeps the newest 100, and all of the last 24 hours.
const (
	MaxVersions = 100
	keepFor     = 24 * time.Hour
)

// Attach puts labels on v, taking them from whichever version has them. Moving AWSCURRENT moves AWSPREVIOUS to
// the version that it leaves.
func (s *Secret) Attach(v *Version, stages []string) {
	for _, stage := range stages {
		if stage == Current {
			s.moveCurrent(v)
		} else {
			s.move(stage, v)
		}
	}
}

// move gives the label to v, or to no version when v is nil.
func (s *Secret) move(stage string, v *Version) {
	holder := s.Staged(stage)
	if holder == v {
		return
	}
	if holder != nil {
		holder.Stages = slices.DeleteFunc(holder.Stages, func(x string) bool { return x == stage })
	}
	if v != nil {
		v.Stages = append(v.Stages, stage)
		slices.Sort(v.Stages) // as the service shows them, whichever came first
	}
}

func (s *Secret) moveCurrent(v *Version) {
	old := s.Staged(Current)
	if old == v {
		return
	}
	s.move(Current, v)
	if old == nil {
		return
	}
	s.move(Previous, old)
	// A rotation that ended leaves AWSPENDING beside AWSCURRENT; on a version that steps down it would mean a
	// rotation under way. Labels of the user's own stay.
	if s.Staged(Pending) == old {
		s.Detach(Pending)
	}
}

// Detach takes the label off the version that carries it.
func (s *Secret) Detach(stage string) { s.move(stage, nil) }

// Prune removes the oldest versions without labels, as the service does in the background: those over 100 that
// are older than a day.
func (s *Secret) Prune(now time.Time) {
	over := len(s.Versions) - MaxVersions
	if over <= 0 {
		return
	}
	s.Versions = slices.DeleteFunc(s.Versions, func(v *Version) bool {
		old := len(v.Stages) == 0 && now.Sub(v.Created) > keepFor
		if !old || over <= 0 {
			return false
		}
		over--
		s.Pruned = append(s.Pruned, v.ID)
		return true
	})
	s.Pruned = s.Pruned[max(0, len(s.Pruned)-maxPruned):]
}

// maxPruned bounds the ids that are remembered; AWS's bound is not on record.
const maxPruned = 1000
