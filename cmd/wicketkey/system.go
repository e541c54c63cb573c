package main

import (
	"io"
	"strings"
)

// system is the world as a subcommand sees it.
type system struct {
	env            []string
	stdin          io.Reader
	stdout, stderr io.Writer
}

// lookupEnv reads a variable; of several with one name the last counts, as in os/exec.
func (s *system) lookupEnv(name string) (string, bool) {
	for i := len(s.env) - 1; i >= 0; i-- {
		if value, ok := strings.CutPrefix(s.env[i], name+"="); ok {
			return value, true
		}
	}
	return "", false
}

func (s *system) getenv(name string) string {
	value, _ := s.lookupEnv(name)
	return value
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
