package main

import (
	"context"
	"errors"
	"slices"
	"strings"
)

// decision is what a policy says to one operation.
type decision struct {
	Action   string `json:"action"`
	Resource string `json:"resource,omitempty"`
	Needed   bool   `json:"needed"`
	Allowed  bool   `json:"allowed"`
	Says     string `json:"says,omitempty"` // AWS's words, for what is needed and denied
	Why      string `json:"why,omitempty"`  // which part of the policy stands in the way
}

// findings are the decisions that matter.
type findings struct {
	OK        bool       `json:"ok"`
	Lacks     []decision `json:"lacks"`
	Excess    []decision `json:"excess"`
	Undecided []string   `json:"undecided"` // what only AWS knows, and the policy was believed to be right about
}

// simulate puts every operation to a mock in which only this policy speaks.
func (p *policy) simulate(ctx context.Context, s *system, text []byte, resources []resource) error {
	read := readPolicy(text)
	f := findings{Lacks: []decision{}, Excess: []decision{}, Undecided: []string{}}
	for _, r := range resources {
		r, assumed := read.assume(r)
		f.Undecided = append(f.Undecided, assumed...)
		c, err := newSimulator(string(text), r)
		if err != nil {
			_, what, found := strings.Cut(err.Error(), "policy: ") // the mock tells of its own options before
			if !found {
				what = err.Error()
			}
			return usage("-check %s: %s", p.check, what)
		}
		err = c.run(ctx, &f)
		c.srv.Close()
		if err != nil {
			return err
		}
		if f.lacks(c.key) && isAlias(r.kmsKey) {
			s.note("which key %s stands for is not known here: a policy may allow it by kms:ResourceAliases; if yours names the key's ARN, give that as -kms-key", r.kmsKey)
		}
	}
	for i, d := range f.Lacks {
		f.Lacks[i].Why = read.why(d)
		for _, text := range []*string{&f.Lacks[i].Resource, &f.Lacks[i].Says} { // a suffix that we made up is nobody's
			*text = strings.ReplaceAll(*text, "-"+someSuffix, anySuffix)
		}
	}
	f.OK = len(f.Lacks)+len(f.Excess) == 0
	if err := f.print(s, p.json); err != nil || f.OK {
		return err
	}
	return &failure{code: codePolicy}
}

func (f *findings) print(s *system, asJSON bool) error {
	if asJSON {
		return printJSON(s, f)
	}
	var errs []error
	for _, d := range f.Lacks {
		errs = append(errs, s.say("lacks   ", "%s on %s (AWS would say: %s)", d.Action, d.Resource, d.Says), s.say("        why: ", "%s", d.Why))
	}
	for _, d := range f.Excess {
		errs = append(errs, s.say("excess  ", "%s", strings.TrimSuffix(d.Action+" on "+d.Resource, " on ")))
	}
	for _, text := range f.Undecided {
		errs = append(errs, s.say("open    ", "%s", text))
	}
	if f.OK {
		errs = append(errs, s.say("", "the policy lets its holder read the secret, and do nothing else in Secrets Manager or, through it, with KMS keys"))
	}
	return errors.Join(errs...)
}

// decide adds what came of a call, with AWS's words where it was needed.
func (f *findings) decide(d decision, allowed bool, words string) {
	d.Allowed = allowed
	if !allowed && d.Needed {
		d.Says = words
	}
	f.add(d)
}

// add keeps a decision that matters, once: several secrets have some of them in common.
func (f *findings) add(d decision) {
	switch {
	case d.Needed && !d.Allowed && !slices.Contains(f.Lacks, d):
		f.Lacks = append(f.Lacks, d)
	case d.Allowed && !d.Needed && !slices.Contains(f.Excess, d):
		f.Excess = append(f.Excess, d)
	}
}

// lacks reports whether something is lacking on that resource.
func (f *findings) lacks(resource string) bool {
	return slices.ContainsFunc(f.Lacks, func(d decision) bool { return d.Resource == resource })
}
