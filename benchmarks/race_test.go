//go:build race

package benchmarks_test

// raceDetector: its shadow memory is too large to search, and what it makes of
// times and allocations says nothing.
const raceDetector = true
