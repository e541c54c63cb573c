package main

import (
	"flag"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestExamples parses every example of the help with the flags that it uses.
func TestExamples(t *testing.T) {
	for _, c := range commands() {
		if len(c.examples) == 0 {
			t.Errorf("%s: no example", c.name)
		}
		for _, example := range c.examples {
			_, call, ok := strings.Cut(example, "wicketkey "+c.name)
			if !ok {
				t.Errorf("%s: the example %q is one of something else", c.name, example)
				continue
			}
			fs, _ := c.flags()
			if _, err := parse(fs, strings.Fields(strings.SplitN(call, " > ", 2)[0])); err != nil {
				t.Errorf("%s: %q: %v", c.name, example, err)
			}
		}
	}
}

// TestHelpIsComplete looks for every flag wherever help is made of the flags.
func TestHelpIsComplete(t *testing.T) {
	for _, asked := range [][]string{{"man"}, {"completion", "bash"}, {"completion", "zsh"}, {"completion", "fish"}} {
		code, out, _ := try(t, nil, "", asked...)
		if code != codeOK {
			t.Fatalf("%v: exit status %d", asked, code)
		}
		text := strings.ReplaceAll(out, `\-`, "-")
		for _, c := range commands() {
			if !strings.Contains(text, c.name) {
				t.Errorf("%v: nothing of %s", asked, c.name)
			}
			for _, f := range flagsOf(c) {
				if !strings.Contains(text, "-"+f.Name) && !strings.Contains(text, "-o "+f.Name) && !strings.Contains(text, "-l "+f.Name) {
					t.Errorf("%v: nothing of %s -%s", asked, c.name, f.Name)
				}
			}
		}
	}
}

func TestDescribe(t *testing.T) {
	fs := flag.NewFlagSet("x", flag.ContinueOnError)
	fs.String("key", "", "one `key`")
	fs.Bool("json", false, "as JSON")
	fs.Int("n", 3, "how many")
	got := map[string]string{}
	fs.VisitAll(func(f *flag.Flag) {
		head, text := describe(f)
		got[head] = text
	})
	want := map[string]string{"-key key": "one key", "-json": "as JSON", "-n int": "how many (default 3)"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestRoff(t *testing.T) {
	for in, want := range map[string]string{
		"plain":    "plain",
		"-flag":    `\-flag`,
		`a\b`:      `a\eb`,
		".line":    `\&.line`,
		"a\n'b":    "a\n\\&'b",
		"a.b 'c' ": "a.b 'c' ",
	} {
		if got := roff(in); got != want {
			t.Errorf("roff(%q) = %q, want %q", in, got, want)
		}
	}
}
