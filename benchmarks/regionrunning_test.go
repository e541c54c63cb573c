package benchmarks_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"wicketkey.internal/benchmarks/programs/clients"
	"wicketkey.internal/benchmarks/report/figures"
)

// keptFor is the TTL of the caches that run through an outage.
const keptFor = 5 * time.Minute

// TestRegionDownWhileRunning has a gateway read its secret every ten seconds,
// with a deadline of five, through an outage of two hours.
func TestRegionDownWhileRunning(t *testing.T) {
	for _, o := range outages {
		for _, k := range append(keepers[:2:2], keeper{"cache+failover", keepAbroad}) {
			synctest.Test(t, func(t *testing.T) {
				from := time.Now().Add(10 * time.Minute)
				to := from.Add(2 * time.Hour)
				regions := twoRegions(fullFleet, o.health, from, to)
				read := k.open(t, regions.Config(home), keptFor)
				got := readThrough(t, read, from, to)
				if k.name != clients.Official {
					got.judge(t, o.name+", "+k.name, k.name == clients.Cache)
				}
				base := fmt.Sprintf("region/running/outage=%s/client=%s/", o.name, k.name)
				record(base+"calls", float64(regions[home].Calls("")+regions[replica].Calls("")), figures.CallsAbout)
				got.record(base)
			})
		}
	}
}

func keepAbroad(t *testing.T, cfg aws.Config, ttl time.Duration) get {
	return keepOurs(t, cfg, ttl, replica)
}

// voyage is what a reader met on the way through an outage.
type voyage struct {
	errors, waits             int           // reads that failed, and that did not answer at once
	longest, oldest, recovery time.Duration // wait; age of a value; from the outage's end to the last value beyond its TTL
}

func readThrough(t *testing.T, read get, from, to time.Time) (v voyage) {
	if _, err := read(t.Context()); err != nil {
		t.Fatal(err)
	}
	for time.Now().Before(to.Add(2 * keptFor)) {
		time.Sleep(10 * time.Second)
		began := time.Now()
		age, err := readWithin(t, read, 5*time.Second)
		took := time.Since(began)
		v.longest = max(v.longest, took)
		if took > 0 {
			v.waits++
		}
		if err != nil {
			v.errors++
		}
		v.oldest = max(v.oldest, age)
		if err != nil || age > keptFor {
			v.recovery = max(v.recovery, time.Since(to))
		}
	}
	return v
}

// readWithin gives the age of the value, which says when it was asked for.
func readWithin(t *testing.T, read get, limit time.Duration) (age time.Duration, err error) {
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	value, err := read(ctx)
	if err != nil {
		return 0, err
	}
	var at int64
	if _, err := fmt.Sscanf(value, askedFormat, &at); err != nil {
		t.Fatal(err)
	}
	return time.Since(time.UnixMilli(at)), nil
}

// judge: no reader of ours waits or is given an error; without a replica the
// value is as old as the outage, with one never older than its TTL.
func (v voyage) judge(t *testing.T, who string, stays bool) {
	t.Helper()
	oldest := keptFor
	if stays {
		oldest += 2 * time.Hour
	}
	if v.errors > 0 || v.waits > 0 || v.oldest > oldest || v.recovery > 90*time.Second {
		t.Errorf("%s: %+v; want no error, no wait, nothing older than %v, and fresh within 90 s", who, v, oldest)
	}
}

func (v voyage) record(base string) {
	record(base+"errors", float64(v.errors), figures.CallsAbout)
	record(base+"waits", float64(v.waits), figures.CallsAbout)
	record(base+"longest", v.longest.Seconds(), figures.Seconds)
	record(base+"oldest", v.oldest.Seconds(), figures.Seconds)
	// Anything within the wait between two tries: nothing to hold one run to another by.
	record(base+"recovered", v.recovery.Seconds(), figures.SecondsByChance)
}
