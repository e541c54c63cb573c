// Package e2e holds tests of the command as its users meet it: a binary, a
// shell, a mock of AWS in another process. It is a module of its own so that what
// these tests need does not reach users' go.sum. The binary is built from the
// working tree, of which the test cache knows nothing: run it with -count=1.
package e2e
