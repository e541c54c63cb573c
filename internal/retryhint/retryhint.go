// Package retryhint tells package fetch how a caller takes throttling.
//
//	ctx = retryhint.None(ctx)
//	secret, err := client.GetRef(ctx, ref) // one answer, throttled or not
//
// A caller who has a value at hand, or who spaces its questions itself, says
// [None]: asking again within the call would be a second layer of retries, and
// the load under which a throttled account does not recover. Connection faults
// and 5xx are still tried again.
package retryhint

import "context"

type key struct{}

// None returns a context for a call that gives up when it is throttled.
func None(ctx context.Context) context.Context { return context.WithValue(ctx, key{}, true) }

// IsNone reports whether ctx comes from [None].
func IsNone(ctx context.Context) bool { return ctx.Value(key{}) != nil }
