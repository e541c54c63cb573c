package mock_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
	"github.com/google/go-cmp/cmp"

	"wicketkey.internal/mock"
)

func TestRotationBySchedule(t *testing.T) {
	bubble(t, nil, func(t *testing.T, srv *mock.Server, c *secretsmanager.Client) {
		srv.Put("db/main", []byte("v0"))
		var mu sync.Mutex
		var steps []string
		srv.HandleRotation("arn:aws:lambda:us-east-1:123456789012:function:rotate", func(ctx context.Context, s mock.RotationStep) error {
			mu.Lock()
			steps = append(steps, s.Step)
			mu.Unlock()
			return rotateBy(ctx, c, s, "v-"+s.ClientRequestToken[:8])
		})
		_, err := c.RotateSecret(t.Context(), &secretsmanager.RotateSecretInput{
			SecretId: aws.String("db/main"), RotationLambdaARN: aws.String("arn:aws:lambda:us-east-1:123456789012:function:rotate"),
			RotationRules: &types.RotationRulesType{AutomaticallyAfterDays: aws.Int64(10)}, RotateImmediately: aws.Bool(false),
		})
		if err != nil {
			t.Fatal(err)
		}
		srv.Wait()
		if got, _ := get(t.Context(), c, "db/main"); got != "v0" {
			t.Errorf("a configured rotation changed the value to %q", got)
		}
		for range 2 {
			time.Sleep(10*24*time.Hour + time.Hour) // the bubble's clock is the server's
			synctest.Wait()
		}
		want := slices.Concat([]string{"testSecret"}, fourSteps, fourSteps)
		if diff := cmp.Diff(want, steps); diff != "" {
			t.Errorf("steps (-want +got):\n%s", diff)
		}
		if got, _ := get(t.Context(), c, "db/main"); got == "v0" {
			t.Error("the value did not rotate")
		}
	})
}

var fourSteps = []string{"createSecret", "setSecret", "testSecret", "finishSecret"}

// rotateBy is a rotation function as AWS's templates have it.
func rotateBy(ctx context.Context, c *secretsmanager.Client, s mock.RotationStep, value string) error {
	switch s.Step {
	case "createSecret":
		_, err := c.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &s.SecretId, VersionId: &s.ClientRequestToken, VersionStage: aws.String("AWSPENDING")})
		if codeOf(err) != "ResourceNotFoundException" {
			return errors.New("the pending version has a value already")
		}
		_, err = c.PutSecretValue(ctx, &secretsmanager.PutSecretValueInput{SecretId: &s.SecretId, ClientRequestToken: &s.ClientRequestToken, SecretString: &value, VersionStages: []string{"AWSPENDING"}})
		return err
	case "finishSecret":
		out, err := c.DescribeSecret(ctx, &secretsmanager.DescribeSecretInput{SecretId: &s.SecretId})
		if err != nil {
			return err
		}
		var current string
		for id, stages := range out.VersionIdsToStages {
			if slices.Contains(stages, "AWSCURRENT") {
				current = id
			}
		}
		_, err = c.UpdateSecretVersionStage(ctx, &secretsmanager.UpdateSecretVersionStageInput{SecretId: &s.SecretId, VersionStage: aws.String("AWSCURRENT"), MoveToVersionId: &s.ClientRequestToken, RemoveFromVersionId: &current})
		return err
	}
	return nil
}

func TestRotationFailsAndIsRefusedUntilFinished(t *testing.T) {
	bubble(t, nil, func(t *testing.T, srv *mock.Server, c *secretsmanager.Client) {
		srv.Put("db/main", []byte("v0"))
		broken := true
		srv.HandleRotation("fn", func(ctx context.Context, s mock.RotationStep) error {
			if broken && s.Step == "setSecret" {
				return errors.New("the database is down")
			}
			if s.Step == "createSecret" && !broken {
				return nil // the first attempt made the value
			}
			return rotateBy(ctx, c, s, "v1")
		})
		rotate := func() error {
			_, err := c.RotateSecret(t.Context(), &secretsmanager.RotateSecretInput{SecretId: aws.String("db/main"), RotationLambdaARN: aws.String("fn")})
			return err
		}
		if err := rotate(); err != nil {
			t.Fatal(err)
		}
		srv.Wait()
		broken = false
		if err := rotate(); codeOf(err) != "InvalidRequestException" || !strings.Contains(err.Error(), "A previous rotation isn't complete. That rotation will be reattempted.") {
			t.Errorf("got %v", err)
		}
		srv.Wait()
		if got, _ := get(t.Context(), c, "db/main"); got != "v1" {
			t.Errorf("got %q after the second attempt", got)
		}
		if err := rotate(); err != nil {
			t.Errorf("a rotation after a finished one: %v", err)
		}
	})
}

func TestRotationByHTTP(t *testing.T) {
	srv := mock.Start(t)
	srv.Put("db/main", []byte("v0"))
	var mu sync.Mutex
	var bodies []string
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var b strings.Builder
		_, _ = b.WriteString(r.Method + " ")
		buf := make([]byte, 1024)
		n, _ := r.Body.Read(buf)
		mu.Lock()
		bodies = append(bodies, b.String()+string(buf[:n]))
		mu.Unlock()
	}))
	defer hook.Close()
	c := secretsmanager.NewFromConfig(srv.AWSConfig())
	out, err := c.RotateSecret(t.Context(), &secretsmanager.RotateSecretInput{SecretId: aws.String("db/main"), RotationLambdaARN: &hook.URL})
	if err != nil {
		t.Fatal(err)
	}
	srv.Wait()
	if len(bodies) != 4 || bodies[0] != `POST {"Step":"createSecret","SecretId":"`+*out.ARN+`","ClientRequestToken":"`+*out.VersionId+`"}` {
		t.Errorf("got %q", bodies)
	}
	_, err = c.RotateSecret(t.Context(), &secretsmanager.RotateSecretInput{SecretId: aws.String("db/main"), RotationLambdaARN: aws.String("http://192.0.2.1/")})
	if codeOf(err) != "AccessDeniedException" {
		t.Errorf("a URL elsewhere: %v", err)
	}
}

// TestRotationIsSentNowhereElse: a function that points to another URL has failed, or any machine could be asked.
func TestRotationIsSentNowhereElse(t *testing.T) {
	srv := mock.Start(t)
	srv.Put("db/main", []byte("v0"))
	var asked atomic.Int32
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	defer elsewhere.Close()
	hook := httptest.NewServer(http.RedirectHandler(elsewhere.URL, http.StatusTemporaryRedirect))
	defer hook.Close()
	c := secretsmanager.NewFromConfig(srv.AWSConfig())
	if _, err := c.RotateSecret(t.Context(), &secretsmanager.RotateSecretInput{SecretId: aws.String("db/main"), RotationLambdaARN: &hook.URL}); err != nil {
		t.Fatal(err)
	}
	srv.Wait()
	if n := asked.Load(); n != 0 {
		t.Errorf("another URL got %d steps", n)
	}
	if err := mock.PostRotation(hook.URL)(t.Context(), mock.RotationStep{}); err == nil || !strings.Contains(err.Error(), "307") {
		t.Errorf("got %v", err)
	}
}

func TestCancelledRotation(t *testing.T) {
	bubble(t, nil, func(t *testing.T, srv *mock.Server, c *secretsmanager.Client) {
		ctx := t.Context()
		srv.Put("db/main", []byte("v0"))
		if _, err := c.CancelRotateSecret(ctx, &secretsmanager.CancelRotateSecretInput{SecretId: aws.String("db/main")}); codeOf(err) != "InvalidRequestException" {
			t.Errorf("a secret that never rotated: %v", err)
		}
		var steps []string
		release := make(chan struct{})
		srv.HandleRotation("fn", func(ctx context.Context, s mock.RotationStep) error {
			steps = append(steps, s.Step)
			<-release
			return nil
		})
		started, err := c.RotateSecret(ctx, &secretsmanager.RotateSecretInput{SecretId: aws.String("db/main"), RotationLambdaARN: aws.String("fn")})
		if err != nil {
			t.Fatal(err)
		}
		out, err := c.CancelRotateSecret(ctx, &secretsmanager.CancelRotateSecretInput{SecretId: aws.String("db/main")})
		if err != nil || aws.ToString(out.VersionId) != *started.VersionId {
			t.Errorf("got %v, %v", out, err)
		}
		close(release)
		srv.Wait()
		if diff := cmp.Diff([]string{"createSecret"}, steps); diff != "" {
			t.Errorf("steps (-want +got):\n%s", diff)
		}
		info, err := c.DescribeSecret(ctx, &secretsmanager.DescribeSecretInput{SecretId: aws.String("db/main")})
		if err != nil || *info.RotationEnabled || info.VersionIdsToStages[*started.VersionId][0] != "AWSPENDING" {
			t.Errorf("got %+v, %v", info, err)
		}
	})
}

func TestRotationRules(t *testing.T) {
	bubble(t, nil, func(t *testing.T, srv *mock.Server, c *secretsmanager.Client) {
		ctx := t.Context()
		srv.Put("db/main", []byte("v0"))
		srv.HandleRotation("fn", func(ctx context.Context, s mock.RotationStep) error { return rotateBy(ctx, c, s, "v1") })
		rotate := func(rules types.RotationRulesType) error {
			_, err := c.RotateSecret(ctx, &secretsmanager.RotateSecretInput{SecretId: aws.String("db/main"), RotationLambdaARN: aws.String("fn"), RotationRules: &rules})
			srv.Wait()
			return err
		}
		for _, rules := range []types.RotationRulesType{
			{ScheduleExpression: aws.String("cron(5 8 1 * ? *)")},
			{ScheduleExpression: aws.String("rate(10 days)"), AutomaticallyAfterDays: aws.Int64(10)},
		} {
			if err := rotate(rules); codeOf(err) != "InvalidParameterException" {
				t.Errorf("%+v: %v", rules, err)
			}
		}
		if err := rotate(types.RotationRulesType{ScheduleExpression: aws.String("cron(0 8 L * ? *)"), Duration: aws.String("3h")}); err != nil {
			t.Fatal(err)
		}
		info, err := c.DescribeSecret(ctx, &secretsmanager.DescribeSecretInput{SecretId: aws.String("db/main")})
		want := time.Date(2000, 1, 31, 10, 59, 59, 0, time.UTC) // bubbles begin on the first of January 2000
		if err != nil || !info.NextRotationDate.Equal(want) || info.LastRotatedDate == nil || *info.RotationRules.Duration != "3h" {
			t.Errorf("got %+v, %v", info, err)
		}
		before := srv.Snapshot()
		if err := srv.Restore(before); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(before), string(srv.Snapshot())); diff != "" {
			t.Errorf("(-before +after):\n%s", diff)
		}
	})
}

// TestCloseEndsRotations has a server close while a function waits.
// TestRestoreEndsRotations: a function that hangs is let go of, and stands in the way of no rotation of the restored secret.
func TestRestoreEndsRotations(t *testing.T) {
	for name, replace := range map[string]func(srv *mock.Server, state []byte) error{
		"Restore": (*mock.Server).Restore,
		"Reset": func(srv *mock.Server, state []byte) error {
			srv.Reset()
			return srv.Restore(state)
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, nil, func(t *testing.T, srv *mock.Server, c *secretsmanager.Client) {
				srv.Put("db/main", []byte("v0"))
				before := srv.Snapshot()
				hang, begun := make(chan struct{}), 0
				srv.HandleRotation("fn", func(ctx context.Context, _ mock.RotationStep) error {
					begun++
					<-ctx.Done()
					<-hang // and takes its time
					return nil
				})
				rotate := &secretsmanager.RotateSecretInput{SecretId: aws.String("db/main"), RotationLambdaARN: aws.String("fn")}
				if _, err := c.RotateSecret(t.Context(), rotate); err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
				if err := replace(srv, before); err != nil {
					t.Fatal(err)
				}
				if _, err := c.RotateSecret(t.Context(), rotate); err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
				if begun != 2 {
					t.Errorf("%d rotations began", begun)
				}
				replace(srv, before)
				time.Sleep(time.Hour)
				close(hang)
				srv.Wait()
				if after := srv.Snapshot(); string(after) != string(before) {
					t.Errorf("the rotations that were let go of changed\n%s\nto\n%s", before, after)
				}
			})
		})
	}
}

func TestCloseEndsRotations(t *testing.T) {
	bubble(t, nil, func(t *testing.T, srv *mock.Server, c *secretsmanager.Client) {
		srv.Put("db/main", []byte("v0"))
		ended := false
		srv.HandleRotation("fn", func(ctx context.Context, _ mock.RotationStep) error {
			<-ctx.Done()
			ended = true
			return ctx.Err()
		})
		if _, err := c.RotateSecret(t.Context(), &secretsmanager.RotateSecretInput{SecretId: aws.String("db/main"), RotationLambdaARN: aws.String("fn")}); err != nil {
			t.Fatal(err)
		}
		srv.Close()
		if !ended {
			t.Error("Close did not wait for the function")
		}
	})
}
