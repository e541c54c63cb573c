package main

import (
	"flag"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// parse reads flags wherever they stand before "--", and gives what is none of
// them. It repeats nothing of what was typed: it may be the secret, pasted in the
// wrong place. (The flag package stops at the first argument, and repeats.)
func parse(fs *flag.FlagSet, args []string) (operands []string, err error) {
	for len(args) > 0 {
		arg := args[0]
		args = args[1:]
		switch {
		case arg == "--":
			return append(append(operands, arg), args...), nil
		case longDash(arg):
			return nil, usage("an argument begins with a long dash, as word processors make it; write flags with -")
		case len(arg) < 2 || arg[0] != '-':
			operands = append(operands, arg)
		default:
			if args, err = setFlag(fs, arg, args); err != nil {
				return nil, err
			}
		}
	}
	return operands, nil
}

// longDash tells what looks like a hyphen, and so like a flag.
func longDash(arg string) bool {
	r, _ := utf8.DecodeRuneInString(arg)
	return r != '-' && (unicode.Is(unicode.Pd, r) || r == '\u2212')
}

// setFlag sets one flag, and gives the arguments that are left.
func setFlag(fs *flag.FlagSet, arg string, rest []string) ([]string, error) {
	name, value, assigned := strings.Cut(strings.TrimPrefix(arg[1:], "-"), "=")
	f := fs.Lookup(name)
	switch {
	case f == nil && (name == "h" || name == "help"):
		return nil, flag.ErrHelp
	case f == nil:
		near := nearest(name, flagNames(fs))
		for i := range near {
			near[i] = dash(near[i])
		}
		return nil, usage("there is no such flag%s", didYouMean(near))
	case assigned:
	case !takesValue(f):
		value = "true"
	case len(rest) == 0 || isFlag(fs, rest[0]):
		return nil, usage("%s needs a value behind it", dash(name))
	default:
		value, rest = rest[0], rest[1:]
	}
	if err := fs.Set(name, value); err != nil {
		return nil, usage("%s: %s", dash(name), whatItTakes(f, err))
	}
	return rest, nil
}

// isFlag tells a flag where a value is due, which then was forgotten.
func isFlag(fs *flag.FlagSet, arg string) bool {
	name, _, _ := strings.Cut(strings.TrimLeft(arg, "-"), "=")
	return strings.HasPrefix(arg, "-") && fs.Lookup(name) != nil
}

// whatItTakes is for the flags that the flag package reads, whose errors say
// nothing.
func whatItTakes(f *flag.Flag, err error) string {
	switch value, _ := flag.UnquoteUsage(f); {
	case !takesValue(f):
		return "it is given alone, or as =true or =false"
	case err.Error() != "parse error":
		return err.Error()
	default:
		return "it takes a " + value
	}
}

func takesValue(f *flag.Flag) bool {
	b, ok := f.Value.(interface{ IsBoolFlag() bool })
	return !ok || !b.IsBoolFlag()
}

func flagNames(fs *flag.FlagSet) (names []string) {
	fs.VisitAll(func(f *flag.Flag) { names = append(names, f.Name) })
	return names
}

// nearest gives the words that the typed one may have been meant as.
func nearest(typed string, words []string) []string {
	const few = 2
	var near []string
	for _, word := range words {
		d := distance(typed, word)
		if d <= few && d < (len(word)+1)/2 || len(typed) > few && strings.HasPrefix(word, typed) {
			near = append(near, word)
		}
	}
	slices.SortStableFunc(near, func(a, b string) int { return distance(typed, a) - distance(typed, b) })
	return near[:min(len(near), few)]
}

// didYouMean is the end of a sentence about a word that is none of ours.
func didYouMean(near []string) string {
	if len(near) == 0 {
		return ""
	}
	return "; did you mean " + strings.Join(near, " or ") + "?"
}

// distance counts the letters to be put in, left out or changed, and neighbours
// to be swapped, to make b of a.
func distance(a, b string) int {
	if len(a) > 64 { // no word of ours
		return len(a)
	}
	table := make([][]int, len(a)+1)
	for i := range table {
		table[i] = make([]int, len(b)+1)
		for j := range table[i] {
			switch {
			case i == 0 || j == 0:
				table[i][j] = i + j
			case a[i-1] == b[j-1]:
				table[i][j] = table[i-1][j-1]
			default:
				table[i][j] = 1 + min(table[i-1][j-1], table[i-1][j], table[i][j-1])
				if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
					table[i][j] = min(table[i][j], 1+table[i-2][j-2])
				}
			}
		}
	}
	return table[len(a)][len(b)]
}
