package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"strings"
)

func manCommand() command {
	return command{
		name:     "man",
		summary:  "print the manual page",
		details:  "Prints the manual page, made of this help, in the format of man(1).",
		examples: []string{"wicketkey man > /usr/local/share/man/man1/wicketkey.1"},
		setup: func(*flag.FlagSet) action {
			return func(_ context.Context, s *system, args []string) error {
				if err := noArgs(args); err != nil {
					return err
				}
				return s.print(writeMan)
			}
		},
	}
}

func writeMan(w page) {
	fmt.Fprint(w, ".TH WICKETKEY 1\n.SH NAME\nwicketkey \\- fetch a gateway's configuration from AWS Secrets Manager\n.SH SYNOPSIS\n")
	for _, c := range commands() {
		fmt.Fprintf(w, ".B wicketkey %s\n%s\n.br\n", roff(c.name), roff(strings.TrimSpace(c.usage())))
	}
	fmt.Fprintln(w, ".SH SUBCOMMANDS")
	for _, c := range commands() {
		writeManCommand(w, c)
	}
	fmt.Fprintf(w, ".SH ENVIRONMENT\n.TP\n.B %s\nThe secret, where no flag names one.\n.TP\n.B NO_COLOR\nIf set, nothing is printed in colour.\n", nameVariable)
	fmt.Fprint(w, ".PP\nRegion, credentials, endpoint and certificates are taken from the variables and files of the AWS SDKs.\n.SH EXIT STATUS\n")
	for _, c := range causes() {
		fmt.Fprintf(w, ".TP\n.B %d\n%s\n", c.code, roff(c.meaning))
	}
}

func writeManCommand(w io.Writer, c command) {
	fmt.Fprintf(w, ".SS %s\n%s.\n", roff(c.usageLine()), roff(capital(c.summary)))
	for paragraph := range strings.SplitSeq(c.details, "\n\n") {
		fmt.Fprintf(w, ".PP\n%s\n", roff(paragraph))
	}
	for _, f := range flagsOf(c) {
		head, text := describe(f)
		fmt.Fprintf(w, ".TP\n.B %s\n%s\n", roff(head), roff(text))
	}
	fmt.Fprint(w, ".PP\nExamples:\n.PP\n.nf\n")
	for _, e := range c.examples {
		fmt.Fprintln(w, roff(e))
	}
	fmt.Fprintln(w, ".fi")
}

// roff takes from a text what the format would take for its own.
func roff(s string) string {
	lines := strings.Split(strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(s), "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
			lines[i] = `\&` + line
		}
	}
	return strings.Join(lines, "\n")
}
