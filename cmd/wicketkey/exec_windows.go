package main

import (
	"context"
	"errors"
	"os/exec"

	"wicketkey.internal/internal/wipe"
)

// Windows has neither exec nor paths to open files: the command runs as a
// child, and the configuration goes by file or environment.

type memoryFile struct{}

func newMemoryFile([]byte, *owner) (*memoryFile, error) {
	return nil, errors.New("Windows has none: use -as file:PATH or -as env:NAME")
}
func (m *memoryFile) path(int) string { return "" }
func (m *memoryFile) close()          {}

func (p *plan) become(s *system, value *wipe.Buffer) error {
	h, err := p.hand(value, 0)
	if err != nil {
		return err
	}
	cmd := exec.Cmd{Path: p.path, Args: h.args, Env: h.env, Stdin: s.stdin, Stdout: s.stdout, Stderr: s.stderr}
	err = cmd.Run()
	if ended, ok := errors.AsType[*exec.ExitError](err); ok {
		return &failure{code: ended.ExitCode()}
	}
	if err != nil {
		return unrunnable(err)
	}
	return nil
}

func (e *become) supervise(context.Context, *system, *plan) error {
	return usage("-watch needs signals, which Windows has not")
}
