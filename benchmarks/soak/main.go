// Command soak keeps a Store busy for as long as it is told to, in real time and
// over sockets, and checks what must never happen:
//
//	go run ./benchmarks/soak                       # ten minutes, 64 readers
//	go run ./benchmarks/soak -for 1m -faults 0.5   # shorter and rougher
//
// A mock Secrets Manager, served over TLS in this process, rotates every secret
// at each -rotate and strikes the share -faults of the requests with every kind
// of trouble it has. Some secrets are withdrawn now and then, each in a way of
// its own: by policy, by its key, by deletion. Readers use View, Get and Do.
//
// It exits with 1 if any of these was seen, and says which:
//
//   - a wrong value: every value carries its secret's name, its version's number
//     and a checksum of itself;
//   - an older version than one that a reader, this or another, had been given
//     before the read began;
//   - an error where a stale value was allowed;
//   - a value of a secret that AWS had withdrawn, once the Store had been told so;
//   - a request that was not carried by fetch's wiping transport;
//   - more goroutines or resident memory in the last tenth of the run than in the
//     first, or goroutines that are left at the end. (Memory beyond what the mock
//     is allowed for its records.)
//
// It ends early, with its summary, on an interrupt.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"

	"wicketkey.internal/mock"
)

func main() {
	p := plan{Mock: mock.Options{TLS: true}, Out: os.Stdout}
	flag.DurationVar(&p.For, "for", 10*time.Minute, "how long to run")
	flag.IntVar(&p.Readers, "readers", 64, "how many goroutines read")
	flag.DurationVar(&p.Rotate, "rotate", time.Second, "time between two versions of each secret")
	flag.Float64Var(&p.Faults, "faults", 0.3, "share of requests that meet trouble, 0 to 1")
	flag.DurationVar(&p.Pause, "pause", 5*time.Millisecond, "mean pause of a reader between two reads")
	flag.Uint64Var(&p.Mock.Seed, "seed", 0, "decides the mock's dice")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, p); err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		os.Exit(1)
	}
}
