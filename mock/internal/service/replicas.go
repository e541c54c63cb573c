package service

import (
	"slices"
	"time"

	"wicketkey.internal/mock/internal/awserr"
	"wicketkey.internal/mock/internal/store"
)

type replicationOutput struct {
	ARN               string
	ReplicationStatus []replicaOutput
}

func (s *Service) replicate(c *Call) ([]byte, *awserr.Error) {
	sec, err := s.findPrimary(c)
	if err != nil {
		return nil, err
	}
	if err := s.addReplicas(c, sec); err != nil {
		return nil, err
	}
	s.changed(sec, c.Now)
	return encode(replicationOutput{sec.ARN, s.replicasOutput(sec)}), nil
}

// addReplicas checks all regions before it makes the first copy. What is wrong with one copy (its key, its name) is
// told by its status, not by the call.
func (s *Service) addReplicas(c *Call, sec *store.Secret) *awserr.Error {
	wanted := c.In.Structs("AddReplicaRegions")
	seen := map[string]bool{sec.Region: true}
	for _, r := range wanted {
		if region := r.Text("Region"); region == "" || seen[region] {
			return awserr.Parameter("Invalid replica region.")
		}
		seen[r.Text("Region")] = true
	}
	overwrite := c.In.Flag("ForceOverwriteReplicaSecret", false)
	for _, r := range wanted {
		s.addReplica(sec, &store.Replica{Region: r.Text("Region"), KmsKeyID: r.Text("KmsKeyId")}, overwrite, c.Now)
	}
	return nil
}

// addReplica makes a copy, or tries one again that failed; one that succeeded stays.
func (s *Service) addReplica(sec *store.Secret, r *store.Replica, overwrite bool, now time.Time) {
	if i := slices.IndexFunc(sec.Replicas, func(x *store.Replica) bool { return x.Region == r.Region }); i >= 0 {
		if sec.Replicas[i].Status == "InSync" {
			return
		}
		sec.Replicas = slices.Delete(sec.Replicas, i, i+1)
	}
	if err := checkKey(r.KmsKeyID, r.Region); err != nil {
		s.store.FailReplica(sec, r, err.Message)
		return
	}
	s.store.Replicate(sec, r, overwrite, now)
}

// removeRegions passes over regions without replica, so that it can be sent again.
func (s *Service) removeRegions(c *Call) ([]byte, *awserr.Error) {
	sec, err := s.findPrimary(c)
	if err != nil {
		return nil, err
	}
	for _, region := range c.In.Texts("RemoveReplicaRegions") {
		s.store.Unreplicate(sec, region)
	}
	s.changed(sec, c.Now)
	out := s.replicasOutput(sec)
	if out == nil {
		out = []replicaOutput{}
	}
	return encode(replicationOutput{sec.ARN, out}), nil
}

type arnOutput struct{ ARN string }

// promote is the one write that a replica takes; every other belongs to its primary.
func (s *Service) promote(c *Call) ([]byte, *awserr.Error) {
	sec, err := s.find(c)
	if err != nil {
		return nil, err
	}
	if !sec.IsReplica() {
		return nil, awserr.Request("You can't stop replication to a secret that isn't a replica. Call StopReplicationToReplica in the replica's region.")
	}
	s.store.Promote(sec)
	s.changed(sec, c.Now)
	return encode(arnOutput{sec.ARN}), nil
}
