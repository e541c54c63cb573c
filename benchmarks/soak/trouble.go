package main

import (
	"time"

	"wicketkey.internal/mock"
)

// read is the operation that trouble strikes: the soak's own administration is
// to work.
const read = "GetSecretValue"

// kinds are the troubles that say nothing about a secret. Stalls last as long as
// the client lets them, which is its attempt's deadline.
func kinds() (delays, decisions []mock.Fault) {
	delays = []mock.Fault{
		{Latency: 50 * time.Millisecond},
		{Drip: 100 * time.Microsecond, Piece: 16},
		{Skew: 20 * time.Minute},
	}
	decisions = []mock.Fault{
		{Failure: mock.Throttling},
		{Failure: mock.Throttling, RetryAfter: 300 * time.Millisecond},
		{Failure: mock.InternalError},
		{Failure: "ServiceUnavailableException"},
		{Failure: mock.ExpiredToken},
		{Failure: "UnrecognizedClientException"},
	}
	for _, w := range []mock.Wire{mock.HalfBody, mock.TooLong, mock.TooShort, mock.Hangup, mock.Reset,
		mock.Stall, mock.StallBody, mock.HTML, mock.EmptyBody, mock.GoAway} {
		decisions = append(decisions, mock.Fault{Wire: w})
	}
	return delays, decisions
}

// weather is all kinds alike, so that together they strike about that share of
// the requests. Of the decisions the server throws one's dice only after it has
// spared the request those before it, so the later ones get better odds.
func weather(share float64) []mock.Fault {
	delays, decisions := kinds()
	each := share / float64(len(delays)+len(decisions))
	if each == 0 {
		return nil // to the mock, zero means always
	}
	var all []mock.Fault
	for _, f := range delays {
		f.Probability = each
		all = append(all, f)
	}
	for i, f := range decisions {
		f.Probability = each / (1 - float64(i)*each)
		all = append(all, f)
	}
	for i := range all {
		all[i].Operations = []string{read}
	}
	return all
}

// handshakes are the troubles of connections, which have no dice of their own.
func handshakes() []mock.Fault {
	var all []mock.Fault
	for _, w := range []mock.Wire{mock.BadHandshake, "handshake-cut", "handshake-plain", "handshake-stalled"} {
		all = append(all, mock.Fault{Wire: w, Times: 1})
	}
	return all
}
