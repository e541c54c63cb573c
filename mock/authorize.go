package mock

import (
	"wicketkey.internal/mock/internal/awserr"
	"wicketkey.internal/mock/internal/service"
)

// authorize decides the call by policy, before anything about the secret is revealed.
func (x *exchange) authorize() *awserr.Error { return nil }

// may decides one of the reads that a batch makes.
func (x *exchange) may(action string, t service.Target) *awserr.Error { return nil }

func checkPolicies(documents []string) error { return nil }

func policyChecker() service.PolicyChecker {
	return service.PolicyChecker{
		Validate: func(string) *awserr.Error { return nil },
		Public:   func(string) bool { return false },
	}
}
