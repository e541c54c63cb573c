package mock_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
	"github.com/google/go-cmp/cmp"

	"wicketkey.internal/mock"
)

// bubble runs a test inside synctest with an in-process server and a client of it.
func bubble(t *testing.T, opts *mock.Options, test func(t *testing.T, srv *mock.Server, c *secretsmanager.Client)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		o := mock.Options{}
		if opts != nil {
			o = *opts
		}
		o.InProcess = true
		srv := mock.Start(t, &o)
		test(t, srv, secretsmanager.NewFromConfig(srv.AWSConfig()))
	})
}

func get(ctx context.Context, c *secretsmanager.Client, id string) (string, error) {
	out, err := c.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &id})
	if err != nil {
		return "", err
	}
	return aws.ToString(out.SecretString), nil
}

func once(o *secretsmanager.Options) { o.RetryMaxAttempts = 1 }

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

func TestSkewedClientCorrectsItself(t *testing.T) {
	bubble(t, nil, func(t *testing.T, srv *mock.Server, c *secretsmanager.Client) {
		srv.Put("a", []byte("1"))
		srv.Advance(time.Hour)
		if got, err := get(t.Context(), c, "a"); err != nil || got != "1" {
			t.Fatalf("got %q, %v", got, err)
		}
		calls := srv.Requests()
		if len(calls) != 2 || calls[0].Code != "InvalidSignatureException" || calls[1].Code != "" {
			t.Errorf("got %+v", calls)
		}
	})
}

func TestRecoveryWindowPasses(t *testing.T) {
	bubble(t, nil, func(t *testing.T, srv *mock.Server, c *secretsmanager.Client) {
		srv.Put("a", []byte("1"))
		if _, err := c.DeleteSecret(t.Context(), &secretsmanager.DeleteSecretInput{SecretId: aws.String("a"), RecoveryWindowInDays: aws.Int64(7)}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(7*24*time.Hour - time.Second)
		if _, err := get(t.Context(), c, "a"); codeOf(err) != "InvalidRequestException" {
			t.Errorf("within the window: %v", err)
		}
		time.Sleep(time.Second)
		if _, err := get(t.Context(), c, "a"); codeOf(err) != "ResourceNotFoundException" {
			t.Errorf("after the window: %v", err)
		}
	})
}

func TestListLag(t *testing.T) {
	bubble(t, &mock.Options{ListLag: 5 * time.Minute}, func(t *testing.T, srv *mock.Server, c *secretsmanager.Client) {
		srv.Put("a", []byte("1"))
		for _, want := range []int{0, 1} {
			out, err := c.ListSecrets(t.Context(), nil)
			if err != nil || len(out.SecretList) != want {
				t.Errorf("%d listed (%v), want %d", len(out.SecretList), err, want)
			}
			time.Sleep(5 * time.Minute)
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
		"{\n\"secrets\": [\n{\"name\": 7}]}":                                                                   "line 3, secrets[0].name: a string belongs here, not a JSON number",
		"{\n\"secrets\": [\n{\"name\": \"a b\"}]}":                                                             "line 3, secrets[0].name: a name has",
		"{\n\"secrets\": [\n{\"value\": \"hush\"}]}":                                                           "line 3, secrets[0].name: a secret needs a name",
		"{\n\"secrets\": [\n{\"name\": \"a\"},\n\n{\"name\": \"a\"}]}":                                         "line 5, secrets[1].name: the name is taken",
		"{\n\"secrets\": [\n{\"name\": \"a\", \"versions\": [\n{\"value\": \"hush\", \"stages\": [\"X\"]}]}]}": "line 3, secrets[0].versions: one version must have",
		"{\n\"secrets\": [\n{\"name\": \"a\", \"valueBase64\": \"hush!\"}]}":                                   "line 3, secrets[0].valueBase64: a base64 text belongs here",
		"{\n\"secrets\": [\n{\"name\": \"a\", \"created\": \"hush\"}]}":                                        "line 3, secrets[0].created: a time such as",
		"{\n\"secrets\": [\n{\"name\": \"a\", \"policy\": {}}]}":                                               "line 3, secrets[0].policy: This policy has invalid syntax.",
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

func TestSeed(t *testing.T) {
	arn := func(seed uint64) string {
		srv := mock.Start(t, &mock.Options{Seed: seed})
		arn, _ := srv.Put("a", []byte("1"))
		return arn
	}
	if arn(1) != arn(1) || arn(1) == arn(2) {
		t.Error("ARN suffixes do not follow the seed")
	}
}
