package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
)

// system is the world as a subcommand sees it.
type system struct {
	env            []string
	stdin          io.Reader
	stdout, stderr io.Writer
}

// getenv reads a variable; of several with one name the last counts, as in os/exec.
func (s *system) getenv(name string) string {
	for i := len(s.env) - 1; i >= 0; i-- {
		if value, ok := strings.CutPrefix(s.env[i], name+"="); ok {
			return value
		}
	}
	return ""
}

// note tells the person at the terminal, or the log, something beside the result.
func (s *system) note(format string, args ...any) {
	fmt.Fprintf(s.stderr, "wicketkey: "+format+"\n", args...)
}

// report prints what went wrong, once.
func (s *system) report(err error) {
	if err == nil {
		return
	}
	if f, ok := err.(*failure); ok && f.err == nil {
		return
	}
	if exitCode(err) == codeStopped { // what the call under way makes of it would blame the service
		s.note("told to stop before it was done")
		return
	}
	s.note("%s", strings.TrimPrefix(err.Error(), "wicketkey: "))
}

// print writes a result in one piece, so that one that is lost is noticed.
func (s *system) print(write func(io.Writer)) error {
	var text bytes.Buffer
	write(&text)
	_, err := s.stdout.Write(text.Bytes())
	return err
}

// printJSON writes a result for machines. It is for what is no secret.
func printJSON[T any](w io.Writer, v T) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// colourful reports whether w may be given colours and lines that are overwritten.
func (s *system) colourful(w io.Writer) bool {
	return writesToTerminal(w) && s.getenv("NO_COLOR") == "" && s.getenv("TERM") != "dumb"
}

// writesToTerminal and readsFromTerminal tell whether the other end is a terminal.
func writesToTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && terminal(f.Fd())
}

func readsFromTerminal(r io.Reader) bool {
	f, ok := r.(*os.File)
	return ok && terminal(f.Fd())
}
