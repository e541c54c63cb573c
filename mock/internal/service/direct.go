package service

import (
	"time"

	"wicketkey.internal/mock/internal/awserr"
	"wicketkey.internal/mock/internal/model"
	"wicketkey.internal/mock/internal/store"
)

// Put is the test's own way in: it creates the secret or adds a version as AWSCURRENT, whatever policies, keys
// or deletion say.
func (s *Service) Put(account, region, name string, data []byte, binary bool, now time.Time) (arn, version string, err *awserr.Error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if name == "" || len(name) > 512 || !model.ValidName(name) {
		return "", "", model.BadName()
	}
	if err := checkLength(data); err != nil {
		return "", "", err
	}
	c := &Call{Account: account, Region: region, Now: now}
	sec := s.store.Find(account, region, name, now)
	if sec == nil {
		sec = s.fresh(c, name)
		s.store.Add(sec)
	}
	version, err = s.give(c, sec, data, binary)
	return sec.ARN, version, err
}

// Rotate gives a secret that is there a new value, as a rotation does that has come to its end.
func (s *Service) Rotate(account, region, id string, data []byte, binary bool, now time.Time) (version string, err *awserr.Error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := checkLength(data); err != nil {
		return "", err
	}
	sec := s.store.Find(account, region, id, now)
	if sec == nil {
		return "", awserr.NotFound()
	}
	version, err = s.give(&Call{Account: account, Region: region, Now: now}, sec, data, binary)
	rotated(&sec.Rotation, now)
	return version, err
}

func checkLength(data []byte) *awserr.Error {
	if len(data) < 1 || len(data) > 65536 {
		return awserr.Validation("A secret's value has 1 to 65536 bytes, not %d.", len(data))
	}
	return nil
}

// give adds a version as AWSCURRENT, for which no key is asked.
func (s *Service) give(c *Call, sec *store.Secret, data []byte, binary bool) (version string, err *awserr.Error) {
	sec.Restore()
	// A broken key stands in the way of clients, not of the test that broke it.
	trouble := sec.KeyTrouble
	sec.KeyTrouble = ""
	version = s.ids.UUID()
	err = s.addVersion(c, sec, version, payload{true, binary, data}, []string{store.Current})
	sec.KeyTrouble = trouble
	s.changed(sec, c.Now)
	return version, err
}

// SetKeyTrouble breaks or repairs the KMS key of a secret.
func (s *Service) SetKeyTrouble(account, region, id, trouble string, now time.Time) *awserr.Error {
	s.mu.Lock()
	defer s.mu.Unlock()
	sec := s.store.Find(account, region, id, now)
	if sec == nil {
		return awserr.NotFound()
	}
	sec.KeyTrouble = trouble
	return nil
}

// Count returns how many secrets there are, in all accounts and regions, those included that wait for their deletion.
func (s *Service) Count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.store.Len()
}
