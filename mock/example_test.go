package mock_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials/ec2rolecreds"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/smithy-go"

	"wicketkey.internal/mock"
)

// start is mock.Start for examples, which have no test to close the server with.
func start(opts *mock.Options) *mock.Server {
	srv, err := mock.New(opts)
	if err != nil {
		log.Fatal(err)
	}
	return srv
}

// read reads a secret with the SDK.
func read(c *secretsmanager.Client, id string) (string, error) {
	out, err := c.GetSecretValue(context.Background(), &secretsmanager.GetSecretValueInput{SecretId: &id})
	if err != nil {
		return "", err
	}
	return aws.ToString(out.SecretString), nil
}

// A program starts while the account is throttled: the SDK tries three times.
func Example_throttledStart() {
	srv := start(nil)
	defer srv.Close()
	srv.Put("db/main", []byte("hunter2"))
	srv.FailNext(2, mock.Throttling)

	cfg := srv.AWSConfig()
	cfg.Retryer = func() aws.Retryer { return retry.AddWithMaxBackoffDelay(retry.NewStandard(), time.Millisecond) }
	value, err := read(secretsmanager.NewFromConfig(cfg), "db/main")
	fmt.Println(value, err)
	for _, call := range srv.Requests() {
		fmt.Println(call.Operation, call.Status, call.Code)
	}
	// Output:
	// hunter2 <nil>
	// GetSecretValue 400 ThrottlingException
	// GetSecretValue 400 ThrottlingException
	// GetSecretValue 200
}

// A secret rotates while it is read: until the last step readers get the old value.
func Example_rotation() {
	srv := start(nil)
	defer srv.Close()
	srv.Put("db/main", []byte("old"))
	client := secretsmanager.NewFromConfig(srv.AWSConfig())

	srv.HandleRotation("arn:aws:lambda:us-east-1:123456789012:function:rotate", func(ctx context.Context, s mock.RotationStep) error {
		err := rotateBy(ctx, client, s, "new")
		value, _ := read(client, "db/main")
		fmt.Println(s.Step, value, err)
		return err
	})
	_, err := client.RotateSecret(context.Background(), &secretsmanager.RotateSecretInput{
		SecretId:          aws.String("db/main"),
		RotationLambdaARN: aws.String("arn:aws:lambda:us-east-1:123456789012:function:rotate"),
	})
	srv.Wait()
	fmt.Println(err)
	// Output:
	// createSecret old <nil>
	// setSecret old <nil>
	// testSecret old <nil>
	// finishSecret new <nil>
	// <nil>
}

// A role may read one secret; the answer for another does not tell whether it exists.
func Example_deniedPolicy() {
	srv := start(nil)
	defer srv.Close()
	arn, err := srv.Put("gateway", []byte("e30="))
	if err != nil {
		log.Fatal(err)
	}
	err = srv.SetKey(mock.AccessKey{
		Principal: "arn:aws:sts::123456789012:assumed-role/Gateway/i-0abc",
		Policies: []string{`{"Version": "2012-10-17", "Statement": {
			"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "` + arn + `"}}`},
	})
	if err != nil {
		log.Fatal(err)
	}
	client := secretsmanager.NewFromConfig(srv.AWSConfig())
	for _, id := range []string{"gateway", "other"} {
		value, err := read(client, id)
		var denied smithy.APIError
		if errors.As(err, &denied) {
			value = denied.ErrorCode() + ": " + strings.ReplaceAll(denied.ErrorMessage(), " because", "\n  because")
		}
		fmt.Println(value)
	}
	// Output:
	// e30=
	// AccessDeniedException: User: arn:aws:sts::123456789012:assumed-role/Gateway/i-0abc is not authorized to perform: secretsmanager:GetSecretValue on resource: other
	//   because no identity-based policy allows the secretsmanager:GetSecretValue action
}

// A secret under a customer's key: the role may read it, and not decrypt it, until its policy names the key.
func Example_customerKey() {
	srv := start(nil)
	defer srv.Close()
	const key = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
	client := secretsmanager.NewFromConfig(srv.AWSConfig())
	created, err := client.CreateSecret(context.Background(), &secretsmanager.CreateSecretInput{
		Name: aws.String("gateway"), SecretString: aws.String("e30="), KmsKeyId: aws.String(key),
	})
	if err != nil {
		log.Fatal(err)
	}
	readIt := `{"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "` + *created.ARN + `"}`
	decryptIt := `{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "` + key + `", "Condition": {"StringEquals": {
		"kms:ViaService": "secretsmanager.us-east-1.amazonaws.com", "kms:EncryptionContext:SecretARN": "` + *created.ARN + `"}}}`
	for _, statements := range []string{readIt, readIt + "," + decryptIt} {
		err := srv.SetKey(mock.AccessKey{Policies: []string{`{"Version": "2012-10-17", "Statement": [` + statements + `]}`}})
		if err != nil {
			log.Fatal(err)
		}
		value, err := read(client, "gateway")
		var denied smithy.APIError
		if errors.As(err, &denied) {
			value = denied.ErrorCode() + ": " + denied.ErrorMessage()
		}
		fmt.Println(value)
	}
	// Output:
	// AccessDeniedException: Access to KMS is not allowed
	// e30=
}

// The service is down for one secret, and comes back; the secret is still there.
func Example_outage() {
	srv := start(nil)
	defer srv.Close()
	srv.Put("db/main", []byte("hunter2"))
	if err := srv.Inject(mock.Fault{Secret: "db/main", Failure: mock.InternalError}); err != nil {
		log.Fatal(err)
	}
	cfg := srv.AWSConfig()
	cfg.RetryMaxAttempts = 1
	client := secretsmanager.NewFromConfig(cfg)
	_, err := read(client, "db/main")
	var down smithy.APIError
	fmt.Println(errors.As(err, &down) && down.ErrorCode() == "InternalServiceError")

	srv.ClearFaults(nil)
	fmt.Println(read(client, "db/main"))
	// Output:
	// true
	// hunter2 <nil>
}

// The instance's role credentials expire and are not renewed.
func Example_expiredInstanceRole() {
	srv := start(&mock.Options{Role: mock.Role{Name: "Gateway", Lifetime: time.Hour}})
	defer srv.Close()
	srv.Put("gateway", []byte("e30="))

	cfg := srv.AWSConfig()
	cfg.Credentials = aws.NewCredentialsCache(ec2rolecreds.New(func(o *ec2rolecreds.Options) {
		o.Client = imds.New(imds.Options{Endpoint: srv.URL()})
	}))
	client := secretsmanager.NewFromConfig(cfg)
	fmt.Println(read(client, "gateway"))

	srv.TroubleInstance(mock.InstanceTrouble{Stale: true})
	srv.Advance(2 * time.Hour)
	_, err := read(client, "gateway")
	var expired smithy.APIError
	if errors.As(err, &expired) {
		fmt.Println(expired.ErrorCode() + ": " + expired.ErrorMessage())
	}
	// Output:
	// e30= <nil>
	// ExpiredTokenException: The security token included in the request is expired
}
