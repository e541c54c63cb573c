package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

func helpCommand() command {
	return command{
		name: "help", args: "[SUBCOMMAND | codes]",
		summary:  "tell what the subcommands do, or what the exit statuses mean",
		details:  "Without an argument, lists the subcommands.",
		examples: []string{"wicketkey help exec", "wicketkey help codes"},
		setup: func(*flag.FlagSet) action {
			return func(_ context.Context, s *system, args []string) error { return help(s, args) }
		},
	}
}

func help(s *system, args []string) error {
	switch {
	case len(args) == 0:
		return s.print(writeOverview)
	case len(args) > 1:
		return usage("help takes one subcommand")
	case args[0] == "codes":
		return s.print(writeCodes)
	}
	c, ok := find(args[0])
	if !ok {
		return noSubcommand()
	}
	return s.print(c.writeHelp)
}

func writeOverview(w io.Writer) {
	fmt.Fprint(w, "wicketkey fetches a gateway's configuration from AWS Secrets Manager.\n\nUsage: wicketkey SUBCOMMAND [flags]\n\n")
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, c := range commands() {
		fmt.Fprintf(table, "  %s\t%s\n", c.name, c.summary)
	}
	_ = table.Flush()
	fmt.Fprint(w, "\nwicketkey help SUBCOMMAND tells more, with examples.\nNo AWS account at hand? wicketkey mock stands in for it.\n")
}

func writeCodes(w io.Writer) {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, c := range causes() {
		fmt.Fprintf(table, "%d\t%s\n", c.code, c.meaning)
	}
	_ = table.Flush()
}

func (c command) writeHelp(w io.Writer) {
	fmt.Fprintf(w, "Usage: %s\n\n%s.\n\n%s\n", c.usageLine(), capital(c.summary), c.details)
	flags, _ := c.flags()
	first := true
	flags.VisitAll(func(f *flag.Flag) {
		if first {
			fmt.Fprint(w, "\nFlags:\n")
		}
		first = false
		head, text := describe(f)
		fmt.Fprintf(w, "  %s\n        %s\n", head, text)
	})
	fmt.Fprint(w, "\nExamples:\n")
	for _, e := range c.examples {
		fmt.Fprintf(w, "  %s\n", e)
	}
}

// describe gives a flag as it is written, and what it does.
func describe(f *flag.Flag) (head, text string) {
	value, text := flag.UnquoteUsage(f)
	head = "-" + f.Name
	if len(f.Name) > len("endpoint-url") {
		head = "--" + f.Name // as its own guide spells it; the flag package takes both
	}
	if value != "" {
		head += " " + value
	}
	if f.DefValue != "" && f.DefValue != "false" && f.DefValue != "0" && !strings.Contains(text, "(default") {
		text += " (default " + f.DefValue + ")"
	}
	return head, text
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
