// Package archtest holds the tests of what no single package can test: which
// package may import which, how large the public surface may grow, and that
// nothing shipped reaches package testing.
package archtest
