//go:build race

package leaktest_test

const raceDetector = true
