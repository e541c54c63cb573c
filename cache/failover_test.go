package cache_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	smtypes "github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"wicketkey.internal/cache"
	"wicketkey.internal/fetch"
)

// regional fails the regions that are down.
type regional struct {
	next aws.HTTPClient

	mu   sync.Mutex
	down map[string]bool
}

func (r *regional) set(region string, down bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.down[region] = down
}

func (r *regional) Do(req *http.Request) (*http.Response, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for region, down := range r.down {
		if down && strings.Contains(req.Header.Get("Authorization"), "/"+region+"/") {
			return nil, fmt.Errorf("no route to host")
		}
	}
	return r.next.Do(req)
}

// failoverStore has a client with us-east-1 for home and eu-west-1 for failover, where
// "db" is replicated.
func failoverStore(t *world, opts *cache.Options) (s *cache.Store, sky *regional, us, eu string) {
	us = t.put("db", "v")
	sm := secretsmanager.NewFromConfig(t.cfg)
	_, err := sm.ReplicateSecretToRegions(t.Context(), &secretsmanager.ReplicateSecretToRegionsInput{
		SecretId: aws.String("db"), AddReplicaRegions: []smtypes.ReplicaRegionType{{Region: aws.String("eu-west-1")}},
	})
	if err != nil {
		t.Fatal(err)
	}
	eu = strings.Replace(us, "us-east-1", "eu-west-1", 1)
	cfg := t.cfg.Copy()
	sky = &regional{next: cfg.HTTPClient, down: map[string]bool{}}
	cfg.HTTPClient = sky
	client := t.clientOf(fetch.Options{AWS: &cfg, Failover: []string{"eu-west-1"}})
	return t.storeOn(client, opts), sky, us, eu
}

// A replica's answer takes the spelling away: the value is at hand, and a reader
// by the ARN gets an error when both regions fail afterwards.
func TestFailoverKeepsTheARN(t *testing.T) {
	inBubble(t, func(t *world) {
		s, sky, us, _ := failoverStore(t, &cache.Options{TTL: time.Minute, Jitter: -1})
		t.wants(s, us, "v")
		sky.set("us-east-1", true)
		sleep(5 * time.Minute) // refreshed from the replica
		misses := s.Stats().Misses
		sky.set("eu-west-1", true)
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
		s, sky, us, eu := failoverStore(t, &cache.Options{TTL: time.Minute, Jitter: -1})
		t.wants(s, eu, "v")
		sky.set("us-east-1", true)
		t.wants(s, "db", "v")
		sky.set("us-east-1", false)
		// The replica becomes a secret of its own.
		cfg := t.cfg.Copy()
		cfg.Region = "eu-west-1"
		if _, err := secretsmanager.NewFromConfig(cfg).StopReplicationToReplica(t.Context(), &secretsmanager.StopReplicationToReplicaInput{SecretId: aws.String("db")}); err != nil {
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
		s, sky, _, _ := failoverStore(t, &cache.Options{TTL: time.Minute, Jitter: -1})
		cfg := t.cfg.Copy()
		cfg.Region = "eu-west-1"
		there, err := secretsmanager.NewFromConfig(cfg).CreateSecret(t.Context(), &secretsmanager.CreateSecretInput{Name: aws.String("own"), SecretString: aws.String("european")})
		if err != nil {
			t.Fatal(err)
		}
		t.put("own", "american")
		t.wants(s, *there.ARN, "european")
		sky.set("us-east-1", true)
		t.wants(s, "db", "v")
		sky.set("us-east-1", false)
		t.wants(s, "own", "american") // home answers
	})
}

// A copy that a replica gave is of no use at a restart.
func TestFailoverCopy(t *testing.T) {
	inBubble(t, func(t *world) {
		disk := diskIn(t.TempDir())
		s, sky, us, _ := failoverStore(t, &cache.Options{TTL: time.Minute, Jitter: -1, Disk: disk})
		sky.set("us-east-1", true)
		t.wants(s, us, "v")
		s.Close()
		t.sky.fail(unreachable)
		again := t.store(&cache.Options{Disk: disk})
		got, err := value(t.Context(), again, us)
		if got != "v" {
			t.Errorf("got %q, %v", got, errors.Unwrap(err))
		}
	})
}
