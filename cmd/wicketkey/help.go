package main

import (
	"context"
	"flag"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
)

func helpCommand() command {
	return command{
		name: "help", args: "[SUBCOMMAND | codes | state | faults | control]",
		summary: "tell what the subcommands do, or what the exit statuses mean",
		details: "Without an argument, lists the subcommands. codes are the exit statuses; state and faults are the " +
			"documents that the mock takes, and control is what it answers over HTTP.",
		examples: []string{"wicketkey help exec", "wicketkey help codes", "wicketkey help control"},
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
	if text, ok := topics()[args[0]]; ok {
		return s.print(writeTopic(text))
	}
	c, ok := find(args[0])
	if !ok {
		return noSubcommand(args[0])
	}
	return s.print(c.writeHelp)
}

func writeOverview(w page) {
	fmt.Fprint(w, "wicketkey fetches a gateway's configuration from AWS Secrets Manager.\n\nUsage: wicketkey SUBCOMMAND [flags]\n\n")
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, c := range commands() {
		fmt.Fprintf(table, "  %s\t%s\n", c.name, c.summary)
	}
	_ = table.Flush()
	fmt.Fprint(w, "\nwicketkey help SUBCOMMAND tells more, with examples.\nNo AWS account at hand? wicketkey mock stands in for it.\n")
}

func writeCodes(w page) {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, c := range causes() {
		fmt.Fprintf(table, "%d\t%s\n", c.code, c.meaning)
	}
	_ = table.Flush()
}

func (c command) writeHelp(w page) {
	fmt.Fprintf(w, "Usage: %s\n\n", c.usageLine())
	w.paragraphs(capital(c.summary) + ".\n\n" + c.details)
	if len(flagsOf(c)) > 0 {
		fmt.Fprint(w, "\nFlags:\n")
	}
	for _, f := range flagsOf(c) {
		const indent = "        "
		head, text := describe(f)
		fmt.Fprintf(w, "  %s\n%s%s\n", head, indent, wrap(text, w.width, len(indent)))
	}
	fmt.Fprint(w, "\nExamples:\n")
	for _, e := range c.examples {
		fmt.Fprintf(w, "  %s\n", e)
	}
}

// describe gives a flag as it is written, and what it does.
func describe(f *flag.Flag) (head, text string) {
	value, text := flag.UnquoteUsage(f)
	head = dash(f.Name)
	if value != "" {
		head += " " + value
	}
	if f.DefValue != "" && f.DefValue != "false" && f.DefValue != "0" && !strings.Contains(text, "(default") {
		text += " (default " + f.DefValue + ")"
	}
	return head, text
}

// dash writes a flag's name as its own guide spells it. One dash and two mean
// the same.
func dash(name string) string {
	if name == guideFlag {
		return "--" + name
	}
	return "-" + name
}

// flagOrder is that in which people need the flags. What is not on the list
// comes before the last of it.
func flagOrder() (first, last []string) {
	return []string{nameFlag, guideFlag, "file", "check", "as", "user", "watch", "interval", "grace", "decode", "key", "out", "reveal", "raw", "any",
			"stage", "version", "kms-key", "offline", "account", "listen", "state", "save", "policy", "faults", "env", "quiet",
			"imds", "container", "tls", "host", "ca-file", "proxy", "rotate", "control-token"},
		[]string{"region", "profile", "endpoint-url", "timeout", "json"}
}

// flagsOf lists a subcommand's flags in that order.
func flagsOf(c command) []*flag.Flag {
	fs, _ := c.flags()
	var all []*flag.Flag
	fs.VisitAll(func(f *flag.Flag) { all = append(all, f) })
	first, last := flagOrder()
	rank := func(f *flag.Flag) int {
		if i := slices.Index(first, f.Name); i >= 0 {
			return i
		}
		return len(first) + 1 + slices.Index(last, f.Name)
	}
	slices.SortStableFunc(all, func(a, b *flag.Flag) int { return rank(a) - rank(b) })
	return all
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
