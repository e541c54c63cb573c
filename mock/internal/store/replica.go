package store

import (
	"slices"
	"strings"
	"time"
)

// Copy returns a deep copy of the secret, on no shelf.
func (s *Secret) Copy() *Secret {
	c := *s
	c.Tags = slices.Clone(s.Tags)
	c.Rotation.Metadata, c.Pruned = slices.Clone(s.Rotation.Metadata), slices.Clone(s.Pruned)
	c.Versions = make([]*Version, len(s.Versions))
	for i, v := range s.Versions {
		w := *v
		w.Stages, w.Keys = slices.Clone(v.Stages), slices.Clone(v.Keys)
		c.Versions[i] = &w // Value is never written to after it is stored, so it may be shared
	}
	c.Replicas = make([]*Replica, len(s.Replicas))
	for i, r := range s.Replicas {
		w := *r
		c.Replicas[i] = &w
	}
	return &c
}

// Replicate copies the secret into the replica's region, or says why it cannot in the replica's status.
func (st *Store) Replicate(s *Secret, r *Replica, overwrite bool, now time.Time) {
	if old := st.ByName(s.Account, r.Region, s.Name); old != nil && !overwrite {
		st.FailReplica(s, r, "Secret name "+s.Name+" already exists in region "+r.Region+".")
		return
	}
	s.Primary = s.Region
	r.Status, r.Message = "InSync", "Replication succeeded"
	c := st.image(s, r)
	c.Created, c.Accessed = now, time.Time{} // these are the copy's own
	st.Add(c)
	s.Replicas = append(s.Replicas, r)
}

// FailReplica notes a replica that cannot be made, and why.
func (st *Store) FailReplica(s *Secret, r *Replica, why string) {
	s.Primary = s.Region
	r.Status, r.Message = "Failed", "Replication failed: "+why
	s.Replicas = append(s.Replicas, r)
}

// image is what the secret looks like in the replica's region.
func (st *Store) image(s *Secret, r *Replica) *Secret {
	c := s.Copy()
	c.Region, c.Replicas, c.KmsKeyID = r.Region, nil, r.KmsKeyID
	if c.KmsKeyID == "" {
		c.KmsKeyID = DefaultKey // unlike a primary, a replica shows it
	}
	c.ARN = strings.Replace(s.ARN, ":"+s.Region+":", ":"+r.Region+":", 1)
	c.KeyTrouble, c.Tagged = "", len(c.Tags) > 0
	for _, v := range c.Versions {
		v.Keys = []string{c.KmsKeyID}
	}
	return c
}

// Sync brings the replicas up to date after the primary changed. Their dates of creation and access and their KMS
// trouble stay their own.
func (st *Store) Sync(s *Secret) {
	for _, r := range s.Replicas {
		old := st.ReplicaOf(s, r)
		if old == nil {
			continue
		}
		c := st.image(s, r)
		c.Created, c.Accessed, c.KeyTrouble, c.seq = old.Created, old.Accessed, old.KeyTrouble, old.seq
		c.Tagged = c.Tagged || old.Tagged
		*old = *c
	}
}

// ReplicaOf returns the copy that the replica stands for, or nil when it failed or was promoted.
func (st *Store) ReplicaOf(s *Secret, r *Replica) *Secret {
	c := st.ByName(s.Account, r.Region, s.Name)
	if r.Status != "InSync" || c == nil || c.Primary != s.Region {
		return nil
	}
	return c
}

// Unreplicate drops the replica of a region, and its copy.
func (st *Store) Unreplicate(s *Secret, region string) {
	for _, r := range s.Replicas {
		if c := st.ReplicaOf(s, r); c != nil && r.Region == region {
			st.Remove(c)
		}
	}
	st.forget(s, region)
}

// forget takes the region off the primary's list; a primary without replicas is an ordinary secret again.
func (st *Store) forget(s *Secret, region string) {
	s.Replicas = slices.DeleteFunc(s.Replicas, func(r *Replica) bool { return r.Region == region })
	if len(s.Replicas) == 0 {
		s.Primary = ""
	}
}

// Promote makes a replica a secret of its own.
func (st *Store) Promote(c *Secret) {
	if primary := st.ByName(c.Account, c.Primary, c.Name); primary != nil {
		st.forget(primary, c.Region)
	}
	c.Primary = ""
}
