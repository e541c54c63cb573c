// Package virtual is a world in memory, for measuring: a [Network] whose one
// property is distance, a [World] on it with one region of AWS and an instance or
// container, and a [Service] that needs no network at all.
//
// What is in it waits on channels and timers only. So inside a testing/synctest
// bubble round trips come out as exact multiples of the round-trip time: to
// compute takes no virtual time there. Make what you use inside the bubble.
package virtual
