package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"time"

	"wicketkey.internal/benchmarks/programs/tell"
	"wicketkey.internal/benchmarks/report/figures"
)

// sample is what the process takes at one moment.
type sample struct {
	goroutines int64
	rss        int64 // bytes; zero where the system does not say
	requests   int64
}

func look(requests int64) sample {
	debug.FreeOSMemory() // what is free is no leak
	return sample{int64(runtime.NumGoroutine()), tell.RSS(), requests}
}

const (
	roomGoroutines = 16       // requests under way differ that much from moment to moment
	roomRSS        = 12 << 20 // what the collector had not given back yet
	roomRequest    = 1 << 10  // the mock's record of a request, which it keeps
)

// flatten compares the last tenth of the samples with the first, by medians, and
// says what has grown. The line is for the summary.
func flatten(samples []sample) (line string, grown []string) {
	n := len(samples) / 10
	if n == 0 {
		return "flatness: too short a run to say", nil
	}
	first, last := median(samples[:n]), median(samples[len(samples)-n:])
	requests := last.requests - first.requests
	line = fmt.Sprintf("first and last tenth: %d and %d goroutines, %.1f and %.1f MiB resident (%d requests between them)",
		first.goroutines, last.goroutines, mib(first.rss), mib(last.rss), requests)
	if last.goroutines > first.goroutines+roomGoroutines {
		grown = append(grown, fmt.Sprintf("goroutines grew from %d to %d", first.goroutines, last.goroutines))
	}
	if room := roomRSS + requests*roomRequest; last.rss > first.rss+room {
		grown = append(grown, fmt.Sprintf("resident memory grew from %.1f to %.1f MiB, with room for %.1f", mib(first.rss), mib(last.rss), mib(room)))
	}
	return line, grown
}

func median(samples []sample) sample {
	middle := func(of func(sample) int64) int64 {
		var all []int64
		for _, s := range samples {
			all = append(all, of(s))
		}
		return figures.Median(all)
	}
	return sample{
		middle(func(s sample) int64 { return s.goroutines }),
		middle(func(s sample) int64 { return s.rss }),
		middle(func(s sample) int64 { return s.requests }),
	}
}

func mib(bytes int64) float64 { return float64(bytes) / (1 << 20) }

// left waits until no more goroutines than before are there, for a while, and
// says how many there are too many.
func left(before int) int {
	over := 0
	for range 30 {
		if over = runtime.NumGoroutine() - before; over <= 0 {
			return 0
		}
		time.Sleep(100 * time.Millisecond)
	}
	return over
}
