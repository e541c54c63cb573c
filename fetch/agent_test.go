package fetch_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"wicketkey.internal/fetch"
)

// agent plays the AWS Workload Credentials Provider: a GET with a token, AWS's
// answer and AWS's errors in its own envelope.
func agent(t *testing.T, token string) *httptest.Server {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch id := r.URL.Query().Get("secretId"); {
		case r.Header.Get("X-Aws-Parameters-Secrets-Token") != token:
			w.WriteHeader(http.StatusForbidden)
			fmt.Fprint(w, "Bad Token")
		case r.URL.Path != "/secretsmanager/get":
			w.WriteHeader(http.StatusNotFound)
		case id == "missing":
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprint(w, `{"__type":"ResourceNotFoundException","message":"Secrets Manager can't find the specified secret."}`)
		default:
			fmt.Fprintf(w, `{"ARN":"arn:aws:secretsmanager:eu-west-1:123456789012:secret:%s-AbCdEf","Name":%q,"VersionId":"v",`+
				`"SecretString":"stage %s","VersionStages":["AWSCURRENT"],"CreatedDate":"1700000000.5"}`,
				id, id, r.URL.Query().Get("versionStage"))
		}
	}))
	t.Cleanup(srv.Close)
	return srv
}

func TestAgent(t *testing.T) {
	srv := agent(t, "opensesame")
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte("opensesame\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	client, err := fetch.New(t.Context(), &fetch.Options{Agent: &fetch.Agent{URL: srv.URL, Token: "file://" + file}})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	s, err := client.GetRef(t.Context(), fetch.Ref{ID: name, Stage: "AWSPREVIOUS"})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(s.Bytes()), "stage AWSPREVIOUS"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if s.Region() != "eu-west-1" || s.Created().Unix() != 1700000000 {
		t.Errorf("region %q, created %v", s.Region(), s.Created())
	}
	_ = s.Close()
	if _, err := client.Get(t.Context(), "missing"); !errors.Is(err, fetch.ErrNotFound) {
		t.Errorf("got %v, want %v", err, fetch.ErrNotFound)
	}
	secrets, err := client.GetMany(t.Context(), "a", "b")
	if err != nil || len(secrets) != 2 || secrets[1].Name() != "b" {
		t.Errorf("GetMany: %v", err)
	}
}

func TestAgentWithoutToken(t *testing.T) {
	srv := agent(t, "opensesame")
	client, err := fetch.New(t.Context(), &fetch.Options{Agent: &fetch.Agent{URL: srv.URL, Token: "wrong"}})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if _, err := client.Get(t.Context(), name); !errors.Is(err, fetch.ErrNoCredentials) {
		t.Errorf("got %v, want %v", err, fetch.ErrNoCredentials)
	}
}
