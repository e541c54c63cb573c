package sigv4_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"wicketkey.internal/mock/internal/sigv4"
)

// One memory of keys serves every secret, day and region, and mistakes none for another.
func TestKeptKeysTellOriginsApart(t *testing.T) {
	const body = `{"SecretId":"db/main"}`
	keys := new(sigv4.Keys)
	verify := func(secret, region string, at time.Time) *sigv4.Fault {
		r := request(t, "POST", "https://secretsmanager.us-east-1.amazonaws.com/", body)
		sign(t, r, longTerm(), body, "secretsmanager", region, at)
		_, fault := sigv4.Verify(r, []byte(body), &sigv4.Config{
			Region: region, Service: "secretsmanager", Now: at, Keys: keys,
			Lookup: func(string) (sigv4.Key, bool) { return sigv4.Key{Secret: secret}, true },
		})
		return fault
	}
	for round := range 2 {
		for day := range 3 {
			at := signedAt.AddDate(0, 0, day)
			for _, region := range []string{"us-east-1", "eu-west-1"} {
				if fault := verify(longSecret, region, at); fault != nil {
					t.Errorf("round %d, day %d, %s: %v", round, day, region, fault)
				}
				if fault := verify("another", region, at); fault == nil || fault.Reason != sigv4.WrongSignature {
					t.Errorf("round %d, day %d, %s: another secret got %v", round, day, region, fault)
				}
			}
		}
	}
}

// More regions than are kept, from several goroutines: each request is judged right all the same.
func TestKeptKeysOverflow(t *testing.T) {
	const body = "{}"
	keys := new(sigv4.Keys)
	var wg sync.WaitGroup
	for worker := range 4 {
		wg.Go(func() {
			for i := range 300 {
				region := fmt.Sprintf("r-%d", worker*150+i)
				r := request(t, "POST", "https://localhost/", body)
				sign(t, r, longTerm(), body, "secretsmanager", region, signedAt)
				cfg := config()
				cfg.Region, cfg.Keys = region, keys
				if _, fault := sigv4.Verify(r, []byte(body), cfg); fault != nil {
					t.Errorf("%s: %v", region, fault)
				}
			}
		})
	}
	wg.Wait()
	if n := sigv4.KeptKeys(keys); n == 0 || n > sigv4.MaxKeys {
		t.Errorf("%d keys are kept, want 1 to %d", n, sigv4.MaxKeys)
	}
}
