// Package gatewayconfig reads the configuration of a gateway from the value of a
// secret: a JSON object of strings, usually in base64 as "gateway ott-init"
// prints it.
//
//	secret, err := client.Get(ctx, "keeperRotationGatewayConfig")
//	if err != nil {
//		return err
//	}
//	defer secret.Close()
//	cfg, err := gatewayconfig.Decode(secret.Bytes())
//	if err != nil {
//		return err // names the key and the remedy, never a byte of the value
//	}
//	defer cfg.Close()
//	start(cfg.JSON())
//
// # Which call
//
//   - Read a configuration, and refuse a damaged one: [Decode].
//   - Hand it to a gateway whole: [Config.JSON].
//   - Use one of its values: [Config.View].
//   - Say in a log what is there: [Config.Keys], and the Config itself.
//
// # What is accepted
//
// Base64 in the standard or the URL-safe alphabet, padded or not, broken into
// lines, indented, between quotes, behind a byte order mark: whatever a terminal
// or a console does to it on the way without loss. Or the JSON object itself.
//
// The object's values must be strings, and no key may occur twice. Keys that are
// not known are kept. Required, and not empty: hostname, clientId (base64 of 64
// bytes), privateKey, serverPublicKeyId and appKey, which is what a gateway has
// once it is bound. A configuration with a clientKey and no appKey has not been
// bound: the gateway could start from it once, and would have nowhere to store
// what binding gives it, so that no later start succeeded. It is refused with
// [ErrUnbound].
//
// # Guarantees
//
// The decoded bytes exist once, in wipeable memory, and are wiped by
// [Config.Close]; no Go string is made of a value. A [Config] prints as
// "[secret]" everywhere. An [Error] carries no byte of a value, and the name of a
// key only if it is one of the known ones: in damaged text anything may stand
// where a key belongs.
//
// # Limits
//
// The text given to Decode stays the caller's to wipe. The names of keys are
// ordinary strings. What a callback of [Config.View] copies is out of reach.
package gatewayconfig

import (
	"wicketkey.internal/internal/jsonwalk"
	"wicketkey.internal/internal/opaque"
	"wicketkey.internal/internal/wipe"
)

// silent promotes the methods that print "[secret]" without exporting a field.
type silent = opaque.Value

// Config is a decoded and validated configuration. All methods are safe for
// concurrent use; reading the bytes that JSON or View lent while another
// goroutine calls Close is not. A nil or zero Config is a closed one. A Config that is lost without Close is wiped when
// the garbage collector finds it.
type Config struct {
	silent
	p *payload // behind a pointer: reflection printers look through fields
}

type payload struct {
	buf     *wipe.Buffer // the object, nothing around it
	members []member     // in the object's order; immutable
}

// payload returns an empty one where there is none: a caller who defers Close
// before looking at the error of Decode has done no harm.
func (c *Config) payload() *payload {
	if c == nil || c.p == nil {
		return &payload{}
	}
	return c.p
}

// JSON lends the decoded object as it was stored, without white space around it.
// The slice is valid until Close and reads zeroes afterwards; from then on JSON
// returns nil. Do not write to it, and do not make a string of it: a string
// cannot be wiped.
func (c *Config) JSON() []byte { return c.payload().buf.Bytes() }

// Keys returns the names of the object's keys in their order, in a slice of the
// caller's own. It keeps answering after Close.
func (c *Config) Keys() []string {
	keys := make([]string, len(c.payload().members))
	for i, m := range c.payload().members {
		keys[i] = m.name
	}
	return keys
}

// Len returns the number of keys, also after Close.
func (c *Config) Len() int { return len(c.payload().members) }

// View calls fn with the value of a key and returns what fn returns. The value is
// valid for the length of the call and must not be written to. It is lent from
// the decoded object itself; a value with JSON escapes is unescaped into wipeable
// memory that is wiped when fn is done, also by a panic. Without that key the
// error is [ErrMissing], after Close [ErrClosed], and fn is not called.
func (c *Config) View(key string, fn func(value []byte) error) error {
	return c.payload().view(key, fn)
}

func (p *payload) view(key string, fn func(value []byte) error) error {
	m, ok := find(p.members, key)
	if !ok {
		return &Error{Kind: ErrMissing, Key: known(key), Cause: "the configuration has no such key", Remedy: "ask for one that Keys returns"}
	}
	text := p.buf.Bytes()
	if text == nil {
		return &Error{Kind: ErrClosed, Key: known(key), Cause: "the value was wiped by Close", Remedy: "close when the last reader is done"}
	}
	if !m.escaped {
		return fn(text[m.from:m.to:m.to])
	}
	var value *wipe.Buffer
	wipe.HoldSignals(func() { value = jsonwalk.Unquote(text[m.from-1 : m.to+1]) })
	defer wipe.Registers()
	defer value.Free()
	return fn(value.Bytes())
}

// Locked reports whether the decoded bytes lie in memory that is page-locked and,
// on Linux, kept out of core dumps. It is false after Close.
func (c *Config) Locked() bool { return c.payload().buf.Locked() }

// Close wipes the configuration. It may be called more than once and always
// returns nil.
func (c *Config) Close() error {
	c.payload().buf.Free()
	return nil
}
