//go:build unix

package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"wicketkey.internal/internal/wipe"
)

// supervisor is the parent of one command.
type supervisor struct {
	s     *system
	plan  *plan
	react reaction
	grace time.Duration

	files   []uintptr
	pid     int
	ended   chan syscall.WaitStatus
	kill    <-chan time.Time // when grace ends; nil while nothing is to be killed
	next    *wipe.Buffer     // what the command is being restarted with
	leaving bool             // we were told to stop, so nothing is started any more
}

// memoryFileAt is the number under which a child finds its memory file.
const memoryFileAt = 3

func newSupervisor(s *system, p *plan, react reaction, grace time.Duration) *supervisor {
	return &supervisor{s: s, plan: p, react: react, grace: grace, ended: make(chan syscall.WaitStatus, 1)}
}

// run returns when the command has ended by itself or by a signal that it, or
// we, were sent. Its error carries the exit status.
func (v *supervisor) run(ctx context.Context, first *wipe.Buffer, fresh <-chan *wipe.Buffer) error {
	if err := v.openFiles(); err != nil {
		first.Free()
		return err
	}
	signals := make(chan os.Signal, 16)
	signal.Notify(signals, forwarded()...)
	defer signal.Stop(signals)
	defer v.takeTerminalBack()
	defer func() { v.next.Free() }()
	if err := ctx.Err(); err != nil { // we were told to stop before we could have forwarded it
		first.Free()
		return err
	}
	if err := v.start(first); err != nil {
		return err
	}
	for {
		select {
		case sig := <-signals:
			v.forward(sig.(syscall.Signal))
		case value := <-fresh:
			if v.leaving { // it is given the time that it takes
				value.Free()
				continue
			}
			if err := v.renew(value); err != nil {
				v.s.note("the new version could not be handed over: %v", err)
			}
		case <-v.kill:
			v.s.note("the command is still there after %v; killing it", v.grace)
			_ = syscall.Kill(-v.pid, syscall.SIGKILL)
		case status := <-v.ended:
			if v.next == nil || v.leaving {
				return exitOf(status)
			}
			value := v.next
			v.next, v.kill = nil, nil
			if err := v.start(value); err != nil {
				return err
			}
		}
	}
}

// forwarded are the signals that a command may want to hear of. Stops are left
// to the terminal, which sends them to the command itself.
func forwarded() []os.Signal {
	return notIgnored(syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTERM,
		syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGWINCH, syscall.SIGCONT)
}

func (v *supervisor) forward(sig syscall.Signal) {
	switch sig {
	case syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTERM:
		v.leaving = true
	}
	_ = syscall.Kill(v.pid, sig) // it may have just ended
}

// openFiles finds what the command inherits as standard input, output and error.
func (v *supervisor) openFiles() error {
	for _, stream := range []any{v.s.stdin, v.s.stdout, v.s.stderr} {
		f, ok := stream.(*os.File)
		if !ok {
			return fmt.Errorf("exec: %w: standard streams that are no files", os.ErrInvalid)
		}
		v.files = append(v.files, f.Fd())
	}
	return nil
}

// start hands the value over to a new run of the command, which leads a process
// group of its own: what is killed with it is only what it started.
func (v *supervisor) start(value *wipe.Buffer) error {
	h, err := v.plan.hand(value, memoryFileAt)
	if err != nil {
		return err
	}
	defer h.close()
	files := v.files
	if h.file != nil {
		files = append(files[:len(files):len(files)], h.file.f.Fd())
	}
	group := &syscall.SysProcAttr{Setpgid: true}
	if v.hasTerminal() {
		// Reading from it would stop the command otherwise. Ctrl-Z would, too, and
		// nobody would take the terminal back and continue it later.
		group.Foreground, group.Ctty = true, int(v.files[0])
		signal.Ignore(syscall.SIGTSTP)
	}
	v.pid, err = syscall.ForkExec(v.plan.path, h.args, &syscall.ProcAttr{Env: h.env, Files: files, Sys: group})
	if err != nil {
		return unrunnable(fmt.Errorf("%s: %w", v.plan.path, err))
	}
	go func(pid int) { v.ended <- wait(pid) }(v.pid)
	return nil
}

// hasTerminal reports whether the terminal is ours to give: we are in the
// foreground, or the run of the command before was.
func (v *supervisor) hasTerminal() bool {
	group, err := unix.IoctlGetInt(int(v.files[0]), unix.TIOCGPGRP)
	return err == nil && (group == unix.Getpgrp() || group == v.pid)
}

// takeTerminalBack is for the script that started us and goes on reading.
func (v *supervisor) takeTerminalBack() {
	if v.pid == 0 || !v.hasTerminal() {
		return
	}
	signal.Ignore(syscall.SIGTTOU) // which is what taking it from the background earns
	_ = unix.IoctlSetPointerInt(int(v.files[0]), unix.TIOCSPGRP, unix.Getpgrp())
}

// renew acts on a new version. A restart under way takes the newest.
func (v *supervisor) renew(value *wipe.Buffer) error {
	if !v.react.restart {
		h, err := v.plan.hand(value, memoryFileAt)
		if err != nil {
			return err
		}
		h.close()
		return syscall.Kill(v.pid, v.react.signal)
	}
	v.next.Free()
	v.next = value
	if v.kill == nil {
		v.kill = time.After(v.grace)
		_ = syscall.Kill(v.pid, syscall.SIGTERM)
	}
	return nil
}

// exitOf passes on how the command ended, in the way of shells.
func exitOf(status syscall.WaitStatus) error {
	switch {
	case status.Signaled():
		return &failure{code: codeSignal + int(status.Signal())}
	case status.ExitStatus() != 0:
		return &failure{code: status.ExitStatus()}
	}
	return nil
}
