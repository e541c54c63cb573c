package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"strings"
)

func completionCommand() command {
	return command{
		name: "completion", args: "bash | zsh | fish",
		summary: "print what makes a shell complete subcommands and flags",
		details: "Prints a script for the shell to read.",
		examples: []string{
			`eval "$(wicketkey completion bash)"`,
			"wicketkey completion zsh > ~/.zfunc/_wicketkey",
			"wicketkey completion fish > ~/.config/fish/completions/wicketkey.fish",
		},
		setup: func(*flag.FlagSet) action {
			return func(_ context.Context, s *system, args []string) error {
				shells := map[string]func(io.Writer){"bash": bashCompletion, "zsh": zshCompletion, "fish": fishCompletion}
				if len(args) != 1 || shells[args[0]] == nil {
					return usage("completion takes one of bash, zsh, fish")
				}
				return s.print(shells[args[0]])
			}
		},
	}
}

// flagsOf lists a subcommand's flags as the completions want them.
func flagsOf(c command) []*flag.Flag {
	fs, _ := c.flags()
	var all []*flag.Flag
	fs.VisitAll(func(f *flag.Flag) { all = append(all, f) })
	return all
}

func dashed(f *flag.Flag) string {
	head, _ := describe(f)
	head, _, _ = strings.Cut(head, " ")
	return head
}

func names() string {
	var all []string
	for _, c := range commands() {
		all = append(all, c.name)
	}
	return strings.Join(all, " ")
}

func bashCompletion(w io.Writer) {
	fmt.Fprintf(w, `_wicketkey() {
	local cur=${COMP_WORDS[COMP_CWORD]} words= i
	for ((i = 2; i < COMP_CWORD; i++)); do
		if [[ ${COMP_WORDS[i]} == -- ]]; then
			COMPREPLY=($(compgen -c -f -- "$cur"))
			return
		fi
	done
	if ((COMP_CWORD == 1)); then
		words=%q
	else
		case ${COMP_WORDS[1]} in
`, names())
	for _, c := range commands() {
		var words []string
		for _, f := range flagsOf(c) {
			words = append(words, dashed(f))
		}
		switch c.name {
		case "completion":
			words = append(words, "bash", "zsh", "fish")
		case "help":
			words = append(words, names(), "codes")
		case "exec":
			words = append(words, "--")
		}
		fmt.Fprintf(w, "\t\t%s) words=%q ;;\n", c.name, strings.Join(words, " "))
	}
	fmt.Fprint(w, `		esac
	fi
	COMPREPLY=($(compgen -W "$words" -- "$cur"))
	if ((${#COMPREPLY[@]} == 0)); then
		COMPREPLY=($(compgen -f -- "$cur"))
	fi
}
complete -F _wicketkey wicketkey
`)
}

func zshCompletion(w io.Writer) {
	fmt.Fprint(w, "#compdef wicketkey\n\n_wicketkey() {\n  local -a subcommands\n  subcommands=(\n")
	for _, c := range commands() {
		fmt.Fprintf(w, "    %s\n", single(c.name+":"+c.summary))
	}
	fmt.Fprint(w, "  )\n  if (( CURRENT == 2 )); then\n    _describe subcommand subcommands\n    return\n  fi\n  case $words[2] in\n")
	for _, c := range commands() {
		fmt.Fprintf(w, "    %s) _arguments", c.name)
		for _, f := range flagsOf(c) {
			spec := fmt.Sprintf("%s[%s]", dashed(f), zshText(usageOf(f)))
			if takesValue(f) {
				spec += ":value:_files"
			}
			fmt.Fprintf(w, " \\\n      %s", single(spec))
		}
		fmt.Fprintf(w, " \\\n      '*::argument:_normal' ;;\n")
	}
	fmt.Fprint(w, "  esac\n}\n\ncompdef _wicketkey wicketkey\n")
}

func zshText(s string) string {
	return strings.NewReplacer("[", "(", "]", ")", ":", `\:`).Replace(s)
}

func fishCompletion(w io.Writer) {
	for _, c := range commands() {
		fmt.Fprintf(w, "complete -c wicketkey -n __fish_use_subcommand -f -a %s -d %s\n", c.name, single(c.summary))
		for _, f := range flagsOf(c) {
			value := ""
			if takesValue(f) {
				value = " -r"
			}
			fmt.Fprintf(w, "complete -c wicketkey -n '__fish_seen_subcommand_from %s' -o %s%s -d %s\n", c.name, f.Name, value, single(usageOf(f)))
		}
	}
}

func usageOf(f *flag.Flag) string {
	_, text := flag.UnquoteUsage(f)
	return text
}

func takesValue(f *flag.Flag) bool {
	b, ok := f.Value.(interface{ IsBoolFlag() bool })
	return !ok || !b.IsBoolFlag()
}

// single quotes for any of the shells.
func single(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
