package mock_test

import (
	"context"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"wicketkey.internal/mock"
)

// gatewayPolicy is the one that a gateway's documentation prints: one action on one ARN.
const gatewayPolicy = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"%ARN%"}]}`

func TestGatewayPolicy(t *testing.T) {
	bubble(t, nil, func(t *testing.T, srv *mock.Server, c *secretsmanager.Client) {
		ctx := t.Context()
		arn, _ := srv.Put("keeperRotationGatewayConfig", []byte("e30="))
		other, _ := srv.Put("other", []byte("x"))
		key := mock.AccessKey{
			ID: "AKIAIOSFODNN7EXAMPLE", Secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
			Principal: "arn:aws:sts::123456789012:assumed-role/Gateway/i-0abc",
			Policies:  []string{strings.ReplaceAll(gatewayPolicy, "%ARN%", arn)},
		}
		if err := srv.SetKey(key); err != nil {
			t.Fatal(err)
		}
		for _, id := range []string{"keeperRotationGatewayConfig", arn, arn[:len(arn)-7]} {
			if got, err := get(ctx, c, id); err != nil || got != "e30=" {
				t.Errorf("%s: %q, %v", id, got, err)
			}
		}
		denied := func(action, resource string) string {
			return "User: " + key.Principal + " is not authorized to perform: secretsmanager:" + action + resource +
				" because no identity-based policy allows the secretsmanager:" + action + " action"
		}
		expect := func(err error, want string) {
			t.Helper()
			if codeOf(err) != "AccessDeniedException" || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v, want %s", err, want)
			}
		}
		_, err := get(ctx, c, "missing")
		expect(err, denied("GetSecretValue", " on resource: missing"))
		_, err = get(ctx, c, "other")
		expect(err, denied("GetSecretValue", " on resource: "+other))
		_, err = c.DescribeSecret(ctx, &secretsmanager.DescribeSecretInput{SecretId: &arn})
		expect(err, denied("DescribeSecret", " on resource: "+arn))
		_, err = c.ListSecrets(ctx, nil)
		expect(err, denied("ListSecrets", ""))
		// The endpoint puts its own region into the ARN of another one; who may read that secret learns that the
		// other is not here.
		_, err = get(ctx, c, strings.Replace(other, "us-east-1", "eu-west-1", 1))
		expect(err, denied("GetSecretValue", " on resource: "+other))
		if _, err := get(ctx, c, strings.Replace(arn, "us-east-1", "eu-west-1", 1)); codeOf(err) != "ResourceNotFoundException" {
			t.Errorf("got %v", err)
		}
	})
}

func TestAcrossAccounts(t *testing.T) {
	bubble(t, nil, func(t *testing.T, srv *mock.Server, c *secretsmanager.Client) {
		ctx := t.Context()
		out, err := c.CreateSecret(ctx, &secretsmanager.CreateSecretInput{Name: aws.String("shared"), SecretString: aws.String("x"), KmsKeyId: aws.String("alias/own")})
		if err != nil {
			t.Fatal(err)
		}
		arn := *out.ARN
		if err := srv.SetKey(mock.AccessKey{ID: "AKIAOTHER", Secret: "s", Principal: "arn:aws:iam::999999999999:user/ann"}); err != nil {
			t.Fatal(err)
		}
		cfg := srv.AWSConfig()
		cfg.Credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "AKIAOTHER", SecretAccessKey: "s"}, nil
		})
		other := secretsmanager.NewFromConfig(cfg)
		if _, err := get(ctx, other, arn); !strings.Contains(err.Error(), "because no resource-based policy allows the secretsmanager:GetSecretValue action") {
			t.Errorf("got %v", err)
		}
		document := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"999999999999"},"Action":"secretsmanager:GetSecretValue","Resource":"*"}]}`
		if _, err := c.PutResourcePolicy(ctx, &secretsmanager.PutResourcePolicyInput{SecretId: &arn, ResourcePolicy: &document}); err != nil {
			t.Fatal(err)
		}
		if got, err := get(ctx, other, arn); err != nil || got != "x" {
			t.Errorf("got %q, %v", got, err)
		}
		if _, err := get(ctx, other, "shared"); codeOf(err) != "ResourceNotFoundException" {
			t.Errorf("a bare name is of the caller's account: %v", err)
		}
	})
}

func TestDefaultChainThroughInstance(t *testing.T) {
	srv := mock.Start(t, &mock.Options{Role: mock.Role{Name: "Gateway"}})
	srv.Put("a", []byte("1"))
	environs := map[string]map[string]string{"instance": srv.InstanceEnv(), "container": srv.ContainerEnv()}
	for name, env := range environs {
		t.Run(name, func(t *testing.T) {
			for key, value := range env {
				t.Setenv(key, value)
			}
			t.Setenv("AWS_ENDPOINT_URL_SECRETS_MANAGER", srv.URL())
			t.Setenv("AWS_REGION", "us-east-1")
			t.Setenv("AWS_CONFIG_FILE", "/dev/null")
			t.Setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
			cfg, err := config.LoadDefaultConfig(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if got, err := get(t.Context(), secretsmanager.NewFromConfig(cfg), "a"); err != nil || got != "1" {
				t.Fatalf("got %q, %v", got, err)
			}
			calls := srv.Requests()
			if p := calls[len(calls)-1].Principal; p != "arn:aws:sts::123456789012:assumed-role/Gateway/i-0123456789abcdef0" {
				t.Errorf("the caller is %s", p)
			}
		})
	}
}
