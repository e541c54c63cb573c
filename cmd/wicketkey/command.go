package main

import (
	"context"
	"errors"
	"flag"
	"io"
	"slices"
	"strings"
)

// action does what a subcommand is for, once its flags have been read.
type action func(ctx context.Context, s *system, args []string) error

// command is one subcommand. Its help, the completions and the man page are all
// made from these fields and its flags.
type command struct {
	name     string
	args     string // what is no flag, for the usage line
	runs     string // what follows "--", which is a command of the user's
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
		writeOverview(page{s.stderr, s.pageWidth()})
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
	switch {
	case !ok && strings.HasPrefix(name, "-"):
		return usage("the subcommand comes first and its flags behind it, as in wicketkey check -name NAME")
	case !ok:
		return noSubcommand(name)
	}
	return c.run(ctx, s, args[1:])
}

func (c command) run(ctx context.Context, s *system, args []string) error {
	fs, do := c.flags()
	operands, err := parse(fs, args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return s.print(c.writeHelp)
	case err != nil:
		return usage("%s: %w; see wicketkey help %s", c.name, err, c.name)
	}
	if before, after, ok := cutDashes(operands); ok && c.runs == "" {
		operands = slices.Concat(before, after)
	}
	return do(ctx, s, operands)
}

// cutDashes gives what stands before and behind "--".
func cutDashes(operands []string) (before, after []string, found bool) {
	i := slices.Index(operands, "--")
	if i < 0 {
		return operands, nil, false
	}
	return operands[:i], operands[i+1:], true
}

// flags gives the subcommand's flags and what to do when they have been read.
func (c command) flags() (*flag.FlagSet, action) {
	fs := flag.NewFlagSet(c.name, flag.ContinueOnError)
	return fs, c.setup(fs)
}

// noArgs refuses what is no flag.
func noArgs(args []string) error {
	if len(args) > 0 {
		return usage("%s too many: it takes flags only", plural(len(args), "argument"))
	}
	return nil
}

// noSubcommand does not repeat the word: it may be what was pasted in the wrong place.
func noSubcommand(typed string) error {
	if near := nearest(strings.ToLower(typed), names()); len(near) > 0 {
		return usage("there is no such subcommand%s", didYouMean(near))
	}
	return usage("there is no such subcommand; wicketkey help lists them")
}

// usageLine is how the subcommand is called.
func (c command) usageLine() string { return "wicketkey " + c.name + c.usage() }

// usage is what follows the subcommand's name.
func (c command) usage() string {
	text := ""
	if c.args != "" {
		text = " " + c.args
	}
	if len(flagsOf(c)) > 0 {
		text += " [flags]"
	}
	if c.runs != "" {
		text += " -- " + c.runs
	}
	return text
}
