package service

import (
	"strings"
	"time"

	"wicketkey.internal/mock/internal/awserr"
	"wicketkey.internal/mock/internal/store"
)

const (
	defaultWindow = 30 // days
	day           = 24 * time.Hour
)

type deleteOutput struct {
	ARN          string
	DeletionDate *stamp
	Name         string
}

// delete judges the window before it looks for the secret, as every write judges its input. Replicas go first,
// because a copy whose primary is gone could never be written to again.
func (s *Service) delete(c *Call) ([]byte, *awserr.Error) {
	force, err := checkWindow(c)
	if err != nil {
		return nil, err
	}
	sec, err := s.findAny(c)
	switch {
	case err != nil && force:
		return s.deleteMissing(c), nil
	case err != nil:
		return nil, err
	case sec.IsReplica():
		return nil, awserr.OnReplica()
	case len(sec.Replicas) > 0:
		return nil, awserr.Parameter("You can't delete secret %s that still has replica regions [%s].", sec.ARN, replicaRegions(sec))
	case sec.Scheduled() && !force:
		return nil, awserr.MarkedForDeletion()
	}
	if force {
		s.deleteNow(c, sec)
		return encode(deleteOutput{sec.ARN, at(c.Now), sec.Name}), nil
	}
	end := c.Now.Add(time.Duration(c.In.Number("RecoveryWindowInDays", defaultWindow)) * day)
	sec.Schedule(c.Now, end)
	s.changed(sec, c.Now)
	return encode(deleteOutput{sec.ARN, at(end), sec.Name}), nil
}

// deleteNow drops the secret, or lets it linger as AWS does: still described, its name still taken.
func (s *Service) deleteNow(c *Call, sec *store.Secret) {
	if s.DeleteLag <= 0 {
		s.store.Remove(sec)
		return
	}
	sec.Schedule(c.Now, c.Now.Add(s.DeleteLag))
	s.changed(sec, c.Now)
}

// checkWindow puts the range before the contradiction: 0 days beside a forced deletion is out of range on AWS.
func checkWindow(c *Call) (force bool, err *awserr.Error) {
	force = c.In.Flag("ForceDeleteWithoutRecovery", false)
	if !c.In.Has("RecoveryWindowInDays") {
		return force, nil
	}
	if days := c.In.Number("RecoveryWindowInDays", 0); days < 7 || days > 30 {
		return force, awserr.Parameter("The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).")
	}
	if force {
		return force, awserr.Parameter("You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.")
	}
	return force, nil
}

// deleteMissing is the forced deletion of what is not there, which succeeds.
func (s *Service) deleteMissing(c *Call) []byte {
	name := c.In.Text("SecretId")
	arn := name
	if !strings.HasPrefix(name, "arn:") {
		arn = ARN(c.Account, c.Region, name) + "-" + s.ids.Suffix()
	}
	return encode(deleteOutput{arn, at(c.Now), name})
}

func replicaRegions(sec *store.Secret) string {
	var regions []string
	for _, r := range sec.Replicas {
		regions = append(regions, r.Region)
	}
	return strings.Join(regions, ", ")
}

// restore also accepts a secret that was never scheduled: the caller has what it asked for.
func (s *Service) restore(c *Call) ([]byte, *awserr.Error) {
	sec, err := s.findAny(c)
	if err != nil {
		return nil, err
	}
	if sec.IsReplica() {
		return nil, awserr.OnReplica()
	}
	sec.Restore()
	s.changed(sec, c.Now)
	return identify(sec), nil
}
