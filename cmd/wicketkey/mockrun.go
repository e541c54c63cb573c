package main

import (
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
)

// runCommand runs the command to its end and passes on its exit status. What stops us is passed on to it, too, except
// what a key was pressed for: a terminal sends that to the command by itself, and some take a second Ctrl-C for an order
// to drop everything.
func runCommand(s *system, args, env []string) error {
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = env, s.stdin, s.stdout, s.stderr
	stops := make(chan os.Signal, 4)
	signal.Notify(stops, notIgnored(syscall.SIGTERM, syscall.SIGHUP)...)
	defer signal.Stop(stops)
	keys := make(chan os.Signal, 1) // nobody reads it: we are not to end before the command does
	signal.Notify(keys, notIgnored(os.Interrupt, syscall.SIGQUIT)...)
	defer signal.Stop(keys)
	if err := cmd.Start(); err != nil {
		return unrunnable(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for {
		select {
		case stop := <-stops:
			_ = cmd.Process.Signal(stop) // it may have just ended
		case err := <-ended:
			return exitStatus(err)
		}
	}
}

// exitStatus says in the way of shells how a command ended.
func exitStatus(err error) error {
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return err // nil, or its output could not be passed on
	}
	if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return &failure{code: codeSignal + int(status.Signal())}
	}
	return &failure{code: exit.ExitCode()}
}
