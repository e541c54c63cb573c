//go:build goexperiment.runtimesecret

package residue_test

// runtimeSecret says that the runtime erases registers and signal stacks.
const runtimeSecret = true
