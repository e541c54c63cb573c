package cache_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	smtypes "github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"wicketkey.internal/cache"
	"wicketkey.internal/fetch"
	"wicketkey.internal/mock"
)

// failoverStore has a client with us-east-1 for home and eu-west-1 for failover, where
// "db" is replicated.
func failoverStore(t *world, opts *cache.Options) (s *cache.Store, us, eu string) {
	us = t.put("db", "v")
	_, err := t.sdk("us-east-1").ReplicateSecretToRegions(t.Context(), &secretsmanager.ReplicateSecretToRegionsInput{
		SecretId: aws.String("db"), AddReplicaRegions: []smtypes.ReplicaRegionType{{Region: aws.String("eu-west-1")}},
	})
	if err != nil {
		t.Fatal(err)
	}
	eu = strings.Replace(us, "us-east-1", "eu-west-1", 1)
	client := t.clientOf(fetch.Options{AWS: &t.cfg, Failover: []string{"eu-west-1"}})
	return t.storeOn(client, opts), us, eu
}

// down is a region that fails: each has an ARN of its own for the secret.
func down(arn string) mock.Fault { return mock.Fault{Secret: arn, Wire: mock.Hangup} }

// A replica's answer takes the spelling away: the value is at hand, and a reader
// by the ARN gets an error when both regions fail afterwards.
func TestFailoverKeepsTheARN(t *testing.T) {
	inBubble(t, func(t *world) {
		s, us, _ := failoverStore(t, &cache.Options{TTL: time.Minute, Jitter: -1})
		t.wants(s, us, "v")
		t.faults(down(us))
		sleep(5 * time.Minute) // refreshed from the replica
		if st, _ := s.State(us); st.ARN != us || st.Region != "eu-west-1" {
			t.Errorf("the state is of %s, from %s", st.ARN, st.Region)
		}
		misses := s.Stats().Misses
		t.faults(unreachable)
		t.wants(s, us, "v")
		if got := s.Stats().Misses - misses; got != 0 {
			t.Errorf("%d reads had to wait", got)
		}
	})
}

// During failover a bare name is merged into the replica's own entry, and stays
// there when home is back.
func TestFailoverDoesNotMoveTheName(t *testing.T) {
	inBubble(t, func(t *world) {
		s, us, eu := failoverStore(t, &cache.Options{TTL: time.Minute, Jitter: -1})
		t.wants(s, eu, "v")
		t.faults(down(us))
		t.wants(s, "db", "v")
		t.faults()
		// The replica becomes a secret of its own.
		if _, err := t.sdk("eu-west-1").StopReplicationToReplica(t.Context(), &secretsmanager.StopReplicationToReplicaInput{SecretId: aws.String("db")}); err != nil {
			t.Fatal(err)
		}
		t.put("db", "new")
		sleep(time.Hour)
		t.wants(s, us, "new")
		t.wants(s, "db", "new")
	})
}

// After a failover bare names are looked up among the secrets of the replica's
// region.
func TestFailoverDoesNotMoveHome(t *testing.T) {
	inBubble(t, func(t *world) {
		s, us, _ := failoverStore(t, &cache.Options{TTL: time.Minute, Jitter: -1})
		there := t.putIn("eu-west-1", "own", "european")
		t.put("own", "american")
		t.wants(s, there, "european")
		t.faults(down(us))
		t.wants(s, "db", "v")
		t.faults()
		t.wants(s, "own", "american") // home answers
	})
}

// A copy that a replica gave is of no use at a restart.
func TestFailoverCopy(t *testing.T) {
	inBubble(t, func(t *world) {
		disk := diskIn(t.TempDir())
		s, us, _ := failoverStore(t, &cache.Options{TTL: time.Minute, Jitter: -1, Disk: disk})
		t.faults(down(us))
		t.wants(s, us, "v")
		s.Close()
		t.faults(unreachable)
		again := t.store(&cache.Options{Disk: disk})
		got, err := value(t.Context(), again, us)
		if got != "v" {
			t.Errorf("got %q, %v", got, errors.Unwrap(err))
		}
	})
}
