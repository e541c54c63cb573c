//go:build !race

package e2e_test

// race builds the command as the tests are built.
const race = false
