package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"wicketkey.internal/fetch"
	"wicketkey.internal/mock"
)

// withdrawal is a way in which AWS says no to one secret, and yes again. Both
// are called with the secret's mutex held.
type withdrawal struct {
	name          string
	begin, revoke func(ctx context.Context, s *secret) error
}

// withdrawals are all ways, for one secret each.
func withdrawals(srv *mock.Server) []withdrawal {
	admin := secretsmanager.NewFromConfig(srv.AWSConfig())
	put := func(_ context.Context, s *secret) error { return s.putLocked(srv) } // undoes a deletion
	repair := func(_ context.Context, s *secret) error { return srv.BreakKey(s.arn, "") }
	return []withdrawal{
		{"policy", func(_ context.Context, s *secret) error { return permit(srv, s.arn) },
			func(context.Context, *secret) error { return permit(srv, "") }},
		{"key-denied", func(_ context.Context, s *secret) error { return srv.BreakKey(s.arn, mock.KMSDenied) }, repair},
		{"key-disabled", func(_ context.Context, s *secret) error { return srv.BreakKey(s.arn, mock.DecryptionFailure) }, repair},
		{"scheduled", func(ctx context.Context, s *secret) error { return remove(ctx, admin, s.arn, false) }, put},
		{"deleted", func(ctx context.Context, s *secret) error { return remove(ctx, admin, s.arn, true) }, put},
	}
}

func remove(ctx context.Context, admin *secretsmanager.Client, arn string, forGood bool) error {
	_, err := admin.DeleteSecret(ctx, &secretsmanager.DeleteSecretInput{SecretId: &arn, ForceDeleteWithoutRecovery: &forGood})
	return err
}

// permit lets the default key do everything, but read the secret of that ARN.
func permit(srv *mock.Server, but string) error {
	key := mock.AccessKey{ID: "AKIAIOSFODNN7EXAMPLE", Secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}
	if but != "" {
		key.Policies = []string{fmt.Sprintf(`{"Version":"2012-10-17","Statement":[
			{"Effect":"Allow","Action":"*","Resource":"*"},
			{"Effect":"Deny","Action":"secretsmanager:GetSecretValue","Resource":%q}]}`, but)}
	}
	return srv.SetKey(key)
}

// cycle withdraws s and gives it back, again and again, and tells its readers
// what is certain only when the Store has learned of it.
func (k *soak) cycle(ctx context.Context, s *secret, w withdrawal) error {
	for long := 4 * k.plan.Rotate; ; {
		pause(ctx, long)
		if ctx.Err() != nil {
			return nil
		}
		s.step.Add(1)
		if err := s.withhold(ctx, w.begin); err != nil {
			return giveUp(ctx, s, err)
		}
		if !k.until(ctx, s, isRefused) {
			return nil
		}
		s.step.Add(1)
		pause(ctx, long)
		s.step.Add(1)
		if err := s.giveBack(ctx, w.revoke); err != nil {
			return giveUp(ctx, s, err)
		}
		if !k.until(ctx, s, func(err error) bool { return err == nil }) {
			return nil
		}
		s.step.Add(1)
		k.ledger.phases.Add(1)
	}
}

func giveUp(ctx context.Context, s *secret, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return fmt.Errorf("withdrawing %s: %w", s.name, err)
}

func (s *secret) withhold(ctx context.Context, begin func(context.Context, *secret) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.withheld = true
	return begin(ctx, s)
}

func (s *secret) giveBack(ctx context.Context, revoke func(context.Context, *secret) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.withheld = false
	return revoke(ctx, s)
}

// until has the Store ask until the answer is as wanted; false if ctx ends first.
func (k *soak) until(ctx context.Context, s *secret, wanted func(error) bool) bool {
	for ctx.Err() == nil {
		if wanted(k.store.Refresh(ctx, s.name)) {
			return true
		}
		pause(ctx, 100*time.Millisecond)
	}
	return false
}

func isRefused(err error) bool {
	var fe *fetch.Error
	return errors.As(err, &fe) && fe.Refused()
}
