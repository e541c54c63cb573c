package service_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wicketkey.internal/mock/internal/service"
)

// caller is a rotator that calls the service back from each of its methods, which would block forever under the
// service's lock.
type caller struct {
	service *service.Service
	asked   []string
	started []service.Job
}

func (c *caller) Invokable(function string) bool {
	c.service.Snapshot()
	c.asked = append(c.asked, function)
	return function == "fn"
}

func (c *caller) Start(job service.Job) {
	c.service.Snapshot()
	c.started = append(c.started, job)
}

func TestRotatorsRunWithoutTheLock(t *testing.T) {
	r := newRig(t)
	rotator := &caller{service: r.Service}
	r.Rotator = rotator
	r.do("CreateSecret", `{"Name":"a","SecretString":"x","ClientRequestToken":"`+token+`"}`)
	r.do("RotateSecret", `{"SecretId":"a","ClientRequestToken":"~","RotationLambdaARN":"fn","RotationRules":{"AutomaticallyAfterDays":10}}`)
	r.Ended(rotator.started[0], true, r.now) // and the version stays pending
	r.StartDue(r.now.AddDate(0, 0, 10))      // by the schedule
	r.now = r.now.AddDate(0, 0, 11)
	// hashicorp/terraform-provider-aws#35023, 2023-12-21; aws/aws-cdk#28539, 2023-12-31.
	r.fails("RotateSecret", `{"SecretId":"a","ClientRequestToken":"~"}`, "InvalidRequestException", "A previous rotation isn't complete. That rotation will be reattempted.")
	r.fails("RotateSecret", `{"SecretId":"a","ClientRequestToken":"~","RotationLambdaARN":"other"}`, "AccessDeniedException", "cannot invoke")
	if len(rotator.started) != 3 {
		t.Errorf("started %v", rotator.started)
	}
	if diff := cmp.Diff([]string{"fn", "fn", "other"}, rotator.asked); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
}

// cloud-custodian/cloud-custodian test_secrets_manager_version_age, 2025-11-20: what DescribeSecret and ListSecrets
// show of a rate in hours, after a rotation.
func TestRotationMembers(t *testing.T) {
	r := newRig(t)
	r.now = time.Date(2025, 11, 20, 4, 4, 59, 557e6, time.UTC)
	r.do("CreateSecret", `{"Name":"a","SecretString":"x","ClientRequestToken":"`+token+`"}`)
	r.do("RotateSecret", `{"SecretId":"a","ClientRequestToken":"~","RotationLambdaARN":"fn","RotationRules":{"ScheduleExpression":"rate(4 hours)"}}`)
	if rules := r.describe("a")["RotationRules"]; !cmp.Equal(rules, map[string]any{"ScheduleExpression": "rate(4 hours)"}) {
		t.Errorf("before the first rotation: %v", rules)
	}
	r.Ended(r.jobs[0], false, r.now)
	for _, got := range []map[string]any{r.describe("a"), r.do("ListSecrets", `{}`)["SecretList"].([]any)[0].(map[string]any)} {
		want := map[string]any{"ScheduleExpression": "rate(4 hours)", "AutomaticallyAfterDays": 1.0}
		if diff := cmp.Diff(want, got["RotationRules"]); diff != "" {
			t.Errorf("rules (-want +got):\n%s", diff)
		}
		if last, next := date(got, "LastRotatedDate"), date(got, "NextRotationDate"); !last.Equal(r.now) || !next.Equal(time.Date(2025, 11, 20, 8, 59, 59, 0, time.UTC)) {
			t.Errorf("last %v, next %v", last, next)
		}
	}
	if next := r.StartDue(r.now); !next.Equal(time.Date(2025, 11, 20, 8, 0, 0, 0, time.UTC)) {
		t.Errorf("the next rotation begins at %v", next)
	}
}

// hashicorp/terraform-provider-aws#33329, 2023-09-06.
func TestContradictoryRules(t *testing.T) {
	r := newRig(t)
	r.do("CreateSecret", `{"Name":"a","SecretString":"x","ClientRequestToken":"`+token+`"}`)
	r.fails("RotateSecret", `{"SecretId":"a","ClientRequestToken":"~","RotationLambdaARN":"fn","RotationRules":{"AutomaticallyAfterDays":1,"ScheduleExpression":"rate(1 day)"}}`,
		"InvalidParameterException", "You cannot specify both rotation frequency and schedule expression together.")
}

// floci-io/floci#2378, 2026-08-18: a secret that another service manages takes rules without a function.
func TestManagedRotation(t *testing.T) {
	r := newRig(t)
	r.load(`{"secrets":[{"name":"rds!db-1","owningService":"rds","value":"x","rotation":{"enabled":true,"afterDays":7}}]}`)
	r.do("RotateSecret", `{"SecretId":"rds!db-1","ClientRequestToken":"~","RotationRules":{"AutomaticallyAfterDays":9}}`)
	got := r.describe("rds!db-1")
	if got["RotationLambdaARN"] != nil || got["RotationEnabled"] != true || !cmp.Equal(got["RotationRules"], map[string]any{"AutomaticallyAfterDays": 9.0}) {
		t.Errorf("got %v", got)
	}
	if r.StartDue(r.now.AddDate(1, 0, 0)); len(r.jobs) != 0 {
		t.Errorf("a rotation without function began: %v", r.jobs)
	}
}
