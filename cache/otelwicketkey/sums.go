package otelwicketkey

import (
	"fmt"

	"go.opentelemetry.io/otel/metric"

	"wicketkey.internal/cache"
)

// sum is an instrument for one field of [cache.Stats].
type sum struct {
	instrument metric.Int64Observable
	read       func(cache.Stats) int64
}

// quantity describes a sum.
type quantity struct {
	name, unit, description string
	read                    func(cache.Stats) int64
}

// counted only ever grow.
func counted() []quantity {
	return []quantity{
		{"hits", "{read}", "Reads answered by a value at hand, stale ones among them.",
			func(s cache.Stats) int64 { return int64(s.Hits) }},
		{"misses", "{read}", "Reads that had to wait, or got a held error.",
			func(s cache.Stats) int64 { return int64(s.Misses) }},
		{"held_back", "{call}", "Reads, refreshes and prefetches given the last error without asking AWS.",
			func(s cache.Stats) int64 { return int64(s.HeldBack) }},
		{"fetches", "{call}", "Questions put to AWS, without retries.",
			func(s cache.Stats) int64 { return int64(s.Fetches) }},
		{"failures", "{call}", "Questions without a value for answer, refusals among them.",
			func(s cache.Stats) int64 { return int64(s.Failures) }},
		{"refusals", "{call}", "Refusals by AWS.",
			func(s cache.Stats) int64 { return int64(s.Refusals) }},
		{"changes", "{version}", "Versions taken into use.",
			func(s cache.Stats) int64 { return int64(s.Changes) }},
		{"evictions", "{secret}", "Values dropped to stay within bounds.",
			func(s cache.Stats) int64 { return int64(s.Evictions) }},
		{"restored", "{secret}", "Values taken from the disk copy.",
			func(s cache.Stats) int64 { return int64(s.Restored) }},
	}
}

// present go up and down.
func present() []quantity {
	return []quantity{
		{"secret.count", "{secret}", "Values kept at present.",
			func(s cache.Stats) int64 { return int64(s.Secrets) }},
		{"size", "By", "The sum of the lengths of the values kept at present.",
			func(s cache.Stats) int64 { return int64(s.Bytes) }},
		{"failing.count", "{identifier}", "Identifiers remembered at present without a value.",
			func(s cache.Stats) int64 { return int64(s.Failing) }},
	}
}

func newSums(meter metric.Meter) ([]sum, error) {
	var sums []sum
	for _, q := range counted() {
		c, err := meter.Int64ObservableCounter("wicketkey.cache."+q.name,
			metric.WithUnit(q.unit), metric.WithDescription(q.description))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", q.name, err)
		}
		sums = append(sums, sum{c, q.read})
	}
	for _, q := range present() {
		c, err := meter.Int64ObservableUpDownCounter("wicketkey.cache."+q.name,
			metric.WithUnit(q.unit), metric.WithDescription(q.description))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", q.name, err)
		}
		sums = append(sums, sum{c, q.read})
	}
	return sums, nil
}
