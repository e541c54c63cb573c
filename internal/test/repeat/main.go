// Command repeat runs the tests again and again, on a machine that is busy with
// something else and on a quiet one, with few processors and with many, and prints
// which of them ever failed:
//
//	go run ./internal/test/repeat                             # 15 loaded runs and 10 quiet ones of ./...
//	go run ./internal/test/repeat -loaded 3 -quiet 0 ./cache  # what go test takes may follow
//
// A test that fails in one of them is wrong, or asserts what the machine decides:
// it is mended or moved, not repeated. The whole takes some two hours on two cores.
// The output of runs that failed is kept in a folder, which is named at the end.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
)

// cpus are the values of go test's -cpu that runs take in turn; "" is its default.
var cpus = []string{"", "", "1", "", "4", "1,2,4"}

func main() {
	if os.Getenv(busyEnv) != "" {
		beBusy()
	}
	loaded := flag.Int("loaded", 15, "runs while each processor is kept busy by something else")
	quiet := flag.Int("quiet", 10, "runs without that")
	cpu := flag.String("cpu", strings.Join(cpus, ";"), "values of go test's -cpu that runs take in turn, between semicolons; an empty one is go test's default")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	p := plan{loaded: *loaded, quiet: *quiet, cpus: strings.Split(*cpu, ";"), args: flag.Args()}
	if len(p.args) == 0 {
		p.args = []string{"./..."}
	}
	if err := p.run(ctx, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "repeat:", err)
		os.Exit(1)
	}
}
