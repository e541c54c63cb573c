package mock_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-secretsmanager-caching-go/v2/secretcache"

	"wicketkey.internal/mock"
)

// TestCachingClient drives the official caching client, as it comes, against the mock.
func TestCachingClient(t *testing.T) {
	srv := mock.Start(t)
	srv.Put("db/main", []byte("one"))
	srv.Put("db/blob", []byte{0xff, 0x00})
	cache := officialCache(t, srv)
	for range 3 {
		if got, err := cache.GetSecretString("db/main"); err != nil || got != "one" {
			t.Fatalf("got %q, %v", got, err)
		}
	}
	if d, g := srv.Calls("DescribeSecret"), srv.Calls("GetSecretValue"); d != 1 || g != 1 {
		t.Errorf("%d describes and %d gets for three reads, want one each", d, g)
	}
	if got, err := cache.GetSecretBinary("db/blob"); err != nil || string(got) != "\xff\x00" {
		t.Errorf("got %q, %v", got, err)
	}
	srv.Put("db/main", []byte("two"))
	if got, err := officialCache(t, srv).GetSecretStringWithStage("db/main", "AWSPREVIOUS"); err != nil || got != "one" {
		t.Errorf("got %q, %v for AWSPREVIOUS", got, err)
	}
	if got, err := cache.GetSecretString("db/main"); err != nil || got != "one" {
		t.Errorf("got %q, %v within the hour that the client caches", got, err)
	}
	if _, err := cache.GetSecretString("none"); codeOf(err) != "ResourceNotFoundException" {
		t.Errorf("got %v", err)
	}
}

func officialCache(t *testing.T, srv *mock.Server) *secretcache.Cache {
	t.Helper()
	cache, err := secretcache.New(
		func(c *secretcache.Cache) { c.Client = secretsmanager.NewFromConfig(srv.AWSConfig()) },
		func(c *secretcache.Cache) { c.CacheConfig.CacheItemTTL = time.Hour.Nanoseconds() },
	)
	if err != nil {
		t.Fatal(err)
	}
	return cache
}

// environment is what a client of another language needs.
func environment(t *testing.T, srv *mock.Server) []string {
	out := slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "AWS_") })
	out = append(out,
		"AWS_ENDPOINT_URL_SECRETS_MANAGER="+srv.URL(), "AWS_REGION=us-east-1", "AWS_DEFAULT_REGION=us-east-1",
		"AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
		"AWS_CONFIG_FILE="+os.DevNull, "AWS_EC2_METADATA_DISABLED=true", "AWS_PAGER=")
	if ca := srv.CA(); ca != nil {
		file := filepath.Join(t.TempDir(), "ca.pem")
		if err := os.WriteFile(file, ca, 0o600); err != nil {
			t.Fatal(err)
		}
		out = append(out, "AWS_CA_BUNDLE="+file)
	}
	return out
}

func command(t *testing.T, srv *mock.Server, name string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = environment(t, srv)
	out, err := cmd.CombinedOutput()
	return strings.TrimSpace(string(out)), err
}

// TestCLI leads a secret through its life with the AWS CLI, over TLS. Each step
// starts Python anew, which takes seconds; TestBoto3 takes more steps.
func TestCLI(t *testing.T) {
	if testing.Short() {
		t.Skip("the AWS CLI takes seconds; not in short mode")
	}
	if _, err := exec.LookPath("aws"); err != nil {
		t.Skip("the AWS CLI is not installed")
	}
	t.Parallel()
	srv := mock.Start(t, &mock.Options{TLS: true})
	for _, step := range []struct{ args, want string }{
		{"create-secret --name cli/one --secret-string first --tags Key=team,Value=gate --query Name", "cli/one"},
		{"get-secret-value --secret-id cli/one --query SecretString", "first"},
		{"put-secret-value --secret-id cli/one --secret-string second --query VersionStages[0]", "AWSCURRENT"},
		{"get-secret-value --secret-id cli/one --version-stage AWSPREVIOUS --query SecretString", "first"},
		{"list-secrets --filters Key=tag-key,Values=team --query SecretList[].Name", "cli/one"},
		{"delete-secret --secret-id cli/one --force-delete-without-recovery --query Name", "cli/one"},
	} {
		args := append([]string{"--output", "text", "secretsmanager"}, strings.Fields(step.args)...)
		if got, err := command(t, srv, "aws", args...); err != nil || got != step.want {
			t.Fatalf("aws %s\ngot  %s (%v)\nwant %s", step.args, got, err, step.want)
		}
	}
	got, err := command(t, srv, "aws", "secretsmanager", "get-secret-value", "--secret-id", "cli/one")
	want := "An error occurred (ResourceNotFoundException) when calling the GetSecretValue operation: Secrets Manager can't find the specified secret."
	if err == nil || !strings.Contains(got, want) {
		t.Errorf("a deleted secret gives %s", got)
	}
}

// boto is a secret's life in Python; it prints one word a step.
const boto = `
import boto3, botocore
c = boto3.client("secretsmanager")
print(c.create_secret(Name="py/one", SecretString="first", Tags=[{"Key": "a", "Value": "b"}])["Name"])
print(c.get_secret_value(SecretId="py/one")["SecretString"])
v = c.put_secret_value(SecretId="py/one", SecretBinary=b"\x00\xff")["VersionId"]
print(c.get_secret_value(SecretId="py/one", VersionId=v)["SecretBinary"] == b"\x00\xff")
print(len(c.describe_secret(SecretId="py/one")["VersionIdsToStages"]))
c.tag_resource(SecretId="py/one", Tags=[{"Key": "c", "Value": "d"}])
print(c.describe_secret(SecretId="py/one")["Tags"][1]["Value"])
for i in range(5):
    c.create_secret(Name=f"py/page{i}", SecretString="x")
pages = c.get_paginator("list_secrets").paginate(PaginationConfig={"PageSize": 2})
print(sum(len(p["SecretList"]) for p in pages))
c.delete_secret(SecretId="py/one", RecoveryWindowInDays=7)
try:
    c.get_secret_value(SecretId="py/one")
except c.exceptions.InvalidRequestException as e:
    print(e.response["Error"]["Message"] == e.response["Message"])
print(c.restore_secret(SecretId="py/one")["Name"])
c.delete_secret(SecretId="py/one", ForceDeleteWithoutRecovery=True)
try:
    c.describe_secret(SecretId="py/one")
except c.exceptions.ResourceNotFoundException as e:
    print(e.response["ResponseMetadata"]["HTTPStatusCode"])
`

func TestBoto3(t *testing.T) {
	if testing.Short() {
		t.Skip("Python takes seconds to start; not in short mode")
	}
	t.Parallel()
	srv := mock.Start(t)
	if _, err := command(t, srv, "python3", "-c", "import boto3"); err != nil {
		t.Skip("python3 with boto3 is not installed")
	}
	got, err := command(t, srv, "python3", "-W", "ignore", "-c", boto)
	want := "py/one\nfirst\nTrue\n2\nd\n6\nTrue\npy/one\n400"
	if err != nil || got != want {
		t.Errorf("got %s (%v), want %s", got, err, want)
	}
}
