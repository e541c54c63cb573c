//go:build race

package residue_test

const raceDetector = true
