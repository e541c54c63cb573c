package service

import (
	"slices"
	"strconv"
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

// askRotator finds out whether the function that the call would use is there, before the lock is taken. Should
// another call change the secret's function meanwhile, this one is refused as if its own were gone.
func (s *Service) askRotator(c *Call) {
	function := c.In.Text("RotationLambdaARN")
	if function == "" {
		function = s.Resolve(c, c.In.Text("SecretId")).Function
	}
	if s.Rotator != nil && s.Rotator.Invokable(function) {
		c.invokable = function
	}
}

type rotateOutput struct {
	ARN       string
	Name      string
	VersionId string `json:",omitempty"`
}

func (s *Service) rotate(c *Call) ([]byte, *awserr.Error) {
	token := c.In.Text("ClientRequestToken")
	if token == "" {
		return nil, awserr.Parameter(needToken)
	}
	sec, err := s.findPrimary(c)
	if err != nil {
		return nil, err
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
	plan(&sec.Rotation, c.Now)
	out := rotateOutput{sec.ARN, sec.Name, token}
	switch {
	case next.Function == "": // the owning service's part, which nobody plays here
		out.VersionId = ""
	case c.In.Flag("RotateImmediately", true):
		s.openRotation(sec, token, c.Now)
	default:
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
	managed := sec.OwningService != "" // whose service rotates it, without a function
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
	case r.Function == "" && managed:
		return r, nil
	case r.Function == "":
		return r, awserr.Request("No Lambda rotation function ARN is associated with this secret.")
	case r.Function != c.invokable:
		return r, awserr.New("AccessDeniedException", "Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access to the principal secretsmanager.amazonaws.com.")
	}
	return r, nil
}

func takeRules(c *Call, r *store.Rotation) *awserr.Error {
	rules := c.In.Struct("RotationRules")
	r.AfterDays, r.Schedule, r.Duration = rules.Number("AutomaticallyAfterDays", 0), rules.Text("ScheduleExpression"), rules.Text("Duration")
	if r.AfterDays > 0 && r.Schedule != "" {
		return awserr.Parameter("You cannot specify both rotation frequency and schedule expression together.")
	}
	if r.Schedule == "" {
		return nil
	}
	if _, err := schedule.Parse(r.Schedule); err != nil {
		return awserr.Parameter("The ScheduleExpression %s isn't valid: %s.", r.Schedule, err.Error())
	}
	return nil
}

// plan sets the window of the next rotation after one at from.
func plan(r *store.Rotation, from time.Time) {
	w := windowAfter(r, from)
	r.Opens, r.Next = w.Opens, w.Closes
}

func windowAfter(r *store.Rotation, from time.Time) schedule.Window {
	hours, _ := strconv.Atoi(strings.TrimSuffix(r.Duration, "h")) // the model lets through nothing but "3h"
	duration := time.Duration(hours) * time.Hour
	switch {
	case r.Schedule != "":
		if p, err := schedule.Parse(r.Schedule); err == nil { // as it was when it was stored
			return p.Next(from, duration)
		}
	case r.AfterDays > 0:
		return schedule.Days(r.AfterDays).Next(from, duration)
	}
	return schedule.Window{}
}

// rotated books a rotation that succeeded. The service then tells of a schedule expression how many days it stands
// for.
func rotated(r *store.Rotation, now time.Time) {
	r.Last = now
	w := windowAfter(r, now)
	if r.Schedule != "" && !w.Opens.IsZero() {
		r.AfterDays = w.Every(now)
	}
	r.Opens, r.Next = w.Opens, w.Closes
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

// begin leaves the job for unlock: a rotator may call the service.
func (s *Service) begin(sec *store.Secret, token string, steps []string) {
	s.jobs = append(s.jobs, Job{
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
		rotated(&sec.Rotation, now)
	}
	s.changed(sec, now)
}

// StartDue begins every rotation whose time has come and returns the time of the next, or zero.
func (s *Service) StartDue(now time.Time) time.Time {
	s.mu.Lock()
	defer s.unlock()
	var next time.Time
	for _, sec := range s.store.All() {
		r := &sec.Rotation
		if !r.Enabled || r.Function == "" || r.Opens.IsZero() || sec.Scheduled() || sec.IsReplica() {
			continue
		}
		if !r.Opens.After(now) {
			s.startScheduled(sec, now)
		}
		if next.IsZero() || r.Opens.Before(next) {
			next = r.Opens
		}
	}
	return next
}

// startScheduled begins the rotation that is due, or tries again the one that did not finish.
func (s *Service) startScheduled(sec *store.Secret, now time.Time) {
	plan(&sec.Rotation, now)
	if pending := sec.Staged(store.Pending); pending != nil && pending != sec.Staged(store.Current) {
		s.begin(sec, pending.ID, allSteps())
		return
	}
	s.openRotation(sec, strings.ToLower(s.ids.UUID()), now)
	s.changed(sec, now)
}
