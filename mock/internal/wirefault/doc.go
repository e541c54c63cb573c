// Package wirefault delivers an HTTP answer with trouble on the wire.
//
//	wirefault.Deliver(w, r, wirefault.Answer{Status: 200, Header: header, Body: body},
//		wirefault.Fault{Kind: wirefault.Half, Latency: time.Second}, closing)
//
// A listener wrapped by [WrapListener] makes TLS handshakes fail.
//
// Guarantees: over HTTP/1.1, with TLS or without, each kind puts on the wire
// what its name says. Where the protocol forbids it (HTTP/2) or there is no
// connection (a transport that calls the handler), the client meets the
// nearest equivalent: see [Kind] and [Breaker]. Waiting uses package time and
// channels only, so that it is instant inside testing/synctest, and ends when
// the client leaves.
//
// Limits: GoAway answers the request that it comes with; a GOAWAY that leaves
// a request unprocessed cannot be had from net/http's server.
package wirefault
