package main

import (
	"flag"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	for in, want := range map[string]string{
		"a -name x b -json --any=false c": "a b c | name=x json=true any=false",
		"-name=x=y -- -json b":            "-- -json b | name=x=y",
		"a -- b -- c":                     "a -- b -- c |",
		"- -json":                         "- | json=true",
		"-name -x":                        "| name=-x", // a name may begin so
		"-h":                              "flag: help requested",
		"a --help":                        "flag: help requested",
		"-nmae x":                         "there is no such flag; did you mean -name?",
		"-aws x":                          "there is no such flag; did you mean --aws-kms-secret-name?",
		"---name x":                       "there is no such flag; did you mean -name?",
		"-name":                           "-name needs a value behind it",
		"-name -json":                     "-name needs a value behind it",
		"-name --json=true":               "-name needs a value behind it",
		"-json=maybe":                     "-json: it is given alone, or as =true or =false",
		"-n x":                            "-n: it takes a number",
		"\u2013json":                      "an argument begins with a long dash, as word processors make it; write flags with -",
	} {
		fs := flag.NewFlagSet("x", flag.ContinueOnError)
		fs.String("name", "", "a `name`")
		fs.String(guideFlag, "", "a `name`")
		fs.Bool("json", false, "")
		fs.Bool("any", true, "")
		fs.Int("n", 0, "a `number`")
		operands, err := parse(fs, strings.Fields(in))
		got := strings.Join(operands, " ") + " |"
		for _, name := range []string{"name", "json", "any", "n"} {
			fs.Visit(func(f *flag.Flag) {
				if f.Name == name {
					got += " " + name + "=" + f.Value.String()
				}
			})
		}
		if err != nil {
			got = err.Error()
		}
		if diff := cmp.Diff(want, strings.TrimSpace(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", in, diff)
		}
	}
}

func TestSuggestions(t *testing.T) {
	for typed, want := range map[string]string{
		"chekc": "check", "gte": "get", "polcy": "policy", "exce": "exec", "Check": "check", "complet": "completion", "x": "", "gateway": "", "": "",
	} {
		if got := strings.Join(nearest(typed, names()), " "); got != want {
			t.Errorf("%q: got %q, want %q", typed, got, want)
		}
	}
}

// TestOneSecretIsNamed tells what names the secret, and where that is contradictory.
func TestOneSecretIsNamed(t *testing.T) {
	for in, want := range map[string]string{
		"a":                                "a from the command line",
		"-name a":                          "a from -name",
		"--aws-kms-secret-name a":          "a from --aws-kms-secret-name",
		"-aws-kms-secret-name a -name a":   "a from -name",
		"-name b -name a":                  "a from -name", // as a script that is given more flags
		"":                                 "env from AWS_KMS_SECRET_NAME",
		"-aws-kms-secret-name a -name b":   "--aws-kms-secret-name and -name name different secrets: leave one out",
		"a -name b":                        "-name and the command line name different secrets: leave one out",
		"a b":                              "2 arguments where one names the secret",
		"-name=":                           "-name: the secret's name is empty; is a variable of the shell not set?",
		"-name a -aws-kms-secret-name b c": "-name and the command line name different secrets: leave one out",
	} {
		var tg target
		fs := flag.NewFlagSet("x", flag.ContinueOnError)
		tg.declare(fs, 1)
		operands, err := parse(fs, strings.Fields(in))
		if err == nil {
			err = tg.accept(operands)
		}
		var n named
		if err == nil {
			n, err = tg.find(&system{env: []string{nameVariable + "=env"}, stderr: &strings.Builder{}})
		}
		got := n.id + " from " + n.source
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", in, got, want)
		}
	}
}

func TestFlagsStandInOrderOfNeed(t *testing.T) {
	c, _ := find("get")
	var got []string
	for _, f := range flagsOf(c) {
		got = append(got, f.Name)
	}
	want := strings.Fields("name aws-kms-secret-name decode key out reveal stage version region profile endpoint-url timeout json")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	first, last := flagOrder()
	listed := append(first, last...)
	for _, c := range commands() {
		for _, f := range flagsOf(c) {
			found := false
			for _, name := range listed {
				found = found || name == f.Name
			}
			if !found && c.name != "mock" {
				t.Errorf("%s -%s has no place in the order", c.name, f.Name)
			}
		}
	}
}

// TestClumsyCalls are told what was meant.
func TestClumsyCalls(t *testing.T) {
	for in, want := range map[string]string{
		"GET x":                       "did you mean get?",
		"help Exec":                   "did you mean exec?",
		"--name x get":                "the subcommand comes first",
		"policy -check nosuch.json x": "-check: open nosuch.json", // and AWS is not asked
		"exec x cat {}":               "write it behind --",
	} {
		code, out, errs := try(t, nil, "", strings.Fields(in)...)
		if code != codeUsage || out != "" || !strings.Contains(errs, want) || strings.Contains(errs, "cannot be read") {
			t.Errorf("%s: exit status %d, %s%s, want %q", in, code, out, errs, want)
		}
	}
}
