// Package regress holds what was measured against the committed baseline, and
// fails with the names of what got worse:
//
//	go -C benchmarks/regress test -count=1 .
//
// It runs the tests of package benchmarks, without the race detector, and
// compares every figure of our own clients with results/baseline.json. What can be
// counted (round trips, calls, connections, copies left in memory) must not be more
// by one; binaries and packages, which depend on the toolchain, not by more than a
// fiftieth. What varies from run to run (allocations and allocated bytes) is a
// number of samples on both sides: it got worse if its median did by more than a
// twentieth and if that is no chance, by the Mann-Whitney U test that benchstat
// uses. What got worse is measured once more and must have got worse again: a busy
// machine has a say in what allocates. Nothing that depends on the machine's speed
// is compared.
//
// It is a module of its own for the sake of golang.org/x/perf; benchstat itself is
// at hand as well, for what was measured before and after a change:
//
//	go -C benchmarks/regress tool benchstat before.txt after.txt
package regress
