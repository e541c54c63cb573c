//go:build goexperiment.runtimesecret

package wipe

import "runtime/secret"

// Do calls f so that the registers, stack and garbage which f leaves behind are
// erased by the runtime. It does so in a build with GOEXPERIMENT=runtimesecret
// on the systems which that supports; otherwise Do(f) is f().
func Do(f func()) { secret.Do(f) }
