package mock_test

import (
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"wicketkey.internal/mock"
)

func readOnce(t *testing.T, srv *mock.Server) error {
	t.Helper()
	cfg := srv.AWSConfig()
	cfg.RetryMaxAttempts = 1
	_, err := secretsmanager.NewFromConfig(cfg).GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{SecretId: aws.String("a")})
	return err
}

// A negative interval once emptied the bucket.
func TestClockMovedBackDoesNotThrottle(t *testing.T) {
	srv := mock.Start(t)
	srv.Put("a", []byte("x"))
	srv.Inject(mock.Fault{Rate: 10, Failure: mock.Throttling})
	for range 2 {
		if err := readOnce(t, srv); err != nil {
			t.Fatal(err)
		}
		srv.Advance(-4 * time.Minute)
	}
}

func TestResetEndsHandshakeTrouble(t *testing.T) {
	srv := mock.Start(t, &mock.Options{TLS: true})
	srv.Inject(mock.Fault{Wire: mock.BadHandshake})
	if err := readOnce(t, srv); err == nil {
		t.Fatal("the handshake did not fail")
	}
	srv.Reset()
	srv.Put("a", []byte("x"))
	if err := readOnce(t, srv); err != nil {
		t.Error(err)
	}
}

// The record once kept a whole header for the 64 bytes that it shows of it.
func TestLongOperationNamesAreNotKept(t *testing.T) {
	srv := mock.Start(t)
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc >> 20
	}
	before := heap()
	for range 100 {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, srv.URL(), nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("X-Amz-Target", "secretsmanager."+strings.Repeat("y", 500_000))
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
	}
	if after := heap(); after > before+25 {
		t.Errorf("grew from %d to %d MB", before, after)
	}
}
