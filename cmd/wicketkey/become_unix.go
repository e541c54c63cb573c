//go:build unix

package main

import (
	"errors"
	"fmt"
	"syscall"

	"wicketkey.internal/internal/wipe"
)

// become replaces this process by the command; it returns only on failure.
func (p *plan) become(_ *system, value *wipe.Buffer) error {
	h, err := p.hand(value, 0)
	if err != nil {
		return err
	}
	defer h.close()
	if h.file != nil {
		if err := h.file.inherit(); err != nil {
			return err
		}
	}
	err = syscall.Exec(p.path, h.args, h.env)
	if errors.Is(err, syscall.E2BIG) {
		return &failure{codeNoExec, fmt.Errorf("%s: %w (a value in the environment has at most 128 KiB)", p.path, err)}
	}
	return unrunnable(fmt.Errorf("%s: %w", p.path, err))
}
