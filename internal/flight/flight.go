// Package flight lets many callers wait for one answer.
//
//	mu.Lock()
//	if f == nil {
//		f = flight.New[string](&mu)
//		go func() { v := ask(); mu.Lock(); f.Deliver(v); mu.Unlock() }()
//	}
//	f.Join()
//	mu.Unlock()
//	v, err := f.Wait(ctx, nil)
//
// The lock is the owner's: joining, leaving and delivering fall in with whatever
// else it guards, so that an owner knows, at the moment of delivery, exactly who
// is still there. Who joined is there until it is delivered or its context ends;
// a caller who leaves harms nobody.
package flight

import (
	"context"
	"sync"
)

// A Flight is one question under way and those who wait for its answer, a T.
type Flight[T any] struct {
	mu      *sync.Mutex // the owner's; guards what follows until done is closed
	done    chan struct{}
	waiters int
	answer  T
}

// New makes a Flight without waiters for the owner of mu.
func New[T any](mu *sync.Mutex) *Flight[T] {
	return &Flight[T]{mu: mu, done: make(chan struct{})}
}

// Join makes the caller a waiter, who then calls Wait. It holds mu.
func (f *Flight[T]) Join() { f.waiters++ }

// Waiters is how many wait at present. The caller holds mu.
func (f *Flight[T]) Waiters() int { return f.waiters }

// Deliver gives all who wait the answer, once. The caller holds mu.
func (f *Flight[T]) Deliver(answer T) {
	f.answer = answer
	close(f.done)
}

// Wait returns the answer, or ctx's error if that ends before the delivery; then
// left, which may be nil, is called with mu held and the waiter no longer
// counted. The caller does not hold mu.
func (f *Flight[T]) Wait(ctx context.Context, left func()) (answer T, err error) {
	select {
	case <-f.done:
		return f.answer, nil
	case <-ctx.Done():
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	select {
	case <-f.done: // delivered with us aboard
		return f.answer, nil
	default:
	}
	f.waiters--
	if left != nil {
		left()
	}
	return answer, ctx.Err()
}
