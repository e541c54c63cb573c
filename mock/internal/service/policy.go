package service

import (
	"wicketkey.internal/mock/internal/awserr"
)

// policyOutput leaves the policy out where there is none; an empty text would be a policy that clients parse.
type policyOutput struct {
	ARN            string
	Name           string
	ResourcePolicy string `json:",omitempty"`
}

func (s *Service) getPolicy(c *Call) ([]byte, *awserr.Error) {
	sec, err := s.find(c) // on a replica too: policies are replicated
	if err != nil {
		return nil, err
	}
	out := policyOutput{ARN: sec.ARN, Name: sec.Name}
	if sec.Policy != "" { // kept as it was put, since a layout may be longer than a policy may be
		out.ResourcePolicy = s.Policies.Layout(sec.Policy)
	}
	return encode(out), nil
}

// putPolicy looks for the secret first: who may not write to it learns nothing of the document.
func (s *Service) putPolicy(c *Call) ([]byte, *awserr.Error) {
	sec, err := s.findPrimary(c)
	if err != nil {
		return nil, err
	}
	document := c.In.Text("ResourcePolicy")
	if err := s.Policies.Validate(document); err != nil {
		return nil, err
	}
	if c.In.Flag("BlockPublicPolicy", false) && s.Policies.Public(document) {
		return nil, awserr.New("PublicPolicyException", "You can't set a resource policy that grants public access to the secret.")
	}
	sec.Policy = document
	s.changed(sec, c.Now)
	return identify(sec), nil
}

// deletePolicy succeeds without a policy too, so that it can be sent again.
func (s *Service) deletePolicy(c *Call) ([]byte, *awserr.Error) {
	sec, err := s.findPrimary(c)
	if err != nil {
		return nil, err
	}
	sec.Policy = ""
	s.changed(sec, c.Now)
	return identify(sec), nil
}

type validationEntry struct{ CheckName, ErrorMessage string }

type validationOutput struct {
	PolicyValidationPassed bool
	ValidationErrors       []validationEntry
}

// validatePolicy stores nothing. A document that is none is an error; one that grants too much is an answer.
func (s *Service) validatePolicy(c *Call) ([]byte, *awserr.Error) {
	if c.In.Has("SecretId") {
		if _, err := s.find(c); err != nil {
			return nil, err
		}
	}
	document := c.In.Text("ResourcePolicy")
	if err := s.Policies.Validate(document); err != nil {
		return nil, err
	}
	out := validationOutput{PolicyValidationPassed: true, ValidationErrors: []validationEntry{}}
	if s.Policies.Public(document) {
		out.PolicyValidationPassed = false
		out.ValidationErrors = append(out.ValidationErrors, validationEntry{"ZELKOVA", "The policy grants public access to the secret."})
	}
	return encode(out), nil
}
