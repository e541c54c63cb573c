// Package opaque keeps a value out of everything that prints.
//
// A type that holds secret bytes embeds [Value]; the promoted methods answer
// "[secret]" to every verb of fmt, to log/slog, encoding/json, encoding.Text
// and encoding/gob. Two habits complete it, and both are the embedder's: hold
// the bytes behind a pointer, since fmt and reflection printers look through
// unexported fields without asking for methods, and have no String method,
// since %d does not ask for it.
package opaque

import (
	"fmt"
	"io"
	"log/slog"
)

// Text is what is printed in place of a secret.
const Text = "[secret]"

// Value is embedded by types that must not print. The zero value is ready.
type Value struct{}

// Format prints [Text] whatever the verb and flags.
func (Value) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, Text) }

// GoString prints [Text] under %#v where a printer asks for it by name.
func (Value) GoString() string { return Text }

// LogValue prints [Text] in log/slog.
func (Value) LogValue() slog.Value { return slog.StringValue(Text) }

// MarshalJSON gives [Text] as a JSON string.
func (Value) MarshalJSON() ([]byte, error) { return []byte(`"` + Text + `"`), nil }

// MarshalText gives [Text].
func (Value) MarshalText() ([]byte, error) { return []byte(Text), nil }

// GobEncode gives [Text]; what is decoded from it is no secret.
func (Value) GobEncode() ([]byte, error) { return []byte(Text), nil }
