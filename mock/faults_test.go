package mock_test

import (
	"io"
	"net/http"
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

// A fault of a stage strikes the reads that go by that label, said or not.
func TestFaultOfAStage(t *testing.T) {
	for stage, want := range map[string]string{"AWSCURRENT": "current none", "AWSPREVIOUS": "previous", "AWSPENDING": ""} {
		t.Run(stage, func(t *testing.T) {
			bubble(t, nil, func(t *testing.T, srv *mock.Server, c *secretsmanager.Client) {
				ctx, a := t.Context(), aws.String("a")
				srv.Put("a", []byte("1"))
				srv.Put("a", []byte("2"))
				out, err := c.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: a})
				if err != nil {
					t.Fatal(err)
				}
				if err := srv.Inject(mock.Fault{Secret: "a", Stage: stage, Failure: mock.AccessDenied}); err != nil {
					t.Fatal(err)
				}
				var struck []string
				for _, read := range []struct {
					name string
					in   secretsmanager.GetSecretValueInput
				}{
					{"current", secretsmanager.GetSecretValueInput{SecretId: a, VersionStage: aws.String("AWSCURRENT")}},
					{"previous", secretsmanager.GetSecretValueInput{SecretId: a, VersionStage: aws.String("AWSPREVIOUS")}},
					{"none", secretsmanager.GetSecretValueInput{SecretId: a}},
					{"version", secretsmanager.GetSecretValueInput{SecretId: a, VersionId: out.VersionId}},
				} {
					if _, err := c.GetSecretValue(ctx, &read.in, once); codeOf(err) == "AccessDeniedException" {
						struck = append(struck, read.name)
					} else if err != nil {
						t.Errorf("%s: %v", read.name, err)
					}
				}
				if got := strings.Join(struck, " "); got != want {
					t.Errorf("struck %q, want %q", got, want)
				}
				if _, err := c.DescribeSecret(ctx, &secretsmanager.DescribeSecretInput{SecretId: a}, once); err != nil {
					t.Error(err) // it is no read
				}
				_, err = c.BatchGetSecretValue(ctx, &secretsmanager.BatchGetSecretValueInput{SecretIdList: []string{"a"}}, once)
				if (err != nil) != (stage == "AWSCURRENT") {
					t.Errorf("a batch, which reads AWSCURRENT: %v", err)
				}
			})
		})
	}
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

func TestClearFaults(t *testing.T) {
	bubble(t, &mock.Options{TLS: true}, func(t *testing.T, srv *mock.Server, c *secretsmanager.Client) {
		srv.Put("a", []byte("1"))
		srv.Put("b", []byte("2"))
		read := func(id string) string {
			out, err := c.GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{SecretId: &id}, once)
			if err != nil {
				return codeOf(err)
			}
			return *out.SecretString
		}
		expect := func(a, b string) {
			t.Helper()
			if gotA, gotB := read("a"), read("b"); gotA != a || gotB != b {
				t.Errorf("got %s and %s, want %s and %s", gotA, gotB, a, b)
			}
		}
		err := srv.Inject(
			mock.Fault{Secret: "a", Failure: mock.Throttling},
			mock.Fault{Secret: "b", Operations: []string{"GetSecretValue"}, Failure: mock.InternalError, Skip: 1, Times: 3},
		)
		if err != nil {
			t.Fatal(err)
		}
		srv.FailNext(1, mock.ExpiredToken) // the first decides, so that this one waits for b
		expect("ThrottlingException", "ExpiredTokenException")
		expect("ThrottlingException", "InternalServiceError")
		var seen []mock.Fault
		srv.ClearFaults(func(f mock.Fault) bool {
			_ = srv.Now() // may call the server
			seen = append(seen, f)
			return f.Secret == "a"
		})
		want := []mock.Fault{
			{Secret: "a", Failure: mock.Throttling},
			{Secret: "b", Operations: []string{"GetSecretValue"}, Failure: mock.InternalError, Skip: 1, Times: 3},
		}
		if diff := cmp.Diff(want, seen); diff != "" {
			t.Errorf("the faults as injected (-want +got):\n%s", diff)
		}
		expect("1", "InternalServiceError") // b's count goes on
		srv.ClearFaults(nil)
		expect("1", "2")
	})
}

// A handshake's trouble ends like others, from the next connection on.
func TestClearHandshakeTrouble(t *testing.T) {
	srv := mock.Start(t, &mock.Options{TLS: true})
	srv.Put("a", []byte("1"))
	if err := srv.Inject(mock.Fault{Wire: mock.BadHandshake}); err != nil {
		t.Fatal(err)
	}
	srv.ClearFaults(func(f mock.Fault) bool { return f.Wire != mock.BadHandshake || f.Times != 0 })
	if readOnce(t, srv) == nil {
		t.Error("the handshake's trouble ended, which was not asked")
	}
	srv.ClearFaults(func(f mock.Fault) bool { return f.Wire == mock.BadHandshake })
	if err := readOnce(t, srv); err != nil {
		t.Error(err)
	}
}

func TestFaultsThatMakeNoSense(t *testing.T) {
	srv := mock.Start(t, &mock.Options{InProcess: true})
	for want, f := range map[string]mock.Fault{
		"it does nothing":                    {Times: 1},
		"does not begin with an exception's": {Failure: ": no name"},
		`failure "Rate exceeded"`:            {Failure: "Rate exceeded"},
		`operation "GetSecret" is none`:      {Operations: []string{"GetSecret"}, Failure: mock.Throttling},
		`Wire "halfbody" is no trouble`:      {Wire: "halfbody"},
		"takes no condition but Times":       {Wire: mock.BadHandshake, Stage: "AWSCURRENT"},
		"needs a server with Options.TLS":    {Wire: mock.BadHandshake},
		"probability 2 is not between":       {Probability: 2, Failure: mock.Throttling},
		"a number is negative":               {Skip: -1, Failure: mock.Throttling},
	} {
		err := srv.Inject(mock.Fault{Failure: mock.Throttling}, f)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "mock: fault 1: ") {
			t.Errorf("%+v: got %v, want %s", f, err, want)
		}
	}
	srv.Put("a", []byte("1"))
	if err := readOnce(t, srv); err != nil {
		t.Errorf("a refused list changed something: %v", err)
	}
}

func TestFaultsOverHTTP(t *testing.T) {
	srv := mock.Start(t)
	srv.Put("a", []byte("1"))
	for _, step := range []struct {
		method, path, body string
		status             int
		answer             string // a part of it
		read               string // what reading gives then
	}{
		{"POST", "faults", `{"faults":[{"failure":"ThrottlingException","secret":"a"}]}`, 204, "", "ThrottlingException"},
		{"POST", "faults", "{\n\"faults\":[{\"wire\":\"odd\"}]}", 400, "line 2, faults[0]", "ThrottlingException"},
		{"GET", "faults", "", 200, `"failure": "ThrottlingException"`, "ThrottlingException"},
		{"PUT", "faults", "", 405, "/_mock/faults takes GET, POST, DELETE", "ThrottlingException"},
		{"DELETE", "faults", "", 204, "", ""},
		{"POST", "reset", "", 204, "", "ResourceNotFoundException"},
		{"DELETE", "reset", "", 405, "/_mock/reset takes POST", "ResourceNotFoundException"},
		{"POST", "odd", "", 404, "there is no /_mock/odd", "ResourceNotFoundException"},
	} {
		req, err := http.NewRequestWithContext(t.Context(), step.method, srv.URL()+"/_mock/"+step.path, strings.NewReader(step.body))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != step.status || !strings.Contains(string(answer), step.answer) {
			t.Errorf("%s %s: %d %s, %v", step.method, step.path, resp.StatusCode, answer, err)
		}
		if err := readOnce(t, srv); codeOf(err) != step.read {
			t.Errorf("after %s %s: %v", step.method, step.path, err)
		}
	}
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
