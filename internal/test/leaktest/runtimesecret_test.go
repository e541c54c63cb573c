//go:build goexperiment.runtimesecret

package leaktest_test

// runtimeSecret says that the runtime erases registers, and the stacks of signal
// handlers at the next collection.
const runtimeSecret = true
