package mock_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"wicketkey.internal/mock"
)

func TestReplicas(t *testing.T) {
	bubble(t, nil, func(t *testing.T, srv *mock.Server, c *secretsmanager.Client) {
		ctx := t.Context()
		arn, _ := srv.Put("db/main", []byte("v0"))
		cfg := srv.AWSConfig()
		cfg.Region = "eu-west-1"
		west := secretsmanager.NewFromConfig(cfg)
		if _, err := get(ctx, west, "db/main"); codeOf(err) != "ResourceNotFoundException" {
			t.Fatalf("before replication: %v", err)
		}
		if _, err := c.ReplicateSecretToRegions(ctx, &secretsmanager.ReplicateSecretToRegionsInput{SecretId: aws.String("db/main"), AddReplicaRegions: []types.ReplicaRegionType{{Region: aws.String("eu-west-1")}}}); err != nil {
			t.Fatal(err)
		}
		srv.Put("db/main", []byte("v1"))
		out, err := west.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: aws.String("db/main")})
		if err != nil || *out.SecretString != "v1" || *out.ARN != strings.Replace(arn, "us-east-1", "eu-west-1", 1) {
			t.Fatalf("got %v, %v", out, err)
		}
		if _, err := get(ctx, west, arn); codeOf(err) != "ResourceNotFoundException" {
			t.Errorf("an ARN of another region: %v", err)
		}
		for name, write := range map[string]func() error{
			"put": func() error {
				_, err := west.PutSecretValue(ctx, &secretsmanager.PutSecretValueInput{SecretId: aws.String("db/main"), SecretString: aws.String("x")})
				return err
			},
			"delete": func() error {
				_, err := west.DeleteSecret(ctx, &secretsmanager.DeleteSecretInput{SecretId: aws.String("db/main")})
				return err
			},
			"tag": func() error {
				_, err := west.TagResource(ctx, &secretsmanager.TagResourceInput{SecretId: aws.String("db/main"), Tags: []types.Tag{}})
				return err
			},
		} {
			if err := write(); codeOf(err) != "InvalidParameterException" || !strings.Contains(err.Error(), "Operation not permitted on a replica secret. Call must be made in primary secret's region.") {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := west.StopReplicationToReplica(ctx, &secretsmanager.StopReplicationToReplicaInput{SecretId: aws.String("db/main")}); err != nil {
			t.Fatal(err)
		}
		srv.Put("db/main", []byte("v2"))
		if got, _ := get(ctx, west, "db/main"); got != "v1" {
			t.Errorf("a promoted replica follows its primary: %q", got)
		}
		if _, err := west.PutSecretValue(ctx, &secretsmanager.PutSecretValueInput{SecretId: aws.String("db/main"), SecretString: aws.String("own")}); err != nil {
			t.Errorf("a promoted replica refuses a write: %v", err)
		}
	})
}

func TestRegionsOnOffer(t *testing.T) {
	srv := mock.Start(t, &mock.Options{Regions: []string{"us-east-1"}})
	cfg := srv.AWSConfig()
	cfg.Region = "eu-west-1"
	_, err := get(t.Context(), secretsmanager.NewFromConfig(cfg), "x")
	if codeOf(err) != "InvalidSignatureException" || !strings.Contains(err.Error(), "Credential should be scoped to a valid region, not 'eu-west-1'. ") {
		t.Errorf("got %v", err)
	}
}

func TestReplicationThatFails(t *testing.T) {
	bubble(t, nil, func(t *testing.T, srv *mock.Server, c *secretsmanager.Client) {
		ctx := t.Context()
		srv.Put("a", []byte("1"))
		cfg := srv.AWSConfig()
		cfg.Region = "eu-west-1"
		west := secretsmanager.NewFromConfig(cfg)
		if _, err := west.CreateSecret(ctx, &secretsmanager.CreateSecretInput{Name: aws.String("a"), SecretString: aws.String("own")}); err != nil {
			t.Fatal(err)
		}
		replicate := func(region string, overwrite bool) (types.StatusType, error) {
			out, err := c.ReplicateSecretToRegions(ctx, &secretsmanager.ReplicateSecretToRegionsInput{
				SecretId: aws.String("a"), AddReplicaRegions: []types.ReplicaRegionType{{Region: &region}}, ForceOverwriteReplicaSecret: overwrite,
			})
			if err != nil {
				return "", err
			}
			return out.ReplicationStatus[0].Status, nil
		}
		if _, err := replicate("us-east-1", false); codeOf(err) != "InvalidParameterException" {
			t.Errorf("into its own region: %v", err)
		}
		if got, err := replicate("eu-west-1", false); err != nil || got != types.StatusTypeFailed {
			t.Errorf("over another secret: %s, %v", got, err)
		}
		if got, _ := get(ctx, west, "a"); got != "own" {
			t.Errorf("the other secret became %q", got)
		}
		if got, err := replicate("eu-west-1", true); err != nil || got != types.StatusTypeInSync {
			t.Errorf("with force: %s, %v", got, err)
		}
		if got, _ := get(ctx, west, "a"); got != "1" {
			t.Errorf("the replica is %q", got)
		}
	})
}
