package main

import (
	"context"
	"flag"
	"fmt"
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
				if len(args) != 1 || shells()[args[0]] == nil {
					return usage("completion takes one of bash, zsh, fish")
				}
				return s.print(shells()[args[0]])
			}
		},
	}
}

func names() []string {
	var all []string
	for _, c := range commands() {
		all = append(all, c.name)
	}
	return all
}

func shells() map[string]func(page) {
	return map[string]func(page){"bash": bashCompletion, "zsh": zshCompletion, "fish": fishCompletion}
}

// wordsOf are what may stand behind a subcommand that is no flag.
func wordsOf(c command) []string {
	switch c.name {
	case "completion":
		return []string{"bash", "zsh", "fish"}
	case "help":
		return append(names(), "codes")
	}
	return nil
}

// bashCompletion leaves files to bash, which is asked for them where nothing of
// ours fits.
func bashCompletion(w page) {
	fmt.Fprintf(w, `_wicketkey() {
	local cur=${COMP_WORDS[COMP_CWORD]} words= i
	COMPREPLY=()
	for ((i = 2; i < COMP_CWORD; i++)); do
		if [[ ${COMP_WORDS[i]} == -- ]]; then
			((i + 1 < COMP_CWORD)) || COMPREPLY=($(compgen -c -- "$cur" | sort -u))
			return
		fi
	done
	if ((COMP_CWORD == 1)); then
		words=%q
	else
		case ${COMP_WORDS[1]} in
`, strings.Join(names(), " "))
	for _, c := range commands() {
		var words []string
		for _, f := range flagsOf(c) {
			words = append(words, dash(f.Name))
		}
		words = append(words, wordsOf(c)...)
		if c.runs != "" {
			words = append(words, "--")
		}
		fmt.Fprintf(w, "\t\t%s) words=%q ;;\n", c.name, strings.Join(words, " "))
	}
	fmt.Fprint(w, `		esac
	fi
	COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o bashdefault -o default -F _wicketkey wicketkey
`)
}

// zshCompletion works both as a file in $fpath, which is run in place of the
// function that it defines when that is called first, and where it is sourced.
func zshCompletion(w page) {
	fmt.Fprint(w, "#compdef wicketkey\n\n_wicketkey() {\n  local -a subcommands\n  subcommands=(\n")
	for _, c := range commands() {
		fmt.Fprintf(w, "    %s\n", single(c.name+":"+c.summary))
	}
	fmt.Fprint(w, `  )
  if (( CURRENT == 2 )); then
    _describe subcommand subcommands
    return
  fi
  shift words
  (( CURRENT-- ))
  case $words[1] in
`)
	for _, c := range commands() {
		fmt.Fprintf(w, "    %s) _arguments -S", c.name)
		for _, f := range flagsOf(c) {
			fmt.Fprintf(w, " \\\n      %s", single(fmt.Sprintf("%s[%s]%s", dash(f.Name), zshText(usageOf(f)), zshValue(f))))
		}
		if words := wordsOf(c); words != nil {
			fmt.Fprintf(w, " \\\n      '1:word:(%s)'", strings.Join(words, " "))
		}
		if c.runs != "" {
			fmt.Fprint(w, " \\\n      '*::command:_normal'")
		}
		fmt.Fprint(w, " ;;\n")
	}
	fmt.Fprint(w, `  esac
}

if [[ $funcstack[1] == _wicketkey ]]; then
  _wicketkey "$@"
else
  compdef _wicketkey wicketkey
fi
`)
}

func zshText(s string) string {
	return strings.NewReplacer("[", "(", "]", ")", ":", `\:`).Replace(s)
}

func zshValue(f *flag.Flag) string {
	switch {
	case !takesValue(f):
		return ""
	case takesFile(f):
		return ":file:_files"
	}
	return ":value: "
}

// fishCompletion asks for the subcommand by its place: its name may be a
// secret's as well.
func fishCompletion(w page) {
	fmt.Fprint(w, `function __wicketkey_in
    set -l words (commandline -opc)
    test "$words[2]" = $argv[1]; and not contains -- -- $words
end

function __wicketkey_handed
    set -l words (commandline -opc)
    contains -- -- $words
end

function __wicketkey_command
    set -l words (commandline -opc) (commandline -ct)
    set -l at (contains -i -- -- $words)
    complete -C (string join ' ' -- (string escape -- $words[(math $at + 1)..]))
end

complete -c wicketkey -n __fish_use_subcommand -f
complete -c wicketkey -n __wicketkey_handed -x -a '(__wicketkey_command)'
`)
	for _, c := range commands() {
		fmt.Fprintf(w, "complete -c wicketkey -n __fish_use_subcommand -f -a %s -d %s\n", c.name, single(c.summary))
		words := ""
		if all := wordsOf(c); all != nil {
			words = " -a " + single(strings.Join(all, " "))
		}
		fmt.Fprintf(w, "complete -c wicketkey -n '__wicketkey_in %s' -f%s\n", c.name, words)
		for _, f := range flagsOf(c) {
			fmt.Fprintf(w, "complete -c wicketkey -n '__wicketkey_in %s' %s%s -d %s\n", c.name, fishName(f), fishValue(f), single(usageOf(f)))
		}
	}
}

func fishName(f *flag.Flag) string {
	if strings.HasPrefix(dash(f.Name), "--") {
		return "-l " + f.Name
	}
	return "-o " + f.Name
}

func fishValue(f *flag.Flag) string {
	switch {
	case !takesValue(f):
		return ""
	case takesFile(f):
		return " -r -F"
	}
	return " -x"
}

func usageOf(f *flag.Flag) string {
	_, text := flag.UnquoteUsage(f)
	return text
}

func takesFile(f *flag.Flag) bool {
	value, _ := flag.UnquoteUsage(f)
	return value == "file"
}

// single quotes for any of the shells.
func single(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
