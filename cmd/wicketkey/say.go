package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"wicketkey.internal/internal/printable"
)

// What is told passes through here, for it may hold what others wrote: a
// server, a file, whoever typed. Nothing else writes to the standard streams but
// get, which gives the value itself, and what is no text of ours at all.

// note tells the person at the terminal, or the log, something beside the result.
func (s *system) note(format string, args ...any) {
	const head = "wicketkey: "
	s.noting.Lock()
	defer s.noting.Unlock()
	_ = line(s.stderr, head, len(head), fmt.Sprintf(format, args...))
}

// say writes a line of the result, behind a head of ours.
func (s *system) say(head, format string, args ...any) error {
	return line(s.stdout, head, len(head), fmt.Sprintf(format, args...))
}

// line writes text of any origin in one line, which a terminal is given in as
// many as its width takes. The head is ours, and as wide as indent says.
func line(w io.Writer, head string, indent int, text string) error {
	text = printable.Line(text)
	if width := widthOf(w); width > 0 {
		text = wrap(text, width, indent)
	}
	_, err := io.WriteString(w, head+text+"\n")
	return err
}

// wrap breaks text at spaces. It begins in the column that is given, and so does
// each line of it; a terminal that is too narrow for that is left to itself.
func wrap(text string, width, column int) string {
	const narrow = 24
	if width-column < narrow {
		return text
	}
	var b strings.Builder
	at := column
	for i, word := range strings.Fields(text) {
		n := len([]rune(word))
		switch {
		case i == 0:
		case at+1+n > width:
			b.WriteString("\n" + strings.Repeat(" ", column))
			at = column
		default:
			b.WriteByte(' ')
			at++
		}
		b.WriteString(word)
		at += n
	}
	return b.String()
}

// print writes pages of our own in one piece, so that one that is lost is noticed.
func (s *system) print(write func(page)) error {
	var text bytes.Buffer
	write(page{&text, s.pageWidth()})
	_, err := s.stdout.Write(text.Bytes())
	return err
}

// page is a text in the making, and the width of its lines.
type page struct {
	io.Writer
	width int
}

// pageWidth is the terminal's, as far as lines of that width can be read.
func (s *system) pageWidth() int {
	const usual, readable = 80, 100
	if width := widthOf(s.stdout); width > 0 {
		return min(width, readable)
	}
	return usual
}

// paragraphs writes text whose line breaks are those of our source, but for
// paragraphs that are indented.
func (p page) paragraphs(text string) {
	for i, paragraph := range strings.Split(text, "\n\n") {
		if i > 0 {
			fmt.Fprintln(p)
		}
		if !strings.HasPrefix(paragraph, " ") {
			paragraph = wrap(paragraph, p.width, 0)
		}
		fmt.Fprintln(p, paragraph)
	}
}

// printJSON writes a result for machines. It is for what is no secret.
func printJSON[T any](s *system, v T) error {
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return err
	}
	_, err := s.stdout.Write(printable.JSON(text.Bytes()))
	return err
}

// colourful reports whether w may be given colours and lines that are overwritten.
func (s *system) colourful(w io.Writer) bool {
	return isTerminal(w) && s.getenv("NO_COLOR") == "" && s.getenv("TERM") != "dumb"
}

// isTerminal tells whether the other end of a stream, to be read or written, is a
// terminal.
func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && terminal(f.Fd())
}

// widthOf is a terminal's in columns; zero for what is none or does not say.
func widthOf(w io.Writer) int {
	if !isTerminal(w) {
		return 0
	}
	return terminalWidth(w.(*os.File).Fd())
}
