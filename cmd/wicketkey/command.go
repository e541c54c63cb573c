package main

import (
	"context"
	"errors"
	"flag"
	"io"
)

// action does what a subcommand is for, once its flags have been read.
type action func(ctx context.Context, s *system, args []string) error

// command is one subcommand. Its help, the completions and the man page are all
// made from these fields and its flags.
type command struct {
	name     string
	args     string // what follows the flags, for the usage line
	summary  string // one line, lower case, without a full stop
	details  string // paragraphs
	examples []string
	setup    func(*flag.FlagSet) action
}

// commands are in the order of a gateway's life.
func commands() []command {
	return []command{
		checkCommand(), getCommand(), execCommand(), policyCommand(), putCommand(), mockCommand(),
		completionCommand(), manCommand(), versionCommand(), helpCommand(),
	}
}

func find(name string) (command, bool) {
	for _, c := range commands() {
		if c.name == name {
			return c, true
		}
	}
	return command{}, false
}

// run is the program: it returns the exit status.
func run(ctx context.Context, args, env []string, stdin io.Reader, stdout, stderr io.Writer) int {
	s := &system{env: env, stdin: stdin, stdout: stdout, stderr: stderr}
	err := dispatch(ctx, s, args)
	s.report(err)
	return exitCode(err)
}

func dispatch(ctx context.Context, s *system, args []string) error {
	if len(args) == 0 {
		writeOverview(s.stderr)
		return &failure{code: codeUsage}
	}
	name := args[0]
	switch name {
	case "-h", "-help", "--help":
		name = "help"
	case "-version", "--version":
		name = "version"
	}
	c, ok := find(name)
	if !ok {
		return noSubcommand()
	}
	return c.run(ctx, s, args[1:])
}

func (c command) run(ctx context.Context, s *system, args []string) error {
	fs, do := c.flags()
	switch err := fs.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return s.print(c.writeHelp)
	case err != nil:
		return usage("%s: %v; see wicketkey help %s", c.name, err, c.name)
	}
	return do(ctx, s, fs.Args())
}

// flags gives the subcommand's flags and what to do when they have been read.
func (c command) flags() (*flag.FlagSet, action) {
	fs := flag.NewFlagSet(c.name, flag.ContinueOnError)
	fs.SetOutput(io.Discard) // run reports errors, writeHelp gives help
	return fs, c.setup(fs)
}

// noArgs refuses what follows the flags, which is mostly a forgotten dash.
func noArgs(args []string) error {
	if len(args) > 0 {
		return usage("%d unexpected arguments after the flags (the secret is named with -name)", len(args))
	}
	return nil
}

// noSubcommand does not repeat the word: it may be what was pasted in the wrong place.
func noSubcommand() error {
	return usage("there is no such subcommand; wicketkey help lists them")
}

// usageLine is how the subcommand is called.
func (c command) usageLine() string { return "wicketkey " + c.name + c.usage() }

// usage is what follows the subcommand's name.
func (c command) usage() string {
	text := ""
	if len(flagsOf(c)) > 0 {
		text = " [flags]"
	}
	if c.args != "" {
		text += " " + c.args
	}
	return text
}
