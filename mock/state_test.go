package mock_test

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
	"github.com/google/go-cmp/cmp"

	"wicketkey.internal/mock"
)

func TestSnapshotAndRestore(t *testing.T) {
	bubble(t, nil, func(t *testing.T, srv *mock.Server, c *secretsmanager.Client) {
		ctx := t.Context()
		srv.Put("a", []byte("1"))
		srv.Put("a", []byte("2"))
		srv.Put("b", []byte{0xff})
		if _, err := c.TagResource(ctx, &secretsmanager.TagResourceInput{SecretId: aws.String("b"), Tags: []types.Tag{{Key: aws.String("k"), Value: aws.String("v")}}}); err != nil {
			t.Fatal(err)
		}
		if _, err := c.ReplicateSecretToRegions(ctx, &secretsmanager.ReplicateSecretToRegionsInput{SecretId: aws.String("b"), AddReplicaRegions: []types.ReplicaRegionType{{Region: aws.String("eu-west-1")}}}); err != nil {
			t.Fatal(err)
		}
		before := srv.Snapshot()
		srv.Put("a", []byte("3"))
		srv.Reset()
		if _, err := get(ctx, c, "a"); codeOf(err) != "ResourceNotFoundException" {
			t.Errorf("after Reset: %v", err)
		}
		if err := srv.Restore(before); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(before), string(srv.Snapshot())); diff != "" {
			t.Errorf("(-before +after):\n%s", diff)
		}
		if got, err := get(ctx, c, "a"); err != nil || got != "2" {
			t.Errorf("got %q, %v", got, err)
		}
	})
}

func TestStateFileMistakes(t *testing.T) {
	srv := mock.Start(t)
	srv.Put("kept", []byte("1"))
	for document, want := range map[string]string{
		"{\n\"secrets\": [\n{\"name\": \"a\",\n\"valu\": \"hush\"}]}":                                          "line 4, secrets[0].valu: there is no such field",
		"{\n\"secrets\": [\n{\"name\": 7}]}":                                                                   "line 3, secrets[0].name: a text belongs here",
		"{\n\"secrets\": [\n{\"name\": \"a b\"}]}":                                                             "line 3, secrets[0].name: a name has",
		"{\n\"secrets\": [\n{\"value\": \"hush\"}]}":                                                           "line 3, secrets[0].name: a secret needs a name",
		"{\n\"secrets\": [\n{\"name\": \"a\"},\n\n{\"name\": \"a\"}]}":                                         "line 5, secrets[1].name: the name is taken",
		"{\n\"secrets\": [\n{\"name\": \"a\", \"versions\": [\n{\"value\": \"hush\", \"stages\": [\"X\"]}]}]}": "line 3, secrets[0].versions: one version must have",
		"{\n\"secrets\": [\n{\"name\": \"a\", \"valueBase64\": \"hush!\"}]}":                                   "line 3, secrets[0].valueBase64: a base64 text belongs here",
		"{\n\"secrets\": [\n{\"name\": \"a\", \"created\": \"hush\"}]}":                                        "line 3, secrets[0].created: a time such as",
		"{\n\"secrets\": [\n{\"name\": \"a\", \"policy\": {}}]}":                                               "line 3, secrets[0].policy: This policy has invalid syntax.",
		"{\n\"secrets\": [\n{\"name\": \"a\"},\n{\"name\": \"a\", \"region\": \"us-east-1\"}]}":                "line 4, secrets[1].name: the name is taken",
		"{\n\"secrets\": [\n{\"name\": \"a\", \"region\": \"moon\"}]}":                                         "line 3, secrets[0].region: a region is such as",
		"{\n\"secrets\": [\n{\"name\": \"a\", \"account\": \"1\"}]}":                                           "line 3, secrets[0].account: an account is twelve digits",
		"{\n\"secrets\": [\n{\"name\": \"a\", \"rotation\": {\"afterDays\": 200000}}]}":                        "line 3, secrets[0].rotation.afterDays: days are 1 to 1000",
		"{\n\"secrets\": [\n{\"name\": \"a\", \"rotation\": {\"afterDays\": -1}}]}":                            "line 3, secrets[0].rotation.afterDays: days are 1 to 1000",
		"{\n\"secrets\": \n": "this is not JSON",
	} {
		err := srv.Restore([]byte(document))
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hush") {
			t.Errorf("%s\ngot  %v\nwant %s", document, err, want)
		}
	}
	if _, err := get(t.Context(), secretsmanager.NewFromConfig(srv.AWSConfig()), "kept"); err != nil {
		t.Errorf("a refused document changed the state: %v", err)
	}
}

func TestLog(t *testing.T) {
	var lines strings.Builder
	srv := mock.Start(t, &mock.Options{InProcess: true, Log: slog.New(slog.NewTextHandler(&lines, nil))})
	c := secretsmanager.NewFromConfig(srv.AWSConfig())
	if _, err := c.CreateSecret(t.Context(), &secretsmanager.CreateSecretInput{Name: aws.String("a"), SecretString: aws.String("hush")}); err != nil {
		t.Fatal(err)
	}
	srv.Close()
	got := lines.String()
	if strings.Count(got, "\n") != 1 || !strings.Contains(got, "operation=CreateSecret secret=a status=200") || strings.Contains(got, "hush") {
		t.Errorf("got %s", got)
	}
}

// TestLogIsBounded: a line is no longer than what the server remembers of the request.
func TestLogIsBounded(t *testing.T) {
	var lines strings.Builder
	srv := mock.Start(t, &mock.Options{Log: slog.New(slog.NewTextHandler(&lines, nil))})
	p := mockPeer(srv)
	for _, request := range [][2]string{{strings.Repeat("x", 900_000), "{}"}, {"GetSecretValue", `{"SecretId":"` + strings.Repeat("x", 900_000) + `"}`}} {
		r, err := p.request(t.Context(), request[0], request[1], time.Now())
		if err != nil {
			t.Fatal(err)
		}
		if code, body := status(t, r); code != 400 {
			t.Fatal(code, body)
		}
	}
	srv.Close()
	if got := lines.String(); strings.Count(got, "\n") != 2 || len(got) > 4096 {
		t.Errorf("%d bytes, %.200s", len(got), got)
	}
}

// FuzzDocuments has documents of any kind read without a panic, and what was accepted written and read again alike.
func FuzzDocuments(f *testing.F) {
	srv, err := mock.New(&mock.Options{InProcess: true})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { srv.Close() })
	f.Add([]byte(`{"secrets":[{"name":"a","value":"x","tags":{"k":"v"},"created":"2026-01-31T12:00:00Z"}]}`))
	f.Add([]byte(`{"secrets":[{"name":"a","versions":[{"valueBase64":"eA==","stages":["AWSCURRENT"]}],"rotation":{"enabled":true,"function":"f","schedule":"rate(4 hours)"}}]}`))
	f.Add([]byte(`{"secrets":[{"name":"a","primary":"eu-west-1","policy":"{}","replicas":[{"region":"eu-west-1"}]}]}`))
	f.Add([]byte(`{"quotas":true,"faults":[{"latency":"1s","wire":"stall"}]}`))
	f.Fuzz(func(t *testing.T, document []byte) {
		_, _ = mock.ParseFaults(document)
		if srv.Restore(document) != nil {
			return
		}
		once := srv.Snapshot()
		if err := srv.Restore(once); err != nil {
			t.Fatalf("its own document is refused: %v\n%s", err, once)
		}
		if twice := srv.Snapshot(); string(twice) != string(once) {
			t.Errorf("%s\nbecame %s", once, twice)
		}
	})
}
