// Package printable makes text that others wrote fit to be shown: what a server,
// a file or a paste holds may break a log's line, or order a terminal about.
//
//	fmt.Fprintln(os.Stderr, printable.Line(answer.Message))
//	os.Stdout.Write(printable.JSON(document))
//
// # Guarantees
//
// What comes out has no control character of C0 or C1, no escape, no line break,
// and none of the invisible characters that reverse or hide text; and it is
// valid UTF-8. What was fit already comes out as it went in.
//
// # Limits
//
// Letters that look like others are letters.
package printable

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Line returns text in one line, with a space for each character that does not
// print, and U+FFFD for each byte that is no UTF-8.
func Line(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, text)
}

// JSON returns a JSON text in which each character that does not print is
// written as JSON's own escape of it, but for the line breaks between values. It
// means the same. The text must be what an encoder wrote: such characters are in
// its strings only.
func JSON(text []byte) []byte {
	fit := func(r rune) bool { return r == '\n' || unicode.IsPrint(r) }
	if utf8.Valid(text) && bytes.IndexFunc(text, func(r rune) bool { return !fit(r) }) < 0 {
		return text
	}
	var b bytes.Buffer
	for _, r := range string(text) {
		switch high, low := utf16.EncodeRune(r); {
		case fit(r):
			b.WriteRune(r)
		case high != unicode.ReplacementChar:
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.Bytes()
}
