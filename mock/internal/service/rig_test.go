package service_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"wicketkey.internal/mock/internal/awserr"
	"wicketkey.internal/mock/internal/chance"
	"wicketkey.internal/mock/internal/model"
	"wicketkey.internal/mock/internal/policy"
	"wicketkey.internal/mock/internal/service"
)

const (
	home  = "123456789012"
	guest = "999999999999"
	token = "11111111-1111-4111-8111-111111111111"
	open  = `{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"` + guest + `\"},\"Action\":\"secretsmanager:*\",\"Resource\":\"*\"}}`
)

var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// rig is a service past the doors, with a clock that the test moves.
type rig struct {
	*service.Service
	t               *testing.T
	now             time.Time
	account, region string
	jobs            []service.Job
}

func newRig(t *testing.T) *rig {
	r := &rig{Service: service.New(chance.New(1, 1)), t: t, now: start, account: home, region: "us-east-1"}
	r.Rotator = r
	r.Policies = service.PolicyChecker{
		Validate: func(string) *awserr.Error { return nil },
		Public:   func(string) bool { return false },
		Layout:   policy.Layout,
	}
	return r
}

func (r *rig) Invokable(function string) bool { return function == "fn" }
func (r *rig) Start(job service.Job)          { r.jobs = append(r.jobs, job) }

// try makes a call, with ~ for a token of its own.
func (r *rig) try(operation, body string) (string, *awserr.Error) {
	r.t.Helper()
	op, ok := model.Find(operation)
	if !ok {
		r.t.Fatalf("no operation %s", operation)
	}
	body = strings.ReplaceAll(body, "~", "token-"+r.now.Format("2006-01-02T15:04:05.000000000"))
	in, err := op.Decode([]byte(body))
	if err != nil {
		return "", err
	}
	out, err := r.Do(operation, &service.Call{Account: r.account, Region: r.region, Now: r.now, In: in})
	return string(out), err
}

// do makes a call that must succeed, and returns the answer's members.
func (r *rig) do(operation, body string) map[string]any {
	r.t.Helper()
	out, err := r.try(operation, body)
	if err != nil {
		r.t.Fatalf("%s %s: %v", operation, body, err)
	}
	members := make(map[string]any)
	if out != "" {
		if err := json.Unmarshal([]byte(out), &members); err != nil {
			r.t.Fatal(err)
		}
	}
	return members
}

// fails makes a call that must fail with that text.
func (r *rig) fails(operation, body, code, message string) {
	r.t.Helper()
	out, err := r.try(operation, body)
	if err == nil || err.Code != code || !strings.Contains(err.Message, message) {
		r.t.Errorf("%s %s: %s, %v; want %s: %s", operation, body, out, err, code, message)
	}
}

// in is the rig seen from another place.
func (r *rig) in(account, region string) *rig {
	other := *r
	other.account, other.region = account, region
	return &other
}

func (r *rig) describe(id string) map[string]any {
	r.t.Helper()
	return r.do("DescribeSecret", `{"SecretId":"`+id+`"}`)
}

// date returns a member that is a date; the zero time if it is absent.
func date(members map[string]any, name string) time.Time {
	seconds, ok := members[name].(float64)
	if !ok {
		return time.Time{}
	}
	return time.UnixMilli(int64(seconds*1000 + 0.5)).UTC()
}
