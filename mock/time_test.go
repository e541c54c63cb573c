package mock_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"wicketkey.internal/mock"
)

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

func TestSeed(t *testing.T) {
	arn := func(seed uint64) string {
		srv := mock.Start(t, &mock.Options{Seed: seed})
		arn, _ := srv.Put("a", []byte("1"))
		return arn
	}
	if first, again := arn(1), arn(1); first != again || first == arn(2) {
		t.Error("ARN suffixes do not follow the seed")
	}
}
