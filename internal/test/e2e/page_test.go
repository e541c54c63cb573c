package e2e_test

import (
	"regexp"
	"strings"
)

// block is a fenced part of a page. Its language says what becomes of it:
//
//	sh, bash      commands; all of a page are one session, in its order
//	text output   what the commands before it print
//	console       a picture: a command behind "$ ", run by itself, and what it prints
//	go            a fragment of a program
//	LANG FILE     a file that is there when the session begins
//
// Any other language is for readers alone.
type block struct {
	lang, arg, text string
	line            int
}

func (b block) commands() bool { return b.lang == "sh" || b.lang == "bash" }
func (b block) output() bool   { return b.lang == "text" && b.arg == "output" }
func (b block) file() bool     { return b.arg != "" && !b.output() }

func blocks(page string) []block {
	var all []block
	var open *block
	for i, line := range strings.SplitAfter(page, "\n") {
		info, fence := strings.CutPrefix(strings.TrimSpace(line), "```")
		switch {
		case fence && open == nil:
			lang, arg, _ := strings.Cut(info, " ")
			open = &block{lang: lang, arg: arg, line: i + 1}
		case fence:
			all = append(all, *open)
			open = nil
		case open != nil:
			open.text += line
		}
	}
	return all
}

// changing is what differs from run to run: identifiers, times, addresses, sizes
// of this machine.
var changing = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|127\.0\.0\.1:\d+|(\d+h)?(\d+m)?\d+(\.\d+)?(µs|ms|s| ms| s| KiB)\b|/proc/self/fd/\d+`)

// stable makes two runs' output comparable: what changes becomes a sign, and
// white space, in which tables differ with what changes, one blank.
func stable(text string) []string {
	var lines []string
	for line := range strings.Lines(text) {
		if line = strings.Join(strings.Fields(changing.ReplaceAllString(line, "*")), " "); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// shows tells whether a page's picture of an output is true: the same lines in
// the same order, where "..." stands for any number of lines.
func shows(picture, real []string) bool {
	switch {
	case len(picture) == 0:
		return len(real) == 0
	case picture[0] == "...":
		return shows(picture[1:], real) || len(real) > 0 && shows(picture, real[1:])
	default:
		return len(real) > 0 && picture[0] == real[0] && shows(picture[1:], real[1:])
	}
}
