package service_test

import (
	"testing"
	"time"

	"wicketkey.internal/mock/internal/awserr"
	"wicketkey.internal/mock/internal/chance"
	"wicketkey.internal/mock/internal/model"
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

func newService() (*service.Service, *caller) {
	s := service.New(chance.New(1, 1))
	rotator := &caller{service: s}
	s.Rotator = rotator
	return s, rotator
}

var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// do makes one call at a time so many days after the start.
func do(t *testing.T, s *service.Service, days int, operation, body string) (string, *awserr.Error) {
	t.Helper()
	op, ok := model.Find(operation)
	if !ok {
		t.Fatalf("no operation %s", operation)
	}
	in, err := op.Decode([]byte(body))
	if err != nil {
		t.Fatalf("%s %s: %v", operation, body, err)
	}
	out, err := s.Do(operation, &service.Call{Account: "123456789012", Region: "us-east-1", Now: start.AddDate(0, 0, days), In: in})
	return string(out), err
}

const token = "11111111-1111-4111-8111-111111111111"

func TestRotatorsRunWithoutTheLock(t *testing.T) {
	s, rotator := newService()
	if _, _, err := s.Put("123456789012", "us-east-1", "a", []byte("x"), false, start); err != nil {
		t.Fatal(err)
	}
	if _, err := do(t, s, 0, "RotateSecret", `{"SecretId":"a","ClientRequestToken":"`+token+`","RotationLambdaARN":"fn","RotationRules":{"AutomaticallyAfterDays":10}}`); err != nil {
		t.Fatal(err)
	}
	s.Ended(rotator.started[0], true, start) // and the version stays pending
	s.StartDue(start.AddDate(0, 0, 10))      // by the schedule
	if _, err := do(t, s, 11, "RotateSecret", `{"SecretId":"a","ClientRequestToken":"`+token[:35]+`2"}`); err == nil {
		t.Error("a rotation began beside one that is not complete")
	}
	if len(rotator.started) != 3 || len(rotator.asked) != 2 || rotator.asked[1] != "fn" {
		t.Errorf("asked %q, started %v", rotator.asked, rotator.started)
	}
	if _, err := do(t, s, 11, "RotateSecret", `{"SecretId":"a","ClientRequestToken":"`+token[:35]+`3","RotationLambdaARN":"other"}`); err == nil || err.Code != "AccessDeniedException" {
		t.Errorf("a function that is not there: %v", err)
	}
}
