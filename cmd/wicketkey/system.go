package main

import (
	"io"
	"strings"
	"sync"
	"time"
)

// system is the world as a subcommand sees it.
type system struct {
	env            []string
	stdin          io.Reader
	stdout, stderr io.Writer

	noting sync.Mutex // one note at a time
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

// patience is how long a wait may last unexplained.
const patience = 3 * time.Second

// waiting says what is being waited for, where that takes long. The caller says
// when it has come.
func (s *system) waiting(format string, args ...any) (arrived func()) {
	said := make(chan struct{})
	timer := time.AfterFunc(patience, func() {
		defer close(said)
		s.note("still waiting for "+format, args...)
	})
	return func() {
		if !timer.Stop() {
			<-said
		}
	}
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
