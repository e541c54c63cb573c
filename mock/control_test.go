package mock_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"wicketkey.internal/mock"
)

// asked does a control request and returns the JSON of its answer.
func asked(t *testing.T, srv *mock.Server, method, path, body string, want int) map[string]any {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, srv.URL()+"/_mock/"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	code, answer := status(t, r)
	if code != want {
		t.Fatalf("%s %s: %d %s", method, path, code, answer)
	}
	var out map[string]any
	if code == http.StatusOK {
		if err := json.Unmarshal([]byte(answer), &out); err != nil {
			t.Fatalf("%s %s: %v in %s", method, path, err, answer)
		}
	}
	return out
}

// TestControl is a test in another language: it seeds, breaks, looks and clears over HTTP alone.
func TestControl(t *testing.T) {
	srv := mock.Start(t, &mock.Options{Regions: []string{"us-east-1", "eu-west-1"}})
	c := secretsmanager.NewFromConfig(srv.AWSConfig())
	asked(t, srv, "POST", "state", `{"secrets":[{"name":"a","value":"hush"},{"name":"b","value":"hush"}]}`, 204)
	health := asked(t, srv, "GET", "health", "", 200)
	if health["ready"] != true || health["secrets"] != 2.0 || health["url"] != srv.URL() || len(health["regions"].([]any)) != 2 || health["version"] == "" {
		t.Errorf("health: %v", health)
	}
	asked(t, srv, "POST", "faults", `{"faults":[{"times":1,"failure":"ThrottlingException"},{"secret":"b","latency":"1ms","retryAfter":"2s"}]}`, 204)
	if _, err := c.GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{SecretId: aws.String("a")}, once); codeOf(err) != "ThrottlingException" {
		t.Errorf("got %v", err)
	}
	if got, err := get(t.Context(), c, "a"); err != nil || got != "hush" {
		t.Errorf("%q, %v", got, err)
	}
	left := asked(t, srv, "GET", "faults", "", 200)
	encoded, _ := json.Marshal(left)
	if string(encoded) != `{"faults":[{"latency":"1ms","retryAfter":"2s","secret":"b"}]}` {
		t.Errorf("faults: %s", encoded)
	}
	asked(t, srv, "POST", "faults", string(encoded), 204) // what is told can be sent
	told := asked(t, srv, "GET", "requests", "", 200)
	requests := told["requests"].([]any)
	if told["counts"].(map[string]any)["GetSecretValue"] != 2.0 || len(requests) != 2 || requests[0].(map[string]any)["code"] != "ThrottlingException" {
		t.Errorf("requests: %v", told)
	}
	if text, _ := json.Marshal(told); bytes.Contains(text, []byte("hush")) {
		t.Errorf("requests tell a value: %s", text)
	}
	state := asked(t, srv, "GET", "state", "", 200)
	if len(state["secrets"].([]any)) != 2 {
		t.Errorf("state: %v", state)
	}
	asked(t, srv, "DELETE", "requests", "", 204)
	asked(t, srv, "POST", "reset", "", 204)
	if h := asked(t, srv, "GET", "health", "", 200); h["secrets"] != 0.0 || srv.Calls("GetSecretValue") != 0 {
		t.Errorf("after reset: %v", h)
	}
	for path, body := range map[string]string{"state": `{"secrets":[{}]}`, "faults": `{"faults":[{}]}`, "clock": `{}`} {
		asked(t, srv, "POST", path, body, 400)
	}
}

// TestClockOverHTTP moves time until a rotation is due, whose function is behind a URL.
func TestClockOverHTTP(t *testing.T) {
	const arn = "arn:aws:lambda:us-east-1:123456789012:function:rotate"
	for _, test := range []struct {
		answer  string
		code    int
		rotates bool
	}{
		{"null", 200, true}, {`{"errorMessage":"no","errorType":"E"}`, 200, false}, {"", 500, false}, {"", 204, true}, {"text", 200, true},
	} {
		srv := mock.Start(t)
		c := secretsmanager.NewFromConfig(srv.AWSConfig())
		lambda := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			var event struct{ Step, SecretId, ClientRequestToken string }
			if err := json.NewDecoder(r.Body).Decode(&event); err != nil {
				t.Error(err)
			}
			if event.Step == "createSecret" && test.rotates {
				_, err := c.PutSecretValue(context.Background(), &secretsmanager.PutSecretValueInput{SecretId: &event.SecretId,
					ClientRequestToken: &event.ClientRequestToken, SecretString: aws.String("new"), VersionStages: []string{"AWSPENDING"}})
				if err != nil {
					t.Error(err)
				}
			}
			if event.Step == "finishSecret" {
				moveCurrent(t, c, event.SecretId, event.ClientRequestToken)
			}
			w.WriteHeader(test.code)
			_, _ = io.WriteString(w, test.answer)
		}))
		srv.HandleRotation(arn, mock.PostRotation(lambda.URL))
		document := `{"secrets":[{"name":"a","value":"old","rotation":{"enabled":true,"function":"` + arn + `","afterDays":1,"next":"` +
			srv.Now().Add(time.Hour).Format(time.RFC3339) + `"}}]}`
		asked(t, srv, "POST", "state", document, 204)
		before, err := time.Parse(time.RFC3339, asked(t, srv, "GET", "clock", "", 200)["now"].(string))
		if err != nil {
			t.Fatal(err)
		}
		asked(t, srv, "POST", "clock", `{"advance":"48h"}`, 200)
		if moved := srv.Now().Sub(before); moved < 48*time.Hour || moved > 49*time.Hour {
			t.Errorf("the clock moved by %v", moved)
		}
		srv.Wait()
		want := map[bool]string{true: "new", false: "old"}[test.rotates]
		if got := string(srv.Snapshot()); !strings.Contains(got, `"value": "`+want+`"`) || !test.rotates && strings.Contains(got, `"new"`) {
			t.Errorf("%d %s:\n%s", test.code, test.answer, got)
		}
		lambda.Close()
		srv.Close()
	}
}

func moveCurrent(t *testing.T, c *secretsmanager.Client, id, version string) {
	d, err := c.DescribeSecret(context.Background(), &secretsmanager.DescribeSecretInput{SecretId: &id})
	if err != nil {
		t.Error(err)
		return
	}
	for old, stages := range d.VersionIdsToStages {
		if old != version && stages[0] == "AWSCURRENT" {
			if _, err := c.UpdateSecretVersionStage(context.Background(), &secretsmanager.UpdateSecretVersionStageInput{SecretId: &id,
				VersionStage: aws.String("AWSCURRENT"), MoveToVersionId: &version, RemoveFromVersionId: &old}); err != nil {
				t.Error(err)
			}
		}
	}
}

// TestRotate is a test of rotation in two lines.
func TestRotate(t *testing.T) {
	bubble(t, nil, func(t *testing.T, srv *mock.Server, c *secretsmanager.Client) {
		ctx := t.Context()
		err := srv.Restore([]byte(`{"secrets":[{"name":"a","value":"one","rotation":{"enabled":true,"function":"f","afterDays":30}}]}`))
		if err != nil {
			t.Fatal(err)
		}
		old, err := c.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: aws.String("a")})
		if err != nil {
			t.Fatal(err)
		}
		arn := *old.ARN
		srv.Advance(time.Minute)
		id, err := srv.Rotate(arn, []byte("two"))
		if err != nil {
			t.Fatal(err)
		}
		srv.Advance(-time.Minute) // so that the client's signatures are current
		for stage, want := range map[string][2]string{"AWSCURRENT": {"two", id}, "AWSPREVIOUS": {"one", *old.VersionId}} {
			out, err := c.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &arn, VersionStage: &stage})
			if err != nil || *out.SecretString != want[0] || *out.VersionId != want[1] {
				t.Errorf("%s: %+v, %v", stage, out, err)
			}
		}
		d, err := c.DescribeSecret(ctx, &secretsmanager.DescribeSecretInput{SecretId: &arn})
		if err != nil || d.LastRotatedDate == nil || d.LastRotatedDate.Sub(*old.CreatedDate) < time.Minute {
			t.Errorf("%+v, %v", d, err)
		}
		for name, value := range map[string]string{"none": "x", "a": ""} {
			if _, err := srv.Rotate(name, []byte(value)); err == nil {
				t.Errorf("%s became %q", name, value)
			}
		}
	})
}
