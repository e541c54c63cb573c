package service

import (
	"slices"
	"strings"
	"time"

	"wicketkey.internal/mock/internal/awserr"
	"wicketkey.internal/mock/internal/schedule"
	"wicketkey.internal/mock/internal/store"
)

// Job is one rotation to run: the steps, in order, each with the same token.
type Job struct {
	SecretARN, Account, Region string
	Token, Function            string
	Steps                      []string
}

// testOnly reports whether the job tries a configuration out and rotates nothing.
func (j Job) testOnly() bool { return len(j.Steps) == 1 }

func allSteps() []string { return []string{"createSecret", "setSecret", "testSecret", "finishSecret"} }

type rotateOutput struct {
	ARN       string
	Name      string
	VersionId string `json:",omitempty"`
}

func (s *Service) rotate(c *Call) ([]byte, *awserr.Error) {
	sec, err := s.findPrimary(c)
	if err != nil {
		return nil, err
	}
	token := c.In.Text("ClientRequestToken")
	if token == "" {
		return nil, awserr.Parameter(needToken)
	}
	next, err := s.rotationAsked(c, sec)
	if err != nil {
		return nil, err
	}
	if pending := sec.Staged(store.Pending); pending != nil && pending != sec.Staged(store.Current) {
		if pending.ID == token {
			return encode(rotateOutput{sec.ARN, sec.Name, token}), nil
		}
		s.begin(sec, pending.ID, allSteps())
		return nil, awserr.Request("A previous rotation isn't complete. That rotation will be reattempted.")
	}
	if sec.Version(token) != nil {
		return nil, awserr.TokenTaken(token, sec.ARN)
	}
	sec.Rotation = next
	sec.Rotation.Next = nextRotation(&sec.Rotation, c.Now)
	out := rotateOutput{sec.ARN, sec.Name, token}
	if c.In.Flag("RotateImmediately", true) {
		s.openRotation(sec, token, c.Now)
	} else {
		s.tryRotation(sec, token, c.Now)
		out.VersionId = ""
	}
	s.changed(sec, c.Now)
	return encode(out), nil
}

// rotationAsked is the configuration that the call would leave, or why it cannot be.
func (s *Service) rotationAsked(c *Call, sec *store.Secret) (store.Rotation, *awserr.Error) {
	r := sec.Rotation
	r.Configured, r.Enabled = true, true
	if function := c.In.Text("RotationLambdaARN"); function != "" {
		r.Function = function
	}
	if role := c.In.Text("ExternalSecretRotationRoleArn"); role != "" {
		r.RoleARN = role
	}
	if c.In.Has("ExternalSecretRotationMetadata") {
		r.Metadata = nil
		for _, m := range c.In.Structs("ExternalSecretRotationMetadata") {
			r.Metadata = append(r.Metadata, store.Tag{Key: m.Text("Key"), Value: m.Text("Value")})
		}
	}
	if c.In.Has("RotationRules") {
		if err := takeRules(c, &r); err != nil {
			return r, err
		}
	}
	switch {
	case r.Function == "":
		return r, awserr.Request("No Lambda rotation function ARN is associated with this secret.")
	case s.Rotator == nil || !s.Rotator.Invokable(r.Function):
		return r, awserr.New("AccessDeniedException", "Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access to the principal secretsmanager.amazonaws.com.")
	}
	return r, nil
}

func takeRules(c *Call, r *store.Rotation) *awserr.Error {
	rules := c.In.Struct("RotationRules")
	r.AfterDays, r.Schedule, r.Duration = rules.Number("AutomaticallyAfterDays", 0), rules.Text("ScheduleExpression"), rules.Text("Duration")
	if r.AfterDays > 0 && r.Schedule != "" {
		return awserr.Parameter("You can't specify both AutomaticallyAfterDays and ScheduleExpression in RotationRules.")
	}
	if r.Schedule == "" {
		return nil
	}
	if _, err := schedule.Parse(r.Schedule); err != nil {
		return awserr.Parameter("The ScheduleExpression %s isn't valid: %s.", r.Schedule, err.Error())
	}
	return nil
}

func nextRotation(r *store.Rotation, from time.Time) time.Time {
	switch {
	case r.AfterDays > 0:
		return from.Add(time.Duration(r.AfterDays) * 24 * time.Hour)
	case r.Schedule != "":
		if plan, err := schedule.Parse(r.Schedule); err == nil {
			return plan.Next(from)
		}
	}
	return time.Time{}
}

// openRotation makes the pending version, which has no value until the function's createSecret puts one.
func (s *Service) openRotation(sec *store.Secret, token string, now time.Time) {
	v := &store.Version{ID: token, Created: now, Keys: []string{sec.KmsKeyID}}
	sec.Versions = append(sec.Versions, v)
	sec.Attach(v, []string{store.Pending})
	s.begin(sec, token, allSteps())
}

// tryRotation runs testSecret alone, on a pending copy of the current value.
func (s *Service) tryRotation(sec *store.Secret, token string, now time.Time) {
	v := &store.Version{ID: token, Created: now, Keys: []string{sec.KmsKeyID}}
	if current := sec.Staged(store.Current); current != nil {
		v.Value, v.Binary = current.Value, current.Binary
	}
	sec.Versions = append(sec.Versions, v)
	sec.Attach(v, []string{store.Pending})
	s.begin(sec, token, []string{"testSecret"})
}

func (s *Service) begin(sec *store.Secret, token string, steps []string) {
	s.Rotator.Start(Job{
		SecretARN: sec.ARN, Account: sec.Account, Region: sec.Region,
		Token: token, Function: sec.Rotation.Function, Steps: steps,
	})
}

func (s *Service) cancelRotate(c *Call) ([]byte, *awserr.Error) {
	sec, err := s.findPrimary(c)
	if err != nil {
		return nil, err
	}
	if sec.Rotation.Function == "" {
		return nil, awserr.Request("You tried to enable rotation on a secret that doesn't already have a Lambda function ARN configured and you didn't include such an ARN as a parameter in this call.")
	}
	out := rotateOutput{ARN: sec.ARN, Name: sec.Name}
	if pending := sec.Staged(store.Pending); pending != nil && pending != sec.Staged(store.Current) {
		out.VersionId = pending.ID
	}
	sec.Rotation.Enabled = false
	s.changed(sec, c.Now)
	return encode(out), nil
}

// Wanted reports whether the job's next step should still run: the secret is there and its rotation was not
// cancelled.
func (s *Service) Wanted(j Job, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	sec := s.store.Find(j.Account, j.Region, j.SecretARN, now)
	return sec != nil && !sec.Scheduled() && sec.Rotation.Enabled && sec.Version(j.Token) != nil
}

// Ended books the end of a job. A failed rotation leaves AWSPENDING where it is, as the service does.
func (s *Service) Ended(j Job, failed bool, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sec := s.store.Find(j.Account, j.Region, j.SecretARN, now)
	if sec == nil {
		return
	}
	if j.testOnly() {
		sec.Versions = slices.DeleteFunc(sec.Versions, func(v *store.Version) bool { return v.ID == j.Token })
	} else if !failed {
		sec.Rotation.Last = now
		sec.Rotation.Next = nextRotation(&sec.Rotation, now)
	}
	s.changed(sec, now)
}

// StartDue begins every rotation whose time has come and returns the time of the next, or zero.
func (s *Service) StartDue(now time.Time) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	var next time.Time
	for _, sec := range s.store.All() {
		r := &sec.Rotation
		if !r.Enabled || r.Next.IsZero() || sec.Scheduled() || sec.IsReplica() {
			continue
		}
		if !r.Next.After(now) {
			s.startScheduled(sec, now)
		}
		if next.IsZero() || r.Next.Before(next) {
			next = r.Next
		}
	}
	return next
}

// startScheduled begins the rotation that is due, or tries again the one that did not finish.
func (s *Service) startScheduled(sec *store.Secret, now time.Time) {
	sec.Rotation.Next = nextRotation(&sec.Rotation, now)
	if pending := sec.Staged(store.Pending); pending != nil && pending != sec.Staged(store.Current) {
		s.begin(sec, pending.ID, allSteps())
		return
	}
	s.openRotation(sec, strings.ToLower(s.ids.UUID()), now)
	s.changed(sec, now)
}
