// Package leaktest is the proof that a secret which was closed leaves nothing
// behind. It has only tests.
//
// The test process serves a random secret over TLS and runs itself a second time
// as the client. At each checkpoint (secret held, closed, connections closed,
// garbage collected) the client stands still while the test searches all of its
// readable memory for fragments of 16 bytes or more of the value and of the text
// that it travelled as. While a secret is held there must be exactly one copy,
// its own; afterwards none, on every path that an answer can take.
//
// The same search of the plain SDK and of the official caching client has to
// find copies: a scanner that sees nothing proves nothing. Canaries name the
// assumptions about the standard library on which the result rests.
//
// WICKETKEY_PROOF_RUNS says how often each case is run; the default is once, and
// without the core dumps of gcore.
//
// The verdict is exact: nothing, at every checkpoint, in every run, also under a
// storm of signals ([wipe.SignalBlock]). Where the system does not let a process
// hold signals back, what vector registers held is tolerated, up to 1 KiB.
//
// # Limits
//
// Linux only, since it reads /proc/PID/mem. Not under the race detector, whose
// shadow memory is too large to search.
package leaktest
