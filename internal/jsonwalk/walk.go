// Package jsonwalk goes through a JSON text in place and keeps nothing of it.
//
// An error of package jsontext names the members that lead to the fault, and so
// copies their names to where nobody wipes them. In a damaged text anything may
// stand where a name belongs. So jsontext is shown one string, number or literal at
// a time, never an object.
package jsonwalk

import (
	"bytes"
	"errors"
	"io"

	"github.com/go-json-experiment/json/jsontext"

	"wicketkey.internal/internal/wipe"
)

// Space is what JSON allows between tokens.
const Space = " \t\r\n"

// maxDepth is jsontext's: a hostile text shall not use up the stack.
const maxDepth = 10000

// A Walker is at a place in a text. It copies and changes nothing.
type Walker struct {
	size int // of the whole text
	rest []byte
	buf  bytes.Buffer // of a bytes.Buffer the decoder makes no copy
	dec  jsontext.Decoder
}

// New begins with text, which stays the caller's.
func New(text []byte) *Walker { return &Walker{size: len(text), rest: text} }

// Rest is the text from here on, without white space before it.
func (w *Walker) Rest() []byte {
	w.rest = bytes.TrimLeft(w.rest, Space)
	return w.rest
}

// Offset is how many bytes have been passed. In a call of member that is the end of
// its value.
func (w *Walker) Offset() int { return w.size - len(w.rest) }

// Object passes the object that begins here, and calls member with each name, in
// its quotes, and value. It reports whether the object is valid; names may repeat.
// Where it is not, Rest begins near the fault.
func (w *Walker) Object(member func(name, value []byte)) bool { return w.object(member, 1) }

// Array passes the array that begins here, and calls element with each value; else it
// is like [Walker.Object].
func (w *Walker) Array(element func(value []byte)) bool { return w.array(element, 1) }

func (w *Walker) array(element func(value []byte), depth int) bool {
	return w.list('[', ']', func() bool {
		value, ok := w.value(depth)
		if ok {
			element(value)
		}
		return ok
	})
}

func (w *Walker) object(member func(name, value []byte), depth int) bool {
	return w.list('{', '}', func() bool {
		if !w.at('"') {
			return false
		}
		name, ok := w.leaf()
		if !ok || !w.take(':') {
			return false
		}
		value, ok := w.value(depth)
		if ok {
			member(name, value)
		}
		return ok
	})
}

func (w *Walker) value(depth int) (raw []byte, ok bool) {
	from := w.Rest()
	switch {
	case w.at('{'):
		ok = depth < maxDepth && w.object(func([]byte, []byte) {}, depth+1)
	case w.at('['):
		ok = depth < maxDepth && w.array(func([]byte) {}, depth+1)
	default:
		return w.leaf()
	}
	return from[:len(from)-len(w.rest)], ok
}

// list passes what stands between two brackets, with commas between.
func (w *Walker) list(begin, end byte, element func() bool) bool {
	if !w.take(begin) {
		return false
	}
	for first := true; !w.take(end); first = false {
		if !first && !w.take(',') || !element() {
			return false
		}
	}
	return true
}

// leaf passes a string, a number or a literal.
func (w *Walker) leaf() (raw []byte, ok bool) {
	from := w.Rest()
	if w.at('{') || w.at('[') {
		return nil, false
	}
	w.buf = *bytes.NewBuffer(from)
	w.dec.Reset(&w.buf)
	if _, err := w.dec.ReadToken(); err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			w.rest = w.rest[len(w.rest):] // cut short: the fault is at the end
		}
		return nil, false
	}
	n := int(w.dec.InputOffset())
	w.rest = from[n:]
	return from[:n:n], true
}

func (w *Walker) at(c byte) bool {
	rest := w.Rest()
	return len(rest) > 0 && rest[0] == c
}

func (w *Walker) take(c byte) bool {
	if !w.at(c) {
		return false
	}
	w.rest = w.rest[1:]
	return true
}

// Unquote gives what a string, in the quotes in which a Walker has passed it, stands
// for. The caller frees it.
func Unquote(quoted []byte) *wipe.Buffer {
	// No text is longer than its quoted form, so nothing grows into ordinary memory.
	buf := wipe.New(len(quoted))
	text, err := jsontext.AppendUnquote(buf.Bytes()[:0], quoted)
	if err != nil { // not one that a Walker has passed
		text = nil
	}
	buf.Truncate(len(text))
	return buf
}

// Is reports whether a name, in its quotes, is key. Only one with escapes takes a
// buffer: an object may have more names than there is locked memory.
func Is(name []byte, key string) bool {
	if bytes.IndexByte(name, '\\') < 0 {
		return string(name[1:len(name)-1]) == key // compiled to a comparison in place
	}
	text := Unquote(name)
	defer text.Free()
	return string(text.Bytes()) == key
}
