package mock_test

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/google/go-cmp/cmp"

	"wicketkey.internal/mock"
)

func TestScript(t *testing.T) {
	bubble(t, nil, func(t *testing.T, srv *mock.Server, c *secretsmanager.Client) {
		srv.Put("a", []byte("1"))
		srv.Put("b", []byte("2"))
		srv.Inject(
			mock.Fault{Operations: []string{"GetSecretValue"}, Secret: "a", Times: 2, Failure: mock.Throttling},
			mock.Fault{Secret: "a", Times: 1, Failure: mock.InternalError},
			mock.Fault{Secret: "a", Latency: time.Second},
		)
		var got []string
		began := time.Now()
		for _, id := range []string{"a", "b", "a", "a", "a", "b"} {
			out, err := c.GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{SecretId: &id}, once)
			if err != nil {
				got = append(got, codeOf(err))
			} else {
				got = append(got, *out.SecretString)
			}
		}
		want := []string{"ThrottlingException", "2", "ThrottlingException", "InternalServiceError", "1", "2"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if waited := time.Since(began); waited != 4*time.Second {
			t.Errorf("waited %v, want a second for each of four requests", waited)
		}
	})
}

func TestProbabilityIsTheSeeds(t *testing.T) {
	outcome := func(seed uint64) (codes string) {
		bubble(t, &mock.Options{Seed: seed}, func(t *testing.T, srv *mock.Server, c *secretsmanager.Client) {
			srv.Put("a", []byte("1"))
			srv.Inject(mock.Fault{Probability: 0.5, Failure: mock.InternalError})
			for range 64 {
				if _, err := c.GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{SecretId: aws.String("a")}, once); err != nil {
					codes += "x"
				} else {
					codes += "."
				}
			}
		})
		return codes
	}
	one, again, other := outcome(1), outcome(1), outcome(2)
	if one != again || one == other || !strings.Contains(one, "x") || !strings.Contains(one, ".") {
		t.Errorf("seed 1 %s\nagain  %s\nseed 2 %s", one, again, other)
	}
}

func TestRateLimit(t *testing.T) {
	bubble(t, nil, func(t *testing.T, srv *mock.Server, c *secretsmanager.Client) {
		srv.Put("a", []byte("1"))
		srv.Inject(mock.Fault{Rate: 5, Failure: mock.Throttling})
		throttled := 0
		for range 10 {
			if _, err := c.GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{SecretId: aws.String("a")}, once); err != nil {
				throttled++
			}
		}
		time.Sleep(time.Second)
		if _, err := c.GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{SecretId: aws.String("a")}, once); err != nil || throttled != 5 {
			t.Errorf("%d of 10 at once throttled, want 5; a second later %v", throttled, err)
		}
	})
}

func TestBrokenKey(t *testing.T) {
	bubble(t, nil, func(t *testing.T, srv *mock.Server, c *secretsmanager.Client) {
		ctx := t.Context()
		srv.Put("a", []byte("1"))
		for failure, want := range map[mock.Failure]string{mock.KMSDenied: "AccessDeniedException", mock.DecryptionFailure: "DecryptionFailure"} {
			if err := srv.BreakKey("a", failure); err != nil {
				t.Fatal(err)
			}
			if _, err := get(ctx, c, "a"); codeOf(err) != want {
				t.Errorf("%s: %v", failure, err)
			}
			out, err := c.BatchGetSecretValue(ctx, &secretsmanager.BatchGetSecretValueInput{SecretIdList: []string{"a"}})
			if err != nil || len(out.Errors) != 1 || *out.Errors[0].ErrorCode != want {
				t.Errorf("%s in a batch: %+v, %v", failure, out, err)
			}
		}
		if err := srv.BreakKey("a", ""); err != nil {
			t.Fatal(err)
		}
		if got, err := get(ctx, c, "a"); err != nil || got != "1" {
			t.Errorf("after repair %q, %v", got, err)
		}
		if srv.BreakKey("none", mock.KMSDenied) == nil || srv.BreakKey("a", mock.Throttling) == nil {
			t.Error("nonsense was accepted")
		}
	})
}
