package fetch_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"wicketkey.internal/mock"
)

func getValue(id string) *secretsmanager.GetSecretValueInput {
	return &secretsmanager.GetSecretValueInput{SecretId: aws.String(id)}
}

func replicateTo(region string) *secretsmanager.ReplicateSecretToRegionsInput {
	return &secretsmanager.ReplicateSecretToRegionsInput{
		SecretId:          aws.String(name),
		AddReplicaRegions: []types.ReplicaRegionType{{Region: aws.String(region)}},
	}
}

// createEmpty makes a secret that has no version yet.
func createEmpty(t *testing.T, srv *mock.Server, id string) {
	t.Helper()
	sm := secretsmanager.NewFromConfig(srv.AWSConfig())
	if _, err := sm.CreateSecret(t.Context(), &secretsmanager.CreateSecretInput{Name: aws.String(id)}); err != nil {
		t.Fatal(err)
	}
}

// tokenFile holds what a web identity is proved with, as far as the mock asks.
func tokenFile(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte("eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIiwiYXVkIjoic3RzIiwiaXNzIjoiaHR0cHM6Ly9vLmludmFsaWQiLCJleHAiOjQ4NTE4MzY4MDB9.c2ln"), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
