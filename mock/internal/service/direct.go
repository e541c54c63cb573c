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
	if len(data) < 1 || len(data) > 65536 {
		return "", "", awserr.Validation("A secret's value has 1 to 65536 bytes, not %d.", len(data))
	}
	c := &Call{Account: account, Region: region, Now: now}
	sec := s.store.Find(account, region, name, now)
	if sec == nil {
		sec = s.fresh(c, name)
		s.store.Add(sec)
	}
	sec.Restore()
	trouble := sec.KeyTrouble
	sec.KeyTrouble = ""
	id := s.ids.UUID()
	err = s.addVersion(c, sec, id, payload{true, binary, data}, []string{store.Current})
	sec.KeyTrouble = trouble
	s.changed(sec, now)
	return sec.ARN, id, err
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
